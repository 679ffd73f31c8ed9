// Who did what when, and how much of the time nobody did anything.
import type { DevicesTable } from "../data/documents";

/** A slot of a device: workers of the same name, or several attempts at once, are told apart. */
export interface Lane {
  device: string;
  attempts: number[]; // places in the table, by their start
  busy: number; // milliseconds between `from` and `to` in which an attempt was under way
  failed: number;
  retries: number;
}

export interface Timeline {
  from: number;
  to: number;
  lanes: Lane[];
}

/** Places by slot: what overlaps stands in different ones, in as few as there can be. */
function slotsOf(places: number[], table: DevicesTable, ends: number[]): number[][] {
  const slots: { end: number; places: number[] }[] = [];
  for (const place of places) {
    const free = slots.find((slot) => slot.end <= table.started_at[place]!);
    if (free) {
      free.places.push(place);
      free.end = ends[place]!;
    } else {
      slots.push({ end: ends[place]!, places: [place] });
    }
  }
  return slots.map((slot) => slot.places);
}

const good = new Set(["succeeded", "stopped"]);

/** What is under way lasts until `now`. */
export function timelineOf(table: DevicesTable, now: number): Timeline {
  const ends = table.ended_at.map((end, at) => Math.max(end ?? now, table.started_at[at]!));
  const from = table.started_at.reduce((a, b) => Math.min(a, b), Infinity);
  const to = ends.reduce((a, b) => Math.max(a, b), -Infinity);
  const byDevice = table.devices.map((): number[] => []);
  table.device.forEach((device, at) => byDevice[device]!.push(at));
  const lanes = table.devices.flatMap((device, place) => {
    const slots = slotsOf(byDevice[place]!, table, ends);
    return slots.map((attempts, slot): Lane => ({
      device: slots.length > 1 ? `${device} ${slot + 1}` : device,
      attempts,
      busy: attempts.reduce((sum, at) => sum + ends[at]! - table.started_at[at]!, 0),
      failed: attempts.filter((at) => table.outcome[at] !== null && !good.has(table.outcome[at]!)).length,
      retries: attempts.filter((at) => table.attempt[at]! > 1).length,
    }));
  });
  lanes.sort((a, b) => a.device.localeCompare(b.device, undefined, { numeric: true }));
  return { from, to, lanes };
}
