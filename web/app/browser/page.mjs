// A browser with a page that tells what went wrong in it.
import { chromium } from "playwright-core";

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--enable-precise-memory-info"] });

export const problems = [];

export function check(holds, what) {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}`);
  if (!holds) problems.push(what);
}

export async function opened(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  if (process.env.PAGE_DIST) { // a bundle that is not compiled in yet
    await page.route("**/app.{js,css}", (route) => route.fulfill({ path: `${process.env.PAGE_DIST}/${route.request().url().split("/").at(-1)}` }));
  }
  // A view says itself what the server refuses: that is no fault of the page.
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("dialog", (dialog) => { problems.push(`a dialog: ${dialog.message()}`); void dialog.dismiss(); });
  await page.goto(url);
  await page.waitForSelector("#page header");
  return page;
}

export const views = ["answer", "map", "parallel", "effects", "curves", "runs", "run", "compare", "devices", "failures", "errors"];

export async function show(page, view, query = "") {
  const sweep = /#\/(\d+)/.exec(page.url())?.[1] ?? "1";
  await page.evaluate((hash) => { location.hash = hash; }, `#/${sweep}/${view}${query}`);
  await page.waitForFunction((name) => document.querySelector("main").className === `view-${name}`, view);
  await page.waitForFunction(() => !document.querySelector("main .waiting, main .busy"));
}

export function finish() {
  if (problems.length > 0) {
    console.log(`\n${problems.length} problems:\n${[...new Set(problems)].join("\n")}`);
    process.exit(1);
  }
  console.log("\nnothing found");
  process.exit(0); // programs that were started end with this one
}
