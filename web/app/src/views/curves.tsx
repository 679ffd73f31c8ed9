// Loss, accuracy, evaluations and rate by step: a band a level, a line a run.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { CurveMetric, CurvesAnswer, SweepDocument } from "../data/documents";
import { lineStyle } from "../logic/colors";
import { paramsText, short, shownText } from "../logic/numbers";
import { CurveChart, type NamedSeries } from "../parts/curve_chart";
import { Figure } from "../parts/figure";
import { Choice, Mark, Nothing, Select, Waiting } from "../parts/states";
import { address, setQuery } from "../state/address";
import {
  changeCount, chosenLevels, chosenRuns, levelByNumber, markOf, shownLevels, sweepPage, theSource, toggleLevel, toggleRun, varied,
} from "../state/page";

/** Of the built-in trainer; a program's have names of its own. */
const metrics: readonly (readonly [CurveMetric, string])[] = [
  ["loss", "training loss"], ["flat_accuracy", "training accuracy"], ["eval.loss", "evaluation loss"],
  ["eval.flat_accuracy", "evaluation accuracy"], ["eval.mcc", "evaluation MCC"], ["lr", "learning rate"],
];

const numbersOf = (page: SweepDocument): readonly (readonly [CurveMetric, string])[] =>
  page.numbers.length > 0 ? page.numbers.map((name) => [name, shownText(name)] as const) : page.sweep.trainer === "program" ? [[page.levels.metric, shownText(page.levels.metric)]] : metrics;

function useCurves(sweep: number, width: number, usual: CurveMetric) {
  const query = address.value.query;
  const answer = useSignal<CurvesAnswer | null>(null);
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const levels = shownLevels.value.map((level) => level.level);
  const runs = [...chosenRuns.value].slice(0, 50);
  const from = query.from === undefined ? undefined : Number(query.from);
  const to = query.to === undefined ? undefined : Number(query.to);
  const question = {
    sweep, levels, runs, metric: query.metric ?? usual,
    place: query.place === "share" ? ("share" as const) : ("step" as const), from, to, pixels: width, smooth: Number(query.smooth ?? 0) || 0,
  };
  const key = JSON.stringify(question) + changeCount.value;
  useEffect(() => {
    const end = new AbortController();
    isBusy.value = true;
    theSource().curves(question, end.signal).then(
      (value) => { answer.value = value; problem.value = null; isBusy.value = false; },
      (error) => { if (!end.signal.aborted) { problem.value = String(error.message ?? error); isBusy.value = false; } },
    );
    return () => end.abort();
  }, [key]);
  return { answer: answer.value, problem: problem.value, isBusy: isBusy.value, question };
}

