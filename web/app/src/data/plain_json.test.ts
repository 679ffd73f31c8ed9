import { expect, test } from "vitest";
import { plainJson } from "./plain_json";

test("no text of a document turns the direction of what stands around it", () => {
  expect(plainJson('{"a\u202e": "b\u2067c\u200f", "d": "\\u202E\\u061c", "e": ["\\u200e"]}')).toEqual(
    { "a\ufffd": "b\ufffdc\ufffd", d: "\ufffd\ufffd", e: ["\ufffd"] });
});

test("what only looks like such a mark stays", () => {
  const texts = ["\\u202e", "\\\\u202e", "שלום", "نص", "a\u200db", "\\"];
  expect(plainJson(JSON.stringify(texts))).toEqual(texts);
});
