/** Tables whose cells are taken from other rows: what a model is asked when features are hidden or changed. */
import type { Column, Table } from '#table/index.ts';

/** The rows of `upper`, then those of `lower`; of the columns `names`, which both must have and of one kind. */
export function stacked(upper: Table, lower: Table, names: readonly string[]): Table {
  const columns: Record<string, Column> = {};
  for (const name of names) columns[name] = joined(upper.columns[name]!, lower.columns[name]!);
  return { length: upper.length + lower.length, columns };
}

function joined(a: Column, b: Column): Column {
  if (a.kind === 'text' && b.kind === 'text') {
    const shift = a.dictionary.length;
    const codes = Int32Array.from([...a.codes, ...b.codes.map((code) => (code < 0 ? -1 : code + shift))]);
    return { kind: 'text', codes, dictionary: [...a.dictionary, ...b.dictionary] };
  }
  if (a.kind === 'text' || b.kind === 'text') throw new TypeError('a column of text and a column of numbers');
  const valid = Uint8Array.from([...presence(a), ...presence(b)]);
  return { kind: 'number', values: Float64Array.from([...a.values, ...b.values]), valid };
}

const presence = ({ values, valid }: { values: Float64Array; valid?: Uint8Array }): Uint8Array =>
  valid ?? new Uint8Array(values.length).fill(1);

/** The rows of a table at `rows`, with repeats. */
export function taken(data: Table, rows: ArrayLike<number>): Table {
  const columns: Record<string, Column> = {};
  for (const [name, column] of Object.entries(data.columns)) columns[name] = takenColumn(column, rows);
  return { length: rows.length, columns };
}

/** The cells of a column at `rows`, with repeats. */
export function takenColumn(column: Column, rows: ArrayLike<number>): Column {
  if (column.kind === 'text') return { ...column, codes: Int32Array.from(rows, (i) => column.codes[i]!) };
  const { valid } = column;
  return {
    ...column,
    values: Float64Array.from(rows, (i) => column.values[i]!),
    ...(valid === undefined ? {} : { valid: Uint8Array.from(rows, (i) => valid[i]!) }),
  };
}