function Legend({ names, answer }: { names: NamedSeries[]; answer: CurvesAnswer }) {
  return (
    <ul class="legend">
      {answer.series.map((series, i) => {
        const { color, dash } = lineStyle(names[i]!.place);
        const level = series.level === undefined ? undefined : levelByNumber.value.get(series.level);
        const isChosen = level ? chosenLevels.value.has(level.level) : true;
        return (
          <li>
            <svg width="28" height="10" aria-hidden="true">
              <line x1="1" x2="27" y1="5" y2="5" stroke={color} stroke-width={level ? 3 : 1.5} stroke-dasharray={dash.join(" ")} />
            </svg>
            <span>{names[i]!.name}</span>
            {level && <Mark mark={markOf(level)} />}
            {level && <small>{series.runs} run{series.runs === 1 ? "" : "s"}</small>}
            {isChosen && (
              <button type="button" class="quiet" aria-label={`Remove ${names[i]!.name}`}
                onClick={() => (level ? toggleLevel(level.level) : toggleRun(series.run!))}>×</button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function tableOf(answer: CurvesAnswer, names: NamedSeries[]) {
  const rows = answer.series.flatMap((series, i) => {
    const step = Math.max(1, Math.ceil(series.x.length / 40)); // enough to see the shape
    return Array.from(series.x).flatMap((x, at) => at % step !== 0 ? [] : [[
      names[i]!.name, short(x), short(series.y[at]!), series.low ? `${short(series.low[at]!)} to ${short(series.high![at]!)}` : "",
    ]]);
  });
  return { columns: ["series", "step", "value (median)", "10 to 90 %"], rows };
}

function Curves({ page }: { page: SweepDocument }) {
  const numbers = numbersOf(page);
  const { answer, problem, isBusy, question } = useCurves(page.sweep.sweep, Math.min(innerWidth, 1600), numbers[0]![0]);
  const names = useMemo(() => (answer?.series ?? []).map((series, place): NamedSeries => ({
    place,
    name: series.level === undefined
      ? `run ${series.run}`
      : paramsText(levelByNumber.value.get(series.level)?.params ?? {}, varied.value) || `level ${series.level}`,
  })), [answer]);
  const query = address.value.query;
  const window: [number, number] | null = useMemo(
    () => (question.from !== undefined && question.to !== undefined ? [question.from, question.to] : null), [query.from, query.to]);
  const zoom = (range: [number, number] | null) =>
    setQuery({ from: range ? range[0].toPrecision(6) : "", to: range ? range[1].toPrecision(6) : "" });
  const move = (shift: number, factor: number) => {
    if (!answer) return;
    const [begin, end] = window ?? [answer.from, answer.to];
    const half = ((end - begin) * factor) / 2;
    const middle = (begin + end) / 2 + shift * (end - begin);
    zoom([Math.max(middle - half, 0), middle + half]);
  };
  const isEmpty = answer !== null && answer.series.every((series) => series.x.length === 0);
  const metricName = numbers.find(([metric]) => metric === question.metric)?.[1] ?? shownText(question.metric);
  return (
    <>
      <div class="controls">
        <Select label="Number" options={numbers} value={question.metric} onChange={(metric) => setQuery({ metric, from: "", to: "" })} />
        <Choice label="At equal" options={[["step", "step"], ["share", "share of the run"]]} value={question.place}
          onChange={(place) => setQuery({ place: place === "share" ? place : "", from: "", to: "" })} />
        <Choice label="Axis" options={[["", "linear"], ["log", "log"]]} value={query.axis === "log" ? "log" : ""} onChange={(axis) => setQuery({ axis })} />
        <label class="range">
          <span>Smoothing{question.smooth > 0 ? `: ${short(question.smooth)} steps` : ""}</span>
          <input type="range" min="0" max="8" step="1" value={question.smooth > 0 ? Math.log2(question.smooth) + 1 : 0}
            onInput={(event) => {
              const power = Number(event.currentTarget.value);
              setQuery({ smooth: power > 0 ? String(2 ** (power - 1)) : "" });
            }} />
        </label>
        <span class="zoom" role="group" aria-label="Range">
          <button type="button" aria-label="Earlier" onClick={() => move(-0.25, 1)}>◀</button>
          <button type="button" aria-label="Closer" onClick={() => move(0, 0.5)}>+</button>
          <button type="button" aria-label="Wider" disabled={!window} onClick={() => move(0, 2)}>−</button>
          <button type="button" aria-label="Later" onClick={() => move(0.25, 1)}>▶</button>
          <button type="button" disabled={!window} onClick={() => zoom(null)}>Whole</button>
        </span>
      </div>
      {problem && <p class="problem" role="alert">{problem}</p>}
      {answer && answer.lengths > 1 && (
        <p class="warning">
          {question.place === "step"
            ? "These runs are of different lengths: at the same step, a shorter run's rate has decayed further. At equal share of the run, schedules line up."
            : "These runs are of different lengths: at the same share, a longer run has trained on more steps."}
        </p>
      )}
      {answer && isEmpty && <Nothing>There are no such numbers yet.</Nothing>}
      {answer && !isEmpty && (
        <Figure title={metricName} table={() => tableOf(answer, names)}
          note="Median and 10 to 90 % over a level's runs. Drag to look closer, double-click for the whole; choose levels and runs in any view.">
          <div class={isBusy ? "busy" : ""}>
            <CurveChart answer={answer} names={names} isLog={query.axis === "log"} height={innerWidth < 600 ? 280 : 420} window={window} onZoom={zoom} />
          </div>
          <Legend names={names} answer={answer} />
        </Figure>
      )}
    </>
  );
}

export const CurvesView = () => <Waiting of={sweepPage}>{(page) => <Curves page={page} />}</Waiting>;
