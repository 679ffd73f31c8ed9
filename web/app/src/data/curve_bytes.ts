// The answer to a question for curves: a length, JSON, then the numbers as float32.
import type { CurvesAnswer, Series } from "./documents";

interface Head {
  from: number;
  to: number;
  lengths: number;
  series: { run?: number; level?: number; points: number; runs: number }[];
}

export function curvesOf(bytes: ArrayBuffer): CurvesAnswer {
  const length = new DataView(bytes).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as Head;
  let at = 4 + length;
  const take = (count: number) => {
    const numbers = new Float32Array(bytes, at, count);
    at += 4 * count;
    return numbers;
  };
  const series = head.series.map((entry): Series => {
    const x = take(entry.points);
    if (entry.level === undefined) {
      return { run: entry.run, runs: entry.runs, x, y: take(entry.points) };
    }
    const low = take(entry.points);
    const y = take(entry.points);
    return { level: entry.level, runs: entry.runs, x, low, y, high: take(entry.points) };
  });
  return { from: head.from, to: head.to, lengths: head.lengths, series };
}
