// A chart with what it says in words, and the table of its numbers behind it.
import type { ComponentChildren } from "preact";

export interface TableData {
  columns: string[];
  rows: (string | number)[][];
  /** What a click on the chart does, for those who have no pointer: a button a row. */
  choose?: (row: number) => void;
}

const mostRows = 500; // a page of more would be slow; the runs' table and its CSV have all

export function Figure({ title, note, table, children }: {
  title: string;
  note?: ComponentChildren;
  table?: () => TableData;
  children: ComponentChildren;
}) {
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        {note && <p>{note}</p>}
      </figcaption>
      {children}
      {table && <Numbers title={title} table={table} />}
    </figure>
  );
}

function Numbers({ title, table }: { title: string; table: () => TableData }) {
  const data = table();
  return (
    <details class="numbers">
      <summary>Table</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${title}: table`}>
        <table>
          <thead><tr>{data.columns.map((name) => <th scope="col">{name}</th>)}{data.choose && <th scope="col"><span class="unseen">choose</span></th>}</tr></thead>
          <tbody>
            {data.rows.slice(0, mostRows).map((row, i) => (
              <tr>
                {row.map((value) => <td>{value}</td>)}
                {data.choose && <td><button type="button" aria-label={`Choose ${row.slice(0, 3).join(", ")}`} onClick={() => data.choose!(i)}>Choose</button></td>}
              </tr>
            ))}
          </tbody>
        </table>
        {data.rows.length > mostRows && <p>The first {mostRows} of {data.rows.length} rows.</p>}
      </div>
    </details>
  );
}
