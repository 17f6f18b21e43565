/** From a table to a matrix of comparable numbers: transform, standardise, one column a category, and say explicitly where a value is missing. */
import { known } from '#errors.ts';
import type { Machine } from '#kernels/machine.ts';
import { RowBlocks } from '#kernels/row-blocks.ts';
import type { Column, NumberColumn, Table, TextColumn } from '#table/index.ts';

/** How one column of the matrix is made; plain data, kept in the model. */
export interface Input {
  readonly feature: string;
  /**
   * 'value' is the transformed number, counted as the mean of the present ones where missing; 'missing' is 1 where
   * missing; 'category' is 1 where the text is `category` (counted as its share where missing, 0 for any other text).
   */
  readonly role: 'value' | 'missing' | 'category';
  readonly category?: string;
  readonly center: number;
  readonly scale: number;
}

export interface DesignOptions {
  readonly features: readonly string[];
  /** sign(x) log(1 + |x|) before anything else: for heavy tails. */
  readonly signedLog: boolean;
  /** Subtract the mean and divide by the standard deviation of the rows at hand. */
  readonly standardise: boolean;
  /** Of a text column the most frequent this many get an input; default 50. */
  readonly categoriesMax?: number;
}

const CATEGORIES_MAX = 50;

const signedLog = (x: number): number => Math.sign(x) * Math.log1p(Math.abs(x));

/**
 * The inputs that `features` give. A constant feature gives none; one with missing values gives another input that is 1
 * where it is missing. NaN and infinity count as missing.
 *
 * @throws FEATURE_MISSING
 */
export function designOf(data: Table, options: DesignOptions): Input[] {
  return options.features.flatMap((feature) => {
    const column = columnOf(data, feature);
    return column.kind === 'number' ? numberInputs(feature, column, options) : textInputs(feature, column, options);
  });
}

function numberInputs(feature: string, column: NumberColumn, { signedLog: log, standardise }: DesignOptions): Input[] {
  const { count, center, scale } = momentsOf(column, log);
  const inputs: Input[] = [];
  const varies = scale > 1e-12 * Math.max(1, Math.abs(center));
  if (varies) inputs.push({ feature, role: 'value', ...(standardise ? { center, scale } : { center: 0, scale: 1 }) });
  const missing = 1 - count / column.values.length;
  if (count > 0 && missing > 0) inputs.push({ feature, role: 'missing', ...shareScale(missing, standardise) });
  return inputs;
}

function textInputs(feature: string, column: TextColumn, options: DesignOptions): Input[] {
  const { standardise, categoriesMax = CATEGORIES_MAX } = options;
  const rows = column.codes.length;
  const byCode = new Float64Array(column.dictionary.length);
  let missing = 0;
  for (const code of column.codes)
    if (code < 0) missing++;
    else byCode[code]! += 1;
  const counts = new Map<string, number>();
  for (const [code, count] of byCode.entries())
    if (count > 0) counts.set(column.dictionary[code]!, (counts.get(column.dictionary[code]!) ?? 0) + count);
  if (counts.size === 0) return [];
  const frequent = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, categoriesMax);
  const present = rows - missing;
  const inputs: Input[] = frequent
    .filter(([, count]) => count < present)
    .map(([category, count]) => ({ feature, role: 'category', category, ...shareScale(count / present, standardise) }));
  if (missing > 0) inputs.push({ feature, role: 'missing', ...shareScale(missing / rows, standardise) });
  return inputs;
}

const shareScale = (share: number, standardise: boolean) =>
  standardise ? { center: share, scale: Math.sqrt(share * (1 - share)) } : { center: 0, scale: 1 };

/** Count, mean and population deviation of the present values, or of their signed logs. */
function momentsOf({ values, valid }: NumberColumn, log: boolean): { count: number; center: number; scale: number } {
  if (valid === undefined && !log) {
    const center = sumOf(values, 0, 1) / values.length;
    // A sum is finite only where every value is.
    if (Number.isFinite(center))
      return { count: values.length, center, scale: Math.sqrt(sumOf(values, center, 2) / values.length) };
  }
  let count = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value) || valid?.[i] === 0) continue;
    count++;
    sum += log ? signedLog(value) : value;
  }
  const center = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value) || valid?.[i] === 0) continue;
    squares += ((log ? signedLog(value) : value) - center) ** 2;
  }
  return { count, center, scale: count === 0 ? 0 : Math.sqrt(squares / count) };
}

