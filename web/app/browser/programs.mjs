// tarama's programs for scripts that look at the page: a sweep to the end, a dashboard, both cleared away.
import { spawn, spawnSync } from "node:child_process";

export class Tarama {
  children = [];

  constructor(bin, store, env = {}) {
    this.bin = bin;
    this.store = store;
    this.env = { ...process.env, ...env };
    process.on("exit", () => this.children.forEach((child) => child.kill("SIGTERM")));
  }

  words(command, more) {
    return [command, ...more, "--store", this.store];
  }

  run(command, ...more) {
    const ended = spawnSync(`${this.bin}/tarama`, this.words(command, more), { env: this.env, encoding: "utf8" });
    return ended;
  }

  start(command, ...more) {
    const child = spawn(`${this.bin}/tarama`, this.words(command, more), { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.children.push(child);
    return child;
  }

  /** Gives its address and its process. */
  async dash(port, ...more) {
    const child = this.start("dash", "--port", String(port), ...more);
    return { url: (await said(child, /http:\S+/))[0], child };
  }
}

/** What matches `pattern` in what the program prints. */
export const said = (child, pattern) => new Promise((resolve, reject) => {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part) => {
      text += part;
      const match = pattern.exec(text);
      if (match) resolve(match);
    });
  }
  child.on("exit", () => reject(new Error(`it ended: ${text}`)));
});
