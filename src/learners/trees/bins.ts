/**
 * Columns as bytes: each number in one of up to 255 bins of about equal weight, each text in the bin of its category, 255
 * where it is missing. Trees are grown on these.
 */
import type { Machine } from '#kernels/machine.ts';
import { random, split } from '#kernels/random.ts';
import { numberColumn, type Table, type TextColumn, textColumn } from '#table/index.ts';
import type { TreeInput } from './ensemble.ts';

/** The bin of a missing value. */
export const MISSING_BIN = 255;
/** Features of a group: their bins lie side by side in the eight bytes of a row. */
export const GROUP = 8;
const SAMPLE = 100_000;
const CATEGORIES_MAX = 254;

export interface Binning {
  readonly inputs: readonly TreeInput[];
  /** Of each input: of numbers the rising bounds, bin b holds bounds[b - 1] < v <= bounds[b]; of text none. */
  readonly bounds: readonly Float64Array[];
  /** Of each input: bins that a present value can be in. */
  readonly binCounts: Int32Array;
}

/** Bins in the machine's memory: the byte of feature f of row r is at `at + (f >> 3) * groupStride + r * rowStride + (f & 7)`. */
export interface Bins {
  readonly at: number;
  readonly rows: number;
  readonly groups: number;
  readonly groupStride: number;
  readonly rowStride: number;
  /** Of layout 'rows': the same bytes by column, feature f at `columns + f * columnStride`; else 0. */
  readonly columns: number;
  readonly columnStride: number;
}

/**
 * Bins for the columns `features`: at most `bins` for a number, by the quantiles of 100,000 seeded rows where there are
 * more; at most 254 categories of a text, the most frequent ones.
 */
export function binningOf(
  data: Table,
  features: readonly string[],
  { bins, seed }: { bins: number; seed: number },
): Binning {
  const rows = sampleOf(data.length, seed);
  const inputs: TreeInput[] = [];
  const bounds: Float64Array[] = [];
  for (const feature of features) {
    if (data.columns[feature]?.kind === 'text') {
      inputs.push({ feature, categories: categoriesOf(textColumn(data, feature)) });
      bounds.push(new Float64Array(0));
    } else {
      inputs.push({ feature });
      bounds.push(boundsOf(present(data, feature, rows), Math.min(255, Math.max(2, bins))));
    }
  }
  const binCounts = Int32Array.from(inputs, ({ categories }, f) => categories?.length ?? bounds[f]!.length + 1);
  return { inputs, bounds, binCounts };
}

function sampleOf(rows: number, seed: number): Int32Array | undefined {
  if (rows <= SAMPLE) return undefined;
  const draw = random(split(seed, 'bins'));
  return Int32Array.from({ length: SAMPLE }, (_, i) => Math.floor(((i + draw.uniform()) * rows) / SAMPLE));
}

/** Present values of a column, sorted. */
function present(data: Table, feature: string, rows: Int32Array | undefined): Float64Array {
  const { values, valid } = numberColumn(data, feature);
  const out = new Float64Array(rows?.length ?? values.length);
  let count = 0;
  for (let j = 0; j < out.length; j++) {
    const i = rows === undefined ? j : rows[j]!;
    if (valid?.[i] !== 0 && Number.isFinite(values[i])) out[count++] = values[i]!;
  }
  return out.subarray(0, count).sort();
}

/** Bounds between the bins of sorted values: one bin a distinct value while they last, else bins of about equal count. */
export function boundsOf(sorted: Float64Array, bins: number): Float64Array {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value === values.at(-1)) counts[counts.length - 1]! += 1;
    else {
      values.push(value);
      counts.push(1);
    }
  }
  const out: number[] = [];
  let restRows = sorted.length;
  let restBins = bins;
  const heavy = counts.map((count) => count >= sorted.length / bins);
  for (const [j, count] of counts.entries())
    if (heavy[j]) {
      restRows -= count;
      restBins--;
    }
  let inBin = 0;
  for (let j = 0; j + 1 < values.length && out.length < bins - 1; j++) {
    inBin += counts[j]!;
    if (!heavy[j]) restRows -= counts[j]!;
    const full = values.length <= bins || heavy[j] || inBin >= (restRows + inBin) / Math.max(1, restBins);
    if (!full && !(heavy[j + 1] && inBin * restBins * 2 >= restRows + inBin)) continue;
    out.push(between(values[j]!, values[j + 1]!));
    if (!heavy[j]) restBins--;
    inBin = 0;
  }
  return Float64Array.from(out);
}

/** A number with a <= it < b. */
function between(a: number, b: number): number {
  const middle = a + (b - a) / 2;
  return middle < b ? middle : a;
}

