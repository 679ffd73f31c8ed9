// One run: what it is, its attempts, its curves, its log, and how to repeat it.
import { useSignal } from "@preact/signals";
import type { CurveMetric, CurvesAnswer, RunDocument } from "../data/documents";
import { duration, measured, moment, short, shownText, valueText } from "../logic/numbers";
import { Command } from "../parts/copy";
import { CurveChart } from "../parts/curve_chart";
import { Figure } from "../parts/figure";
import { Nothing, Scroll, StateWord } from "../parts/states";
import { address } from "../state/address";
import { useFetched } from "../state/fetched";
import { changeCount, chosenRuns, sweepPage, theSource, toggleRun } from "../state/page";

const drawn: readonly (readonly [CurveMetric, string])[] = [
  ["loss", "training loss"], ["flat_accuracy", "training accuracy"], ["eval.flat_accuracy", "evaluation accuracy"], ["lr", "learning rate"],
];

/** A program may report a thousand: its sweep's metric, and what comes first by name. */
function drawnOf(run: RunDocument): readonly (readonly [CurveMetric, string])[] {
  const most = 12;
  const metric = sweepPage.value.value?.levels.metric;
  const names = run.metrics.map((number) => number.name);
  const sorted = [...names.filter((name) => name === metric), ...names.filter((name) => name !== metric)];
  return names.length > 0 ? sorted.slice(0, most).map((name) => [name, shownText(name)] as const) : drawn;
}

