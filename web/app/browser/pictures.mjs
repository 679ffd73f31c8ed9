// Pictures of each view: node pictures.mjs URL FOLDER [VIEW...]. At 390 and 1440 pixels, in light and dark.
import { finish, launch, opened, show, views } from "./page.mjs";

const [url, folder, ...wanted] = process.argv.slice(2);
const queries = { run: "?run=18", compare: "?levels=1.5.9&runs=18.20", map: "?facet=norm" };
const browser = await launch();
for (const colorScheme of ["light", "dark"]) {
  for (const width of [390, 1440]) {
    const page = await opened(browser, url, { viewport: { width, height: 900 }, colorScheme });
    for (const view of wanted.length > 0 ? wanted : views) {
      await show(page, view, queries[view]);
      await page.waitForTimeout(150); // for fonts and canvases
      await page.screenshot({ path: `${folder}/${view}-${width}-${colorScheme}.png`, fullPage: true });
    }
    await page.context().close();
  }
}
await browser.close();
finish();
