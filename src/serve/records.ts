/** Typed columns as plain rows, for exports. */
import type { Table } from '#table/index.ts';

/** One object a row; missing is null. Several times faster than `Compute.rows` for many rows. */
export function recordsOf<Row>({ length, columns }: Table): Row[] {
  const rows = Array.from({ length }, () => ({}) as Record<string, string | number | null>);
  for (const [name, column] of Object.entries(columns))
    if (column.kind === 'number') {
      const { values, valid } = column;
      for (let i = 0; i < length; i++) rows[i]![name] = valid !== undefined && valid[i] === 0 ? null : values[i]!;
    } else {
      const { codes, dictionary } = column;
      for (let i = 0; i < length; i++) rows[i]![name] = codes[i]! < 0 ? null : dictionary[codes[i]!]!;
    }
  return rows as Row[];
}
