// The columns of the runs' table: what the store has of a run, and its level's parameters.
import type { Level, RunsTable, Value } from "../data/documents";

export interface Column {
  name: string;
  isNumber: boolean;
  value: (at: number) => number | string | null;
}

const plain = (value: Value | undefined): number | string | null =>
  value === undefined || value === null ? null : typeof value === "boolean" ? String(value) : value;

export function columnsOf(runs: RunsTable, levels: Map<number, Level>, parameters: string[]): Column[] {
  const own: Column[] = [
    { name: "run", isNumber: true, value: (at) => runs.run[at]! },
    { name: "state", isNumber: false, value: (at) => runs.state[at]! },
    { name: "failure", isNumber: false, value: (at) => runs.failure_class[at]! },
    { name: "metric", isNumber: true, value: (at) => runs.metric[at]! },
    { name: "level", isNumber: true, value: (at) => runs.level[at]! },
  ];
  const taken = new Set([...own.map((column) => column.name), "seed", "attempts", "steps", "seconds", "message"]);
  const swept = parameters.map((name): Column => {
    const values = [...levels.values()].map((level) => level.params[name]);
    return {
      name: taken.has(name) ? `params.${name}` : name,
      isNumber: values.every((value) => typeof value === "number"),
      value: (at) => plain(levels.get(runs.level[at]!)?.params[name]),
    };
  });
  return [
    ...own, ...swept,
    { name: "seed", isNumber: true, value: (at) => runs.seed[at]! },
    { name: "attempts", isNumber: true, value: (at) => runs.attempts[at]! },
    { name: "seconds", isNumber: true, value: (at) => runs.train_seconds[at]! },
    { name: "steps", isNumber: true, value: (at) => runs.planned_steps[at]! },
    { name: "message", isNumber: false, value: (at) => runs.message[at]! || null },
  ];
}

/** Places of rows by a column; what is not there comes last, whatever the direction. */
export function sortedPlaces(places: number[], column: Column, isDown: boolean): number[] {
  const sign = isDown ? -1 : 1;
  return [...places].sort((a, b) => {
    const left = column.value(a);
    const right = column.value(b);
    if (left === null || right === null) return left === right ? a - b : left === null ? 1 : -1;
    if (left === right) return a - b;
    return sign * (left < right ? -1 : 1);
  });
}
