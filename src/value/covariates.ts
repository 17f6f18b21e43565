/** What is known of customers besides their orders, as numbers that a probability model can lean on. */
import type { Column, Table } from '#table/index.ts';

export interface Covariates {
  /** Names of the columns: of a text, one a value. */
  readonly names: readonly string[];
  /** [customers x names] row by row; mean 0 and standard deviation 1 over customers, missing numbers 0 */
  readonly values: Float64Array;
}

/** Values of a text that fewer customers than this have are one with the rest; and the most values told apart. */
const CUSTOMERS_MIN = 20;
const VALUES_MAX = 8;

/**
 * Numbers are standardised (after log1p where none is below 0 and the largest is over ten times the mean); of a text each
 * value with 20 customers or more becomes a column, the eight most frequent at most, but for the most frequent of all,
 * against which the others speak. Columns that are the same for everybody are left out.
 *
 * @param columns [customers] each
 */
export function covariatesOf(columns: Table['columns'], customers: number): Covariates {
  const made: { name: string; values: Float64Array }[] = [];
  for (const [name, column] of Object.entries(columns)) {
    if (column.kind === 'number') made.push({ name, values: spread(column, customers) });
    else if (column.kind === 'text') made.push(...told(name, column, customers));
  }
  const kept = made.flatMap(({ name, values }) => {
    const standard = standardised(values);
    return standard === undefined ? [] : [{ name, values: standard }];
  });
  const values = new Float64Array(customers * kept.length);
  for (const [j, own] of kept.entries())
    for (let i = 0; i < customers; i++) values[i * kept.length + j] = own.values[i]!;
  return { names: kept.map(({ name }) => name), values };
}

type Of<Kind extends Column['kind']> = Extract<Column, { readonly kind: Kind }>;

/** The numbers, on a log scale where a few are very large; missing ones are the mean. */
function spread(column: Of<'number'>, customers: number): Float64Array {
  const known = (i: number) => column.valid?.[i] !== 0 && Number.isFinite(column.values[i]!);
  let [sum, count, most, least] = [0, 0, 0, 0];
  for (let i = 0; i < customers; i++) {
    if (!known(i)) continue;
    const value = column.values[i]!;
    sum += value;
    count++;
    most = Math.max(most, value);
    least = Math.min(least, value);
  }
  const logs = least >= 0 && count > 0 && most > (10 * sum) / count;
  const values = Float64Array.from({ length: customers }, (_, i) =>
    known(i) ? (logs ? Math.log1p(column.values[i]!) : column.values[i]!) : Number.NaN,
  );
  let [total, n] = [0, 0];
  for (const value of values)
    if (!Number.isNaN(value)) {
      total += value;
      n++;
    }
  return values.map((value) => (Number.isNaN(value) ? total / Math.max(1, n) : value));
}

function told(name: string, { codes, dictionary }: Of<'text'>, customers: number) {
  const counts = new Map<number, number>();
  for (let i = 0; i < customers; i++) if (codes[i]! >= 0) counts.set(codes[i]!, (counts.get(codes[i]!) ?? 0) + 1);
  const frequent = [...counts].filter(([, n]) => n >= CUSTOMERS_MIN);
  frequent.sort(([a, n], [b, m]) => m - n || (dictionary[a]! < dictionary[b]! ? -1 : 1));
  return frequent.slice(1, VALUES_MAX).map(([code]) => ({
    name: `${name}=${dictionary[code]!}`,
    values: Float64Array.from({ length: customers }, (_, i) => (codes[i] === code ? 1 : 0)),
  }));
}

function standardised(values: Float64Array): Float64Array | undefined {
  const mean = values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  const sd = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length));
  return sd > 1e-9 * Math.max(1, Math.abs(mean)) ? values.map((value) => (value - mean) / sd) : undefined;
}