/** What a program reported last, of each number. */
function Reported({ run }: { run: RunDocument }) {
  if (run.metrics.length === 0 || run.metrics.every((number) => number.last === null && number.least === null)) return null;
  return (
    <section>
      <h2>Numbers</h2>
      <Scroll label="Numbers">
        <table>
          <thead><tr>{["number", "last", "least", "greatest", "reports", "last step"].map((name) => <th scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {run.metrics.map((number) => (
              <tr>
                <td class="text">{shownText(number.name)}</td>
                <td class="number">{measured(number.last)}</td><td class="number">{measured(number.least)}</td>
                <td class="number">{measured(number.greatest)}</td><td class="number">{number.reports}</td><td class="number">{number.last_step}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function RunCurve({ run, metric, title }: { run: RunDocument; metric: CurveMetric; title: string }) {
  const { value } = useFetched<CurvesAnswer>(`${run.run} ${metric} ${run.state} ${changeCount.value}`, () =>
    theSource().curves({ sweep: run.sweep, levels: [], runs: [run.run], metric, place: "step", pixels: 800, smooth: 0 }));
  const names = [{ name: title, place: 0 }];
  const series = value?.series[0];
  if (!value || !series || series.x.length === 0) return null;
  return (
    <Figure title={title} table={() => ({ columns: ["step", title], rows: Array.from(series.x, (x, i) => [short(x), short(series.y[i]!)]) })}>
      <CurveChart answer={value} names={names} isLog={false} height={180} window={null} onZoom={() => {}} />
    </Figure>
  );
}

function Attempts({ run }: { run: RunDocument }) {
  return (
    <section>
      <h2>Attempts</h2>
      <Scroll label="Attempts">
        <table>
          <thead><tr>{["attempt", "device", "began", "took", "from step", "outcome", "message"].map((name) => <th scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {run.history.map((attempt) => (
              <tr>
                <td class="number">{attempt.attempt}</td>
                <td>{attempt.device ?? "–"}</td>
                <td>{moment(attempt.started_at)}</td>
                <td>{duration(attempt.seconds)}</td>
                <td class="number">{attempt.first_step ?? "–"}</td>
                <td>{attempt.outcome ?? "under way"}</td>
                <td class="text">{attempt.message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Evaluations({ run }: { run: RunDocument }) {
  if (run.evals.length === 0) return null;
  return (
    <section>
      <h2>Evaluations</h2>
      <Scroll label="Evaluations">
        <table>
          <thead><tr>{["epoch", "split", "step", "loss", "accuracy", "MCC", "macro F1", "examples"].map((name) => <th scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {run.evals.map((row) => (
              <tr>
                <td class="number">{row.epoch}</td><td>{row.split}</td><td class="number">{row.step}</td>
                <td class="number">{measured(row.loss)}</td><td class="number">{measured(row.flat_accuracy)}</td>
                <td class="number">{measured(row.mcc)}</td><td class="number">{measured(row.macro_f1)}</td><td class="number">{row.examples}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Log({ run }: { run: RunDocument }) {
  const attempt = useSignal(run.attempts);
  const { value, problem } = useFetched(`${run.run} ${attempt.value} ${changeCount.value}`, () => theSource().log(run.run, attempt.value));
  if (run.attempts === 0) return null;
  return (
    <section>
      <h2>Log</h2>
      {run.attempts > 1 && (
        <label class="select"><span>Attempt</span>
          <select value={attempt.value} onChange={(event) => { attempt.value = Number(event.currentTarget.value); }}>
            {Array.from({ length: run.attempts }, (_, i) => <option value={i + 1} selected={i + 1 === attempt.value}>{i + 1}</option>)}
          </select>
        </label>
      )}
      {problem ? <p class="problem">{problem}</p> : <pre class="log" tabIndex={0} aria-label="The log's last lines">{value || run.log_tail || "Nothing was written."}</pre>}
    </section>
  );
}

/** " --store ...", as the program quotes it. */
const storeOption = () => / --store .*$/.exec(sweepPage.value.value?.next.at(-1)?.command ?? "")?.[0] ?? "";

/** What may be asked of the orchestrator about this run, where the page may. */
function RunOrders({ run }: { run: RunDocument }) {
  const said = useSignal("");
  if (!theSource().control) return null;
  const isOpen = ["pending", "leased", "running"].includes(run.state);
  const order = isOpen ? "cancel" : run.state === "succeeded" || run.state === "cancelling" ? null : "retry";
  if (!order) return null;
  const give = async () => {
    if (order === "cancel" && !confirm(`Cancel run ${run.run}?`)) return;
    said.value = await theSource().order({ do: order, sweep: run.sweep, run: run.run }).then((state) => `the sweep is ${state}`, (error) => error.message);
  };
  return <p class="orders"><button type="button" onClick={give}>{order === "cancel" ? "Cancel this run" : "Train it again"}</button> <output>{said.value}</output></p>;
}

export function RunView() {
  const number = Number(address.value.query.run);
  const { value: run, problem } = useFetched(`${number} ${changeCount.value}`, async () => (number > 0 ? theSource().run(number) : null));
  if (!Number.isInteger(number) || number < 1) return <Nothing>Choose a run in the table of runs.</Nothing>;
  if (problem) return <p class="problem" role="alert">{problem}</p>;
  if (!run || run.run !== number) return <p class="waiting">Loading…</p>;
  return (
    <article class="run">
      <h1>Run {run.run} <StateWord state={run.state} /></h1>
      {run.message && <p class="problem">{run.failure_class && <strong>{run.failure_class}: </strong>}{run.message}</p>}
      <dl class="pairs">
        {Object.entries(run.params).map(([name, value]) => <div><dt>{shownText(name)}</dt><dd>{valueText(value)}</dd></div>)}
        <div><dt>seed</dt><dd>{run.seed}</dd></div>
        <div><dt>metric</dt><dd>{measured(run.metric)}</dd></div>
        <div><dt>training</dt><dd>{duration(run.train_seconds)}</dd></div>
        <div><dt>steps</dt><dd>{run.planned_steps ?? `${run.steps} reported`}</dd></div>
      </dl>
      <p>
        <label><input type="checkbox" checked={chosenRuns.value.has(run.run)} onChange={() => toggleRun(run.run)} /> chosen: drawn among the curves, and compared</label>
      </p>
      <RunOrders run={run} />
      <div class="small-charts">{drawnOf(run).map(([metric, title]) => <RunCurve key={metric} run={run} metric={metric} title={title} />)}</div>
      <Attempts run={run} />
      <Evaluations run={run} />
      <Reported run={run} />
      <Log key={run.run} run={run} />
      <section>
        <h2>Repeat it</h2>
        {run.planned_steps !== null && <Command what="Train it again and compare every step" command={`tarama show ${run.run} --verify${storeOption()}`} />}
        <details><summary>The sweep's file</summary><pre class="log" tabIndex={0} aria-label="The sweep's file">{run.yaml}</pre></details>
      </section>
    </article>
  );
}
