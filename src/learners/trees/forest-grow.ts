/**
 * Grows the trees of a forest in a machine: rows in the order of their content, labels and weights as whole numbers (sums
 * are then exact, and no order of adding or number of threads shows in the trees), and each whole tree a task.
 */
import type { Machine } from '#kernels/machine.ts';
import { split } from '#kernels/random.ts';
import type { Table } from '#table/index.ts';
import type { Target } from '../target.ts';
import { type Binning, GROUP, writeBins } from './bins.ts';
import type { Tree } from './ensemble.ts';
import { contentOrder } from './row-order.ts';

export interface GrowSettings {
  readonly trees: number;
  /** Features tried at each split, 1..features. */
  readonly tried: number;
  /** Share of the rows that a tree draws. */
  readonly rowShare: number;
  readonly bootstrap: boolean;
  readonly randomCuts: boolean;
  readonly minRows: number;
  /** 0: no limit. */
  readonly depth: number;
  /** 0: no limit. */
  readonly leaves: number;
}

export interface GrownForest {
  readonly trees: readonly Tree[];
  /** [rows x width] mean of the leaves of the trees that did not draw the row; NaN where each did. */
  readonly outOfBag: Float64Array;
  /** Rows of a weight above zero, in the order of their content. */
  readonly order: Int32Array;
}

/** Rows ready for the kernel, in the order of their content. */
interface Prepared {
  readonly order: Int32Array;
  readonly bins: { readonly at: number; readonly groupStride: number; readonly rowStride: number };
  readonly labels: number;
  readonly weights: number;
  readonly products: number;
  readonly values: number;
  readonly weightBits: number;
  /** The kernel's weight is the row's times this. */
  readonly weightScale: number;
  /** The kernel's number is the label times this, and its product of weight and (number - centre) that times `productScale`. */
  readonly numberScale: number;
  readonly productScale: number;
}

const SPLIT_BYTES = 32;
const SET_BYTES = 32;
const HEADER_BYTES = 64;
/** Trees that are grown before their output is read: as many as the first holds, or one a thread within the second. */
const ROUND_BYTES = 2 ** 25;
const ROUND_BYTES_MAX = 2 ** 30;
const DRAWN = 0xffffffff;

/** Grows the trees; those of one seed are the same on any number of threads. */
export function growForest(
  machine: Machine,
  given: { data: Table; target: Target; binning: Binning; settings: GrowSettings; seed: number },
): GrownForest {
  const { data, target, binning, settings, seed } = given;
  const mark = machine.mark();
  const ready = prepare(machine, data, target, binning, settings);
  const rows = ready.order.length;
  const classes = target.classes.length;
  const width = Math.max(1, classes);
  const drawn = Math.max(1, Math.round(rows * Math.min(1, settings.rowShare)));
  const hasSets = binning.inputs.some(({ categories }) => categories !== undefined);
  const layout: Layout = {
    room: Math.max(1, Math.min(...limits(drawn, settings))),
    splitBytes: SPLIT_BYTES + (hasSets ? SET_BYTES : 0),
    width,
  };
  const hasOutOfBag = settings.bootstrap || drawn < rows;
  const treeBytes = align(HEADER_BYTES + layout.room * (layout.splitBytes + (width + 1) * 8));
  const leafBytes = hasOutOfBag ? align(rows * 4) : 0;
  const fitting = (bytes: number): number => Math.floor(bytes / (treeBytes + leafBytes));
  const wanted = Math.max(fitting(ROUND_BYTES), Math.min(machine.threads, fitting(ROUND_BYTES_MAX)));
  const round = Math.min(settings.trees, Math.max(1, wanted));
  const outs = Array.from({ length: round }, () => machine.allocate(treeBytes));
  const found = outs.map(() => (hasOutOfBag ? machine.allocate(leafBytes) : 0));
  const words = writeSettings(machine, { ready, binning, settings, classes, drawn, layout });

  const trees: Tree[] = [];
  const votes = new Float64Array(rows * width);
  const voters = new Int32Array(rows);
  for (let from = 0; from < settings.trees; from += round) {
    const count = Math.min(round, settings.trees - from);
    machine.each(
      'growTree',
      outs.slice(0, count).map((out, i) => [words, split(seed, 'tree', from + i), out, found[i]!]),
    );
    for (let i = 0; i < count; i++) {
      const tree = readTree(machine, outs[i]!, layout, ready, binning);
      trees.push(tree);
      if (hasOutOfBag) vote(machine.u32(found[i]!, rows), tree.value, width, votes, voters);
    }
  }
  machine.release(mark);
  return { trees, outOfBag: means(votes, voters, width, ready.order, data.length), order: ready.order };
}