function categoriesOf({ codes, dictionary }: TextColumn): string[] {
  const counts = new Float64Array(dictionary.length);
  for (const code of codes) if (code >= 0) counts[code]! += 1;
  return dictionary
    .map((text, code) => ({ text, count: counts[code]! }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
    .slice(0, CATEGORIES_MAX)
    .map(({ text }) => text);
}

/**
 * Writes the bins of `data` into the machine.
 *
 * @param layout 'rows': the groups of a row side by side, and once more by column; 'groups': one block a group. Which is
 *   faster depends on the reader.
 */
export function writeBins(machine: Machine, data: Table, binning: Binning, layout: 'rows' | 'groups'): Bins {
  const features = binning.inputs.length;
  const groups = Math.ceil(features / GROUP);
  const rows = data.length;
  const columnStride = Math.ceil((rows + 1) / 64) * 64;
  const byRows = layout === 'rows';
  const rowStride = byRows ? GROUP * groups : GROUP;
  const groupStride = byRows ? GROUP : Math.ceil((rows * GROUP) / 64) * 64;
  const at = machine.allocate(byRows ? rows * rowStride : groups * groupStride);
  const columns = byRows ? machine.allocate(features * columnStride) : 0;
  const place = (f: number): Place =>
    byRows
      ? { at: columns + f * columnStride, stride: 1 }
      : { at: at + (f >> 3) * groupStride + (f & 7), stride: rowStride };
  fillColumns(machine, data, binning, place);
  if (byRows) {
    const part = 65_536;
    const parts = Array.from({ length: Math.ceil(rows / part) }, (_, p) => [p * part, Math.min(rows, (p + 1) * part)]);
    machine.each(
      'interleave',
      parts.map(([from, to]) => [columns, columnStride, features, from!, to!, at, rowStride]),
    );
  }
  return { at, rows, groups, groupStride, rowStride, columns, columnStride };
}

/** Where the bin of a row goes: `at + row * stride`. */
interface Place {
  readonly at: number;
  readonly stride: number;
}

/** Rows that are copied and binned at a time. */
const PART = 131_072;

function fillColumns(machine: Machine, data: Table, binning: Binning, place: (feature: number) => Place): void {
  const mark = machine.mark();
  const slots = Array.from({ length: 2 * machine.threads }, () => slotOf(machine, Math.min(PART, data.length)));
  const numbers: number[] = [];
  for (const [f, { feature, categories }] of binning.inputs.entries()) {
    if (categories !== undefined) writeCategories(machine, textColumn(data, feature), categories, place(f));
    else numbers.push(f);
  }
  for (let from = 0; from < data.length; from += PART) {
    const rows = { from, to: Math.min(data.length, from + PART) };
    for (let first = 0; first < numbers.length; first += slots.length) {
      const batch = numbers.slice(first, first + slots.length);
      machine.each(
        'binNumbers',
        batch.map((f, k) => fill(machine, slots[k]!, data, binning, { f, ...rows, place: place(f) })),
      );
    }
  }
  machine.release(mark);
}

interface Slot {
  readonly values: number;
  readonly valid: number;
  readonly bounds: number;
}

const slotOf = (machine: Machine, rows: number): Slot => ({
  values: machine.allocate(rows * 8),
  valid: machine.allocate(rows),
  bounds: machine.allocate(256 * 8),
});

/** Copies a part of a column to a slot; the arguments that bin it. */
function fill(
  machine: Machine,
  slot: Slot,
  data: Table,
  binning: Binning,
  { f, from, to: end, place }: { f: number; from: number; to: number; place: Place },
): number[] {
  const { values, valid } = numberColumn(data, binning.inputs[f]!.feature);
  const bounds = binning.bounds[f]!;
  const count = end - from;
  machine.f64(slot.values, count).set(values.subarray(from, end));
  if (valid !== undefined) machine.u8(slot.valid, count).set(valid.subarray(from, end));
  machine.f64(slot.bounds, bounds.length).set(bounds);
  const validAt = valid === undefined ? 0 : slot.valid;
  return [slot.values, validAt, count, slot.bounds, bounds.length, place.at + from * place.stride, place.stride];
}

function writeCategories(
  machine: Machine,
  { codes, dictionary }: TextColumn,
  categories: readonly string[],
  { at, stride }: Place,
): void {
  const index = new Map(categories.map((text, bin) => [text, bin]));
  const binOf = Uint8Array.from(dictionary, (text) => index.get(text) ?? MISSING_BIN);
  const bytes = machine.u8(at, codes.length === 0 ? 0 : (codes.length - 1) * stride + 1);
  for (const [i, code] of codes.entries()) bytes[i * stride] = code < 0 ? MISSING_BIN : binOf[code]!;
}
