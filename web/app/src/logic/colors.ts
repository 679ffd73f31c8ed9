// Colours that colour-blind people tell apart: Okabe and Ito's for lines, cividis for amounts.

/** On light and on dark ground; the first is the best one's. */
const light = ["#b35300", "#0a5fa5", "#007a5e", "#a23b72", "#6b5d00", "#3b7ea1", "#8a4f2a", "#5b4b9a"];
const dark = ["#ffb454", "#6cb6ff", "#4fd1a5", "#f29bc4", "#e3d35c", "#8fd3f4", "#e0a07a", "#b7a8f5"];
const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

export const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;

/** Past the colours, dashes tell them apart. */
export function lineStyle(place: number): { color: string; dash: number[] } {
  const colors = isDark() ? dark : light;
  return { color: colors[place % colors.length]!, dash: dashes[Math.floor(place / colors.length) % dashes.length]! };
}

const cividis = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];

const channels = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

export function amountColor(share: number): string {
  const place = Math.min(Math.max(share, 0), 1) * (cividis.length - 1);
  const below = Math.min(Math.floor(place), cividis.length - 2);
  const from = channels(cividis[below]!);
  const to = channels(cividis[below + 1]!);
  return `rgb(${from.map((value, i) => Math.round(value + (to[i]! - value) * (place - below))).join(" ")})`;
}

/** What is readable on that amount's colour: 4.5:1 at least. */
export const inkOn = (share: number) => (share > 0.45 ? "#0b1015" : "#ffffff");

/** A colour of the style sheet. */
export const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
