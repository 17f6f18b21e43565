/**
 * From a table to what a network reads: bounded numbers of like scale, and categories by number.
 *
 * Everything here depends on which rows there are and not on their order: `canonical` puts them in an order of their
 * content first, so sums round alike.
 */
import { known } from '#errors.ts';
import { deviation, mean, quantile } from '#kernels/metrics.ts';
import { fnv1a32, mix32 } from '#kernels/random.ts';
import type { Column, NumberColumn, Table } from '#table/index.ts';

/**
 * One number that the network reads: (t(x) - center) / scale, held between `low` and `high`, t the signed log or
 * nothing. A value that is missing, NaN or infinite reads as 0, and where the feature had such rows in training an input of
 * role 'missing' (t(x) is 1 where missing) tells them apart. Inputs of role 'piece' cover one interval between quantiles
 * each (piecewise-linear encoding).
 *
 * @see Gorishniy, Rubachev, Babenko (2022), On Embeddings for Numerical Features in Tabular Deep Learning, equation 1
 */
export interface NetworkInput {
  readonly feature: string;
  readonly role: 'value' | 'missing' | 'piece';
  readonly log: boolean;
  readonly center: number;
  readonly scale: number;
  readonly low: number;
  readonly high: number;
}

/** A text column: its categories are numbered from 2; 0 is any other text, 1 is missing. */
export interface NetworkText {
  readonly feature: string;
  readonly categories: readonly string[];
  /** Length of the vector of a category. */
  readonly size: number;
}

export interface NetworkInputs {
  /** At least one: a network of no feature reads one that is always 0. */
  readonly numbers: readonly NetworkInput[];
  readonly texts: readonly NetworkText[];
}

export interface InputOptions {
  /** sign(x) log(1 + |x|) before standardising; 'auto': of those features that it makes less skewed. */
  readonly signedLog: boolean | 'auto';
  /** Intervals of the piecewise-linear encoding beside the plain number; below 2 none. */
  readonly bins: number;
  /** Longest vector of a category. */
  readonly embedding: number;
}

/** Standardised numbers are held within this many deviations, so that an extreme that was never seen cannot explode. */
const BOUND = 8;
/** Rows below which a category counts as one of the others, and most categories of a column that are told apart. */
const CATEGORY_ROWS_MIN = 3;
const CATEGORIES_MAX = 2000;

const signedLogOf = (x: number): number => Math.sign(x) * Math.log1p(Math.abs(x));

/** What the network reads of `features`; constant ones give nothing. Rows of `data` must be in canonical order. */
export function inputsOf(data: Table, features: readonly string[], options: InputOptions): NetworkInputs {
  const inputs: NetworkInput[] = [];
  const texts: NetworkText[] = [];
  for (const feature of features) {
    const column = data.columns[feature]!;
    if (column.kind === 'number') inputs.push(...numberInputs(column, feature, options));
    else {
      const categories = categoriesOf(column.codes, column.dictionary);
      if (categories.length > 0)
        texts.push({ feature, categories, size: Math.min(options.embedding, categories.length + 1) });
    }
  }
  const none: NetworkInput = { feature: '', role: 'value', log: false, center: 0, scale: 1, low: 0, high: 0 };
  return { numbers: inputs.length > 0 ? inputs : [none], texts };
}

function numberInputs(column: NumberColumn, feature: string, { signedLog, bins }: InputOptions): NetworkInput[] {
  const raw = column.values.filter((_, i) => isPresent(column, i)).sort();
  if (raw.length === 0) return [];
  const made: NetworkInput[] = [];
  const log = signedLog === 'auto' ? isLessSkewed(raw) : signedLog;
  const sorted = log ? raw.map(signedLogOf) : raw;
  const { center, scale } = robust(sorted);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const varies = most - least > 1e-12 * Math.max(Math.abs(least), Math.abs(most));
  if (varies) {
    made.push({ feature, role: 'value', log, center, scale, low: -BOUND, high: BOUND });
    if (bins >= 2) made.push(...pieces(sorted, bins, { feature, log }));
  }
  const missing = 1 - raw.length / column.values.length;
  if (missing > 0) {
    const scale = Math.sqrt(missing * (1 - missing));
    made.push({ feature, role: 'missing', log: false, center: missing, scale, low: -BOUND, high: BOUND });
  }
  return made;
}

const isPresent = ({ values, valid }: NumberColumn, i: number): boolean =>
  valid?.[i] !== 0 && Number.isFinite(values[i]);

/** Mean and deviation with the outermost hundredth of either side drawn in; of all where that leaves no spread. */
function robust(sorted: Float64Array): { center: number; scale: number } {
  const low = quantile(sorted, 0.01);
  const high = quantile(sorted, 0.99);
  const held = spread(sorted.map((x) => Math.min(high, Math.max(low, x))));
  if (held.scale > 1e-9 * Math.max(Math.abs(low), Math.abs(high))) return held;
  const all = spread(sorted);
  return { ...all, scale: all.scale || 1 };
}

/** Mean and deviation, reckoned in units of the largest so that sums of squares stay finite. */
function spread(values: Float64Array): { center: number; scale: number } {
  const unit = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
  const shares = values.map((x) => x / unit);
  return { center: mean(shares) * unit, scale: deviation(shares) * unit };
}

function isLessSkewed(sorted: Float64Array): boolean {
  const before = Math.abs(skewness(sorted));
  return before > 1 && Math.abs(skewness(sorted.map(signedLogOf))) < before;
}

function skewness(sorted: Float64Array): number {
  const { center, scale } = robust(sorted);
  return mean(sorted.map((x) => Math.min(BOUND, Math.max(-BOUND, (x - center) / scale)) ** 3));
}

