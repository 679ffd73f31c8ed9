// Further replicates, ordered from the page: what they are likely to cost stands there before.
import { useSignal } from "@preact/signals";
import type { RefinementCost, RefinementWish } from "../data/documents";
import { count, duration } from "../logic/numbers";
import { Choice } from "./states";
import { useFetched } from "../state/fetched";
import { changeCount, sweepPage, theSource } from "../state/page";

const numberIn = (text: string) => (text.trim() === "" ? NaN : Number(text));

function wishOf(kind: "budget" | "until", text: string): RefinementWish | string {
  const value = numberIn(text);
  if (kind === "until") return value > 0 ? { until: value } : "expected a difference above 0";
  return Number.isInteger(value) && value > 0 && value <= 1_000_000 ? { budget: value } : "expected a whole number of runs";
}

function costText(cost: RefinementCost): string {
  if (cost.most_runs === 0) return cost.words;
  const time = (runs: number) => duration(runs * cost.seconds_per_run!);
  const promise = cost.promise ? ` What comes of it: ${cost.promise}.` : "";
  if (cost.seconds_per_run === null) return `${cost.words}.${promise}`;
  const all = cost.runs === null ? `${time(cost.most_runs)} at most` : `about ${time(Math.min(cost.runs, cost.most_runs))}`;
  return `${cost.words}; ${all} of training in all, shared by the devices.${promise}`;
}

export function Refine({ sweep, atFirst }: { sweep: number; atFirst: number }) {
  const kind = useSignal<"budget" | "until">("budget");
  const texts = useSignal({ budget: String(atFirst), until: "0.005" });
  const said = useSignal("");
  const wish = wishOf(kind.value, texts.value[kind.value]);
  const problem = typeof wish === "string" ? wish : null;
  const cost = useFetched<RefinementCost | null>(`${sweep} ${JSON.stringify(wish)} ${changeCount.value}`,
    async () => (typeof wish === "string" ? null : theSource().refinementCost(sweep, wish)));
  const isReady = problem === null && cost.value !== null && cost.value.most_runs > 0 && cost.problem === null;
  const give = async (event: Event) => {
    event.preventDefault();
    if (!isReady || typeof wish === "string") return;
    said.value = "…";
    said.value = await theSource().order({ do: "refine", sweep, ...wish }).then(() => "begun: further runs are on their way", (error) => error.message);
  };
  return (
    <form class="refine" onSubmit={give} aria-label="Add replicates">
      <Choice label="Add replicates where they decide" value={kind.value} onChange={(next) => { kind.value = next; said.value = ""; }}
        options={[["budget", "spend so many runs"], ["until", "until one is close enough to the best"]]} />
      <label class="amount">
        <span>{kind.value === "budget" ? "Runs" : `Within, of ${sweepPage.value.value?.levels.metric ?? "the metric"}`}</span>
        <input type="text" inputMode="decimal" value={texts.value[kind.value]} aria-invalid={problem !== null} aria-describedby="refine-cost"
          onInput={(event) => { texts.value = { ...texts.value, [kind.value]: event.currentTarget.value }; }} />
      </label>
      <button type="submit" disabled={!isReady}>{isReady && kind.value === "budget" ? `Add ${count(cost.value!.most_runs)} runs` : "Add runs"}</button>
      <p id="refine-cost" role="status">{said.value || problem || cost.problem || (cost.value ? costText(cost.value) : "…")}</p>
    </form>
  );
}
