// The pictures of docs/DASHBOARD.md: node docs_pictures.mjs BIN FOLDER. BIN: with the programs; FOLDER: empty,
// for the store. The quickstart's data and model, at more levels; two minutes.
import { mkdirSync } from "node:fs";
import { finish, launch, opened, show } from "./page.mjs";
import { Tarama } from "./programs.mjs";

const [bin, folder] = process.argv.slice(2);
const root = new URL("../../../", import.meta.url).pathname;
const pictures = `${root}docs/pictures`;
mkdirSync(pictures, { recursive: true });
const tarama = new Tarama(bin, `${folder}/store`);
const axis = (key, values) => ["--set", `parameters.${key}={values: [${values}]}`];
const ended = tarama.run("run", `${root}configs/quickstart.yaml`, ...axis("lr", "1e-4, 4e-4, 1e-3, 3e-3"), ...axis("warmup", "0, 0.1"), "--set", "replicates=4", "--quiet");
if (ended.status !== 0) throw new Error(ended.stderr);
const { url } = await tarama.dash(0);
const browser = await launch();

async function picture(name, view, query, size, colorScheme = "light") {
  const page = await opened(browser, url, { viewport: { width: size[0], height: size[1] }, colorScheme });
  await show(page, view, query);
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${pictures}/${name}.png` });
  await page.context().close();
}

await picture("answer", "answer", "", [1180, 760]);
await picture("curves", "curves", "?metric=loss&smooth=8", [1180, 760]);
await picture("map", "map", "?x=lr&y=warmup&facet=norm", [1180, 420]);
await picture("runs-dark", "runs", `?filter=${encodeURIComponent("lr >= 1e-3 and metric > 0.4")}&sort=metric&down=1`, [1180, 560], "dark");
await picture("phone", "answer", "", [390, 780]);
await browser.close();
finish();
