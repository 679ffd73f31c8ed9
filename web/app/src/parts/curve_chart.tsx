// Curves by uPlot: a line a run, a line within its band a level. Zooming asks for the numbers of the
// new window.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { CurvesAnswer } from "../data/documents";
import { lineStyle, token } from "../logic/colors";
import { short } from "../logic/numbers";
import { scheme, useWidth } from "./canvas";

export interface NamedSeries {
  name: string;
  place: number; // of its colour
}

/** Float32Array's NaN and missing places are gaps. */
const gaps = (numbers: Float32Array): (number | null)[] => Array.from(numbers, (y) => (Number.isNaN(y) ? null : y));

interface Drawn {
  data: uPlot.AlignedData;
  series: uPlot.Series[];
  bands: uPlot.Band[];
}

function drawn(answer: CurvesAnswer, names: NamedSeries[]): Drawn {
  const tables: uPlot.AlignedData[] = [];
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  answer.series.forEach((one, i) => {
    const { color, dash } = lineStyle(names[i]!.place);
    const x = Array.from(one.x);
    const spanGaps = true; // tables are joined: a place that another series has is no gap of this one
    if (one.low && one.high) {
      const from = series.length;
      tables.push([x, gaps(one.y), gaps(one.low), gaps(one.high)]);
      series.push(
        { label: names[i]!.name, stroke: color, dash, width: 2, spanGaps, points: { show: x.length < 3 } },
        { label: "10 %", stroke: "transparent", spanGaps, points: { show: false } },
        { label: "90 %", stroke: "transparent", spanGaps, points: { show: false } },
      );
      bands.push({ series: [from + 2, from + 1], fill: `${color}2e` });
    } else {
      tables.push([x, gaps(one.y)]);
      series.push({ label: names[i]!.name, stroke: color, dash, width: 1, spanGaps, points: { show: x.length < 12 } });
    }
  });
  const data = tables.length > 0 ? uPlot.join(tables as uPlot.AlignedData[]) : ([[]] as unknown as uPlot.AlignedData);
  return { data, series, bands };
}

export function CurveChart({ answer, names, isLog, height, window, onZoom }: {
  answer: CurvesAnswer;
  names: NamedSeries[];
  isLog: boolean;
  height: number;
  window: [number, number] | null;
  onZoom: (window: [number, number] | null) => void;
}) {
  const { ref, width } = useWidth();
  const plot = useRef<uPlot | null>(null);
  const redraw = scheme.value;
  useEffect(() => {
    if (width.value === 0) return;
    const { data, series, bands } = drawn(answer, names);
    const axis: uPlot.Axis = {
      stroke: token("muted"), grid: { stroke: token("line"), width: 1 }, ticks: { stroke: token("line"), width: 1 },
      font: "12px system-ui, sans-serif",
    };
    const made = new uPlot({
      width: width.value,
      height,
      series,
      bands,
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: { x: { time: false, range: () => window ?? [answer.from, answer.to] }, y: isLog ? { distr: 3 } : {} },
      axes: [axis, { ...axis, size: 68, values: (_plot, values) => values.map((value) => (value === null ? "" : short(value))) }],
      hooks: {
        setSelect: [(self) => {
          if (self.select.width > 4) {
            onZoom([self.posToVal(self.select.left, "x"), self.posToVal(self.select.left + self.select.width, "x")]);
          }
        }],
      },
    }, data, ref.current!);
    made.over.addEventListener("dblclick", () => onZoom(null));
    plot.current = made;
    return () => made.destroy();
  }, [answer, names, isLog, width.value, height, window, redraw]);
  return <div class="curve-chart" ref={ref} style={{ minHeight: `${height}px` }} />;
}
