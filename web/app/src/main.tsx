// Where the page begins: the report within it, else the server that it came from.
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style/page.css";
import { liveSource } from "./data/live";
import { embeddedReport } from "./data/report";
import { shareToken, takeTokenFromAddress } from "./data/token";
import { address, go, startAddress } from "./state/address";
import { startPage } from "./state/page";
import { Shell } from "./shell";

async function start(): Promise<void> {
  const place = document.getElementById("page")!;
  const report = await embeddedReport();
  if (!report) {
    takeTokenFromAddress();
    await shareToken();
  }
  addEventListener("hashchange", () => { // the address of a `dash` that was started anew
    if (location.hash.startsWith("#token=")) {
      takeTokenFromAddress();
      location.reload();
    }
  });
  startAddress();
  try {
    const source = report ?? (await liveSource());
    startPage(source);
    if (address.value.sweep === null) {
      const newest = (await source.sweeps()).at(-1);
      if (newest) go({ sweep: newest.sweep, view: "answer", query: {} }, "replace");
    }
    place.replaceChildren();
    render(<Shell />, place);
  } catch (error) {
    if (report) throw error; // what stands in the file already says it
    place.textContent = error instanceof Error ? error.message : String(error);
    place.className = "problem";
  }
}

start().catch((error) => { // of a report: the answer that stands in the file stays
  const words = document.createElement("p");
  words.className = "problem";
  words.textContent = `The charts of this report cannot be shown (${error instanceof Error ? error.message : error}): it needs a browser of 2023 or newer.`;
  document.querySelector("main")?.prepend(words);
});
