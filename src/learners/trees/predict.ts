/** What a model made of trees foretells: raw scores by a kernel for many rows and by hand for few, with the same bits. */

import { known } from '#errors.ts';
import { Machine } from '#kernels/machine.ts';
import type { Column, Table } from '#table/index.ts';
import type { Tree, TreeEnsemble } from './ensemble.ts';

/** Rows times trees below which starting a kernel costs more than it saves. */
const FEW = 40_000;
const CHUNK = 65_536;

/** classify, ordinal: chances [rows x classes]; regress, rank: [rows]. See `Supervised`. */
export function predictEnsemble(model: TreeEnsemble, data: Table): Float64Array {
  return linked(model, rawScores(model, data));
}

/**
 * Raw scores [rows x width], before the link.
 *
 * @throws FEATURE_MISSING when a column of the model is not in the table
 */
export function rawScores(model: TreeEnsemble, data: Table, threads?: number): Float64Array {
  const columns = model.inputs.map((input) => columnOf(data, input.feature));
  const out = new Float64Array(data.length * model.width);
  const start = model.average ? model.base.map(() => 0) : model.base;
  for (let i = 0; i < out.length; i++) out[i] = start[i % model.width]!;
  if (data.length * model.trees.length < FEW || tooWide(model)) scoreByHand(model, columns, data.length, out);
  else scoreByKernel(model, columns, data.length, out, threads);
  if (model.average)
    for (let i = 0; i < out.length; i++)
      out[i] = model.base[i % model.width]! + out[i]! / Math.max(1, model.trees.length);
  return out;
}

function columnOf(data: Table, feature: string): Column {
  const column = data.columns[feature];
  if (column === undefined) throw known('FEATURE_MISSING', { feature, have: Object.keys(data.columns) });
  return column;
}

/** More than the kernel's 14 bits for features and 16 for thresholds tell apart. */
const tooWide = (model: TreeEnsemble): boolean =>
  model.inputs.length > 16_000 || compile(model).thresholds.some((rising) => rising.length > 65_000);

/**
 * A cell as the trees read it: the number, or of text the number of its category; NaN where missing or not known. Text in
 * a column of numbers counts as missing, a number in a column of text as its decimals.
 */
export function readerOf(column: Column, categories: readonly string[] | undefined): (row: number) => number {
  if (categories === undefined) {
    if (column.kind === 'text') return () => Number.NaN;
    const { values, valid } = column;
    return (row) => (valid?.[row] === 0 || !Number.isFinite(values[row]) ? Number.NaN : values[row]!);
  }
  const index = new Map(categories.map((text, code) => [text, code]));
  if (column.kind === 'text') {
    const codes = Float64Array.from(column.dictionary, (text) => index.get(text) ?? Number.NaN);
    return (row) => (column.codes[row]! < 0 ? Number.NaN : codes[column.codes[row]!]!);
  }
  return (row) => (column.valid?.[row] === 0 ? Number.NaN : (index.get(String(column.values[row])) ?? Number.NaN));
}

function scoreByHand(model: TreeEnsemble, columns: readonly Column[], rows: number, out: Float64Array): void {
  const { width, average } = model;
  const read = columns.map((column, f) => readerOf(column, model.inputs[f]!.categories));
  const row = new Float64Array(columns.length);
  const trees = model.trees.map((tree) => ({ tree, sets: tree.leftSets?.map((set) => set && new Set(set)) }));
  for (let i = 0; i < rows; i++) {
    for (let f = 0; f < row.length; f++) row[f] = read[f]!(i);
    for (const [t, { tree, sets }] of trees.entries()) {
      const leaf = leafOf(tree, row, sets);
      if (average) for (let k = 0; k < width; k++) out[i * width + k]! += tree.value[leaf * width + k]!;
      else out[i * width + (t % width)]! += tree.value[leaf]!;
    }
  }
}

/** The leaf that a row lands in; `row` by input, NaN where missing. */
export function leafOf(tree: Tree, row: ArrayLike<number>, sets?: readonly (ReadonlySet<number> | null)[]): number {
  if (tree.feature.length === 0) return 0;
  let node = 0;
  do {
    const x = row[tree.feature[node]!]!;
    const set = sets?.[node];
    const goesLeft = Number.isNaN(x) ? tree.missingLeft[node] === 1 : set ? set.has(x) : x <= tree.threshold[node]!;
    node = goesLeft ? tree.left[node]! : tree.right[node]!;
  } while (node >= 0);
  return -1 - node;
}

