/**
 * Grows one regression tree on gradients and hessians, leaf by leaf: always the leaf whose best split lowers the loss most.
 *
 * A leaf keeps its histogram; a split sums up only the smaller child, the larger one is the difference.
 *
 * @see Ke et al. (2017), LightGBM, NeurIPS 30; Chen and Guestrin (2016), XGBoost, KDD, equations 5 to 7
 */
import type { Machine } from '#kernels/machine.ts';
import { type Binning, type Bins, GROUP, MISSING_BIN } from './bins.ts';
import type { Tree } from './ensemble.ts';
import type { RootSplit } from './look-ahead.ts';

export interface GrowOptions {
  readonly leaves: number;
  /** Splits above any leaf at most; 0 for no limit. */
  readonly depth: number;
  /** Fewest rows of a leaf. */
  readonly minRows: number;
  /** Least sum of hessians of a leaf. */
  readonly minHessian: number;
  /** Least fall of the loss by a split. */
  readonly minGain: number;
  readonly l1: number;
  readonly l2: number;
  /** Factor of each leaf's value. */
  readonly learningRate: number;
  /** By input: 1 the score must not fall with it, -1 not rise, 0 free. */
  readonly monotone: Int32Array;
}

/** A leaf and the rows that lie in it: `rows` from..from+count-1 of the grower. */
export interface GrownLeaf {
  readonly from: number;
  readonly count: number;
  readonly value: number;
}

export interface Grown {
  readonly tree: Tree;
  readonly leaves: readonly GrownLeaf[];
}

interface Best {
  readonly gain: number;
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly leftG: number;
  readonly leftH: number;
  /** Of a category split: the bins that go left. */
  readonly set: readonly number[] | null;
}

interface Leaf {
  from: number;
  count: number;
  g: number;
  h: number;
  low: number;
  high: number;
  depth: number;
  /** Slot of the histogram, -1 where it was not made. */
  slot: number;
  best: Best | undefined;
  /** The split above and the side it hangs on. */
  parent: number;
  side: 'left' | 'right';
}

interface Split {
  feature: number;
  threshold: number;
  missingLeft: number;
  leftSet: number[] | null;
  left: number;
  right: number;
  cover: number;
  gain: number;
}

const CELL_BYTES = 256 * 16;
const BEST_BYTES = 96;
const NODE_BYTES = 64;
const BLOCK = 2048;
/** Histograms that are kept take at most this much; beyond it the least promising leaf's is made anew when it is split. */
const HISTOGRAM_BYTES = 2 ** 29;
/** Rows that one thread parts at a time. */
const CHUNK = 16_384;
/** Below this many cells to add, sharing the work out costs more than it saves. */
const SHARED_WORK = 15_000;

/** Room for growing trees on one set of bins; made once for a whole model. */
export class Grower {
  /** Address of the f32 pairs (gradient, hessian), one a row. */
  readonly gh: number;
  /** Address of the row numbers (u32), by leaf once a tree is grown. */
  readonly rows: number;
  readonly #machine: Machine;
  readonly #bins: Bins;
  readonly #binning: Binning;
  readonly #options: GrowOptions;
  readonly #features: number;
  readonly #settings: number;
  readonly #nodes: number;
  readonly #best: number;
  readonly #histograms: number;
  readonly #slotCount: number;
  readonly #table: number;
  readonly #left: number;
  readonly #right: number;
  readonly #counts: number;
  readonly #scratch: readonly number[];
  readonly #ranges: readonly { first: number; end: number }[];
  #free: number[] = [];

