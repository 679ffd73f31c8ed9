// Every view in a real browser: node check.mjs URL [QUERY-OF-COMPARE]. URL: of `tarama dash`, or file:// of
// a report. axe-core finds nothing, nothing is wider than the screen, nothing is logged as an error, nothing
// that a name holds is run.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { check, finish, launch, opened, problems, show, views } from "./page.mjs";

const [url, choice = "?levels=1-2&runs=1-3"] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await launch();

async function findings(page) {
  // The page's policy lets no inline script run: through the debugger it may.
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`);
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [390, 1440]) {
    const page = await opened(browser, url, { viewport: { width, height: 900 }, colorScheme });
    for (const view of views) {
      await show(page, view, view === "run" ? "?run=1" : view === "compare" ? choice : "");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      const found = await findings(page);
      check(wide <= 0 && found.length === 0, `${view} at ${width}, ${colorScheme}${wide > 0 ? `: ${wide} px too wide` : ""} ${found.join("; ")}`);
    }
    await page.context().close();
  }
}

const page = await opened(browser, url);
await show(page, "answer");
await page.keyboard.press("Tab");
check(await page.evaluate(() => document.activeElement?.className === "skip"), "the first Tab leads to the content");
await show(page, "map");
await page.focus("details.numbers summary");
await page.keyboard.press("Enter");
await page.keyboard.press("Tab"); // the table's place, which scrolls
await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
check(/levels=\d/.test(page.url()), "the levels of a cell of the map are chosen by the keyboard");
await page.click(".choice-bar button:text-is(\"Clear\")");
await show(page, "runs");
await page.focus(".virtual");
await page.keyboard.press("ArrowDown");
await page.keyboard.press("Space");
check(/runs=\d/.test(page.url()), "a run is chosen by the keyboard, and stands in the address");
await page.fill(".filter input", "seed = 1 and state = succeeded");
await page.waitForTimeout(100);
const some = await page.textContent(".controls output");
check(/^\d[\d,]* of /.test(some) && !/^0 of/.test(some), `filtering gives rows: ${some}`);
await page.fill(".filter input", "seed >");
check((await page.textContent("#filter-problem"))?.includes("expected"), "a broken filter says what is wrong");
await page.keyboard.press("Escape");
await page.fill(".filter input", "");
await page.focus(".virtual");
await page.keyboard.press("Enter");
await page.waitForSelector("article.run, main .problem");
check(page.url().includes("/run?"), "Enter opens the run");
await page.goBack();
check(page.url().includes("/runs"), "Back leads back");
check(problems.length === 0 || problems.every((one) => !one.startsWith("a dialog")), "nothing that a name holds was run");
check(await page.evaluate(() => document.querySelectorAll("#page img, #page script, #page iframe").length === 0), "no name made an element");
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
for (const view of views) {
  await show(page, view, view === "run" ? "?run=1" : view === "compare" ? choice : "");
  const text = await page.evaluate(() => document.title + document.body.innerText);
  if (turning.test(text)) check(false, `${view}: a name turns the direction of the page`);
}
check(true, "every view was looked through for names that turn its direction");
await browser.close();
finish();
