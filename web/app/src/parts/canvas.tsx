// A canvas that is as wide as its place, sharp on every screen, and drawn anew when what it shows
// or the colour scheme changes.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

export const scheme = signal(0);
if (typeof matchMedia !== "undefined") {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { scheme.value++; });
}

export interface Point {
  x: number;
  y: number;
}

export function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  useLayoutEffect(() => {
    const element = ref.current!;
    const measure = () => { width.value = Math.floor(element.clientWidth); };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

export function Canvas({ height, label, draw, onPoint, onClick }: {
  height: number | ((width: number) => number);
  label: string;
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void;
  onPoint?: (at: Point | null) => void;
  onClick?: (at: Point) => void;
}) {
  const { ref, width } = useWidth();
  const canvas = useRef<HTMLCanvasElement>(null);
  const tall = typeof height === "number" ? height : height(width.value);
  const redraw = scheme.value;
  useEffect(() => {
    const element = canvas.current!;
    const ratio = devicePixelRatio || 1;
    element.width = Math.round(width.value * ratio);
    element.height = Math.round(tall * ratio);
    const context = element.getContext("2d")!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width.value, tall);
    if (width.value > 0) draw(context, width.value, tall);
  }, [draw, width.value, tall, redraw]);
  const place = (event: MouseEvent): Point => {
    const box = canvas.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  return (
    <div class="canvas" ref={ref}>
      <canvas
        ref={canvas} role="img" aria-label={label} style={{ width: "100%", height: `${tall}px` }}
        onPointerMove={(event) => onPoint?.(place(event))}
        onPointerLeave={() => onPoint?.(null)}
        onClick={(event) => onClick?.(place(event))}
      />
    </div>
  );
}