/** Sum of (value - center), or of its squares, in four lanes. */
function sumOf(values: Float64Array, center: number, power: 1 | 2): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = values.length - (values.length % 4);
  if (power === 1)
    for (let i = 0; i < end; i += 4) {
      a += values[i]!;
      b += values[i + 1]!;
      c += values[i + 2]!;
      d += values[i + 3]!;
    }
  else
    for (let i = 0; i < end; i += 4) {
      a += (values[i]! - center) * (values[i]! - center);
      b += (values[i + 1]! - center) * (values[i + 1]! - center);
      c += (values[i + 2]! - center) * (values[i + 2]! - center);
      d += (values[i + 3]! - center) * (values[i + 3]! - center);
    }
  for (let i = end; i < values.length; i++) a += power === 1 ? values[i]! : (values[i]! - center) ** 2;
  return a + b + (c + d);
}

/** Writes the input of rows [from, to) to out[at], out[at + stride] ... */
export type InputReader = (from: number, to: number, out: Float64Array, at: number, stride: number) => void;

/**
 * What writes each input's values.
 *
 * @throws FEATURE_MISSING, FEATURE_KIND where a column that held numbers holds text, or the other way round
 */
export function readersOf(data: Table, inputs: readonly Input[], log: boolean): InputReader[] {
  const texts = new Map<string, boolean>();
  for (const { feature, role } of inputs) if (role !== 'missing') texts.set(feature, role === 'category');
  return inputs.map((input) => {
    const column = columnOf(data, input.feature);
    const text = texts.get(input.feature);
    if (text !== undefined && text !== (column.kind === 'text'))
      throw known('FEATURE_KIND', {
        feature: input.feature,
        came: text ? 'numbers' : 'text',
        expected: text ? 'text' : 'numbers',
      });
    if (input.role === 'missing') return missingReader(column, input);
    return column.kind === 'text' ? categoryReader(column, input) : numberReader(column, input, log);
  });
}

function missingReader(column: Column, { center, scale }: Input): InputReader {
  const here = -center / scale;
  const gone = (1 - center) / scale;
  if (column.kind === 'text')
    return (from, to, out, at, stride) => {
      for (let i = from; i < to; i++) out[at + (i - from) * stride] = column.codes[i]! < 0 ? gone : here;
    };
  const { values, valid } = column;
  return (from, to, out, at, stride) => {
    for (let i = from; i < to; i++)
      out[at + (i - from) * stride] = valid?.[i] === 0 || !Number.isFinite(values[i]) ? gone : here;
  };
}

function categoryReader({ codes, dictionary }: TextColumn, { category, center, scale }: Input): InputReader {
  const byCode = Float64Array.from(dictionary, (text) => ((text === category ? 1 : 0) - center) / scale);
  const gone = 0;
  return (from, to, out, at, stride) => {
    for (let i = from; i < to; i++) out[at + (i - from) * stride] = codes[i]! < 0 ? gone : byCode[codes[i]!]!;
  };
}

function numberReader({ values, valid }: NumberColumn, { center, scale }: Input, log: boolean): InputReader {
  if (log)
    return (from, to, out, at, stride) => {
      for (let i = from; i < to; i++) {
        const x = (signedLog(values[i]!) - center) / scale;
        out[at + (i - from) * stride] = valid?.[i] === 0 || !Number.isFinite(x) ? 0 : x;
      }
    };
  return (from, to, out, at, stride) => {
    for (let i = from; i < to; i++) {
      const x = (values[i]! - center) / scale;
      out[at + (i - from) * stride] = (valid !== undefined && valid[i] === 0) || !(x - x === 0) ? 0 : x;
    }
  };
}

/** The matrix in the kernels' memory. */
export function blocksOf(machine: Machine, data: Table, inputs: readonly Input[], log: boolean): RowBlocks {
  const blocks = new RowBlocks(machine, data.length, inputs.length);
  const readers = readersOf(data, inputs, log);
  blocks.fill((j) => {
    const { feature, role, center, scale } = inputs[j]!;
    const column = data.columns[feature]!;
    if (role === 'value' && !log && column.kind === 'number' && column.valid === undefined)
      return { raw: column.values, center, scale };
    return { raw: (out) => readers[j]!(0, data.length, out, 0, 1), center: 0, scale: 1 };
  });
  return blocks;
}

/** The matrix [rows x inputs], row-major. */
export function matrixOf(data: Table, inputs: readonly Input[], log: boolean): Float64Array {
  const width = inputs.length;
  const out = new Float64Array(data.length * width);
  for (const [j, read] of readersOf(data, inputs, log).entries()) read(0, data.length, out, j, width);
  return out;
}

function columnOf(data: Table, feature: string): Column {
  const column = data.columns[feature];
  if (column === undefined) throw known('FEATURE_MISSING', { feature, have: Object.keys(data.columns) });
  return column;
}
