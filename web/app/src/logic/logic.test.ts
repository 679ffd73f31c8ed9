import { expect, test } from "vitest";
import type { DevicesTable, Level, RunsTable } from "../data/documents";
import { eventsOf } from "../data/stream";
import { curvesOf } from "../data/curve_bytes";
import { answerOf, pieceMiddles, smoothed, unpacked } from "./bands";
import { commonOf } from "./common";
import { columnsOf, sortedPlaces } from "./columns";
import { csvOf } from "./csv";
import { firstLevels } from "./levels";
import { segmentsOf } from "./segments";
import { timelineOf } from "./timeline";
import { axisScale, binsOf, distinct, isLogarithmic } from "../parts/scales";

const level = (number: number, params: Level["params"]) => ({ level: number, params }) as Level;

test("packed numbers come back, with gaps", () => {
  expect(unpacked("AAD///7/", 0.25, 0.75)).toEqual([0.25, NaN, 0.75]);
});

test("points of a report stand in the middle of their steps", () => {
  expect(pieceMiddles(4, 4)).toEqual([0, 1, 2, 3]);
  expect(pieceMiddles(100, 2)).toEqual([24.5, 74.5]);
});

test("smoothing is corrected for its start and passes over gaps", () => {
  expect(smoothed([2, NaN, 2], 5)).toEqual([2, NaN, 2]);
  expect(smoothed([1, 2], 0)).toEqual([1, 2]);
});

test("a level's band is over its runs, by share where lengths differ", () => {
  const curves = [{ run: 1, x: [0, 5], y: [1, 3] }, { run: 2, x: [0, 5], y: [3, 5] }, { run: 3, x: [0], y: [9] }];
  const owner = (run: number) => ({ level: run < 3 ? 7 : 8, steps: 10 });
  const answer = answerOf(
    { sweep: 1, levels: [7], runs: [3], metric: "loss", place: "share", pixels: 100, smooth: 0 }, curves, owner);
  expect([...answer.series[0]!.x]).toEqual([0, 0.5]);
  expect([...answer.series[0]!.y]).toEqual([2, 4]);
  expect(answer.series[0]!.low![0]).toBeCloseTo(1.2);
  expect([...answer.series[1]!.y]).toEqual([9]);
  expect(answer.to).toBe(1);
});

test("the server's bytes are read as typed arrays", () => {
  let head = JSON.stringify({ from: 0, to: 2, lengths: 1, series: [{ run: 4, points: 2, runs: 1 }] });
  head = head.padEnd(Math.ceil(head.length / 4) * 4);
  const bytes = new ArrayBuffer(4 + head.length + 16);
  new DataView(bytes).setUint32(0, head.length, true);
  new Uint8Array(bytes, 4).set(new TextEncoder().encode(head));
  new Float32Array(bytes, 4 + head.length).set([0, 1, 0.5, NaN]);
  const [series] = curvesOf(bytes).series;
  expect([...series!.x, ...series!.y]).toEqual([0, 1, 0.5, NaN]);
});

test("events are read whole, the rest waits", () => {
  const { events, rest } = eventsOf("id: 3\nevent: run\ndata: {}\n\n:\n\nid: 4\nevent: sw");
  expect(events).toEqual([{ id: 3, kind: "run" }]);
  expect(rest).toBe("id: 4\nevent: sw");
});

test("CSV is quoted, and no cell is a formula", () => {
  expect(csvOf(["a", "b"], [[1, 'x"y,z'], [null, "=1+1"]])).toBe('a,b\r\n1,"x""y,z"\r\n,\'=1+1\r\n');
});

test("equal segments are drawn once", () => {
  const segments = segmentsOf([level(1, { a: 1, b: 2 }), level(2, { a: 1, b: 2 }), level(3, { a: 1, b: 3 })], "a", "b");
  expect(segments.map((segment) => segment.levels.length)).toEqual([2, 1]);
});

test("attempts that overlap stand in slots of their own", () => {
  const table: DevicesTable = {
    devices: ["cpu"], run: [1, 2, 3], attempt: [1, 1, 2], device: [0, 0, 0], started_at: [0, 5, 10], ended_at: [10, 20, null],
    first_step: [0, 0, 0], outcome: ["succeeded", "crashed", null],
  };
  const timeline = timelineOf(table, 30);
  expect(timeline.lanes.map((lane) => lane.device)).toEqual(["cpu 1", "cpu 2"]);
  expect(timeline.lanes[0]).toMatchObject({ attempts: [0, 2], busy: 30, failed: 0, retries: 1 });
  expect(timeline.to).toBe(30);
});

