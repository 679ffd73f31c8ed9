import { expect, test } from "vitest";
import { packedIds, parsed, unpackedIds, written } from "./address";

test("an address comes back as it was written", () => {
  const address = { sweep: 3, view: "curves", query: { levels: "1.4-6", filter: "lr > 1 & x = \"ü\"" } };
  expect(parsed(written(address))).toEqual(address);
});

test("what is no address leads to the list of sweeps", () => {
  for (const hash of ["", "#", "#/", "#/x/answer", "#token=12", "#/1/a b"]) {
    expect(parsed(hash).sweep).toBe(null);
  }
});

test("ids are packed as ranges", () => {
  expect(packedIds([9, 3, 4, 7, 8, 3])).toBe("3.4.7-9");
  expect(unpackedIds("3.4.7-9")).toEqual([3, 4, 7, 8, 9]);
  expect(unpackedIds(undefined)).toEqual([]);
});

test("no address makes the page work for ever", () => {
  expect(unpackedIds("1-999999999999999").length).toBe(1000);
  expect(unpackedIds("x.-.1e9.-5.9-3")).toEqual([]);
});
