// The page while a sweep runs, and while its orchestrator is killed and comes back: node live.mjs BIN FOLDER.
// BIN: with tarama and tarama-worker-fake; FOLDER: empty, for the store.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { check, finish, launch, opened, problems, show } from "./page.mjs";
import { said, Tarama } from "./programs.mjs";

const [bin, folder] = process.argv.slice(2);
const hostile = `<img src=x onerror=alert(1)>"'\`{}<script>\u202e${"n".repeat(40)}`;
const rows = (count) => Array.from({ length: count }, (_, i) => `${i % 2 ? "cold" : "warm"}\tnumber ${i} is here`).join("\n");
writeFileSync(`${folder}/train.tsv`, rows(320));
writeFileSync(`${folder}/eval.tsv`, rows(40));
writeFileSync(`${folder}/sweep.yaml`, `name: ${JSON.stringify(hostile)}
replicates: 4
parameters:
  lr: {values: [1e-4, 3e-4]}
  warmup: {values: [0, 0.1]}
  epochs: {values: [1]}
data: {train: train.tsv, eval: eval.tsv, text: 1, label: 0, max_tokens: 16}
model: {layers: 1, hidden: 16, heads: 2}
training: {batch_size: 16}
`);
writeFileSync(`${folder}/script.json`, JSON.stringify({ step_time: "100ms" }));
const tarama = new Tarama(bin, `${folder}/store`, { TARAMA_WORKER: `${bin}/tarama-worker-fake`, TARAMA_FAKE_SCRIPT: `${folder}/script.json` });
let service = tarama.start("serve");
await said(service, /serving/);
tarama.run("submit", `${folder}/sweep.yaml`);
const { url, child: dash } = await tarama.dash(0, "--control");
const browser = await launch();

const page = await opened(browser, url);

const over = async () => Number(/^([\d,]+)( of|\s+runs)/.exec(await page.textContent(".progress .words"))?.[1] ?? -1);
await page.waitForFunction(() => /live/.test(document.querySelector(".live")?.textContent ?? ""), null, { timeout: 20_000 });
check(true, "the page says that it is live");
check((await page.textContent(".picker option"))?.includes("<img"), "a hostile name is shown as it is");
const before = await over();
await page.waitForFunction((count) => Number(/^(\d+)/.exec(document.querySelector(".progress .words").textContent)?.[1]) > count, before, { timeout: 60_000 });
check(true, "the number of runs that are over rises by itself");
await page.waitForFunction(() => document.querySelectorAll(".levels tbody .strong").length > 0 && /\d/.test(document.querySelector(".levels tbody .strong").textContent), null, { timeout: 60_000 });
check(true, "levels get their numbers by themselves");

dash.kill("SIGKILL");
await page.waitForFunction(() => document.querySelector(".live")?.textContent === "no connection", null, { timeout: 30_000 });
check(true, "a killed dash is told of");
const again = await tarama.dash(new URL(url).port, "--control");
await page.waitForFunction(() => /new address/.test(document.querySelector(".live")?.textContent ?? ""), null, { timeout: 30_000 });
await page.goto(again.url);
await page.waitForFunction(() => document.querySelector(".live")?.textContent === "live", null, { timeout: 30_000 });
check(true, "and the new one's address leads on");

service.kill("SIGKILL");
await page.waitForFunction(() => /no orchestrator/.test(document.querySelector(".live")?.textContent ?? ""), null, { timeout: 30_000 });
check(true, "a killed orchestrator is told of");
service = tarama.start("serve");
await page.waitForFunction(() => document.querySelector(".live")?.textContent === "live", null, { timeout: 30_000 });
check(true, "and that it has come back");

page.removeAllListeners("dialog");
await page.click("button:text-is(\"Pause\")");
await page.waitForFunction(() => /paused/.test(document.querySelector(".progress").textContent), null, { timeout: 20_000 });
check(/paused/.test(tarama.run("status").stdout), "the button pauses the sweep");
await page.click("button:text-is(\"Resume\")");
await page.waitForFunction(() => !/· paused/.test(document.querySelector(".progress").textContent), null, { timeout: 20_000 });
await show(page, "curves");
await page.waitForFunction(() => /\d+ runs are over/.test(document.querySelector(".progress .words").textContent), null, { timeout: 120_000 });
check(true, "the sweep's end is seen");
const levels = JSON.parse(tarama.run("levels", "--json").stdout);
await show(page, "answer");
await page.waitForFunction((answer) => document.querySelector("h1.answer")?.textContent.replaceAll("\u00a0", " ") === answer, levels.answer, { timeout: 20_000 });
check(true, "the answer is that of `tarama levels`");
check((await page.evaluate(() => document.querySelectorAll("img").length)) === 0, "no name made an element");

const refine = page.locator("form.refine");
await refine.locator("input[type=text]").fill("four");
check(/whole number/.test(await refine.locator("#refine-cost").textContent()), "an amount that is none is said to be none");
await refine.locator("input[type=text]").fill("4");
await page.waitForFunction(() => /^4 runs/.test(document.querySelector("#refine-cost").textContent), null, { timeout: 20_000 });
check(true, "what further replicates will cost is said before they are ordered");
await refine.locator("button[type=submit]").click();
await page.waitForFunction(() => /20 runs/.test(document.querySelector(".progress .words").textContent), null, { timeout: 60_000 });
check(true, "they are ordered by the page, and seen");
await page.waitForFunction(() => /20 runs are over/.test(document.querySelector(".progress .words").textContent), null, { timeout: 120_000 });
check(JSON.parse(tarama.run("list", "--json").stdout).sweeps[0].succeeded === 20, "and trained");

// A page of another port of this machine: the browser sends its requests, and nothing comes of it.
const other = createServer((_request, response) => { response.setHeader("Content-Type", "text/html"); response.end("<h1>other</h1>"); });
await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
const stranger = await browser.newPage();
await stranger.goto(`http://127.0.0.1:${other.address().port}/`);
const place = url.replace(/\/#.*/, "");
const seen = await stranger.evaluate(async (dash) => {
  const ask = (path, init) => fetch(dash + path, init).then((reply) => reply.text(), () => "refused");
  const order = JSON.stringify({ do: "cancel", sweep: 1 });
  return Promise.all([
    ask("/api/sweeps"), ask("/api/sweeps", { mode: "no-cors" }), ask("/api/sweeps", { headers: { "X-Tarama-Token": "x" } }),
    ask("/api/control", { method: "POST", mode: "no-cors", body: order }), ask("/api/control", { method: "POST", headers: { "Content-Type": "application/json" }, body: order }),
  ]);
}, place);
check(seen.every((text) => text === "refused" || text === ""), `a page of another port learns nothing: ${seen.map((text) => text.slice(0, 40)).join(", ")}`);
other.close();

const second = await page.context().newPage();
await second.goto(url.replace(/#.*/, ""));
await second.waitForSelector("h1.answer");
check(true, "a second tab has the token from the first");
await browser.close();

check(problems.length === 0, "nothing went wrong on the page");
finish();