test("parameters are columns, also where their names are taken", () => {
  const runs = {
    run: [1, 2], level: [1, 2], state: ["failed", "succeeded"], failure_class: [null, null], message: ["", ""], attempts: [1, 1], seed: [1, 2],
    planned_steps: [9, 9], metric: [null, 0.5], train_seconds: [null, 1],
  };
  const levels = new Map([[1, level(1, { lr: 2, state: "x" })], [2, level(2, { lr: 1, state: "y" })]]);
  const columns = columnsOf(runs, levels, ["lr", "state"]);
  expect(columns.map((column) => column.name)).toContain("params.state");
  const by = (name: string) => columns.find((column) => column.name === name)!;
  expect(sortedPlaces([0, 1], by("lr"), false)).toEqual([1, 0]);
  expect(sortedPlaces([0, 1], by("metric"), true)).toEqual([1, 0]);
  expect(sortedPlaces([0, 1], by("metric"), false)).toEqual([1, 0]);
});

test("what failed runs share, and others do not, is found", () => {
  const table = { run: [1, 2, 3, 4], level: [1, 1, 2, 2], seed: [1, 2, 1, 2] } as RunsTable;
  const levels = new Map([[1, level(1, { lr: 1, norm: "pre" })], [2, level(2, { lr: 2, norm: "pre" })]]);
  expect(commonOf(table, [0, 1], levels, ["lr", "norm"])).toEqual([{ parameter: "lr", value: 1, share: 1 }]);
  expect(commonOf(table, [0, 2], levels, ["lr", "norm"])).toEqual([{ parameter: "seed", value: 1, share: 1 }]);
  expect(commonOf(table, [0], levels, ["lr"])).toEqual([]);
});

test("an axis is logarithmic where its values are spaced so", () => {
  expect(isLogarithmic([1e-5, 3e-5, 1e-4])).toBe(true);
  expect(isLogarithmic([1, 2, 3, 4])).toBe(false);
  expect(isLogarithmic([0, 1, 10])).toBe(false);
  expect(isLogarithmic(["a", "b", "c"])).toBe(false);
});

test("many drawn values stand in pieces, what is no number beyond them", () => {
  const drawn = [...Array.from({ length: 100 }, (_, i) => 1e-6 * 10 ** (i / 25)), null];
  const bins = binsOf(drawn);
  expect(bins.count).toBe(9);
  expect([bins.of(1e-6), bins.of(drawn[99]!), bins.of(null)]).toEqual([0, 7, 8]);
  const axis = axisScale(drawn, 0, 100);
  expect([axis.place(1e-6), axis.place(null)]).toEqual([0, 100]);
  expect(axis.place(drawn[99]!)).toBeCloseTo(85);
});

test("few values keep their own places", () => {
  expect(distinct(["b", 3, 1, "b"])).toEqual([1, 3, "b"]);
  expect(binsOf([3, 1, "b"]).names).toEqual(["1", "3", "b"]);
  expect(axisScale(["post", "pre"], 0, 10).ticks.map((tick) => tick.at)).toEqual([0, 10]);
  expect(axisScale([5], 0, 10).place(5)).toBe(5);
});

test("values drawn evenly are not logarithmic, those drawn by their logarithm are", () => {
  const even = Array.from({ length: 60 }, (_, i) => 0.003 + i / 200);
  expect(isLogarithmic(even)).toBe(false);
  expect(isLogarithmic(even.map((value) => 10 ** (-3 * value)))).toBe(true);
});

test("the table begins with levels that were not given up, by their own ranks", () => {
  const level = (number: number, more: Partial<Level>) => ({ level: number, score: null, stopped: 0, failed: 0, ...more }) as Level;
  const levels = [level(4, { score: 0.9 }), level(1, { stopped: 2 }), level(2, { failed: 1 }), level(3, { score: 0.1, stopped: 1 })];
  expect(firstLevels(levels, 9).map(({ level, rank }) => [level.level, rank])).toEqual([[4, 1], [2, 3], [3, 4]]);
  expect(firstLevels(levels, 1)).toHaveLength(1);
});
