// What some runs have in common that others have not: where to look for why they failed.
import type { Level, RunsTable, Value } from "../data/documents";

export interface Common {
  parameter: string;
  value: Value;
  /** Of all runs with this value, how many are among them. */
  share: number;
}

/** Parameters of which all of the runs at `places` have one value, where not all runs of the sweep have it. */
export function commonOf(table: RunsTable, places: number[], levels: Map<number, Level>, parameters: string[]): Common[] {
  if (places.length < 2) return []; // one run has everything in common with itself
  const valueAt = (at: number, name: string): Value =>
    name === "seed" ? table.seed[at]! : levels.get(table.level[at]!)?.params[name] ?? null;
  return [...parameters, "seed"].flatMap((parameter) => {
    const value = valueAt(places[0]!, parameter);
    if (places.some((at) => valueAt(at, parameter) !== value)) return [];
    const all = table.run.filter((_, at) => valueAt(at, parameter) === value).length;
    return all === table.run.length ? [] : [{ parameter, value, share: places.length / all }];
  });
}
