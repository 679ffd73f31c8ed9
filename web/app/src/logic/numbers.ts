// Numbers as people read them, with the digits that their uncertainty deserves.
import { format } from "d3-format";
import type { Params, Value } from "../data/documents";

const none = "–";
const minus = (text: string) => text.replace("-", "−");

/** To five significant digits, exponents without padding: 2e-5, 0.1, 3; as the program writes them. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return none;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e5) {
    return minus(value.toExponential(4).replace(/\.?0+e/, "e").replace("e+", "e"));
  }
  return minus(String(Number(value.toPrecision(5))));
}

/** Decimals that show `error` to two digits: 0.01234 -> 3. */
export function decimalsFor(error: number | null | undefined): number {
  if (!error || !Number.isFinite(error)) return 4;
  return Math.min(Math.max(1 - Math.floor(Math.log10(Math.abs(error))), 0), 8);
}

export function fixed(value: number | null | undefined, decimals: number): string {
  return value === null || value === undefined || !Number.isFinite(value) ? none : minus(value.toFixed(decimals));
}

/** Of a mean, by the half-width of its interval; four decimals where there is none. */
export function measured(value: number | null | undefined, interval?: readonly [number, number] | null): string {
  return fixed(value, decimalsFor(interval ? (interval[1] - interval[0]) / 2 : null));
}

export function intervalText(interval: readonly [number, number] | null): string {
  if (!interval) return none;
  const decimals = decimalsFor((interval[1] - interval[0]) / 2);
  return `${fixed(interval[0], decimals)} to ${fixed(interval[1], decimals)}`;
}

export const count = (value: number) => format(",")(value);
export const percent = (share: number | null | undefined) =>
  share === null || share === undefined ? none : `${Math.round(100 * share)} %`;

/** A probability that was counted over draws: never quite none, nor quite all. */
export function chance(share: number | null | undefined): string {
  if (share === null || share === undefined) return none;
  return share < 0.005 ? "< 1 %" : share > 0.995 ? "> 99 %" : percent(share);
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return none;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** Texts of other people in a line of ours: not longer than the line, and nothing that turns its direction. */
export function shownText(text: string, most = 80): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
  const letters = [...plain];
  return letters.length <= most ? plain : `${letters.slice(0, most - 16).join("")}…${letters.slice(-15).join("")}`;
}

export const valueText = (value: Value | undefined): string =>
  typeof value === "number" ? short(value) : value === null || value === undefined ? none : shownText(String(value));

export const paramsText = (params: Params, names: string[]): string =>
  names.map((name) => `${shownText(name)} ${valueText(params[name])}`).join(", ");

/** In the local zone. */
export const moment = (text: string | null) => (text ? new Date(text).toLocaleString() : none);
