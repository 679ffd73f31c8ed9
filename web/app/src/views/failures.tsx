// Why runs failed, by class: what they have in common, which they are, and the last lines of a log.
import type { Failure, RunsTable, SweepDocument } from "../data/documents";
import { commonOf } from "../logic/common";
import { count, paramsText, percent, shownText, valueText } from "../logic/numbers";
import { Command } from "../parts/copy";
import { Nothing, Waiting } from "../parts/states";
import { go } from "../state/address";
import { levelByNumber, runs, sweepPage, varied } from "../state/page";

const meanings: Record<string, string> = {
  diverged: "The loss was no number any more: a finding about the level, not a fault.",
  out_of_memory: "The device or the machine had no memory left.",
  crashed: "The worker's process was ended by a signal.",
  exited: "The worker's process ended by itself.",
  hung: "Steps or heartbeats stopped.",
  time_limit: "The run took longer than the sweep file allows.",
  bad_data: "Data or model files could not be read.",
  disk_full: "There was no room on the disk.",
  bad_report: "The worker reported what cannot be.",
  lost: "The run's worker was lost with its orchestrator.",
  device_error: "The device failed.",
  program_error: "The program ended with an error, or did not report the sweep's metric.",
};

const mostListed = 12;
const runsText = (number: number) => `${count(number)} run${number === 1 ? "" : "s"}`;

function WhatTheyShare({ table, places }: { table: RunsTable; places: number[] }) {
  const shared = commonOf(table, places, levelByNumber.value, varied.value);
  if (shared.length === 0) return null;
  return (
    <p>
      All of them have {shared.map((one, i) => (
        <>{i > 0 && ", "}<strong>{one.parameter} {valueText(one.value)}</strong> ({percent(one.share)} of the runs with it)</>
      ))}.
    </p>
  );
}

function TheRuns({ page, table, places }: { page: SweepDocument; table: RunsTable; places: number[] }) {
  return (
    <ul class="failed-runs">
      {places.slice(0, mostListed).map((at) => (
        <li>
          <a href={`#/${page.sweep.sweep}/run?run=${table.run[at]}`}>run {table.run[at]}</a>{" "}
          <span class="muted">{paramsText(levelByNumber.value.get(table.level[at]!)?.params ?? {}, varied.value)}, seed {table.seed[at]}{table.attempts[at]! > 1 && `, tried ${table.attempts[at]} times`}</span>
        </li>
      ))}
      {places.length > mostListed && <li class="muted">and {count(places.length - mostListed)} more</li>}
    </ul>
  );
}

function Class({ page, failure, table }: { page: SweepDocument; failure: Failure; table: RunsTable | null }) {
  const places = table ? table.run.flatMap((_, at) => (table.state[at] === "failed" && table.failure_class[at] === failure.class ? [at] : [])) : [];
  return (
    <section class="failure">
      <h2>{failure.class} <small>{runsText(failure.runs)}</small></h2>
      <p>{meanings[failure.class]}</p>
      {table && <WhatTheyShare table={table} places={places} />}
      {table && <TheRuns page={page} table={table} places={places} />}
      <p class="text"><a href={`#/${page.sweep.sweep}/run?run=${failure.example}`}>Run {failure.example}</a> says: {shownText(failure.message, 2000)}</p>
      {failure.log_tail && <pre class="log" tabIndex={0} aria-label={`The last lines of run ${failure.example}'s log`}>{failure.log_tail}</pre>}
      <button type="button" onClick={() => go({ view: "runs", query: { filter: `failure = ${failure.class}` } })}>Show {failure.runs === 1 ? "it" : "these runs"} in the table</button>
    </section>
  );
}

export function FailuresView() {
  const table = runs.use();
  return (
    <Waiting of={sweepPage}>
      {(page) => page.failures.length === 0 ? <Nothing>No run has failed.</Nothing> : (
        <>
          <p class="lead"><strong>{count(page.sweep.failed)} of {runsText(page.sweep.planned)} failed.</strong> A level's mean is over those of its runs that did not; one that diverged counts as the constant guess.</p>
          {[...page.failures].sort((a, b) => b.runs - a.runs).map((failure) => <Class key={failure.class} page={page} failure={failure} table={table} />)}
          <Command what="Train the failed runs again" command={page.next.find((step) => step.command.includes(" retry "))?.command ?? `tarama retry ${page.sweep.sweep} --failed`} />
        </>
      )}
    </Waiting>
  );
}
