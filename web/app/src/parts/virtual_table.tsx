// A table of any number of rows of which those in sight are made: a grid for the keyboard (arrows,
// Page Up and Down, Home, End, Enter, Space) and for screen readers.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

const rowHeight = 32;
const beyond = 6; // rows made above and below what is in sight

export interface VirtualColumn {
  name: string;
  isNumber: boolean;
}

export function VirtualTable({ label, columns, count, cell, sort, isDown, onSort, isChosen, onChoose, onOpen }: {
  label: string;
  columns: VirtualColumn[];
  count: number;
  cell: (row: number, column: number) => ComponentChildren;
  sort: string;
  isDown: boolean;
  onSort: (name: string) => void;
  isChosen: (row: number) => boolean;
  onChoose: (row: number) => void;
  onOpen: (row: number) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(480);
  const at = useSignal(0);
  useEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => { height.value = element.clientHeight; });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(top.value / rowHeight) - beyond);
  const last = Math.min(count, Math.ceil((top.value + height.value) / rowHeight) + beyond);
  const move = (to: number) => {
    at.value = Math.min(Math.max(to, 0), count - 1);
    const place = at.value * rowHeight;
    const element = box.current!;
    if (place < element.scrollTop) element.scrollTop = place;
    else if (place + 2 * rowHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = place + 2 * rowHeight - element.clientHeight;
    }
  };
  const onKey = (event: KeyboardEvent) => {
    const page = Math.floor(height.value / rowHeight) - 1;
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(at.value + 1), ArrowUp: () => move(at.value - 1), PageDown: () => move(at.value + page),
      PageUp: () => move(at.value - page), Home: () => move(0), End: () => move(count - 1),
      Enter: () => onOpen(at.value), " ": () => onChoose(at.value),
    };
    const step = event.target === box.current ? steps[event.key] : undefined;
    if (step) {
      event.preventDefault();
      step();
    }
  };
  const share = (column: VirtualColumn) => (column.isNumber ? 5 : 8);
  const template = `2.5rem ${columns.map((column) => `minmax(0, ${share(column)}fr)`).join(" ")}`;
  const rowStyle = {
    gridTemplateColumns: template,
    minWidth: `${2.5 + columns.reduce((sum, column) => sum + share(column), 0)}rem`, // narrower places scroll
  };
  return (
    <div class="virtual hold" role="grid" aria-label={label} aria-rowcount={count + 1} aria-colcount={columns.length + 1}
      tabIndex={0} ref={box} onKeyDown={onKey} aria-activedescendant={count > 0 ? `row-${at.value}` : undefined}
      onScroll={(event) => { top.value = event.currentTarget.scrollTop; }}>
      <div class="head" role="row" style={rowStyle}>
        <span role="columnheader"><span class="unseen">chosen</span></span>
        {columns.map((column) => (
          <span role="columnheader" class={column.isNumber ? "number" : ""}
            aria-sort={column.name === sort ? (isDown ? "descending" : "ascending") : "none"}>
            <button type="button" onClick={() => onSort(column.name)}>
              {column.name}{column.name === sort ? (isDown ? " ↓" : " ↑") : ""}
            </button>
          </span>
        ))}
      </div>
      <div class="body" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        {Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i).map((row) => (
          <div key={row} id={`row-${row}`} role="row" aria-rowindex={row + 2} aria-selected={isChosen(row)}
            class={`${isChosen(row) ? "chosen" : ""} ${row === at.value ? "at" : ""}`}
            style={{ ...rowStyle, transform: `translateY(${row * rowHeight}px)` }}
            onClick={() => { at.value = row; }} onDblClick={() => onOpen(row)}>
            <span role="gridcell">
              <input type="checkbox" tabIndex={-1} checked={isChosen(row)} aria-label="Choose this row" onChange={() => onChoose(row)} />
            </span>
            {columns.map((column, i) => <span role="gridcell" class={column.isNumber ? "number" : ""}>{cell(row, i)}</span>)}
          </div>
        ))}
      </div>
    </div>
  );
}
