// Every run: sorted, filtered by an expression, columns to choose, CSV of what is seen.
import { useMemo } from "preact/hooks";
import type { RunsTable } from "../data/documents";
import { type Column, columnsOf, sortedPlaces } from "../logic/columns";
import { csvOf } from "../logic/csv";
import { filterOf, FilterError } from "../logic/filter";
import { count, duration, measured, short, shownText } from "../logic/numbers";
import { StateWord, Waiting } from "../parts/states";
import { VirtualTable } from "../parts/virtual_table";
import { address, go, setQuery } from "../state/address";
import { chosenRuns, levelByNumber, runs, sweepPage, toggleRun, varied } from "../state/page";

const hiddenAtFirst = ["level", "steps", "message"];

function kept(table: RunsTable, columns: Column[], text: string): { places: number[]; problem: string | null } {
  const all = table.run.map((_, at) => at);
  try {
    const byName = new Map(columns.map((column) => [column.name, column]));
    const test = filterOf(text, byName.keys());
    return { places: text.trim() === "" ? all : all.filter((at) => test((name) => byName.get(name)!.value(at))), problem: null };
  } catch (error) {
    if (error instanceof FilterError) return { places: all, problem: error.message };
    throw error;
  }
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function shownValue(column: Column, at: number) {
  const value = column.value(at);
  if (value === null) return <span class="none">–</span>;
  if (column.name === "state") return <StateWord state={String(value)} />;
  if (column.name === "run") return <a href={`#/${address.value.sweep}/run?run=${value}`}>{value}</a>;
  if (column.name === "seconds") return duration(value as number);
  if (column.name === "metric") return measured(value as number);
  return typeof value === "number" ? (column.isNumber && Number.isInteger(value) ? value : short(value)) : shownText(value, 200);
}

function ColumnsMenu({ all, shown }: { all: Column[]; shown: Set<string> }) {
  const toggle = (name: string) => {
    const next = new Set(shown);
    if (!next.delete(name)) next.add(name);
    setQuery({ columns: all.map((column) => column.name).filter((column) => next.has(column)).join(",") });
  };
  return (
    <details class="menu">
      <summary>Columns</summary>
      <div>
        {all.map((column) => (
          <label><input type="checkbox" checked={shown.has(column.name)} onChange={() => toggle(column.name)} /> {column.name}</label>
        ))}
      </div>
    </details>
  );
}

function Runs({ table }: { table: RunsTable }) {
  const query = address.value.query;
  const filter = query.filter ?? "";
  const all = useMemo(() => columnsOf(table, levelByNumber.value, varied.value), [table, levelByNumber.value]);
  const names = query.columns
    ? new Set(query.columns.split(","))
    : new Set(all.map((column) => column.name).filter((name) =>
      !hiddenAtFirst.includes(name) && (name !== "failure" || table.failure_class.some((failure) => failure !== null))));
  const columns = all.filter((column) => names.has(column.name));
  const { places, problem } = useMemo(() => kept(table, all, filter), [table, all, filter]);
  const sort = query.sort ?? "run";
  const isDown = query.down === "1";
  const rows = useMemo(
    () => sortedPlaces(places, all.find((column) => column.name === sort) ?? all[0]!, isDown), [places, all, sort, isDown]);
  const takeCsv = () => download(`runs-${address.value.sweep}.csv`,
    csvOf(columns.map((column) => column.name), rows.map((at) => columns.map((column) => column.value(at)))));
  return (
    <>
      <div class="controls">
        <label class="filter">
          <span>Filter</span>
          <input type="search" value={filter} spellcheck={false} placeholder="lr > 1e-5 and state = failed"
            aria-invalid={problem !== null} aria-describedby="filter-problem"
            onInput={(event) => setQuery({ filter: event.currentTarget.value })} />
        </label>
        <ColumnsMenu all={all} shown={names} />
        <button type="button" onClick={takeCsv}>CSV</button>
        {chosenRuns.value.size > 1 && (
          <button type="button" onClick={() => go({ view: "compare" })}>Compare {chosenRuns.value.size} runs</button>
        )}
        <output>{count(rows.length)} of {count(table.run.length)} runs</output>
      </div>
      <p id="filter-problem" class="problem" role="status">{problem}</p>
      <VirtualTable
        label="Runs" columns={columns} count={rows.length} sort={sort} isDown={isDown}
        cell={(row, column) => shownValue(columns[column]!, rows[row]!)}
        onSort={(name) => setQuery({ sort: name, down: name === sort && !isDown ? "1" : "" })}
        isChosen={(row) => chosenRuns.value.has(table.run[rows[row]!]!)}
        onChoose={(row) => toggleRun(table.run[rows[row]!]!)}
        onOpen={(row) => go({ view: "run", query: { ...query, run: String(table.run[rows[row]!]!) } })}
      />
    </>
  );
}

export const RunsView = () => (
  <Waiting of={sweepPage}>{() => <Waiting of={runs}>{(table) => <Runs table={table} />}</Waiting>}</Waiting>
);
