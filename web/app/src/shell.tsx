// The frame of all views: which sweep, how far, the views' names, what is chosen.
import { useEffect, useErrorBoundary, useRef } from "preact/hooks";
import { shownText } from "./logic/numbers";
import { address, go, written } from "./state/address";
import { Progress } from "./parts/progress";
import { chosenLevels, chosenRuns, clearChoice, sweepPage, sweeps, theSource } from "./state/page";
import { AnswerView } from "./views/answer";
import { CompareView } from "./views/compare";
import { CurvesView } from "./views/curves";
import { DevicesView } from "./views/devices";
import { EffectsView } from "./views/effects";
import { ErrorsView } from "./views/errors";
import { FailuresView } from "./views/failures";
import { MapView } from "./views/map";
import { ParallelView } from "./views/parallel";
import { RunView } from "./views/run";
import { RunsView } from "./views/runs";
import { SweepsView } from "./views/sweeps";

const views = [
  ["answer", "Answer", AnswerView], ["map", "Map", MapView], ["parallel", "Parallel", ParallelView], ["effects", "Effects", EffectsView],
  ["curves", "Curves", CurvesView], ["runs", "Runs", RunsView], ["run", "Run", RunView], ["compare", "Compare", CompareView],
  ["devices", "Devices", DevicesView], ["failures", "Failures", FailuresView], ["errors", "Errors", ErrorsView],
] as const;

function Picker() {
  const all = sweeps.use() ?? [];
  const here = address.value.sweep;
  if (theSource().kind === "report" || here === null) {
    return <span class="sweep-name" dir="auto">{shownText(sweepPage.value.value?.sweep.name ?? "tarama")}</span>;
  }
  return (
    <label class="picker">
      <span class="unseen">Sweep</span>
      <select value={String(here)} onChange={(event) => go({ sweep: Number(event.currentTarget.value), view: "answer", query: {} })}>
        {all.toReversed().map((sweep) => <option value={sweep.sweep} selected={sweep.sweep === here}>{sweep.sweep} · {shownText(sweep.name)}</option>)}
      </select>
    </label>
  );
}

function Tabs() {
  const { view, query } = address.value;
  const here = useRef<HTMLElement>(null);
  useEffect(() => { // on a narrow screen the strip of names scrolls
    const strip = here.current!;
    const name = strip.querySelector<HTMLElement>("[aria-current]");
    if (name) strip.scrollLeft = name.offsetLeft - (strip.clientWidth - name.clientWidth) / 2;
  }, [view]);
  return (
    <nav aria-label="Views" ref={here}>
      {views.map(([name, text]) => (
        <a href={written({ ...address.value, view: name, query: { levels: query.levels ?? "", runs: query.runs ?? "", ...(name === view ? query : {}) } })}
          aria-current={name === view ? "page" : undefined}>{text}</a>
      ))}
    </nav>
  );
}

function Choice() {
  const words = [[chosenLevels.value.size, "level"], [chosenRuns.value.size, "run"]] as const;
  const text = words.filter(([size]) => size > 0).map(([size, word]) => `${size} ${word}${size === 1 ? "" : "s"}`).join(", ");
  if (!text) return null;
  return (
    <div class="choice-bar" role="status">
      <span>{text} chosen</span>
      <button type="button" onClick={() => go({ view: "curves" })}>Curves</button>
      <button type="button" onClick={() => go({ view: "compare" })}>Compare</button>
      <button type="button" onClick={clearChoice}>Clear</button>
    </div>
  );
}

function View() {
  const [error, again] = useErrorBoundary();
  const { view, query } = address.value;
  useEffect(() => again(), [view]);
  if (error) return <p class="problem" role="alert">This view failed ({String((error as Error).message ?? error)}); the others work. Please report it.</p>;
  const [name, title, Shown] = views.find(([known]) => known === view) ?? views[0];
  const hasHeading = name === "answer" || (name === "run" && query.run); // a sentence, a name: better than a title
  return <>{!hasHeading && <h1 class="unseen">{title}</h1>}<Shown /></>;
}

export function Shell() {
  const { sweep, view } = address.value;
  const page = sweep === null ? null : sweepPage.use();
  const name = page?.sweep.name;
  useEffect(() => { document.title = name ? `${shownText(name)} · ${view} · tarama` : "tarama"; }, [name, view]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")!.focus(); }}>To the content</a>
      <header>
        <a class="home" href="#/" aria-label="tarama: all sweeps">tarama</a>
        <Picker />
        {page && <Progress sweep={page.sweep} />}
        {sweep !== null && <Tabs />}
      </header>
      <main id="main" tabIndex={-1} class={`view-${sweep === null ? "sweeps" : view}`}>{sweep === null ? <SweepsView /> : <View key={sweep} />}</main>
      {sweep !== null && <Choice />}
      <footer>{theSource().origin}</footer>
    </>
  );
}
