// A heat map for a pair of parameters, faceted by a third: the mean of the metric over what is left.
import { useCallback, useMemo } from "preact/hooks";
import type { Level, Value } from "../data/documents";
import { amountColor, inkOn, token } from "../logic/colors";
import { measured } from "../logic/numbers";
import { Canvas, type Point } from "../parts/canvas";
import { Figure } from "../parts/figure";
import { type Bins, binsOf } from "../parts/scales";
import { Nothing, Select, Waiting } from "../parts/states";
import { address, setQuery } from "../state/address";
import { chooseLevels, chosenLevels, levels, pointed, sweepPage, varied } from "../state/page";

interface Cell {
  x: number; // its column
  y: number; // its row, from below
  mean: number | null;
  levels: Level[];
}

const mean = (values: number[]) => (values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null);

interface Axes {
  across: Bins;
  down: Bins;
}

const valueOf = (level: Level, name: string): Value => level.params[name] ?? null;

function cellsOf(all: Level[], across: string, down: string, axes: Axes): Cell[] {
  const here: Level[][] = Array.from({ length: axes.across.count * axes.down.count }, () => []);
  for (const level of all) {
    here[axes.down.of(valueOf(level, down)) * axes.across.count + axes.across.of(valueOf(level, across))]!.push(level);
  }
  return here.map((levels, place) => ({
    x: place % axes.across.count,
    y: Math.floor(place / axes.across.count),
    levels,
    mean: mean(levels.flatMap((level) => (level.score === null ? [] : [level.score]))),
  }));
}

const left = 76;
const bottom = 28;
const top = 8;

function Facet({ title, all, axes, across, down, range, metric, best }: {
  title: string; all: Level[]; axes: Axes; across: string; down: string; range: [number, number]; metric: string; best: number | null;
}) {
  const cells = useMemo(() => cellsOf(all, across, down, axes), [all, across, down]);
  const columns = axes.across.names;
  const rows = axes.down.names;
  const height = top + bottom + Math.min(Math.max(rows.length * 44, 88), 420);
  const box = (width: number, cell: Cell) => {
    const w = (width - left - 4) / columns.length;
    const h = (height - top - bottom) / rows.length;
    return { x: left + w * cell.x, y: top + h * (rows.length - 1 - cell.y), w, h };
  };
  const share = (value: number) => (range[1] > range[0] ? (value - range[0]) / (range[1] - range[0]) : 0.5);
  const chosen = chosenLevels.value;
  const at = pointed.value;
  const draw = useCallback((context: CanvasRenderingContext2D, width: number) => {
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const cell of cells) {
      const { x, y, w, h } = box(width, cell);
      context.fillStyle = cell.mean === null ? token("panel") : amountColor(share(cell.mean));
      context.fillRect(x + 1, y + 1, w - 2, h - 2);
      const isBest = cell.levels.some((level) => level.level === best);
      const isChosen = cell.levels.some((level) => chosen.has(level.level) || level.level === at);
      if (isBest || isChosen) {
        context.lineWidth = 3;
        context.strokeStyle = isChosen ? token("ink") : token("best");
        context.strokeRect(x + 2.5, y + 2.5, w - 5, h - 5);
      }
      context.textAlign = "center";
      context.fillStyle = cell.mean === null ? token("muted") : inkOn(share(cell.mean));
      const text = cell.mean === null ? "–" : measured(cell.mean);
      if (context.measureText(text).width < w - 8) context.fillText(text + (isBest ? " ★" : ""), x + w / 2, y + h / 2);
    }
    context.fillStyle = token("muted");
    const w = (width - left - 4) / columns.length;
    const widest = Math.max(...columns.map((name) => context.measureText(name).width));
    const every = Math.ceil((widest + 6) / w); // names that would overlap are left out
    columns.forEach((name, i) => i % every === 0 && context.fillText(name, left + w * (i + 0.5), height - bottom / 2));
    context.textAlign = "right";
    const h = (height - top - bottom) / rows.length;
    rows.forEach((name, i) => context.fillText(name, left - 8, top + h * (rows.length - 0.5 - i)));
  }, [cells, chosen, at, range[0], range[1]]);
  const cellAt = (point: Point, width: number) => cells.find((cell) => {
    const { x, y, w, h } = box(width, cell);
    return point.x >= x && point.x < x + w && point.y >= y && point.y < y + h;
  });
  const widthOf = () => document.querySelector(".map .canvas")?.clientWidth ?? 400;
  return (
    <Figure title={title} table={() => ({
      columns: [across, down, `mean ${metric}`, "levels"],
      rows: cells.map((cell) => [columns[cell.x]!, rows[cell.y]!, measured(cell.mean), cell.levels.length]),
      choose: (row) => chooseLevels(cells[row]!.levels.map((level) => level.level)),
    })}>
      <Canvas height={height} draw={draw} label={`Mean ${metric} by ${across} (across) and ${down} (up); the table has the numbers`}
        onPoint={(point) => { pointed.value = (point && cellAt(point, widthOf())?.levels[0]?.level) ?? null; }}
        onClick={(point) => { const cell = cellAt(point, widthOf()); if (cell) chooseLevels(cell.levels.map((level) => level.level)); }} />
    </Figure>
  );
}

