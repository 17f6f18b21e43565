import type { Column, Table } from './table.ts';

/** The rows of `data` at `rows`, in that order, with repeats; dictionaries of text columns stay whole. */
export function take(data: Table, rows: ArrayLike<number>): Table {
  const columns = Object.entries(data.columns).map(([name, column]) => [name, takeOf(column, rows)] as const);
  return { length: rows.length, columns: Object.fromEntries(columns) };
}

function takeOf(column: Column, rows: ArrayLike<number>): Column {
  if (column.kind === 'text') {
    const codes = new Int32Array(rows.length);
    for (let i = 0; i < codes.length; i++) codes[i] = column.codes[rows[i]!]!;
    return { ...column, codes };
  }
  const values = new Float64Array(rows.length);
  for (let i = 0; i < values.length; i++) values[i] = column.values[rows[i]!]!;
  if (column.valid === undefined) return { ...column, values };
  const valid = new Uint8Array(rows.length);
  for (let i = 0; i < valid.length; i++) valid[i] = column.valid[rows[i]!]!;
  return { ...column, values, valid };
}
