// Why runs failed, by class, with the last lines of a log.
import { count } from "../logic/numbers";
import { Command } from "../parts/copy";
import { Nothing, Waiting } from "../parts/states";
import { go } from "../state/address";
import { sweepPage } from "../state/page";

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
};

export function FailuresView() {
  return (
    <Waiting of={sweepPage}>
      {(page) => page.failures.length === 0 ? <Nothing>No run has failed.</Nothing> : (
        <>
          {page.failures.map((failure) => (
            <section class="failure">
              <h2>{failure.class} <small>{count(failure.runs)} run{failure.runs === 1 ? "" : "s"}</small></h2>
              <p>{meanings[failure.class]}</p>
              <p class="text"><a href={`#/${page.sweep.sweep}/run?run=${failure.example}`}>Run {failure.example}</a>: {failure.message}</p>
              {failure.log_tail && <pre class="log" tabIndex={0} aria-label={`The last lines of run ${failure.example}'s log`}>{failure.log_tail}</pre>}
              <button type="button" onClick={() => go({ view: "runs", query: { filter: `failure = ${failure.class}` } })}>Show these runs</button>
            </section>
          ))}
          <Command what="Train the failed runs again" command={page.next.find((step) => step.command.includes(" retry "))?.command ?? `tarama retry ${page.sweep.sweep} --failed`} />
        </>
      )}
    </Waiting>
  );
}
