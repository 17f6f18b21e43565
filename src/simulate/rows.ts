/** Rows on their way to a file: named number columns that grow. A missing value is NaN. */
import { type Column, type Table, table, texts } from '#table/index.ts';

export interface Rows {
  readonly count: number;
  /** Adds one row, in the order of the names. */
  add(...values: number[]): void;
  /** Adds the last row once more, with other values at some positions. */
  repeat(changes?: Readonly<Record<number, number>>): void;
  /** All rows as a table, and empties the buffer. */
  take(extra?: Readonly<Record<string, readonly (string | null)[]>>): Table;
}

export function rows(names: readonly string[]): Rows {
  let capacity = 1024;
  let count = 0;
  let columns = names.map(() => new Float64Array(capacity));
  const self: Rows = {
    get count() {
      return count;
    },
    add(...values) {
      if (values.length !== names.length) throw new RangeError(`${values.length} values for ${names.length} columns`);
      if (count === capacity) {
        capacity *= 2;
        columns = columns.map((old) => {
          const grown = new Float64Array(capacity);
          grown.set(old);
          return grown;
        });
      }
      for (let k = 0; k < names.length; k++) columns[k]![count] = values[k]!;
      count++;
    },
    repeat: (changes = {}) => self.add(...columns.map((column, k) => changes[k] ?? column[count - 1]!)),
    take(extra = {}) {
      const out: Record<string, Column> = {};
      for (const [k, name] of names.entries()) out[name] = withMissing(columns[k]!.slice(0, count));
      for (const [name, values] of Object.entries(extra)) out[name] = texts(values);
      count = 0;
      return table(out);
    },
  };
  return self;
}

function withMissing(values: Float64Array): Column {
  let valid: Uint8Array | undefined;
  for (let i = 0; i < values.length; i++)
    if (Number.isNaN(values[i]!)) {
      valid ??= new Uint8Array(values.length).fill(1);
      valid[i] = 0;
      values[i] = 0;
    }
  return { kind: 'number', values, ...(valid === undefined ? {} : { valid }) };
}
