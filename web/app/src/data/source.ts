// Where the page's documents come from: a server, or the page itself.
import type {
  CurvesAnswer, CurvesQuestion, DevicesTable, ErrorsDocument, RefinementCost, RefinementWish, RunDocument, RunsTable,
  StatusDocument, SweepDocument, SweepInfo,
} from "./documents";
import type { Connection } from "./stream";

export interface Source {
  readonly kind: "live" | "report";
  /** Whether orders may be given. */
  readonly control: boolean;
  /** What stands in the foot of the page. */
  readonly origin: string;
  sweeps(): Promise<SweepInfo[]>;
  sweep(sweep: number): Promise<SweepDocument>;
  runs(sweep: number): Promise<RunsTable>;
  devices(sweep: number): Promise<DevicesTable>;
  curves(question: CurvesQuestion, signal?: AbortSignal): Promise<CurvesAnswer>;
  run(run: number): Promise<RunDocument>;
  log(run: number, attempt: number): Promise<string>;
  errors(sweep: number, level: number | null): Promise<ErrorsDocument>;
  status(): Promise<StatusDocument | null>;
  /** What further replicates would cost; only where orders may be given. */
  refinementCost(sweep: number, wish: RefinementWish): Promise<RefinementCost>;
  order(order: { do: string; sweep: number; run?: number } & RefinementWish): Promise<string>;
  /** Calls back when something has happened; gives what ends that. */
  follow(onChange: (kinds: Set<string>) => void, onState: (connection: Connection) => void): () => void;
}
