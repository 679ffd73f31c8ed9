// The documents within a report: one sweep, as it was.
import type {
  CurvesQuestion, DevicesTable, ErrorsDocument, RunDocument, RunsTable, SweepDocument,
} from "./documents";
import { answerOf, pieceMiddles, type StoredCurve, unpacked } from "../logic/bands";
import { plainJson } from "./plain_json";
import type { Source } from "./source";

/** A column each; `x` are places in `steps`, of evaluations alone. */
interface PackedCurves {
  run: number[];
  low: number[];
  high: number[];
  y: string[];
  steps: number[][];
  x: number[];
}

interface Report {
  version: string;
  made_at: string;
  page: SweepDocument;
  runs: RunsTable;
  devices: DevicesTable;
  curves: Record<string, PackedCurves>;
  errors: ErrorsDocument | null;
}

/** gzip in base64. */
async function unpackedText(packed: string): Promise<string> {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

/** null: the page is no report. */
export async function embeddedReport(): Promise<Source | null> {
  const element = document.getElementById("report");
  return element ? reportSource(plainJson<Report>(await unpackedText(element.textContent!))) : null;
}

const moment = (milliseconds: number | null) =>
  milliseconds === null ? null : new Date(milliseconds).toISOString();

function runOf(report: Report, run: number): RunDocument {
  const { runs, devices, page } = report;
  const at = runs.run.indexOf(run);
  if (at < 0) {
    throw new Error(`there is no run ${run} in this report`);
  }
  const level = page.levels.levels.find((candidate) => candidate.level === runs.level[at]);
  const failure = page.failures.find((candidate) => candidate.example === run);
  const metrics = page.numbers.flatMap((name) => {
    const curve = curvesOf(report, name).find((candidate) => candidate.run === run);
    return curve ? [{ name, last: null, least: null, greatest: null, reports: curve.y.length, last_step: curve.x.at(-1) ?? 0 }] : [];
  });
  const history = devices.run.flatMap((of, i) => of !== run ? [] : [{
    attempt: devices.attempt[i]!,
    device: devices.devices[devices.device[i]!] ?? null,
    started_at: moment(devices.started_at[i]!),
    ended_at: moment(devices.ended_at[i]!),
    seconds: devices.ended_at[i] ? (devices.ended_at[i]! - devices.started_at[i]!) / 1000 : null,
    first_step: devices.first_step[i] ?? null,
    outcome: devices.outcome[i] ?? null,
    message: null,
  }]);
  return {
    run, sweep: page.sweep.sweep, level: runs.level[at]!, state: runs.state[at]!,
    failure_class: runs.failure_class[at]!, message: runs.message[at]!, attempts: runs.attempts[at]!,
    params: level?.params ?? {}, seed: runs.seed[at]!, run_key: "", planned_steps: runs.planned_steps[at]!,
    metric: runs.metric[at]!, train_seconds: runs.train_seconds[at]!, history, evals: [], yaml: page.yaml, metrics,
    steps: metrics.reduce((steps, metric) => Math.max(steps, metric.last_step + 1), 0),
    log_tail: failure?.log_tail ?? "",
  };
}

const unpackedCurves = new Map<string, StoredCurve[]>();

/** Of one number. A page holds one report. */
function curvesOf({ runs, curves: all }: Report, number: string): StoredCurve[] {
  let curves = unpackedCurves.get(number);
  if (!curves) {
    const packed = Object.hasOwn(all, number) ? all[number] : undefined;
    const planned = new Map(runs.run.map((run, at) => [run, runs.planned_steps[at]!]));
    curves = (packed?.run ?? []).map((run, i) => {
      const y = unpacked(packed!.y[i]!, packed!.low[i]!, packed!.high[i]!);
      return { run, y, x: packed!.steps[packed!.x[i]!] ?? pieceMiddles(planned.get(run) ?? y.length, y.length) };
    });
    unpackedCurves.set(number, curves);
  }
  return curves;
}

export function reportSource(report: Report): Source {
  const { runs, page } = report;
  const places = new Map(runs.run.map((run, at) => [run, at]));
  /** A program's steps are not planned: they are those that it reported. */
  const owner = (run: number, curve: StoredCurve) => {
    const at = places.get(run);
    return at === undefined ? undefined
      : { level: runs.level[at]!, steps: runs.planned_steps[at] ?? (curve.x.at(-1) ?? 0) + 1, isPlanned: runs.planned_steps[at] !== null };
  };
  return {
    kind: "report",
    control: false,
    origin: `report of ${new Date(report.made_at).toLocaleString()} · tarama ${report.version}`,
    sweeps: async () => [page.sweep],
    sweep: async () => page,
    runs: async () => runs,
    devices: async () => report.devices,
    curves: async (question: CurvesQuestion) => answerOf(question, curvesOf(report, question.metric), owner),
    run: async (run) => runOf(report, run),
    log: async (run) => page.failures.find((failure) => failure.example === run)?.log_tail ?? "",
    errors: async () => {
      if (!report.errors) throw new Error("This report was made without the data's texts (`tarama report --texts`).");
      return report.errors;
    },
    status: async () => null,
    refinementCost: async () => { throw new Error("a report only shows"); },
    order: async () => { throw new Error("a report only shows"); },
    follow: () => () => {},
  };
}