function pieces(sorted: Float64Array, bins: number, of: { feature: string; log: boolean }): NetworkInput[] {
  const edges = new Set(Array.from({ length: bins + 1 }, (_, b) => quantile(sorted, b / bins)));
  const rising = [...edges];
  if (rising.length < 3) return [];
  return rising
    .slice(1)
    .map((edge, b) => ({ ...of, role: 'piece', center: rising[b]!, scale: edge - rising[b]!, low: 0, high: 1 }));
}

function categoriesOf(codes: Int32Array, dictionary: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const code of codes) if (code >= 0) counts.set(dictionary[code]!, (counts.get(dictionary[code]!) ?? 0) + 1);
  if (counts.size === 1 && !codes.includes(-1)) return [];
  const kept = [...counts].filter(([, count]) => count >= CATEGORY_ROWS_MIN);
  kept.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return kept
    .slice(0, CATEGORIES_MAX)
    .map(([name]) => name)
    .sort();
}

/** What the network is given of some rows. */
export interface Encoded {
  readonly rows: number;
  /** [rows x numbers], row-major */
  readonly numbers: Float32Array;
  /** A text column each: [rows] number of the category. */
  readonly codes: readonly Int32Array[];
}

/**
 * The rows of a table as the network reads them.
 *
 * @throws FEATURE_MISSING for a column that is not there, FEATURE_KIND for one that held numbers in training and holds text
 *   now, or the reverse
 */
export function encode(data: Table, { numbers, texts }: NetworkInputs): Encoded {
  const width = numbers.length;
  const out = new Float32Array(data.length * width);
  for (const [j, { feature, role, log, center, scale, low, high }] of numbers.entries()) {
    if (low === high) continue;
    const column = columnOf(data, feature, 'number');
    if (column.kind !== 'number') continue;
    for (let i = 0; i < data.length; i++) {
      const here = isPresent(column, i);
      if (role !== 'missing' && !here) continue;
      const x = role === 'missing' ? (here ? 0 : 1) : log ? signedLogOf(column.values[i]!) : column.values[i]!;
      out[i * width + j] = Math.min(high, Math.max(low, (x - center) / scale));
    }
  }
  const codes = texts.map(({ feature, categories }) => {
    const column = columnOf(data, feature, 'text');
    if (column.kind !== 'text') return new Int32Array(data.length);
    const numbered = new Map(categories.map((name, k) => [name, k + 2]));
    const codeOf = column.dictionary.map((name) => numbered.get(name) ?? 0);
    return column.codes.map((code) => (code < 0 ? 1 : codeOf[code]!));
  });
  return { rows: data.length, numbers: out, codes };
}

function columnOf(data: Table, feature: string, kind: Column['kind']): Column {
  const column = data.columns[feature];
  if (column === undefined) throw known('FEATURE_MISSING', { feature, have: Object.keys(data.columns) });
  if (column.kind !== kind) throw known('FEATURE_KIND', { feature, came: column.kind, expected: kind });
  return column;
}

/**
 * The rows that weigh more than zero, in an order that depends on what they hold and not on where they were: rows are
 * sorted by a 64-bit hash of the columns named, rows that hold the same by their weight. The table has the columns named and
 * that of the weight.
 */
export function canonical(data: Table, names: readonly string[], weights: Float64Array, weight?: string): Table {
  const first = new Uint32Array(data.length);
  const second = new Uint32Array(data.length);
  for (const name of names) {
    const [low, high] = wordsOf(data.columns[name]!, data.length);
    for (let i = 0; i < data.length; i++) {
      first[i] = mix32(Math.imul(first[i]!, 0x9e3779b1) ^ mix32(low[i]! ^ Math.imul(high[i]!, 0x85ebca6b)));
      second[i] = mix32(Math.imul(second[i]!, 0xc2b2ae35) ^ mix32(high[i]! ^ Math.imul(low[i]!, 0x27d4eb2f)));
    }
  }
  const order = Int32Array.from({ length: data.length }, (_, i) => i).filter((i) => weights[i]! > 0);
  order.sort((a, b) => first[a]! - first[b]! || second[a]! - second[b]! || weights[a]! - weights[b]! || a - b);
  const kept = weight === undefined ? names : [...names, weight];
  const columns = Object.fromEntries(kept.map((name) => [name, picked(data.columns[name]!, order)]));
  return { length: order.length, columns };
}

/** Two words a row that tell its value from others. */
function wordsOf(column: Column, rows: number): [Uint32Array, Uint32Array] {
  const low = new Uint32Array(rows);
  const high = new Uint32Array(rows);
  if (column.kind === 'text') {
    const hashes = column.dictionary.map((name) => [fnv1a32(name), fnv1a32(`.${name}`)] as const);
    for (const [i, code] of column.codes.entries()) if (code >= 0) [low[i], high[i]] = hashes[code]!;
    return [low, high];
  }
  const words = new Uint32Array(new Float64Array(1).buffer);
  const number = new Float64Array(words.buffer);
  for (let i = 0; i < rows; i++) {
    number[0] = isPresent(column, i) ? column.values[i]! + 0 : Number.POSITIVE_INFINITY;
    low[i] = words[0]!;
    high[i] = words[1]!;
  }
  return [low, high];
}

function picked(column: Column, order: Int32Array): Column {
  if (column.kind === 'text') return { ...column, codes: order.map((i) => column.codes[i]!) };
  const values = Float64Array.from(order, (i) => column.values[i]!);
  const { valid } = column;
  return {
    kind: 'number',
    values,
    ...(valid === undefined ? {} : { valid: Uint8Array.from(order, (i) => valid[i]!) }),
  };
}
