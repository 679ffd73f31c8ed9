// One stream of changes for all tabs of this page: HTTP/1.1 gives a browser six connections to a
// host. The tab that holds the lock reads it and tells the others; when it closes, the next one
// goes on behind the last change that it heard of.
import { token } from "./token";

/** "refused": the server does not know our token, since it was started anew. */
export type Connection = "live" | "none" | "refused";

interface Told {
  kinds: string[];
  cursor: number;
  connection: Connection;
}

/** The events of a piece of text, and what is left of it. */
export function eventsOf(text: string): { events: { id: number; kind: string }[]; rest: string } {
  const parts = text.split("\n\n");
  const rest = parts.pop()!;
  const events = [];
  for (const part of parts) {
    const id = /^id: (\d+)$/m.exec(part);
    const kind = /^event: (\w+)$/m.exec(part);
    if (id && kind) {
      events.push({ id: Number(id[1]), kind: kind[1]! });
    }
  }
  return { events, rest };
}

async function readStream(cursor: number, tell: (told: Told) => void, signal: AbortSignal): Promise<number> {
  const response = await fetch(`api/changes?after=${cursor}`, { headers: { "X-Tarama-Token": token() }, signal });
  if (!response.ok || !response.body) {
    throw new Error(response.status === 401 ? "refused" : "none");
  }
  tell({ kinds: [], cursor, connection: "live" });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) {
      return cursor;
    }
    const { events, rest } = eventsOf(text + value);
    text = rest;
    if (events.length > 0) {
      cursor = events.at(-1)!.id;
      tell({ kinds: [...new Set(events.map((event) => event.kind))], cursor, connection: "live" });
    }
  }
}

export function followChanges(
  last: number,
  onChange: (kinds: Set<string>) => void,
  onState: (connection: Connection) => void,
): () => void {
  const end = new AbortController();
  const channel = new BroadcastChannel("tarama-changes");
  let cursor = last;
  const hear = (told: Told) => {
    cursor = Math.max(cursor, told.cursor);
    onState(told.connection);
    if (told.kinds.length > 0) {
      onChange(new Set(told.kinds));
    }
  };
  channel.onmessage = (event) => hear(event.data as Told);
  const tell = (told: Told) => {
    hear(told);
    channel.postMessage(told);
  };
  const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const lead = async () => {
    for (let pause = 500; !end.signal.aborted; pause = Math.min(2 * pause, 10_000)) {
      try {
        cursor = await readStream(cursor, (told) => { pause = 500; tell(told); }, end.signal);
      } catch (error) {
        if (end.signal.aborted) return;
        const isRefused = error instanceof Error && error.message === "refused";
        tell({ kinds: [], cursor, connection: isRefused ? "refused" : "none" });
        if (isRefused) return; // another tab may have the newer token
      }
      await rest(pause);
    }
  };
  const contend = async () => {
    while (!end.signal.aborted) {
      await navigator.locks.request("tarama-changes", { signal: end.signal }, lead).catch(() => {});
      await rest(2000);
    }
  };
  void contend();
  return () => {
    end.abort();
    channel.close();
  };
}
