/** Equal rows of several number columns as one group: what lets a likelihood run over distinct histories only. */
import { mix32 } from './random.ts';

export interface Groups {
  readonly count: number;
  /** [rows] group of each row; groups are numbered by first appearance. */
  readonly of: Int32Array;
  /** [count] first row of each group. */
  readonly first: Int32Array;
  /** [count] rows of each group. */
  readonly sizes: Float64Array;
}

/** Groups rows that are equal in every column. Columns hold no NaN; 0 and -0 are equal. */
export function groupRows(columns: readonly Float64Array[]): Groups {
  const rows = columns[0]?.length ?? 0;
  let slots = 16;
  while (slots < rows * 2) slots *= 2;
  const table = new Int32Array(slots).fill(-1);
  const of = new Int32Array(rows);
  const first = new Int32Array(rows);
  const sizes = new Float64Array(rows);
  const cell = new Float64Array(1);
  const halves = new Uint32Array(cell.buffer);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    let hash = 0;
    for (const column of columns) {
      cell[0] = column[i]! + 0;
      hash = mix32(Math.imul(hash, 0x9e3779b1) ^ halves[0]! ^ mix32(halves[1]!));
    }
    let slot = hash & (slots - 1);
    for (;;) {
      const group = table[slot]!;
      if (group < 0) {
        table[slot] = count;
        first[count] = i;
        sizes[count] = 1;
        of[i] = count++;
        break;
      }
      if (sameRow(columns, first[group]!, i)) {
        sizes[group]! += 1;
        of[i] = group;
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
  }
  return { count, of, first: first.slice(0, count), sizes: sizes.slice(0, count) };
}

function sameRow(columns: readonly Float64Array[], a: number, b: number): boolean {
  for (const column of columns) if (column[a] !== column[b]) return false;
  return true;
}

/** [groups] the rows of each group, rising. */
export function rowsOfGroups({ count, of, sizes }: Groups): Int32Array[] {
  const out = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(count);
  for (let i = 0; i < of.length; i++) {
    const group = of[i]!;
    out[group]![filled[group]!] = i;
    filled[group]! += 1;
  }
  return out;
}

/** The cells of `column` at `rows`. */
export function gather(column: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = column[rows[i]!]!;
  return out;
}
