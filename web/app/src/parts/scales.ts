// Scales of parameters: logarithmic where the values are spaced so, places where they are no numbers.
import { scaleLinear, scaleLog } from "d3-scale";
import type { Value } from "../data/documents";
import { valueText } from "../logic/numbers";

/** Distinct values: numbers by size, others as they came. */
export function distinct(values: Value[]): Value[] {
  const found = [...new Set(values)];
  return found.every((value) => typeof value === "number") ? (found as number[]).sort((a, b) => a - b) : found;
}

/** Whether neighbours' quotients vary less than their differences, over all positive numbers. */
export function isLogarithmic(values: Value[]): boolean {
  const numbers = distinct(values);
  if (numbers.length < 3 || !numbers.every((value): value is number => typeof value === "number" && value > 0)) {
    return false;
  }
  const spread = (of: (a: number, b: number) => number) => {
    const gaps = numbers.slice(1).map((value, i) => of(numbers[i] as number, value as number));
    return Math.max(...gaps) / Math.min(...gaps);
  };
  return spread((a, b) => Math.log(b / a)) < spread((a, b) => b - a);
}

export interface AxisScale {
  place: (value: Value) => number;
  ticks: { at: number; text: string }[];
}

export function axisScale(values: Value[], from: number, to: number): AxisScale {
  const all = distinct(values);
  const isNumeric = all.length > 1 && all.every((value) => typeof value === "number");
  if (!isNumeric || all.length <= 8) {
    const isLog = isLogarithmic(all);
    const scale = isNumeric
      ? (isLog ? scaleLog() : scaleLinear()).domain([all[0] as number, all.at(-1) as number]).range([from, to])
      : null;
    const step = all.length > 1 ? (to - from) / (all.length - 1) : 0;
    const place = (value: Value) =>
      scale ? scale(value as number) : all.length > 1 ? from + step * all.indexOf(value) : (from + to) / 2;
    return { place, ticks: all.map((value) => ({ at: place(value), text: valueText(value) })) };
  }
  const scale = (isLogarithmic(all) ? scaleLog() : scaleLinear())
    .domain([all[0] as number, all.at(-1) as number]).range([from, to]);
  return {
    place: (value) => scale(value as number),
    ticks: scale.ticks(5).map((value) => ({ at: scale(value), text: valueText(value) })),
  };
}
