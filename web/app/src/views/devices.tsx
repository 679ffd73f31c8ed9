// Who did what when: a lane a device, a bar an attempt, gaps are idle time.
import { useSignal } from "@preact/signals";
import { useCallback, useMemo } from "preact/hooks";
import type { DevicesTable } from "../data/documents";
import { token } from "../logic/colors";
import { count, duration, moment, percent } from "../logic/numbers";
import { timelineOf } from "../logic/timeline";
import { Canvas, type Point } from "../parts/canvas";
import { Figure } from "../parts/figure";
import { Nothing, Scroll, Waiting } from "../parts/states";
import { address, go } from "../state/address";
import { chosenRuns, devices, status, sweepPage } from "../state/page";

const lane = 26;
const left = 78;

const colorOf = (outcome: string | null) =>
  outcome === null ? "running" : outcome === "succeeded" ? "good" : outcome === "stopped" ? "other" : "bad";

function Devices({ table, isOver }: { table: DevicesTable; isOver: boolean }) {
  const now = isOver ? 0 : Date.now();
  const timeline = useMemo(() => timelineOf(table, now), [table]);
  const { lanes, from, to } = timeline;
  const at = useSignal<number | null>(null);
  const span = Math.max(to - from, 1);
  const height = lanes.length * lane + 26;
  const chosen = chosenRuns.value;
  const x = (width: number, time: number) => left + ((time - from) / span) * (width - left - 8);
  const draw = useCallback((context: CanvasRenderingContext2D, width: number) => {
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    lanes.forEach((one, row) => {
      const y = row * lane;
      context.fillStyle = token("panel");
      context.fillRect(left, y + 2, width - left - 8, lane - 4);
      context.fillStyle = token("ink");
      context.textAlign = "left";
      context.fillText(one.device.length > 11 ? `${one.device.slice(0, 10)}…` : one.device, 0, y + lane / 2);
      for (const place of one.attempts) {
        const begin = x(width, table.started_at[place]!);
        const end = x(width, table.ended_at[place] ?? (to || begin));
        context.fillStyle = token(colorOf(table.outcome[place]!));
        // A short one is a pixel wide; neighbours keep a line between them where there is room.
        context.fillRect(begin, y + 4, Math.max(end - begin - (end - begin > 3 ? 1 : 0), 1), lane - 8);
        if (chosen.has(table.run[place]!) || place === at.value) {
          context.strokeStyle = token("ink");
          context.lineWidth = 2;
          context.strokeRect(begin, y + 3, Math.max(end - begin, 2), lane - 6);
        }
      }
    });
    context.fillStyle = token("muted");
    context.textAlign = "left";
    context.fillText(new Date(from).toLocaleTimeString(), left, height - 10);
    context.textAlign = "right";
    context.fillText(new Date(to).toLocaleTimeString(), width - 8, height - 10);
  }, [timeline, chosen, at.value]);
  const attemptAt = (point: Point) => {
    const width = document.querySelector(".devices .canvas")?.clientWidth ?? 800;
    const one = lanes[Math.floor(point.y / lane)];
    return one?.attempts.find((place) =>
      point.x >= x(width, table.started_at[place]!) - 1 && point.x <= x(width, table.ended_at[place] ?? to) + 1) ?? null;
  };
  const idle = lanes.reduce((sum, one) => sum + span - one.busy, 0);
  const place = at.value;
  return (
    <div class="devices">
      <Figure title="Attempts by device" note={`${count(table.run.length)} attempts in ${duration(span / 1000)}; ${percent(idle / (span * Math.max(lanes.length, 1)))} of the devices' time idle.`}
        table={() => ({
          columns: ["device", "attempts", "busy", "idle", "ended badly", "retries"],
          rows: lanes.map((one) => [one.device, one.attempts.length, duration(one.busy / 1000), duration((span - one.busy) / 1000), one.failed, one.retries]),
        })}>
        <Canvas height={height} draw={draw} label="What each device did when; the table sums it up"
          onPoint={(point) => { at.value = point ? attemptAt(point) : null; }}
          onClick={(point) => {
            const found = attemptAt(point);
            if (found !== null) go({ view: "run", query: { ...address.value.query, run: String(table.run[found]!) } });
          }} />
        <p class="under">
          {place === null
            ? <span class="key"><i class="good" /> succeeded <i class="running" /> under way <i class="bad" /> ended badly <i class="idle" /> idle</span>
            : `run ${table.run[place]}, attempt ${table.attempt[place]}: ${table.outcome[place] ?? "under way"}, ${duration(((table.ended_at[place] ?? to) - table.started_at[place]!) / 1000)}`}
        </p>
      </Figure>
      <Workers />
    </div>
  );
}

/** Devices that are given nothing, and why. */
function Sick() {
  const sick = (status.value?.devices ?? []).filter((device) => device.state !== "healthy");
  return (
    <>
      {sick.map((device) => (
        <p class="warning"><strong>{device.device}</strong> is {device.state === "on_trial" ? "on trial" : "in quarantine"}: {device.reason ?? "its runs failed"}{device.next_try_at && `; tried again ${moment(device.next_try_at)}`}</p>
      ))}
    </>
  );
}

function Workers() {
  const workers = status.value?.workers ?? [];
  if (workers.length === 0) return <Sick />;
  return (
    <section>
      <Sick />
      <h2>Workers now</h2>
      <Scroll label="Workers">
        <table>
          <thead><tr>{["device", "state", "run", "step", "steps a second"].map((name) => <th scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {workers.map((worker) => (
              <tr>
                <td>{worker.device}</td><td>{worker.state}</td>
                <td>{worker.run && worker.sweep ? <a href={`#/${worker.sweep}/run?run=${worker.run}`}>{worker.run}</a> : "–"}</td>
                <td class="number">{worker.steps ? `${worker.step ?? 0} of ${worker.steps}` : "–"}</td>
                <td class="number">{worker.steps_per_second ? worker.steps_per_second.toPrecision(3) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

export const DevicesView = () => (
  <Waiting of={sweepPage}>
    {(page) => (
      <Waiting of={devices}>
        {(table) => table.run.length === 0 ? <><Nothing>No attempt has begun yet.</Nothing><Workers /></> : <Devices table={table} isOver={page.sweep.ended_at !== null} />}
      </Waiting>
    )}
  </Waiting>
);
