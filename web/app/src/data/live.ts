// The documents as the dashboard's server gives them.
import type { CurvesQuestion, StatusDocument, SweepInfo } from "./documents";
import { curvesOf } from "./curve_bytes";
import { plainJson } from "./plain_json";
import type { Source } from "./source";
import { followChanges } from "./stream";
import { token } from "./token";

export class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function fetched(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { "X-Tarama-Token": token(), ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) {
      throw error;
    }
    throw new Refusal(0, "`tarama dash` does not answer: was it ended?");
  }
  if (!response.ok) {
    const document = await response.text().then((text) => plainJson<any>(text)).catch(() => null);
    throw new Refusal(response.status, document?.error?.message ?? `the server says ${response.status}`);
  }
  return response;
}

const json = async (path: string) => plainJson<any>(await (await fetched(path)).text());

function curvesPath(question: CurvesQuestion): string {
  const words = new URLSearchParams({
    sweep: String(question.sweep),
    metric: question.metric,
    place: question.place,
    pixels: String(Math.round(question.pixels)),
    smooth: String(question.smooth),
    levels: question.levels.join(","),
    runs: question.runs.join(","),
  });
  if (question.from !== undefined && question.to !== undefined) {
    words.set("from", String(question.from));
    words.set("to", String(question.to));
  }
  return `api/curves?${words}`;
}

export async function liveSource(): Promise<Source> {
  const store = await json("api/store");
  return {
    kind: "live",
    control: store.control,
    origin: `${store.store} · tarama ${store.version}`,
    sweeps: async () => (await json("api/sweeps")).sweeps as SweepInfo[],
    sweep: (sweep) => json(`api/sweep?sweep=${sweep}`),
    runs: (sweep) => json(`api/runs?sweep=${sweep}`),
    devices: (sweep) => json(`api/devices?sweep=${sweep}`),
    curves: async (question, signal) => curvesOf(await (await fetched(curvesPath(question), { signal })).arrayBuffer()),
    run: (run) => json(`api/run?run=${run}`),
    log: async (run, attempt) => (await json(`api/log?run=${run}&attempt=${attempt}`)).text,
    errors: (sweep, level) => json(`api/errors?sweep=${sweep}${level === null ? "" : `&level=${level}`}`),
    status: (): Promise<StatusDocument> => json("api/status"),
    refinementCost: (sweep, wish) => json(`api/refinement?${new URLSearchParams(Object.entries({ sweep, ...wish }).map(([name, value]) => [name, String(value)]))}`),
    order: async (order) => {
      const response = await fetched("api/control", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(order),
      });
      return plainJson<any>(await response.text()).state ?? "done";
    },
    follow: (onChange, onState) => followChanges(store.last, onChange, onState),
  };
}
