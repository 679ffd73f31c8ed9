// Rows as CSV (RFC 4180), as a spreadsheet reads them.

/** A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvOf = (names: string[], rows: (string | number | null)[][]): string =>
  [names, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
