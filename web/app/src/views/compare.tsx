// Two to six levels or runs side by side: what differs in their parameters, and their numbers.
import type { Level, RunsTable, SweepDocument } from "../data/documents";
import { chance, duration, fixed, intervalText, measured, shownText, valueText } from "../logic/numbers";
import { Mark, Nothing, Scroll, StateWord, Waiting } from "../parts/states";
import { go } from "../state/address";
import { chosenLevels, chosenRuns, levelByNumber, markOf, runs, sweepPage, toggleLevel, toggleRun } from "../state/page";
import { intervalOf } from "./answer";

const most = 6;

interface Subject {
  title: string;
  href?: string;
  params: Record<string, unknown>;
  rows: Record<string, any>;
  drop: () => void;
}

function ofLevel(level: Level): Subject {
  const interval = intervalOf(level);
  return {
    title: `level ${level.level}`,
    params: level.params,
    rows: {
      is: <Mark mark={markOf(level)} />, mean: measured(level.score, interval), interval: intervalText(interval), sd: fixed(level.sd, 4),
      "difference to the best other": level.difference ? `${fixed(level.difference.mean, 4)} (${fixed(level.difference.low, 4)} to ${fixed(level.difference.high, 4)})` : "–",
      "chance to be best": chance(level.p_best), runs: level.replicates, failed: level.failed, "time a run": duration(level.seconds_per_run), "steps a run": level.steps_per_run,
    },
    drop: () => toggleLevel(level.level),
  };
}

function ofRun(table: RunsTable, run: number, sweep: number): Subject | null {
  const at = table.run.indexOf(run);
  if (at < 0) return null;
  return {
    title: `run ${run}`,
    href: `#/${sweep}/run?run=${run}`,
    params: levelByNumber.value.get(table.level[at]!)?.params ?? {},
    rows: {
      state: <StateWord state={table.state[at]!} />, seed: table.seed[at], metric: measured(table.metric[at]!), attempts: table.attempts[at],
      time: duration(table.train_seconds[at]!), steps: table.planned_steps[at], failure: table.failure_class[at] ?? "–",
    },
    drop: () => toggleRun(run),
  };
}

function Table({ label, subjects }: { label: string; subjects: Subject[] }) {
  const names = Object.keys(subjects[0]!.params);
  const differs = (name: string) => subjects.some((subject) => subject.params[name] !== subjects[0]!.params[name]);
  return (
    <Scroll label={label}>
      <table class="compare">
        <thead>
          <tr>
            <th scope="col"><span class="unseen">what</span></th>
            {subjects.map((subject) => (
              <th scope="col">
                {subject.href ? <a href={subject.href}>{subject.title}</a> : subject.title}
                <button type="button" class="quiet" aria-label={`Remove ${subject.title}`} onClick={subject.drop}>×</button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr class={differs(name) ? "differs" : ""}>
              <th scope="row">{shownText(name)}</th>
              {subjects.map((subject) => <td class="number">{valueText(subject.params[name] as any)}</td>)}
            </tr>
          ))}
          {Object.keys(subjects[0]!.rows).map((name, i) => (
            <tr class={i === 0 ? "first" : ""}>
              <th scope="row">{name}</th>
              {subjects.map((subject) => <td class="number">{subject.rows[name]}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Compare({ page, table }: { page: SweepDocument; table: RunsTable }) {
  const levels = [...chosenLevels.value].slice(0, most).flatMap((number) => levelByNumber.value.get(number) ?? []).map(ofLevel);
  const chosen = [...chosenRuns.value].slice(0, most).flatMap((run) => ofRun(table, run, page.sweep.sweep) ?? []);
  const isMore = chosenLevels.value.size > most || chosenRuns.value.size > most;
  return (
    <>
      {isMore && <p class="warning">More than {most} are chosen: the first {most} are compared.</p>}
      {levels.length > 0 && <section><h2>Levels</h2><Table label="Levels" subjects={levels} /></section>}
      {chosen.length > 0 && <section><h2>Runs</h2><Table label="Runs" subjects={chosen} /></section>}
      <button type="button" onClick={() => go({ view: "curves" })}>See their curves</button>
    </>
  );
}

export const CompareView = () => (
  <Waiting of={sweepPage}>
    {(page) => chosenLevels.value.size + chosenRuns.value.size === 0
      ? <Nothing>Choose two to six levels (under Answer) or runs (under Runs): they stand side by side here.</Nothing>
      : <Waiting of={runs}>{(table) => <Compare page={page} table={table} />}</Waiting>}
  </Waiting>
);
