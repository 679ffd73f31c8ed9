// Parallel coordinates: an axis a parameter, and the metric. Chosen levels, else the tied ones, stand out.
import { useCallback } from "preact/hooks";
import type { Level } from "../data/documents";
import { amountColor, token } from "../logic/colors";
import { intervalText, measured, paramsText } from "../logic/numbers";
import { segmentsOf } from "../logic/segments";
import { Canvas, type Point } from "../parts/canvas";
import { Figure } from "../parts/figure";
import { axisScale } from "../parts/scales";
import { Nothing, Waiting } from "../parts/states";
import { chosenLevels, levels, markOf, pointed, sweepPage, toggleLevel, varied } from "../state/page";
import { intervalOf } from "./answer";

const height = 420;
const top = 42;
const bottom = 20;

interface Axis {
  name: string;
  place: (level: Level) => number;
  ticks: { at: number; text: string }[];
}

function axesOf(all: Level[], names: string[], metric: string): Axis[] {
  const scored = all.map((level) => level.score!);
  const low = Math.min(...scored);
  const high = Math.max(...scored);
  const down = (value: number) => height - bottom - ((value - low) / (high - low || 1)) * (height - top - bottom);
  const axes = names.map((name): Axis => {
    const scale = axisScale(all.map((level) => level.params[name] ?? null), height - bottom, top);
    return { name, place: (level) => scale.place(level.params[name] ?? null), ticks: scale.ticks };
  });
  const ticks = [low, (low + high) / 2, high].map((value) => ({ at: down(value), text: measured(value) }));
  return [...axes, { name: metric, place: (level) => down(level.score!), ticks }];
}

const across = (width: number, axis: number, count: number) => 44 + ((width - 44 - 60) * axis) / Math.max(count - 1, 1);

function line(context: CanvasRenderingContext2D, x: number, y: number, toX: number, toY: number): void {
  const bend = (toX - x) / 2.5;
  context.beginPath();
  context.moveTo(x, y);
  context.bezierCurveTo(x + bend, y, toX - bend, toY, toX, toY);
  context.stroke();
}

function drawAxes(context: CanvasRenderingContext2D, width: number, axes: Axis[]): void {
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  axes.forEach((axis, i) => {
    const x = across(width, i, axes.length);
    context.strokeStyle = token("muted");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, top - 4);
    context.lineTo(x, height - bottom + 4);
    context.stroke();
    context.textAlign = i === 0 ? "left" : i === axes.length - 1 ? "right" : "center";
    context.fillStyle = token("ink");
    // Where it is narrow, every second name stands lower, and the metric is without its split.
    const isNarrow = width < 640;
    const name = isNarrow ? axis.name.replace(/^eval\./, "") : axis.name;
    context.fillText(name, i === 0 ? 4 : i === axes.length - 1 ? width - 4 : x, isNarrow && i % 2 === 1 ? 22 : 8);
    context.textAlign = "left";
    for (const tick of axis.ticks) {
      const text = ` ${tick.text} `;
      context.fillStyle = token("ground");
      context.globalAlpha = 0.75;
      context.fillRect(x + 4, tick.at - 8, context.measureText(text).width, 16);
      context.globalAlpha = 1;
      context.fillStyle = token("muted");
      context.fillText(text, x + 4, tick.at);
    }
  });
}

export function ParallelView() {
  return (
    <Waiting of={sweepPage}>
      {(page) => {
        const all = levels.value.filter((level) => level.score !== null);
        if (all.length === 0) return <Nothing>No level has a result yet.</Nothing>;
        return <Parallel all={all} metric={page.levels.metric} />;
      }}
    </Waiting>
  );
}

