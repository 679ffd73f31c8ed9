// What all views share: the source, the sweep's documents, what is chosen, what is pointed at.
import { computed, effect, signal } from "@preact/signals";
import type { Level, StatusDocument } from "../data/documents";
import type { Connection } from "../data/stream";
import type { Source } from "../data/source";
import { address, packedIds, setQuery, unpackedIds } from "./address";
import { Resource } from "./resource";

let source: Source;
export const theSource = () => source;

const sweepNumber = () => address.peek().sweep!;

export const sweeps = new Resource(() => source.sweeps());
export const sweepPage = new Resource(() => source.sweep(sweepNumber()));
export const runs = new Resource(() => source.runs(sweepNumber()));
export const devices = new Resource(() => source.devices(sweepNumber()));
export const status = signal<StatusDocument | null>(null);
export const connection = signal<Connection>("none");
/** Something has happened, and is not shown while it would jump under the pointer. */
export const isHeldBack = signal(false);
/** Rises when something has happened: for what is fetched by views themselves. */
export const changeCount = signal(0);

export const levels = computed(() => sweepPage.value.value?.levels.levels ?? []);
export const levelByNumber = computed(() => new Map(levels.value.map((level) => [level.level, level])));
/** Parameters in which the levels differ; all of them where there is one level. */
export const varied = computed(() => variedOf(levels.value));

export function variedOf(all: Level[]): string[] {
  const first = all[0];
  if (!first) return [];
  const names = [...new Set(all.flatMap((level) => Object.keys(level.params)))]; // some levels may lack some
  return all.length === 1 ? names : names.filter((name) => all.some((level) => level.params[name] !== first.params[name]));
}

/** Chosen in one view is chosen in all. */
export const chosenLevels = computed(() => new Set(unpackedIds(address.value.query.levels)));
export const chosenRuns = computed(() => new Set(unpackedIds(address.value.query.runs)));
/** The level under the pointer or the keyboard's focus. */
export const pointed = signal<number | null>(null);

function toggled(set: Set<number>, id: number): string {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return packedIds(next);
}

export const toggleLevel = (level: number) => setQuery({ levels: toggled(chosenLevels.value, level) });
export const toggleRun = (run: number) => setQuery({ runs: toggled(chosenRuns.value, run) });
export const chooseLevels = (ids: Iterable<number>) => setQuery({ levels: packedIds(ids) });
export const clearChoice = () => setQuery({ levels: "", runs: "" });

/** The chosen ones; where none is, the best and those tied with it, a few of them. */
export const shownLevels = computed(() => {
  const chosen = levels.value.filter((level) => chosenLevels.value.has(level.level));
  if (chosen.length > 0 || chosenRuns.value.size > 0) return chosen.slice(0, 32);
  const tied = levels.value.filter((level) => level.tied);
  return (tied.length > 0 ? tied : levels.value).slice(0, 6);
});

export function markOf(level: Level): "best" | "cheapest" | "tied" | "other" {
  const document = sweepPage.value.value?.levels;
  if (document?.best === level.level) return "best";
  if (document?.cheapest_tied === level.level) return "cheapest";
  return level.tied ? "tied" : "other";
}

/** While the pointer is on something that would jump, or the keyboard in it, new numbers wait. */
const isHeld = () => document.querySelector(".hold:hover, .hold:focus-visible, .hold :focus-visible") !== null;

async function refreshAll(): Promise<void> {
  await Promise.all([sweepPage, runs, devices, sweeps].filter((one) => one.isUsed).map((one) => one.refresh()));
  changeCount.value++;
}

function followSource(): void {
  let isDirty = false;
  let isBusy = false;
  const look = async () => {
    isHeldBack.value = isDirty && !isBusy && isHeld();
    if (!isDirty || isBusy || document.hidden || isHeldBack.value) return;
    isDirty = false;
    isBusy = true;
    const began = performance.now();
    await refreshAll();
    // A store of thousands of runs answers in tenths of seconds: most of the time it rests.
    setTimeout(() => { isBusy = false; void look(); }, Math.max(500, 8 * (performance.now() - began)));
  };
  source.follow(() => { isDirty = true; void look(); }, (now) => { connection.value = now; });
  addEventListener("pointerout", () => void look());
  document.addEventListener("visibilitychange", () => void look());
  setInterval(() => void look(), 1000);
}

async function pollStatus(): Promise<void> {
  if (!document.hidden) {
    status.value = await source.status().catch(() => null);
  }
  setTimeout(() => void pollStatus(), 2000);
}

export function startPage(given: Source): void {
  source = given;
  let shown: number | null = null;
  effect(() => {
    const { sweep } = address.value;
    if (sweep !== shown) {
      shown = sweep;
      [sweepPage, runs, devices].forEach((one) => one.forget());
    }
  });
  if (source.kind === "live") {
    followSource();
    void pollStatus();
  }
}
