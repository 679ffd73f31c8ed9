// The first view: which level, how sure, and what to do next.
import { useSignal } from "@preact/signals";
import type { Failure, Level, SweepDocument } from "../data/documents";
import { firstLevels, ranked } from "../logic/levels";
import { count, duration, fixed, decimalsFor, intervalText, measured, paramsText, chance, short } from "../logic/numbers";
import { Command } from "../parts/copy";
import { Refine } from "../parts/refine";
import { Mark, Nothing, Scroll, StateWord, Waiting } from "../parts/states";
import { go } from "../state/address";
import { chosenLevels, chosenRuns, markOf, pointed, runs, sweepPage, theSource, toggleLevel, toggleRun, varied } from "../state/page";

const atFirst = () => (innerWidth < 736 ? 10 : 30);

/** The interval that is drawn: with strength borrowed from other levels, else the level's own. */
export const intervalOf = (level: Level) => level.interval ?? level.ci95;

function rangeOf(levels: Level[]): [number, number] {
  const ends = levels.flatMap((level) => [level.score, ...(intervalOf(level) ?? [])])
    .filter((value): value is number => value !== null);
  return ends.length > 0 ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
}

function IntervalBar({ level, range }: { level: Level; range: [number, number] }) {
  if (level.score === null) {
    return null;
  }
  const width = range[1] - range[0] || 1;
  const place = (value: number) => 3 + (94 * (value - range[0])) / width;
  const interval = intervalOf(level);
  const mark = markOf(level);
  return (
    <svg class={`interval ${mark}`} viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
      {interval && <path d={`M${place(interval[0])} 8H${place(interval[1])}`} />}
      <path class="dot" d={`M${place(level.score)} 8h0`} />
    </svg>
  );
}

function RunsOf({ level }: { level: Level }) {
  const table = runs.use();
  const places = new Map(table?.run.map((run, at) => [run, at]));
  return (
    <ul class="runs-of">
      {level.runs.map((run) => {
        const at = places.get(run);
        return (
          <li>
            <input type="checkbox" checked={chosenRuns.value.has(run)} aria-label={`Choose run ${run}`} onChange={() => toggleRun(run)} />
            <a href={`#/${sweepPage.value.value!.sweep.sweep}/run?run=${run}`}>run {run}</a>
            {table && at !== undefined && <>
              <span class="muted">seed {table.seed[at]}</span>
              {table.state[at] === "succeeded" ? <span class="number">{measured(table.metric[at])}</span> : <StateWord state={table.state[at]!} />}
            </>}
          </li>
        );
      })}
    </ul>
  );
}

function LevelRow({ level, rank, range }: { level: Level; rank: number; range: [number, number] }) {
  const isOpen = useSignal(false);
  const mark = markOf(level);
  const isChosen = chosenLevels.value.has(level.level);
  const interval = intervalOf(level);
  const difference = level.difference;
  return (
    <>
      <tr
        class={`${mark} ${isChosen ? "chosen" : ""} ${pointed.value === level.level ? "pointed" : ""}`}
        onPointerEnter={() => { pointed.value = level.level; }}
        onPointerLeave={() => { pointed.value = null; }}
      >
        <td class="pick">
          <input type="checkbox" checked={isChosen} aria-label={`Choose level ${level.level}`} onChange={() => toggleLevel(level.level)} />
        </td>
        <td class="number">{rank}</td>
        <th scope="row">
          <button type="button" class="unfold" aria-expanded={isOpen.value} onClick={() => { isOpen.value = !isOpen.value; }}>
            {paramsText(level.params, varied.value) || `level ${level.level}`}
          </button>
          <Mark mark={mark} />
        </th>
        <td class="bar"><IntervalBar level={level} range={range} /></td>
        <td class="number strong">{measured(level.score, interval)}</td>
        <td class="number">{intervalText(interval)}</td>
        <td class="number wide">{difference && fixed(difference.mean, decimalsFor(interval ? (interval[1] - interval[0]) / 2 : null))}</td>
        <td class="number wide">{chance(level.p_best)}</td>
        <td class="number">{level.replicates}{level.failed > 0 && <span class="failed-count"> ({level.failed} failed)</span>}{level.stopped > 0 && <span class="stopped-count"> ({level.stopped} stopped)</span>}</td>
        <td class="number wide">{duration(level.seconds_per_run)}</td>
      </tr>
      {isOpen.value && <tr class="unfolded"><td colSpan={10}><RunsOf level={level} /></td></tr>}
    </>
  );
}

