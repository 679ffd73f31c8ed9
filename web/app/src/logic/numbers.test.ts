import { expect, test } from "vitest";
import { chance, decimalsFor, duration, intervalText, measured, short, shownText, valueText } from "./numbers";

test("short numbers are written as the program writes them", () => {
  expect([0, 2e-5, 0.1, 3, 1e-4, 0.00013895, 123456, -0.5].map(short)).toEqual(
    ["0", "2e−5", "0.1", "3", "0.0001", "0.00013895", "1.2346e5", "−0.5"]);
  expect(short(NaN)).toBe("–");
});

test("a mean has the digits that its interval deserves", () => {
  expect(measured(0.81234, [0.80, 0.824])).toBe("0.812");
  expect(measured(0.81234, [0.8122, 0.8125])).toBe("0.81234");
  expect(measured(0.81234, null)).toBe("0.8123");
  expect(measured(null)).toBe("–");
  expect(intervalText([0.8001, 0.8239])).toBe("0.800 to 0.824");
  expect(decimalsFor(0)).toBe(4);
});

test("what was counted over draws is never none and never all", () => {
  expect([0, 0.004, 0.35, 1, null].map(chance)).toEqual(["< 1 %", "< 1 %", "35 %", "> 99 %", "–"]);
});

test("durations", () => {
  expect([0.24, 45, 200, 7300, 400000].map(duration)).toEqual(["0.2 s", "45 s", "3 min", "2 h", "5 d"]);
});

test("other people's texts neither fill the page nor turn its direction", () => {
  expect(valueText("a\u202eb")).toBe("a\ufffdb");
  expect(shownText("a\u061c\u2067\n\u0000b")).toBe("a\ufffd\ufffd\ufffd\ufffdb");
  expect([...shownText("x".repeat(10_000))].length).toBe(80);
  expect(shownText("short")).toBe("short");
});
