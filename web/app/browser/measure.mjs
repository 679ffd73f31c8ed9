// How quick the page is on a large store: node measure.mjs URL. Each figure with its bound.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { check, finish, launch, opened, show, views } from "./page.mjs";

const [url] = process.argv.slice(2);
const browser = await launch();

/** Milliseconds until the frame that follows `act` and `done` is painted. */
async function timed(page, act, done = "() => true") {
  return page.evaluate(async ([actText, doneText]) => {
    const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await painted();
    const begin = performance.now();
    eval(actText);
    const isDone = eval(doneText);
    do await painted(); while (!isDone());
    return performance.now() - begin;
  }, [act, done]);
}

const within = (what, value, bound, unit = "ms") => check(value <= bound, `${what}: ${Math.round(value)} ${unit} (at most ${bound})`);

const first = await opened(browser, url, { bypassCSP: true }); // what is timed is given as text
await first.waitForSelector("h1.answer");
const paint = await first.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity);
within("first paint", paint, 500);
const address = first.url();
await first.reload();
await first.waitForSelector("h1.answer");
within("the answer after a reload", await first.evaluate(() => performance.now()), 2000);

await show(first, "runs");
await first.waitForSelector(".virtual .body > div");
const row = "document.querySelectorAll('.virtual .body input')[%].click()";
within("choosing a run", await timed(first, row.replace("%", "2"), "() => document.querySelectorAll('.virtual .chosen').length > 0"), 100);
within("sorting 10,000 runs", await timed(first, "document.querySelectorAll('.virtual .head button')[3].click()"), 100);
within("scrolling to the end", await timed(first, "document.querySelector('.virtual').scrollTop = 1e7"), 100);
const input = "const e = document.querySelector('.filter input'); e.value = 'seed > 10 and metric > 0.7'; e.dispatchEvent(new InputEvent('input', { bubbles: true }))";
within("filtering 10,000 runs", await timed(first, input), 100);
await show(first, "answer");
within("choosing a level", await timed(first, "document.querySelectorAll('.levels td input')[1].click()", "() => document.querySelector('.levels tr.chosen')"), 100);
for (const view of ["map", "parallel", "effects", "devices"]) {
  const begin = Date.now();
  await show(first, view);
  within(`the view ${view}`, Date.now() - begin, 1000);
}
for (const metric of ["loss", "flat_accuracy"]) {
  const begin = Date.now();
  await show(first, "curves", `?metric=${metric}`);
  await first.waitForSelector(".uplot canvas");
  within(`curves of ${metric}, cold`, Date.now() - begin, 5000);
}
const zoom = (from, to) => timed(first, `history.pushState(null, '', location.hash.split('?')[0] + '?metric=loss&from=${from}&to=${to}'); dispatchEvent(new PopStateEvent('popstate'))`,
  "() => !document.querySelector('.busy') && performance.now() - begin > 20").catch((error) => { throw error; });
const spans = [];
for (const [from, to] of [[100, 600], [200, 300], [210, 240], [0, 900]]) spans.push(await zoom(from, to));
within("zooming (longest of four)", Math.max(...spans), 200);
// Of the page's own process, as the machine counts it: what it alone has, and its share of what it has with others.
async function memoryOf(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.enable").then(() => cdp.send("Performance.getMetrics"));
  const heap = metrics.find((one) => one.name === "JSHeapUsedSize").value / 1e6;
  const { processInfo } = await (await browser.newBrowserCDPSession()).send("SystemInfo.getProcessInfo");
  const share = (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]) / 1000;
  return { heap, renderer: Math.max(...processInfo.filter((one) => one.type === "renderer").map((one) => share(one.id))) };
}
const memory = await memoryOf(first);
within("JavaScript's memory", memory.heap, 100, "MB");
within("memory of the page's process", memory.renderer, 300, "MB");
await show(first, "runs");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
for (const view of views) {
  await show(first, view, view === "run" ? "?run=1" : view === "compare" ? "?levels=1-3&runs=1-3" : "");
  await first.evaluate(axe);
  const found = await first.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  check(found.violations.length === 0, `axe-core finds nothing in ${view} ${found.violations.map((one) => one.id).join(", ")}`);
}
console.log(`at ${address.replace(/token=\w+/, "")}`);
await browser.close();
finish();