function limits(drawn: number, { minRows, leaves, depth }: GrowSettings): number[] {
  return [Math.floor(drawn / minRows), leaves > 0 ? leaves : drawn, depth > 0 ? 2 ** depth : drawn];
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

function prepare(
  machine: Machine,
  data: Table,
  target: Target,
  binning: Binning,
  { rowShare }: GrowSettings,
): Prepared {
  const groups = Math.ceil(binning.inputs.length / GROUP);
  const rowStride = groups * GROUP;
  const keptRows = target.weights.reduce((sum, weight) => sum + Number(weight > 0), 0);
  const at = machine.allocate(keptRows * rowStride);
  const [labels = 0, weights = 0, products = 0, values = 0] = [4, 8, 8, 8].map((bytes, i) =>
    i < 2 || target.classes.length === 0 ? machine.allocate(keptRows * bytes) : 0,
  );
  const mark = machine.mark();
  const bins = writeBins(machine, data, binning, 'rows');
  const wide = rowStride / 4;
  const source = machine.u32(bins.at, data.length * wide);
  const order = contentOrder(source, [target.label, target.weights], (row) => target.weights[row]! > 0);
  const sink = machine.u32(at, keptRows * wide);
  for (let r = 0, to = 0; r < keptRows; r++) {
    const from = order[r]! * wide;
    for (let j = 0; j < wide; j++) sink[to++] = source[from + j]!;
  }
  machine.release(mark);
  const drawn = keptRows * Math.min(1, rowShare);
  const weighed = wholeWeights(order, target.weights, drawn);
  machine.f64(weights, keptRows).set(weighed.whole);
  const label = machine.u32(labels, keptRows);
  const scales = { numberScale: 1, productScale: 1 };
  if (target.classes.length > 0) for (let r = 0; r < keptRows; r++) label[r] = target.label[order[r]!]!;
  else {
    const numbers = wholeNumbers(order, target.label, weighed.whole, drawn);
    Object.assign(scales, { numberScale: numbers.numberScale, productScale: numbers.productScale });
    machine.f64(products, keptRows).set(numbers.products);
    machine.f64(values, keptRows).set(numbers.values);
    label.set(numbers.labels);
  }
  const place = { at, groupStride: GROUP, rowStride };
  return {
    ...{ order, bins: place, labels, weights, products, values },
    ...{ weightBits: weighed.bits, weightScale: weighed.scale, ...scales },
  };
}

/**
 * Weights as whole numbers whose sum over `drawn` rows stays within the bits that the count of rows leaves of 63, 40 at
 * most; times a power of two, so that nothing is lost of weights that differ by less than it. None becomes zero.
 */
function wholeWeights(order: Int32Array, weights: Float64Array, drawn: number) {
  const bits = Math.min(40, 62 - Math.ceil(Math.log2(order.length + 1)));
  let most = 0;
  for (const row of order) most = Math.max(most, weights[row]!);
  const exponent = Math.floor(bits - 1 - Math.log2(Math.max(1, drawn)) - Math.log2(most));
  const scale = 2 ** Math.max(-1022, Math.min(1023, exponent));
  const whole = Float64Array.from(order, (row) => Math.max(1, Math.round(weights[row]! * scale)));
  return { bits, scale, whole };
}

/** Labels as numbers below 2 in size, and whole products of weight and distance from their mean, sums below 2^52. */
function wholeNumbers(order: Int32Array, label: Float64Array, weights: Float64Array, drawn: number) {
  let most = 0;
  for (const row of order) most = Math.max(most, Math.abs(label[row]!));
  const numberScale = 2 ** -Math.max(-1022, Math.min(1022, most > 0 ? Math.floor(Math.log2(most)) : 0));
  const values = Float64Array.from(order, (row) => label[row]! * numberScale);
  let sum = 0;
  let weight = 0;
  for (const [r, value] of values.entries()) {
    sum += weights[r]! * value;
    weight += weights[r]!;
  }
  const centre = sum / weight;
  const products = values.map((value, r) => (value - centre) * weights[r]!);
  let widest = 0;
  for (const product of products) widest = Math.max(widest, Math.abs(product));
  const exponent = widest > 0 ? Math.floor(50 - Math.log2(Math.max(1, drawn)) - Math.log2(widest)) : 0;
  const productScale = 2 ** Math.min(1000, exponent);
  for (let r = 0; r < products.length; r++) products[r] = Math.round(products[r]! * productScale);
  // Numbers that agree in single precision count as equal where a node asks whether it is pure.
  const labels = new Uint32Array(Float32Array.from(values, (value) => value - centre + 0).buffer);
  return { numberScale, productScale, values, products, labels };
}

interface Layout {
  /** Leaves that the output of a tree has room for. */
  readonly room: number;
  readonly splitBytes: number;
  readonly width: number;
}

/** Writes what ../../kernels/assembly/forest.ts reads; its address. */
function writeSettings(
  machine: Machine,
  given: {
    ready: Prepared;
    binning: Binning;
    settings: GrowSettings;
    classes: number;
    drawn: number;
    layout: Layout;
  },
): number {
  const { ready, binning, settings, classes, drawn, layout } = given;
  const features = binning.inputs.length;
  const rows = ready.order.length;
  const at = machine.allocate(24 * 8);
  const kinds = machine.allocate(features);
  const leaves = settings.leaves > 0 ? layout.room : 0;
  const scratchBytes = align(machine.call('forestScratch', rows, drawn, features, classes, leaves));
  const scratch = machine.allocate(scratchBytes * machine.threads);
  machine.u8(kinds, features).set(binning.inputs.map(({ categories }) => (categories === undefined ? 0 : 1)));
  machine
    .f64(at, 24)
    .set([
      ...[ready.bins.at, ready.bins.groupStride, rows, features, classes, kinds],
      ...[ready.labels, ready.weights, ready.products, ready.values, ready.weightBits],
      ...[settings.minRows, settings.depth, leaves, settings.tried, drawn],
      ...[Number(settings.bootstrap), Number(settings.randomCuts), scratch, scratchBytes],
      ...[layout.room, layout.splitBytes, layout.width, ready.bins.rowStride],
    ]);
  return at;
}

function readTree(
  machine: Machine,
  out: number,
  { room, splitBytes, width }: Layout,
  { weightScale, numberScale, productScale }: Prepared,
  { bounds }: Binning,
): Tree {
  const [splits = 0, leaves = 0] = machine.u32(out, 2);
  const splitsAt = out + HEADER_BYTES;
  const ints = machine.i32(splitsAt, (splits * splitBytes) / 4);
  const bytes = machine.u8(splitsAt, splits * splitBytes);
  const reals = machine.f64(splitsAt, (splits * splitBytes) / 8);
  const leaf = machine.f64(splitsAt + room * splitBytes, leaves * (width + 1));
  const gainScale = numberScale * productScale;
  const list = <T>(of: (at: number) => T): T[] => Array.from({ length: splits }, (_, i) => of(i * splitBytes));
  const cutOf = (at: number) => bytes[at + 4]! + 256 * bytes[at + 5]!;
  const feature = list((at) => ints[at / 4]!);
  const isSet = list((at) => bytes[at + 7] === 1);
  return {
    feature,
    threshold: list((at) => (bytes[at + 7] === 1 ? 0 : (bounds[ints[at / 4]!]![cutOf(at)] ?? Number.MAX_VALUE))),
    missingLeft: list((at) => bytes[at + 6]!),
    ...(isSet.includes(true) ? { leftSets: list((at) => (bytes[at + 7] === 1 ? setAt(bytes, at + 32) : null)) } : {}),
    left: list((at) => ints[at / 4 + 2]!),
    right: list((at) => ints[at / 4 + 3]!),
    value: Array.from({ length: leaves * width }, (_, i) => leaf[i + Math.floor(i / width)]! / numberScale),
    splitCover: list((at) => reals[at / 8 + 2]! / weightScale),
    leafCover: Array.from({ length: leaves }, (_, i) => leaf[(i + 1) * (width + 1) - 1]! / weightScale),
    gain: list((at) => Math.min(Number.MAX_VALUE, reals[at / 8 + 3]! / weightScale / gainScale / gainScale)),
  };
}

function setAt(bytes: Uint8Array, at: number): number[] {
  const out: number[] = [];
  for (let bin = 0; bin < 255; bin++) if ((bytes[at + (bin >> 3)]! >> (bin & 7)) & 1) out.push(bin);
  return out;
}

function vote(
  leafOf: Uint32Array,
  value: readonly number[],
  width: number,
  votes: Float64Array,
  voters: Int32Array,
): void {
  for (let r = 0; r < leafOf.length; r++) {
    const leaf = leafOf[r]!;
    if (leaf === DRAWN) continue;
    voters[r]! += 1;
    for (let k = 0; k < width; k++) votes[r * width + k]! += value[leaf * width + k]!;
  }
}

/** Votes over voters, in the order of the table. */
function means(votes: Float64Array, voters: Int32Array, width: number, order: Int32Array, rows: number): Float64Array {
  const out = new Float64Array(rows * width).fill(Number.NaN);
  for (const [r, row] of order.entries())
    if (voters[r]! > 0) for (let k = 0; k < width; k++) out[row * width + k] = votes[r * width + k]! / voters[r]!;
  return out;
}
