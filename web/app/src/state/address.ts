// The page's state in its address, so that a view can be bookmarked and sent: behind the #, since a
// report is a file. "#/1/curves?levels=3.4.7-9&metric=loss"; kept below 2 kB.
import { signal } from "@preact/signals";

export type Query = Record<string, string>;

export interface Address {
  sweep: number | null;
  view: string;
  query: Query;
}

export function parsed(hash: string): Address {
  const match = /^#\/(\d+)(?:\/(\w+))?(?:\?(.*))?$/.exec(hash);
  if (!match) {
    return { sweep: null, view: "answer", query: {} };
  }
  return {
    sweep: Number(match[1]),
    view: match[2] ?? "answer",
    query: Object.fromEntries(new URLSearchParams(match[3] ?? "")),
  };
}

export function written({ sweep, view, query }: Address): string {
  if (sweep === null) {
    return "#/";
  }
  const kept = Object.entries(query).filter(([, value]) => value !== "");
  const words = new URLSearchParams(kept).toString();
  return `#/${sweep}/${view}${words ? `?${words}` : ""}`;
}

/** 3, 4, 7, 8, 9 -> "3.4.7-9". */
export function packedIds(ids: Iterable<number>): string {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  const words: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    words.push(end > i + 1 ? `${sorted[i]}-${sorted[end]}` : sorted.slice(i, end + 1).join("."));
    i = end + 1;
  }
  return words.join(".");
}

/** The other way; at most `most`, so that no address makes the page work for ever. */
export function unpackedIds(text: string | undefined, most = 1000): number[] {
  const ids: number[] = [];
  for (const word of (text ?? "").split(".")) {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(word);
    if (match) {
      const end = Number(match[2] ?? match[1]);
      for (let id = Number(match[1]); id <= end && ids.length < most; id++) ids.push(id);
    }
  }
  return ids;
}

export const address = signal<Address>(parsed(""));

const longest = 2000;

/** Changes the address. `push`: the browser's Back button leads to what was there before. */
export function go(change: Partial<Address>, how: "push" | "replace" = "push"): void {
  const next = { ...address.value, ...change };
  const hash = written(next);
  if (hash.length > longest) {
    next.query = { ...next.query, levels: "", runs: "" }; // a selection that is too long is let go
  }
  const target = written(next);
  if (target !== location.hash) {
    history[how === "push" ? "pushState" : "replaceState"](null, "", target);
  }
  address.value = next;
}

/** Some keys of the query; an empty text takes one out. */
export function setQuery(change: Query, how: "push" | "replace" = "replace"): void {
  go({ query: { ...address.value.query, ...change } }, how);
}

export function startAddress(): void {
  const read = () => { address.value = parsed(location.hash); };
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
  read();
}