/** Trees as a kernel reads them, see `kernels/assembly/score.ts`. */
interface Compiled {
  readonly nodes: Uint32Array;
  readonly values: Float64Array;
  readonly roots: Uint32Array;
  readonly sets: Uint8Array;
  /** By input: the rising thresholds of all its splits. */
  readonly thresholds: readonly Float64Array[];
}

const compiled = new WeakMap<TreeEnsemble, Compiled>();

function compile(model: TreeEnsemble): Compiled {
  const found = compiled.get(model);
  if (found !== undefined) return found;
  const thresholds = thresholdsOf(model);
  const binOf = thresholds.map((rising) => new Map(Array.from(rising, (t, bin) => [t, bin])));
  const wide = model.average ? model.width : 1;
  const count = model.trees.reduce((sum, { feature, value }) => sum + feature.length + value.length / wide, 0);
  const nodes = new Uint32Array(2 * count);
  const values = new Float64Array(count * wide);
  const roots = new Uint32Array(model.trees.length);
  const sets: Uint8Array[] = [];
  let next = 0;
  for (const [t, tree] of model.trees.entries()) {
    roots[t] = next++;
    const place: { child: number; at: number }[] = [{ child: tree.feature.length === 0 ? -1 : 0, at: roots[t]! }];
    for (const { child, at } of place) {
      if (child < 0) {
        nodes[2 * at] = 0xffff0000;
        nodes[2 * at + 1] = at;
        const leaf = -1 - child;
        for (let k = 0; k < wide; k++) values[at * wide + k] = tree.value[leaf * wide + k]!;
        continue;
      }
      const f = tree.feature[child]!;
      const set = tree.leftSets?.[child];
      const threshold = set ? sets.push(bitsOf(set)) - 1 : binOf[f]!.get(tree.threshold[child]!)!;
      nodes[2 * at] = (f | (set ? 0x4000 : 0) | (tree.missingLeft[child] === 1 ? 0x8000 : 0) | (threshold << 16)) >>> 0;
      nodes[2 * at + 1] = next;
      place.push({ child: tree.left[child]!, at: next }, { child: tree.right[child]!, at: next + 1 });
      next += 2;
    }
  }
  const bytes = new Uint8Array(32 * sets.length);
  for (const [s, set] of sets.entries()) bytes.set(set, 32 * s);
  const made: Compiled = { nodes, values, roots, sets: bytes, thresholds };
  compiled.set(model, made);
  return made;
}

function bitsOf(set: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(32);
  for (const bit of set) bytes[bit >> 3]! |= 1 << (bit & 7);
  return bytes;
}

function thresholdsOf(model: TreeEnsemble): Float64Array[] {
  const found = model.inputs.map(() => new Set<number>());
  for (const tree of model.trees)
    for (let s = 0; s < tree.feature.length; s++)
      if (!tree.leftSets?.[s]) found[tree.feature[s]!]!.add(tree.threshold[s]!);
  return found.map((set) => Float64Array.from(set).sort());
}