function LevelsTable({ page }: { page: SweepDocument }) {
  const showsAll = useSignal(false);
  const all = page.levels.levels;
  const shown = showsAll.value ? ranked(all) : firstLevels(all, atFirst());
  const range = rangeOf(shown.map(({ level }) => level));
  return (
    <section class="levels hold">
      <Scroll label="Levels">
        <table>
          <caption>Levels by {page.levels.metric}, best first</caption>
          <thead>
            <tr>
              <th scope="col" class="pick"><span class="unseen">chosen</span></th>
              <th scope="col" class="number">#</th>
              <th scope="col">level</th>
              <th scope="col" class="bar">
                <span class="unseen">interval, drawn</span>
                <span class="ends" aria-hidden="true"><span>{short(Number(range[0].toPrecision(3)))}</span><span>{short(Number(range[1].toPrecision(3)))}</span></span>
              </th>
              <th scope="col" class="number">mean</th>
              <th scope="col" class="number">interval, 95 %</th>
              <th scope="col" class="number wide" title="this level minus the best other one">difference</th>
              <th scope="col" class="number wide" title="the probability that it is the best of all">chance to be best</th>
              <th scope="col" class="number">runs</th>
              <th scope="col" class="number wide">time a run</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ level, rank }) => <LevelRow key={level.level} level={level} rank={rank} range={range} />)}
          </tbody>
        </table>
      </Scroll>
      {all.length > shown.length && (
        <button type="button" onClick={() => { showsAll.value = true; }}>Show all {count(all.length)} levels</button>
      )}
    </section>
  );
}

const failureWords = (failures: Failure[]) =>
  [...failures].sort((a, b) => b.runs - a.runs).map((failure) => (failures.length === 1 ? failure.class : `${count(failure.runs)} ${failure.class}`)).join(", ");

function Facts({ page }: { page: SweepDocument }) {
  const { levels, sweep } = page;
  const best = levels.levels.find((level) => level.level === levels.best);
  const over = sweep.succeeded + sweep.stopped + sweep.failed + sweep.cancelled;
  return (
    <dl class="facts">
      {best && <div class="best"><dt>{levels.metric} of the best level</dt><dd>{measured(best.score, intervalOf(best))}</dd></div>}
      <div class="tied"><dt>may be the best</dt><dd>{levels.tied.length} <small>of {count(levels.levels.length)} levels</small></dd></div>
      <div><dt>runs over</dt><dd>{count(over)} <small>of {count(sweep.planned)}</small></dd></div>
      {sweep.failed > 0 && (
        <div class="failed"><dt>runs failed</dt><dd><a href={`#/${sweep.sweep}/failures`}>{count(sweep.failed)}</a> <small>{failureWords(page.failures)}</small></dd></div>
      )}
    </dl>
  );
}

export function AnswerView() {
  return (
    <Waiting of={sweepPage}>
      {(page) => (
        <>
          <h1 class="answer">{page.levels.answer.replaceAll(" %", "\u00a0%")}</h1>
          {page.levels.provisional && <p class="provisional">This may change: runs are still to come.</p>}
          {page.levels.numerics_mix.length > 0 && (
            <p class="warning">
              Not all levels are trained alike ({page.levels.numerics_mix.map((share) =>
                `${share.levels} by ${share.learner}${share.numerics === null ? "" : `, numerics ${share.numerics}`}`).join("; ")}):
              between them, means differ by more than their parameters.
            </p>
          )}
          <Facts page={page} />
          {page.levels.levels.length === 0 ? <Nothing>This sweep has no levels.</Nothing> : <LevelsTable page={page} />}
          {page.notes.length > 0 && <ul class="notes">{page.notes.map((note) => <li>{note}</li>)}</ul>}
          <section class="next">
            <h2>Go on</h2>
            {page.next.map((step) => <Command what={step.what} command={step.command} />)}
            {theSource().control && !page.levels.provisional && <Refine sweep={page.sweep.sweep} atFirst={Math.min(2 * Math.max(page.levels.tied.length, 2), 100)} />}
            <button type="button" onClick={() => go({ view: "curves" })}>See the curves of {chosenLevels.value.size > 0 ? "the chosen levels" : "the levels that may be best"}</button>
          </section>
        </>
      )}
    </Waiting>
  );
}