function Legend({ range, metric }: { range: [number, number]; metric: string }) {
  return (
    <p class="amounts">
      <span>{measured(range[0])}</span>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        {Array.from({ length: 50 }, (_, i) => <rect x={2 * i} y="0" width="2.2" height="8" fill={amountColor(i / 49)} />)}
      </svg>
      <span>{measured(range[1])}</span> <span class="muted">{metric}; ★ the best level; click a cell to choose its levels</span>
    </p>
  );
}

export function MapView() {
  return (
    <Waiting of={sweepPage}>
      {(page) => {
        const names = varied.value;
        if (names.length < 2) return <Nothing>A map needs two parameters that vary.</Nothing>;
        const query = address.value.query;
        const across = names.includes(query.x ?? "") ? query.x! : names[0]!;
        const down = names.includes(query.y ?? "") && query.y !== across ? query.y! : names.find((name) => name !== across)!;
        const facet = names.includes(query.facet ?? "") && query.facet !== across && query.facet !== down ? query.facet! : "";
        const options = names.map((name) => [name, name] as const);
        const binned = facet ? binsOf(levels.value.map((level) => valueOf(level, facet))) : null;
        const facets: (string | null)[] = binned ? binned.names : [null];
        const parts = facets.map((_, place) => levels.value.filter((level) => !binned || binned.of(valueOf(level, facet)) === place));
        const axes: Axes = {
          across: binsOf(levels.value.map((level) => valueOf(level, across))),
          down: binsOf(levels.value.map((level) => valueOf(level, down))),
        };
        const means = parts.flatMap((part) => cellsOf(part, across, down, axes)).flatMap((cell) => (cell.mean === null ? [] : [cell.mean]));
        if (means.length === 0) return <Nothing>No level has a result yet.</Nothing>;
        const range: [number, number] = [Math.min(...means), Math.max(...means)];
        return (
          <>
            <div class="controls">
              <Select label="Across" options={options} value={across} onChange={(x) => setQuery({ x, y: x === down ? across : down })} />
              <Select label="Up" options={options.filter(([name]) => name !== across)} value={down} onChange={(y) => setQuery({ y })} />
              <Select label="One map for each" options={[["", "(all together)"], ...options.filter(([name]) => name !== across && name !== down)]} value={facet} onChange={(value) => setQuery({ facet: value })} />
            </div>
            <Legend range={range} metric={page.levels.metric} />
            <div class={`map ${facet ? "facets" : ""}`}>
              {parts.map((part, i) => (
                <Facet key={facets[i] ?? ""} axes={axes} title={facet ? `${facet} ${facets[i]}` : `${down} by ${across}`} all={part} across={across} down={down}
                  range={range} metric={page.levels.metric} best={page.levels.best} />
              ))}
            </div>
          </>
        );
      }}
    </Waiting>
  );
}
