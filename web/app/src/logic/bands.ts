// Curves out of the points that a report carries: what the server does for the dashboard.
import type { CurvesAnswer, CurvesQuestion, Series } from "../data/documents";

export interface StoredCurve {
  run: number;
  x: number[]; // steps
  y: number[]; // NaN: no number
}

/** 16-bit places between `low` and `high`; 65535 is no number. */
export function unpacked(base64: string, low: number, high: number): number[] {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const numbers: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const place = bytes[at]! | (bytes[at + 1]! << 8);
    numbers.push(place === 65535 ? NaN : low + ((high - low) * place) / 65534);
  }
  return numbers;
}

/** The middles of equal pieces of a run's steps, which count from 0. */
export function pieceMiddles(steps: number, pieces: number): number[] {
  return Array.from({ length: pieces }, (_, piece) => ((piece + 0.5) * steps) / pieces - 0.5);
}

/** An exponential mean whose weights halve each `halfLife` points; as the server's. */
export function smoothed(values: number[], halfLife: number): number[] {
  if (!(halfLife > 0)) {
    return values;
  }
  const keep = 2 ** (-1 / halfLife);
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    if (Number.isNaN(value)) {
      return value;
    }
    mean = keep * mean + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return mean / weight;
  });
}

export function quantile(sorted: number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (place - below);
}

function bandOf(level: number, curves: StoredCurve[]): Series {
  const places = new Map<number, number[]>();
  for (const curve of curves) {
    curve.x.forEach((x, i) => {
      const y = curve.y[i]!;
      if (!Number.isNaN(y)) {
        const here = places.get(x);
        if (here) here.push(y);
        else places.set(x, [y]);
      }
    });
  }
  const sorted = [...places].sort((a, b) => a[0] - b[0]);
  for (const [, values] of sorted) {
    values.sort((a, b) => a - b);
  }
  const column = (share: number) => Float32Array.from(sorted, ([, values]) => quantile(values, share));
  return {
    level, runs: curves.length, x: Float32Array.from(sorted, ([x]) => x), low: column(0.1), y: column(0.5), high: column(0.9),
  };
}

export interface CurveOwner {
  level: number;
  steps: number;
  isPlanned?: boolean;
}

export function answerOf(
  question: CurvesQuestion,
  curves: StoredCurve[],
  owner: (run: number, curve: StoredCurve) => CurveOwner | undefined,
): CurvesAnswer {
  const drawn = curves
    .map((curve) => ({ curve, owner: owner(curve.run, curve) }))
    .filter(({ curve, owner: of }) => of && (question.levels.includes(of.level) || question.runs.includes(curve.run)))
    .map(({ curve, owner: of }) => ({
      run: curve.run,
      level: of!.level,
      steps: of!.steps,
      isPlanned: of!.isPlanned ?? true,
      x: question.place === "share" ? curve.x.map((x) => x / of!.steps) : curve.x,
      // A report's points are fewer than steps: the half-life shrinks alike.
      y: smoothed(curve.y, (question.smooth * curve.x.length) / Math.max(of!.steps, 1)),
    }));
  const series = question.levels.map((level) => bandOf(level, drawn.filter((curve) => curve.level === level)));
  for (const run of question.runs) {
    const curve = drawn.find((candidate) => candidate.run === run);
    series.push({ run, runs: 1, x: Float32Array.from(curve?.x ?? []), y: Float32Array.from(curve?.y ?? []) } as Series);
  }
  const lengths = new Set(drawn.map((curve) => curve.steps));
  const end = question.place === "share" ? 1 : Math.max(1, ...lengths);
  const planned = drawn.some((curve) => curve.isPlanned) ? lengths.size : 1;
  return { from: question.from ?? 0, to: question.to ?? end, lengths: planned, series };
}
