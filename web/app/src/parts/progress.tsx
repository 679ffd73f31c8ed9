// How far the sweep is, and when it will be over. And, where that is allowed, the orders to it.
import { useSignal } from "@preact/signals";
import type { SweepInfo } from "../data/documents";
import { count, duration, shownText } from "../logic/numbers";
import { connection, isHeldBack, status, theSource } from "../state/page";

const parts = ["succeeded", "stopped", "failed", "cancelled", "running", "leased"] as const;

function liveWords(): string {
  if (connection.value === "refused") return "`tarama dash` was started anew: open its new address";
  if (connection.value === "none") return "no connection";
  if (isHeldBack.value) return "new numbers wait while you are in the table";
  return status.value && !status.value.orchestrator ? "no orchestrator runs" : "live";
}

export function Progress({ sweep }: { sweep: SweepInfo }) {
  const now = status.value?.sweeps.find((one) => one.sweep === sweep.sweep);
  const account = { ...sweep, ...now };
  const over = account.succeeded + account.stopped + account.failed + account.cancelled;
  const isOver = over === account.planned;
  const left = now?.seconds_left;
  const trouble = status.value?.trouble ?? status.value?.store_trouble;
  const waiting = now?.waiting?.[0]?.reason;
  const words = isOver
    ? `${count(account.planned)} runs are over`
    : `${count(over)} of ${count(account.planned)} runs over${left ? `, about ${duration(left)} left` : ""}`;
  return (
    <div class="progress">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={words}>
        {parts.reduce<{ at: number; bars: any[] }>(({ at, bars }, part) => {
          const width = (100 * account[part]) / Math.max(account.planned, 1);
          return { at: at + width, bars: [...bars, <rect class={part} x={at} y="0" width={width} height="6" />] };
        }, { at: 0, bars: [] }).bars}
      </svg>
      <span class="words" aria-hidden="true">{words}{account.state === "paused" && " · paused"}{!isOver && waiting && account.running + account.leased === 0 && ` · waits: ${waiting}`}</span>
      {theSource().kind === "live" && !isOver && (
        <span class={`live ${connection.value === "live" ? "on" : ""}`}>
          {liveWords()}
        </span>
      )}
      {!isOver && trouble && <span class="problem" role="alert">{trouble}</span>}
      {theSource().control && <Orders sweep={{ ...sweep, ...now } as SweepInfo} isOver={isOver} />}
    </div>
  );
}

function Orders({ sweep, isOver }: { sweep: SweepInfo; isOver: boolean }) {
  const said = useSignal("");
  const give = async (order: string) => {
    if (order === "cancel" && !confirm(`Cancel what is not over of '${shownText(sweep.name)}'? Runs under way are stopped.`)) return;
    said.value = "…";
    said.value = await theSource().order({ do: order, sweep: sweep.sweep }).then((state) => `now ${state}`, (error) => error.message);
  };
  return (
    <span class="orders" role="group" aria-label="Orders">
      {!isOver && sweep.state !== "paused" && <button type="button" onClick={() => give("pause")}>Pause</button>}
      {!isOver && sweep.state === "paused" && <button type="button" onClick={() => give("resume")}>Resume</button>}
      {!isOver && <button type="button" onClick={() => give("cancel")}>Cancel</button>}
      {sweep.failed > 0 && <button type="button" onClick={() => give("retry")}>Retry {count(sweep.failed)} failed</button>}
      <output>{said.value}</output>
    </span>
  );
}