  constructor(machine: Machine, bins: Bins, binning: Binning, options: GrowOptions) {
    this.#machine = machine;
    this.#bins = bins;
    this.#binning = binning;
    this.#options = options;
    const slots = bins.groups * GROUP;
    this.gh = machine.allocate((bins.rows + 2) * 8);
    this.rows = machine.allocate(bins.rows * 4);
    this.#left = machine.allocate(bins.rows * 4);
    this.#right = machine.allocate(bins.rows * 4);
    this.#counts = machine.allocate((Math.ceil(bins.rows / CHUNK) + 1) * 4);
    this.#features = machine.allocate(slots * 16);
    this.#settings = machine.allocate(64);
    this.#nodes = machine.allocate(2 * NODE_BYTES);
    this.#best = machine.allocate(2 * slots * BEST_BYTES);
    this.#table = machine.allocate(256);
    this.#slotCount = Math.max(3, Math.min(options.leaves + 1, Math.floor(HISTOGRAM_BYTES / (slots * CELL_BYTES))));
    this.#histograms = machine.allocate(this.#slotCount * slots * CELL_BYTES);
    const tasks = Math.min(bins.groups, Math.max(machine.threads, Math.ceil(bins.groups / 4)));
    this.#ranges = Array.from({ length: tasks }, (_, t) => ({
      first: Math.floor((t * bins.groups) / tasks),
      end: Math.floor(((t + 1) * bins.groups) / tasks),
    }));
    this.#scratch = this.#ranges.map(({ first, end }) => machine.allocate(BLOCK * 8 * (1 + end - first)));
    const { l2, l1, minRows, minHessian, monotone } = options;
    const constrained = monotone.some((m) => m !== 0) ? 1 : 0;
    machine.f64(this.#settings, 8).set([l2, l1, minRows, minHessian, 10, 10, 32, constrained]);
  }

  /**
   * Grows a tree on the gradients at `gh`.
   *
   * @param count rows at the head of `rows` that it learns from
   * @param used by input: whether it may be split on
   * @param rootSplit the first split, where it is not to be the greedy one
   */
  grow(count: number, used: ArrayLike<number | boolean>, rootSplit?: RootSplit): Grown {
    const { leaves: leavesMax } = this.#options;
    this.#writeFeatures(used);
    this.#free = Array.from({ length: this.#slotCount }, (_, slot) => slot);
    const splits: Split[] = [];
    const root = this.#root(count);
    if (root.best !== undefined && rootSplit !== undefined) root.best = this.#given(root, rootSplit) ?? root.best;
    const leaves: Leaf[] = [root];
    while (leaves.length < leavesMax) {
      const index = mostPromising(leaves);
      const leaf = leaves[index];
      if (leaf?.best === undefined) break;
      const { parent, side } = leaf;
      const { right, split } = this.#split(leaf, splits.length, leaves.length + 1 < leavesMax, leaves);
      if (parent >= 0) splits[parent]![side] = splits.length;
      splits.push(split);
      leaves.push(right);
    }
    for (const [i, { parent, side }] of leaves.entries()) if (parent >= 0) splits[parent]![side] = -1 - i;
    return this.#finish(splits, leaves);
  }

  #finish(splits: readonly Split[], leaves: readonly Leaf[]): Grown {
    const { learningRate } = this.#options;
    const values = leaves.map((leaf) => learningRate * this.#outputOf(leaf.g, leaf.h, leaf.low, leaf.high));
    const sets = splits.some(({ leftSet }) => leftSet !== null);
    return {
      tree: {
        feature: splits.map((s) => s.feature),
        threshold: splits.map((s) => s.threshold),
        missingLeft: splits.map((s) => s.missingLeft),
        ...(sets ? { leftSets: splits.map((s) => s.leftSet) } : {}),
        left: splits.map((s) => s.left),
        right: splits.map((s) => s.right),
        value: values,
        splitCover: splits.map((s) => s.cover),
        leafCover: leaves.map((leaf) => leaf.count),
        gain: splits.map((s) => s.gain),
      },
      leaves: leaves.map(({ from, count }, i) => ({ from, count, value: values[i]! })),
    };
  }

  #writeFeatures(used: ArrayLike<number | boolean>): void {
    const { inputs, binCounts } = this.#binning;
    const words = this.#machine.i32(this.#features, this.#bins.groups * GROUP * 4);
    words.fill(0);
    for (const [f, { categories }] of inputs.entries())
      words.set(
        [binCounts[f]!, categories === undefined ? 0 : 1, this.#options.monotone[f] ?? 0, used[f] ? 1 : 0],
        f * 4,
      );
  }

  #outputOf(g: number, h: number, low: number, high: number): number {
    const { l1, l2 } = this.#options;
    const shrunk = l1 === 0 ? g : Math.sign(g) * Math.max(0, Math.abs(g) - l1);
    const output = h + l2 > 0 ? -shrunk / (h + l2) : 0;
    return Math.min(high, Math.max(low, output));
  }

  #histogram = (slot: number): number => this.#histograms + slot * this.#bins.groups * GROUP * CELL_BYTES;

  #bestOf = (node: number): number => this.#best + node * this.#bins.groups * GROUP * BEST_BYTES;

  #root(count: number): Leaf {
    const machine = this.#machine;
    const slot = this.#free.pop()!;
    const whole = count === this.#bins.rows ? 0 : this.rows;
    this.#share('histogram', count, ({ first, end }, scratch) => [
      ...[this.#bins.at, this.#bins.rowStride, first, end, whole, count, this.gh, this.#histogram(slot), scratch],
    ]);
    let g = 0;
    let h = 0;
    const cells = machine.f64(this.#histogram(slot), 512);
    for (let bin = 0; bin < 256; bin++) {
      g += cells[2 * bin]!;
      h += cells[2 * bin + 1]!;
    }
    const leaf: Leaf = {
      ...{ from: 0, count, g, h, depth: 0, slot, best: undefined, parent: -1, side: 'left' },
      ...{ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
    };
    if (this.#canSplit(leaf)) {
      const node = this.#writeNode(0, leaf, true);
      this.#share('bestSplits', 0, ({ first, end }) => [node, first, end, this.#features, this.#settings]);
      leaf.best = this.#readBest(0);
    }
    return leaf;
  }

  /** A split of the root by numbers: what it gains, or undefined where a side would be too small. */
  #given(root: Leaf, { feature, bin }: RootSplit): Best | undefined {
    const { l2, minRows, minHessian } = this.#options;
    const cells = this.#machine.f64(this.#histogram(root.slot) + feature * CELL_BYTES, 512);
    let g = 0;
    let h = 0;
    for (let b = 0; b <= bin; b++) {
      g += cells[2 * b]!;
      h += cells[2 * b + 1]!;
    }
    const least = Math.max(minHessian, (minRows * root.h) / root.count);
    if (h < least || root.h - h < least) return undefined;
    const gain = g ** 2 / (h + l2) + (root.g - g) ** 2 / (root.h - h + l2) - root.g ** 2 / (root.h + l2);
    // coarse bins of missing values lie on the right
    return { gain, feature, bin, missingLeft: false, leftG: g, leftH: h, set: null };
  }

  #canSplit({ count, depth }: Leaf): boolean {
    const { minRows, depth: depthMax } = this.#options;
    return count >= 2 * minRows && count > 1 && (depthMax === 0 || depth < depthMax);
  }

  #writeNode(index: number, { g, h, count, low, high, slot }: Leaf, search: boolean): number {
    const at = this.#nodes + index * NODE_BYTES;
    const best = search ? this.#bestOf(index) : 0;
    this.#machine.f64(at, 7).set([g, h, count, low, high, slot < 0 ? 0 : this.#histogram(slot), best]);
    return at;
  }

  #readBest(node: number): Best | undefined {
    const words = this.#machine.f64(this.#bestOf(node), (this.#binning.inputs.length * BEST_BYTES) / 8);
    let at = -1;
    let gain = this.#options.minGain;
    for (let f = 0; f < this.#binning.inputs.length; f++)
      if (words[f * 12]! > gain) {
        gain = words[f * 12]!;
        at = f;
      }
    if (at < 0) return undefined;
    const [, bin = 0, missingLeft = 0, leftG = 0, leftH = 0] = words.subarray(at * 12, at * 12 + 5);
    const isText = this.#binning.inputs[at]!.categories !== undefined;
    const set = isText ? bitsOf(this.#machine.u8(this.#bestOf(node) + at * BEST_BYTES + 64, 32)) : null;
    return { gain, feature: at, bin, missingLeft: missingLeft === 1, leftG, leftH, set };
  }

  /** Splits `leaf`, which stays as its left child; `search` unless no leaf is split any more. */
  #split(leaf: Leaf, number: number, search: boolean, leaves: readonly Leaf[]): { right: Leaf; split: Split } {
    const best = leaf.best!;
    const cover = leaf.count;
    this.#writeTable(best);
    const leftCount = this.#part(leaf, best.feature);
    const parent = { ...leaf };
    const middle = this.#middle(parent, best);
    const shared = { depth: parent.depth + 1, best: undefined, parent: number, side: 'left' } as const;
    const monotone = this.#options.monotone[best.feature] ?? 0;
    const right: Leaf = {
      ...{ ...shared, side: 'right', from: parent.from + leftCount, count: cover - leftCount, slot: -1 },
      ...{ g: parent.g - best.leftG, h: parent.h - best.leftH },
      ...{ low: monotone > 0 ? middle : parent.low, high: monotone < 0 ? middle : parent.high },
    };
    Object.assign(leaf, shared, { count: leftCount, g: best.leftG, h: best.leftH, slot: -1 });
    leaf.low = monotone < 0 ? middle : parent.low;
    leaf.high = monotone > 0 ? middle : parent.high;
    if (search && (this.#canSplit(leaf) || this.#canSplit(right))) this.#search(leaf, right, parent.slot, leaves);
    else if (parent.slot >= 0) this.#free.push(parent.slot);
    const bound = this.#binning.bounds[best.feature]!;
    return {
      right,
      split: {
        feature: best.feature,
        // a cut after the last bin parts present values from missing ones
        threshold: best.set === null ? (bound[best.bin] ?? Number.MAX_VALUE) : 0,
        missingLeft: best.missingLeft ? 1 : 0,
        ...{ leftSet: best.set === null ? null : [...best.set], left: 0, right: 0, cover, gain: best.gain },
      },
    };
  }

  /** Between the outputs of the children: what monotone children may not cross. */
  #middle({ g, h, low, high }: Leaf, { leftG, leftH }: Best): number {
    return (this.#outputOf(leftG, leftH, low, high) + this.#outputOf(g - leftG, h - leftH, low, high)) / 2;
  }

  /** Writes which bins go left. */
  #writeTable({ bin, missingLeft, set }: Best): void {
    const table = this.#machine.u8(this.#table, 256);
    if (set === null) {
      for (let b = 0; b < MISSING_BIN; b++) table[b] = b <= bin ? 1 : 0;
      table[MISSING_BIN] = missingLeft ? 1 : 0;
    } else {
      table.fill(0);
      for (const b of set) table[b] = 1;
    }
  }

  #part({ from, count }: Leaf, feature: number): number {
    const machine = this.#machine;
    const chunks = Math.ceil(count / CHUNK);
    const part = (c: number) => [
      ...[this.#bins.columns + feature * this.#bins.columnStride, 1, this.rows, from + c * CHUNK],
      ...[Math.min(CHUNK, count - c * CHUNK), this.#table, this.#left, this.#right, this.#counts + 4 * c],
    ];
    machine.each(
      'partRows',
      Array.from({ length: chunks }, (_, c) => part(c)),
    );
    const counts = Array.from(machine.u32(this.#counts, chunks));
    const leftCount = counts.reduce((sum, n) => sum + n, 0);
    const moves: number[][] = [];
    let left = from;
    let right = from + leftCount;
    for (const [c, n] of counts.entries()) {
      const start = from + c * CHUNK;
      const rest = Math.min(CHUNK, count - c * CHUNK) - n;
      moves.push([this.#left + 4 * start, this.rows + 4 * left, 4 * n]);
      moves.push([this.#right + 4 * start, this.rows + 4 * right, 4 * rest]);
      left += n;
      right += rest;
    }
    machine.each('moveBytes', moves);
    return leftCount;
  }

  /** Histograms and best splits of two children; the parent's histogram becomes the larger child's. */
  #search(left: Leaf, right: Leaf, parentSlot: number, leaves: readonly Leaf[]): void {
    const [small, large] = left.count <= right.count ? [left, right] : [right, left];
    small.slot = this.#takeSlot(leaves);
    large.slot = parentSlot >= 0 ? parentSlot : this.#takeSlot(leaves);
    const { at, rowStride } = this.#bins;
    const rowsOf = (leaf: Leaf) => [this.rows + 4 * leaf.from, leaf.count] as const;
    const nodes = [small, large].map((leaf, i) => this.#writeNode(i, leaf, this.#canSplit(leaf)));
    if (parentSlot >= 0)
      this.#share('growStep', small.count, ({ first, end }, scratch) => [
        ...[at, rowStride, first, end, ...rowsOf(small), this.gh, scratch],
        ...[nodes[0]!, nodes[1]!, this.#features, this.#settings],
      ]);
    else
      for (const [i, leaf] of [small, large].entries()) {
        this.#share('histogram', leaf.count, ({ first, end }, scratch) => [
          ...[at, rowStride, first, end, ...rowsOf(leaf), this.gh, this.#histogram(leaf.slot), scratch],
        ]);
        this.#share('bestSplits', 0, ({ first, end }) => [nodes[i]!, first, end, this.#features, this.#settings]);
      }
    for (const [i, leaf] of [small, large].entries()) if (this.#canSplit(leaf)) leaf.best = this.#readBest(i);
    for (const leaf of [small, large])
      if (leaf.best === undefined) {
        this.#free.push(leaf.slot);
        leaf.slot = -1;
      }
  }

  #takeSlot(leaves: readonly Leaf[]): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    let least: Leaf | undefined;
    for (const leaf of leaves)
      if (leaf.slot >= 0 && leaf.best !== undefined && (least === undefined || leaf.best.gain < least.best!.gain))
        least = leaf;
    const { slot } = least!;
    least!.slot = -1;
    return slot;
  }

  #share(
    kernel: string,
    count: number,
    argumentsOf: (range: { first: number; end: number }, scratch: number) => number[],
  ): void {
    const { groups } = this.#bins;
    const tasks = this.#ranges.map((range, t) => argumentsOf(range, this.#scratch[t]!));
    if (count * groups * GROUP >= SHARED_WORK) this.#machine.each(kernel, tasks);
    else for (const task of tasks) this.#machine.call(kernel, ...task);
  }
}

function mostPromising(leaves: readonly Leaf[]): number {
  let at = 0;
  for (const [i, { best }] of leaves.entries()) if ((best?.gain ?? 0) > (leaves[at]!.best?.gain ?? 0)) at = i;
  return at;
}

function bitsOf(bytes: Uint8Array): number[] {
  const out: number[] = [];
  for (let bit = 0; bit < 256; bit++) if (((bytes[bit >> 3]! >> (bit & 7)) & 1) === 1) out.push(bit);
  return out;
}
