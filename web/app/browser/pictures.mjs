// Pictures of each view: node pictures.mjs URL FOLDER [VIEW...]. At 390 and 1440 pixels, in light and dark.
import { chromium } from "playwright-core";

const [url, folder, ...wanted] = process.argv.slice(2);
const views = wanted.length > 0 ? wanted : ["answer", "map", "parallel", "effects", "curves", "runs", "run", "compare", "devices", "failures", "errors"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const colorScheme of ["light", "dark"]) {
  for (const width of [390, 1440]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, deviceScaleFactor: 1 });
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && console.log("console:", message.text()));
    page.on("pageerror", (error) => console.log("page error:", error.message));
    await page.goto(url);
    await page.waitForSelector("h1");
    const sweep = /#\/(\d+)/.exec(page.url())?.[1] ?? "1";
    for (const view of views) {
      const query = { run: "?run=18", compare: "?levels=1.5.9&runs=18.20", map: "?facet=norm", curves: "" }[view] ?? "";
      await page.evaluate((hash) => { location.hash = hash; }, `#/${sweep}/${view}${query}`);
      await page.waitForTimeout(500);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) console.log(`${view} at ${width}: ${wide} pixels too wide`);
      await page.screenshot({ path: `${folder}/${view}-${width}-${colorScheme}.png`, fullPage: true });
    }
    await context.close();
  }
}
await browser.close();
