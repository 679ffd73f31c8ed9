// What each parameter does: its share of the differences between levels, and the means by its values.
import type { EffectsDocument, Level, SweepDocument } from "../data/documents";
import { isLogarithmic, axisScale } from "../parts/scales";
import { measured, percent, valueText } from "../logic/numbers";
import { Figure } from "../parts/figure";
import { Nothing, Waiting } from "../parts/states";
import { sweepPage } from "../state/page";

function Shares({ effects }: { effects: EffectsDocument }) {
  const rows = [...effects.shares, { parameters: ["three and more together"], share: effects.rest, low: null, high: null }];
  return (
    <Figure title="Shares of the differences between levels"
      note={effects.without_noise ? "Noise between seeds is subtracted. Whiskers: about 95 %." : "Noise is not subtracted: not every level has two runs of a whole grid."}
      table={() => ({ columns: ["parameters", "share", "about 95 %"], rows: rows.map((row) => [row.parameters.join(" × "), percent(row.share), row.low === null ? "–" : `${percent(row.low)} to ${percent(row.high)}`]) })}>
      <ul class="bars" aria-hidden="true">
        {rows.map((row) => (
          <li>
            <span class="name">{row.parameters.join(" × ")}</span>
            <svg viewBox="0 0 100 14" preserveAspectRatio="none">
              <rect x="0" y="2" width={100 * Math.max(row.share, 0)} height="10" />
              {row.low !== null && row.high !== null && <path d={`M${100 * Math.max(row.low, 0)} 7H${100 * Math.min(row.high, 1)}`} />}
            </svg>
            <span class="number">{percent(row.share)}</span>
          </li>
        ))}
      </ul>
    </Figure>
  );
}

const width = 320;
const height = 180;

/** Levels come best first. */
const isLowBest = (levels: Level[]) => {
  const scores = levels.map((level) => level.score).filter((score): score is number => score !== null);
  return scores.length > 1 && scores[0]! < scores.at(-1)!;
};

function Means({ name, means, range, metric, sign }: {
  name: string; means: { value: any; mean: number }[]; range: [number, number]; metric: string; sign: number;
}) {
  const across = axisScale(means.map((mean) => mean.value), 56, width - 20);
  const down = (value: number) => height - 34 - ((value - range[0]) / (range[1] - range[0] || 1)) * (height - 60);
  const points = means.map((mean) => [across.place(mean.value), down(mean.mean)] as const);
  const best = means.reduce((a, b) => (sign * b.mean > sign * a.mean ? b : a));
  return (
    <Figure title={isLogarithmic(means.map((mean) => mean.value)) ? `${name} (logarithmic axis)` : name}
      table={() => ({ columns: [name, `mean ${metric}`], rows: means.map((mean) => [valueText(mean.value), measured(mean.mean)]) })}>
      <svg class="means" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`Mean ${metric} by ${name}, best at ${valueText(best.value)}`}>
        {[range[0], range[1]].map((value) => (
          <g class="axis"><path d={`M52 ${down(value)}H${width - 12}`} /><text x="48" y={down(value) + 4} text-anchor="end">{measured(value)}</text></g>
        ))}
        {across.ticks.map((tick) => <text class="tick" x={tick.at} y={height - 10} text-anchor="middle">{tick.text}</text>)}
        <path class="line" d={points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("")} />
        {points.map(([x, y], i) => <circle class={means[i] === best ? "best" : ""} cx={x} cy={y} r="4" />)}
      </svg>
    </Figure>
  );
}

function Effects({ page }: { page: SweepDocument }) {
  const { effects, levels } = page;
  if (Object.keys(effects.means).length === 0 && effects.kind !== "not_estimable") return <Nothing>No parameter was varied, or no level has a result yet.</Nothing>;
  if (effects.kind === "not_estimable") return <Nothing>The levels that have a result do not tell the parameters' effects apart: too many combinations are missing.</Nothing>;
  const all = Object.values(effects.means).flat().map((mean) => mean.mean);
  const range: [number, number] = [Math.min(...all), Math.max(...all)];
  return (
    <>
      <Shares effects={effects} />
      <h2>Means over all other parameters</h2>
      <div class="small-charts">
        {Object.entries(effects.means).map(([name, means]) => <Means name={name} means={means} range={range} metric={levels.metric} sign={isLowBest(levels.levels) ? -1 : 1} />)}
      </div>
    </>
  );
}

export const EffectsView = () => <Waiting of={sweepPage}>{(page) => <Effects page={page} />}</Waiting>;
