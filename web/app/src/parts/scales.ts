// Scales of parameters: logarithmic where the values are spaced so, places where they are no numbers.
import { scaleLinear, scaleLog } from "d3-scale";
import type { Value } from "../data/documents";
import { valueText } from "../logic/numbers";

const isNumber = (value: Value): value is number => typeof value === "number";
const few = 8; // values that stand beside each other by themselves

/** Distinct values: numbers by size, then others as they came. */
export function distinct(values: Value[]): Value[] {
  const found = [...new Set(values)];
  return [...found.filter(isNumber).sort((a, b) => a - b), ...found.filter((value) => !isNumber(value))];
}

/** How far numbers between 0 and 1 that rise are from being spread evenly. */
const unevenness = (shares: number[]) => Math.max(...shares.map((share, i) => Math.abs(share - i / (shares.length - 1))));

/** Of a grid: whether neighbours' quotients vary less than their differences. Of many drawn values: whether their logarithms are spread more evenly. */
export function isLogarithmic(values: Value[]): boolean {
  const numbers = distinct(values);
  if (numbers.length < 3 || !numbers.every((value): value is number => isNumber(value) && value > 0)) {
    return false;
  }
  if (numbers.length > few) {
    const low = numbers[0]!;
    const high = numbers.at(-1)!;
    const even = unevenness(numbers.map((value) => (value - low) / (high - low)));
    return unevenness(numbers.map((value) => Math.log(value / low) / Math.log(high / low))) < even;
  }
  const spread = (of: (a: number, b: number) => number) => {
    const gaps = numbers.slice(1).map((value, i) => of(numbers[i]!, value));
    return Math.max(...gaps) / Math.min(...gaps);
  };
  return spread((a, b) => Math.log(b / a)) < spread((a, b) => b - a);
}

/** A handful, at round numbers: of a logarithmic scale the powers of ten, where these are few their thirds too. */
function roundTicks(scale: ReturnType<typeof scaleLinear> | ReturnType<typeof scaleLog>, isLog: boolean): number[] {
  const all = scale.ticks(5);
  if (!isLog) return all;
  const leading = (value: number) => Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
  const powers = all.filter((value) => leading(value) === 1);
  return powers.length >= 3 ? powers : all.filter((value) => [1, 2, 5].includes(leading(value)));
}

export interface AxisScale {
  place: (value: Value) => number;
  ticks: { at: number; text: string }[];
}

function places(all: Value[], from: number, to: number): AxisScale {
  const step = all.length > 1 ? (to - from) / (all.length - 1) : 0;
  const place = (value: Value) => (all.length > 1 ? from + step * all.indexOf(value) : (from + to) / 2);
  return { place, ticks: all.map((value) => ({ at: place(value), text: valueText(value) })) };
}

export function axisScale(values: Value[], from: number, to: number): AxisScale {
  const all = distinct(values);
  const numbers = all.filter(isNumber);
  const others = all.filter((value) => !isNumber(value));
  if (numbers.length < 2 || (others.length > 0 && all.length <= few)) {
    return places(all, from, to);
  }
  // What is no number (a parameter that a level does not have) stands beyond the numbers.
  const end = others.length > 0 ? from + (to - from) * 0.85 : to;
  const isLog = isLogarithmic(numbers);
  const scale = (isLog ? scaleLog() : scaleLinear()).domain([numbers[0]!, numbers.at(-1)!]).range([from, end]);
  const beyond = others.length > 0 ? places(others, others.length > 1 ? end + (to - end) / 2 : to, to) : null;
  const shown = numbers.length <= few ? numbers : roundTicks(scale, isLog);
  return {
    place: (value) => (isNumber(value) ? scale(value) : beyond!.place(value)),
    ticks: [
      ...shown.map((value) => ({ at: scale(value), text: valueText(value) })),
      ...(beyond ? others.map((value) => ({ at: others.length > 1 ? beyond.place(value) : to, text: valueText(value) })) : []),
    ],
  };
}

export interface Bins {
  count: number;
  of: (value: Value) => number;
  names: string[];
}

/** Values as columns of a map: each by itself where they are few, else in eight equal pieces. */
export function binsOf(values: Value[]): Bins {
  const all = distinct(values);
  const numbers = all.filter(isNumber);
  if (numbers.length <= 12) {
    return { count: all.length, of: (value) => all.indexOf(value), names: all.map((value) => valueText(value)) };
  }
  const others = all.slice(numbers.length);
  const isLog = isLogarithmic(numbers);
  const scale = (isLog ? scaleLog() : scaleLinear()).domain([numbers[0]!, numbers.at(-1)!]).range([0, few]);
  const of = (value: Value) => (isNumber(value) ? Math.min(Math.floor(scale(value)), few - 1) : few + others.indexOf(value));
  const names = Array.from({ length: few }, (_, bin) => `≥ ${valueText(Number((scale.invert(bin) as number).toPrecision(2)))}`);
  return { count: few + others.length, of, names: [...names, ...others.map((value) => valueText(value))] };
}
