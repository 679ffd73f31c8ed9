import { expect, test } from "vitest";
import { filterOf, FilterError, type Row } from "./filter";

const values: Record<string, number | string | null> = { lr: 3e-5, state: "failed", metric: null, "model.layers": 3, name: "A b" };
const row: Row = (name) => values[name] ?? null;
const holds = (text: string) => filterOf(text, Object.keys(values))(row);

test.each([
  ["", true], ["lr > 1e-5", true], ["lr > 1e-5 and state = failed", true], ["lr >= .00003", true], ["lr=3e-5", true],
  ["state = succeeded or lr < 1", true], ["not state = failed", false], ["not (state = failed and lr > 1)", true],
  ["state != failed", false], ["model.layers == 3", true], ["name ~ a", true], ['name = "A b"', true], ["name = 'A b'", true],
  ["STATE_x = 1 or lr > 0", null], ["metric = none", true], ["metric != none", false], ["metric > 0", false], ["metric < 0", false],
  ["lr > -1", true], ["lr = abc", false],
])("%s is %s", (text, wanted) => {
  if (wanted === null) expect(() => holds(text)).toThrow(FilterError);
  else expect(holds(text)).toBe(wanted);
});

test.each(["lr >", "lr", "> 3", "lr = 3 and", "(lr = 3", "lr = 3)", "lr = 3 4", "lr = ;", "and and", "lr ~"])("%s is refused", (text) => {
  expect(() => holds(text)).toThrow(FilterError);
});

test("the place of what is wrong is told", () => {
  try {
    holds("lr > 3 and nothere = 1");
    expect.unreachable();
  } catch (error) {
    expect((error as FilterError).message).toContain("there is no column nothere; there are lr, state");
  }
});
