// A grid has few distinct segments between neighbouring axes, however many levels: each is drawn once,
// as wide as levels run along it.
import type { Level, Value } from "../data/documents";

export interface Segment {
  from: Value;
  to: Value;
  levels: Level[];
}

export function segmentsOf(levels: Level[], first: string, second: string): Segment[] {
  const found = new Map<string, Segment>();
  for (const level of levels) {
    const from = level.params[first] ?? null;
    const to = level.params[second] ?? null;
    const key = JSON.stringify([from, to]);
    const segment = found.get(key);
    if (segment) segment.levels.push(level);
    else found.set(key, { from, to, levels: [level] });
  }
  return [...found.values()];
}