function scoreByKernel(
  model: TreeEnsemble,
  columns: readonly Column[],
  rows: number,
  out: Float64Array,
  threads?: number,
): void {
  const { nodes, values, roots, sets, thresholds } = compile(model);
  const machine = new Machine(threads === undefined ? {} : { threads });
  try {
    const bytes = (view: Uint8Array | Uint32Array | Float64Array): number => machine.allocate(view.byteLength);
    const [nodesAt, valuesAt, rootsAt, setsAt] = [bytes(nodes), bytes(values), bytes(roots), bytes(sets)];
    const boundsAt = thresholds.map(bytes);
    const rowBytes = 2 * columns.length;
    const binsAt = machine.allocate(CHUNK * rowBytes);
    const outAt = machine.allocate(CHUNK * model.width * 8);
    const slots = columns.map(() => ({ values: machine.allocate(CHUNK * 8), valid: machine.allocate(CHUNK) }));
    machine.u32(nodesAt, nodes.length).set(nodes);
    machine.f64(valuesAt, values.length).set(values);
    machine.u32(rootsAt, roots.length).set(roots);
    machine.u8(setsAt, sets.length).set(sets);
    for (const [f, rising] of thresholds.entries()) machine.f64(boundsAt[f]!, rising.length).set(rising);
    const wide = model.average ? model.width : 1;
    for (let from = 0; from < rows; from += CHUNK) {
      const count = Math.min(CHUNK, rows - from);
      const tasks: number[][] = [];
      for (const [f, column] of columns.entries()) {
        const { categories } = model.inputs[f]!;
        const binAt = binsAt + 2 * f;
        if (categories === undefined && column.kind === 'number') {
          machine.f64(slots[f]!.values, count).set(column.values.subarray(from, from + count));
          if (column.valid !== undefined)
            machine.u8(slots[f]!.valid, count).set(column.valid.subarray(from, from + count));
          const valid = column.valid === undefined ? 0 : slots[f]!.valid;
          tasks.push([slots[f]!.values, valid, count, boundsAt[f]!, thresholds[f]!.length, binAt, rowBytes]);
        } else {
          const read = readerOf(column, categories);
          const bins = machine.u16(binsAt, count * columns.length);
          for (let i = 0; i < count; i++) {
            const code = read(from + i);
            bins[i * columns.length + f] = Number.isNaN(code) ? 65_535 : code;
          }
        }
      }
      machine.each('binNumbersWide', tasks);
      machine.f64(outAt, count * model.width).set(out.subarray(from * model.width, (from + count) * model.width));
      const part = 4096;
      machine.each(
        'scoreTrees',
        Array.from({ length: Math.ceil(count / part) }, (_, p) => [
          ...[binsAt + p * part * rowBytes, rowBytes, Math.min(part, count - p * part), nodesAt],
          ...[sets.length > 0 ? setsAt : 0, rootsAt, roots.length, valuesAt, wide, model.width],
          outAt + p * part * model.width * 8,
        ]),
      );
      out.set(machine.f64(outAt, count * model.width), from * model.width);
    }
  } finally {
    machine.close();
  }
}

function linked(model: TreeEnsemble, raw: Float64Array): Float64Array {
  const { link, width } = model;
  switch (link) {
    case 'identity':
    case 'shares':
      return raw;
    case 'log':
      return raw.map((s) => Math.exp(Math.min(s, 700)));
    case 'logit': {
      const out = new Float64Array(2 * raw.length);
      for (const [i, s] of raw.entries()) {
        out[2 * i + 1] = 1 / (1 + Math.exp(-s));
        out[2 * i] = 1 / (1 + Math.exp(s));
      }
      return out;
    }
    case 'softmax':
      return softmaxed(raw, width);
    case 'ordinal':
      return ordinalChances(raw, model.cuts ?? []);
    case 'lognormal': {
      const out = new Float64Array(raw.length / 3);
      for (let i = 0; i < out.length; i++) {
        const sd = Math.exp(Math.min(2, Math.max(-5, raw[3 * i + 2]!)));
        out[i] = Math.exp(Math.min(700, raw[3 * i + 1]! + (sd * sd) / 2)) / (1 + Math.exp(-raw[3 * i]!));
      }
      return out;
    }
    default:
      return link satisfies never;
  }
}

function softmaxed(raw: Float64Array, width: number): Float64Array {
  const out = new Float64Array(raw.length);
  for (let from = 0; from < raw.length; from += width) {
    const row = raw.subarray(from, from + width);
    const top = row.reduce((a, b) => Math.max(a, b));
    let sum = 0;
    for (let k = 0; k < width; k++) sum += out[from + k] = Math.exp(row[k]! - top);
    for (let k = 0; k < width; k++) out[from + k]! /= sum;
  }
  return out;
}

function ordinalChances(raw: Float64Array, cuts: readonly number[]): Float64Array {
  const classes = cuts.length + 1;
  const out = new Float64Array(raw.length * classes);
  for (const [i, s] of raw.entries()) {
    let below = 0;
    for (let k = 0; k < classes; k++) {
      const upTo = k < cuts.length ? 1 / (1 + Math.exp(s - cuts[k]!)) : 1;
      out[i * classes + k] = Math.max(0, upTo - below);
      below = upTo;
    }
  }
  return out;
}