function Parallel({ all, metric }: { all: Level[]; metric: string }) {
  const names = varied.value;
  const axes = axesOf(all, names, metric);
  const chosen = chosenLevels.value;
  const standing = all.filter((level) => (chosen.size > 0 ? chosen.has(level.level) : markOf(level) !== "other"))
    .toReversed(); // the best one is drawn over the others
  const at = all.find((level) => level.level === pointed.value);
  const scores = all.map((level) => level.score!);
  const low = Math.min(...scores);
  const high = Math.max(...scores);
  const draw = useCallback((context: CanvasRenderingContext2D, width: number) => {
    const last = axes.length - 1;
    context.lineCap = "round";
    context.globalAlpha = 0.3;
    context.strokeStyle = token("other");
    for (let axis = 0; axis + 1 < last; axis++) {
      for (const segment of segmentsOf(all, names[axis]!, names[axis + 1]!)) {
        context.lineWidth = 1 + (14 * segment.levels.length) / all.length;
        const level = segment.levels[0]!;
        line(context, across(width, axis, axes.length), axes[axis]!.place(level), across(width, axis + 1, axes.length), axes[axis + 1]!.place(level));
      }
    }
    for (const level of all) {
      context.lineWidth = 1;
      context.strokeStyle = amountColor((level.score! - low) / (high - low || 1));
      context.globalAlpha = 0.6;
      if (last > 0) line(context, across(width, last - 1, axes.length), axes[last - 1]!.place(level), across(width, last, axes.length), axes[last]!.place(level));
    }
    context.globalAlpha = 1;
    for (const level of at ? [...standing, at] : standing) {
      const mark = markOf(level);
      // Where most may be the best, the best one alone stands out of the crowd.
      const isOneOfMany = standing.length > 20 && mark !== "best" && level !== at;
      context.globalAlpha = isOneOfMany ? 0.25 : 1;
      context.lineWidth = level === at ? 4 : isOneOfMany ? 1 : 2.5;
      context.strokeStyle = level === at ? token("ink") : token(mark === "best" ? "best" : "tied");
      for (let axis = 0; axis < last; axis++) {
        line(context, across(width, axis, axes.length), axes[axis]!.place(level), across(width, axis + 1, axes.length), axes[axis + 1]!.place(level));
      }
    }
    context.globalAlpha = 1;
    drawAxes(context, width, axes);
  }, [all, names.join(), chosen, at]);
  const nearest = (point: Point) => {
    const width = document.querySelector(".parallel .canvas")?.clientWidth ?? 800;
    const place = ((point.x - 44) / (width - 104)) * (axes.length - 1);
    const axis = Math.min(Math.max(Math.floor(place), 0), Math.max(axes.length - 2, 0));
    const share = Math.min(Math.max(place - axis, 0), 1);
    const ease = share * share * (3 - 2 * share);
    const distance = (level: Level) => {
      const from = axes[axis]!.place(level);
      const to = (axes[axis + 1] ?? axes[axis]!).place(level);
      return Math.abs(from + (to - from) * ease - point.y);
    };
    return all.reduce((best, level) => (distance(level) < distance(best) ? level : best));
  };
  return (
    <div class="parallel">
      <Figure title="Parameters and result"
        note={`${chosen.size > 0 ? "The chosen levels" : "The best level and those tied with it"} stand out; grey is as wide as levels run there. Click to choose the nearest level.`}
        table={() => ({ columns: ["level", `mean ${metric}`, "interval"], rows: all.map((level) => [paramsText(level.params, names), measured(level.score, intervalOf(level)), intervalText(intervalOf(level))]), choose: (row) => toggleLevel(all[row]!.level) })}>
        <Canvas height={height} draw={draw} label={`Parameters and ${metric} of each level; the table has the numbers`}
          onPoint={(point) => { pointed.value = point ? nearest(point).level : null; }}
          onClick={(point) => toggleLevel(nearest(point).level)} />
        <p class="under" aria-live="off">{at ? `${paramsText(at.params, names)}: ${measured(at.score, intervalOf(at))}` : " "}</p>
      </Figure>
    </div>
  );
}
