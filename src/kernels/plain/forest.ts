/**
 * Plain twin of ../assembly/forest.ts: the same trees, bit for bit, each side of each split summed anew. The layout of
 * settings and output is told there.
 */
import type { Kernel, Machine } from '../machine.ts';
import { type Random, random } from '../random.ts';

const MISSING = 255;
const ALL_PRESENT = 254;
const HEADER = 64;

/** Sums of some rows: count, weight of each class (or of all), and for a number the sum of weight times number. */
interface Sums {
  rows: number;
  weights: number[];
  sum: number;
}

interface Drawn {
  readonly row: number;
  readonly label: number;
  readonly weight: number;
  readonly sum: number;
}

interface Open {
  readonly entries: readonly Drawn[];
  readonly depth: number;
  readonly link: (child: number) => void;
}

interface Split {
  readonly feature: number;
  readonly cut: number;
  readonly left: (bin: number) => boolean;
  readonly set: readonly number[] | null;
  readonly missingLeft: boolean;
  readonly weight: number;
  readonly gain: number;
}

/** What a scan of groups of rows found: the first `cut` of them go left, or all that are present. */
interface Found {
  readonly score: number;
  readonly cut: number;
  readonly missingLeft: boolean;
  readonly leftWeight: number;
}

export function plainForest(machine: Machine): Record<string, Kernel> {
  return {
    forestScratch: () => 0,
    growTree: (settings, seed, out, outOfBag) => {
      new Grower(machine, settings!, seed!, out!).grow(outOfBag!);
      return undefined;
    },
  };
}

class Grower {
  readonly #machine: Machine;
  readonly #set: Float64Array;
  readonly #classes: number;
  readonly #draw: Random;
  readonly #out: number;
  readonly #order: number[];
  readonly #splits: { split: Split; left: number; right: number }[] = [];
  #leaves = 0;

  constructor(machine: Machine, settings: number, seed: number, out: number) {
    this.#machine = machine;
    this.#set = machine.f64(settings, 24);
    this.#classes = this.#set[4]!;
    this.#draw = random(seed);
    this.#out = out;
    this.#order = Array.from({ length: this.#set[3]! }, (_, f) => f);
  }

  grow(outOfBag: number): void {
    const counts = this.#counts();
    const root: Open = { entries: this.#drawn(counts), depth: 0, link: () => {} };
    if (this.#set[13]! > 0) this.#growBestFirst(root, this.#set[13]!);
    else this.#growDepthFirst(root);
    for (const [i, { split, left, right }] of this.#splits.entries()) this.#writeSplit(i, split, left, right);
    this.#machine.u32(this.#out, 2).set([this.#splits.length, this.#leaves]);
    if (outOfBag === 0) return;
    const found = this.#machine.u32(outOfBag, this.#set[2]!);
    for (const [row, count] of counts.entries()) found[row] = count > 0 ? 0xffffffff : this.#leafOf(row);
  }

  #counts(): number[] {
    const rows = this.#set[2]!;
    const counts = new Array<number>(rows).fill(0);
    let needed = this.#set[15]!;
    if (this.#set[16] === 1) for (; needed > 0; needed--) counts[this.#draw.integer(rows)]! += 1;
    else
      for (let r = 0; r < rows; r++)
        if (needed === rows - r || this.#draw.uniform() * (rows - r) < needed) {
          counts[r] = 1;
          needed--;
        }
    return counts;
  }

  #drawn(counts: readonly number[]): Drawn[] {
    const [, , rows = 0, , , , labels = 0, weights = 0, products = 0] = this.#set;
    const label = this.#machine.u32(labels, rows);
    const weight = this.#machine.f64(weights, rows);
    const product = this.#classes > 0 ? weight : this.#machine.f64(products, rows);
    return counts.flatMap((count, row) =>
      count === 0 ? [] : [{ row, label: label[row]!, weight: weight[row]! * count, sum: product[row]! * count }],
    );
  }

  #bin(row: number, feature: number): number {
    const [bins = 0, stride = 0] = this.#set;
    return this.#machine.u8(bins + (feature >> 3) * stride + row * this.#set[23]! + (feature & 7), 1)[0]!;
  }

  #growDepthFirst(root: Open): void {
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const split = this.#judge(node);
      if (split === null) this.#writeLeaf(node);
      else {
        const [left, right] = this.#divide(node, split);
        if (left.entries.length < right.entries.length) open.push(right, left);
        else open.push(left, right);
      }
    }
  }

  #growBestFirst(root: Open, leavesMax: number): void {
    const open: { node: Open; split: Split; age: number }[] = [];
    let made = 0;
    const add = (node: Open) => {
      const split = this.#judge(node);
      if (split === null) this.#writeLeaf(node);
      else open.push({ node, split, age: made });
      made++;
    };
    add(root);
    let ends = 1;
    while (open.length > 0) {
      open.sort((a, b) => b.split.gain - a.split.gain || a.age - b.age);
      const { node, split } = open.shift()!;
      if (ends === leavesMax) this.#writeLeaf(node);
      else {
        ends++;
        for (const side of this.#divide(node, split)) add(side);
      }
    }
  }

  #divide(node: Open, split: Split): [Open, Open] {
    const record = { split, left: 0, right: 0 };
    node.link(this.#splits.push(record) - 1);
    const isLeft = ({ row }: Drawn) => split.left(this.#bin(row, split.feature));
    const depth = node.depth + 1;
    return [
      { entries: node.entries.filter(isLeft), depth, link: (child) => (record.left = child) },
      { entries: node.entries.filter((entry) => !isLeft(entry)), depth, link: (child) => (record.right = child) },
    ];
  }

  #sums(entries: readonly Drawn[]): Sums {
    const out = this.#none();
    for (const { label, weight, sum } of entries) {
      out.rows++;
      out.weights[this.#classes > 0 ? label : 0]! += weight;
      out.sum += sum;
    }
    return out;
  }

  #none(): Sums {
    return { rows: 0, weights: new Array<number>(Math.max(1, this.#classes)).fill(0), sum: 0 };
  }

  #added(parts: readonly Sums[]): Sums {
    const out = this.#none();
    for (const part of parts) {
      out.rows += part.rows;
      out.sum += part.sum;
      for (const [k, weight] of part.weights.entries()) out.weights[k]! += weight;
    }
    return out;
  }

  #purity(side: Sums): number {
    const weight = weightOf(side);
    if (this.#classes === 0) return (side.sum * side.sum) / weight;
    let squares = 0;
    for (const x of side.weights) squares += x * x;
    return squares / weight;
  }

  #judge(node: Open): Split | null {
    const { entries } = node;
    const [minRows = 1, depthMax = 0] = [this.#set[11]!, this.#set[12]!];
    const pure = entries.every(({ label }) => label === entries[0]!.label);
    if (entries.length < 2 * minRows || (depthMax > 0 && node.depth >= depthMax) || pure) return null;
    const total = this.#sums(entries);
    const order = this.#order;
    let best: { feature: number; found: Found; set: readonly number[] | null; cut: number; gaps: boolean } | null =
      null;
    let varied = false;
    for (let j = 0; j < order.length; j++) {
      const pick = j + this.#draw.integer(order.length - j);
      [order[j], order[pick]] = [order[pick]!, order[j]!];
      const feature = order[j]!;
      const groups = new Map<number, Drawn[]>();
      for (const entry of entries) {
        const bin = this.#bin(entry.row, feature);
        groups.set(bin, [...(groups.get(bin) ?? []), entry]);
      }
      if (groups.size > 1) {
        varied = true;
        const gone = this.#sums(groups.get(MISSING) ?? []);
        groups.delete(MISSING);
        const present = [...groups].sort(([a], [b]) => a - b).map(([bin, rows]) => ({ bin, sums: this.#sums(rows) }));
        const isSet = this.#machine.u8(this.#set[5]!, order.length)[feature] === 1;
        const floor = best?.found.score ?? Number.NEGATIVE_INFINITY;
        const found = this.#bestOf(present, gone, total, isSet, floor);
        if (found !== null) best = { feature, ...found, gaps: gone.rows > 0 };
      }
      if (j + 1 >= this.#set[14]! && varied) break;
    }
    if (best === null) return null;
    const { found, feature, cut, gaps } = best;
    const weight = weightOf(total);
    const heavyLeft = found.leftWeight >= weight - found.leftWeight;
    let missingLeft = gaps ? found.missingLeft : heavyLeft;
    let set = best.set;
    if (set !== null && heavyLeft) {
      const bins = new Set(entries.map(({ row }) => this.#bin(row, feature)));
      const here = new Set(set);
      set = [...bins].filter((bin) => bin !== MISSING && !here.has(bin)).sort((a, b) => a - b);
      missingLeft = !missingLeft;
    }
    const ownSet = set;
    const left = (bin: number) => (bin === MISSING ? missingLeft : ownSet === null ? bin <= cut : ownSet.includes(bin));
    const gain = Math.max(0, found.score - this.#purity(total));
    return { feature, cut, left, set, missingLeft, weight, gain };
  }

  /** The best split of one feature that scores above `floor`; its cut is a bin. */
  #bestOf(
    present: readonly { bin: number; sums: Sums }[],
    gone: Sums,
    total: Sums,
    isSet: boolean,
    floor: number,
  ): { found: Found; cut: number; set: readonly number[] | null } | null {
    const bins = present.map(({ bin }) => bin);
    if (this.#set[17] === 1) {
      const side = isSet ? this.#randomSides(bins.length) : null;
      const [low = 0] = bins;
      const high = bins[bins.length - 1] ?? 0;
      const cut = isSet ? 0 : high > low ? low + this.#draw.integer(high - low) : high;
      const isLeft = (i: number) => (side === null ? bins[i]! <= cut : side[i] === 0);
      const halves = [true, false]
        .map((left) => present.filter((_, i) => isLeft(i) === left).map(({ sums }) => sums))
        .filter((half) => half.length > 0)
        .map((half) => this.#added(half));
      const found = this.#scan(halves, gone, total, floor);
      if (found === null) return null;
      const all = found.cut === Number.POSITIVE_INFINITY;
      return {
        found,
        cut: all ? ALL_PRESENT : cut,
        set: isSet ? bins.filter((_, i) => all || isLeft(i)) : null,
      };
    }
    if (!isSet) {
      const found = this.#scan(
        present.map(({ sums }) => sums),
        gone,
        total,
        floor,
      );
      if (found === null) return null;
      const all = found.cut === Number.POSITIVE_INFINITY;
      return { found, cut: all ? ALL_PRESENT : (bins[found.cut - 1]! + bins[found.cut]! - 1) >> 1, set: null };
    }
    return this.#bestOrder(present, gone, total, floor);
  }

  #bestOrder(present: readonly { bin: number; sums: Sums }[], gone: Sums, total: Sums, floor: number) {
    let best: { found: Found; cut: number; set: readonly number[] } | null = null;
    const orders = this.#classes === 2 ? [1] : total.weights.flatMap((weight, k) => (weight > 0 ? [k] : []));
    for (const k of orders) {
      const key = ({ sums }: { sums: Sums }) => (this.#classes > 0 ? sums.weights[k]! : sums.sum) / weightOf(sums);
      const ranked = [...present].sort((a, b) => key(a) - key(b) || a.bin - b.bin);
      const sums = ranked.map((group) => group.sums);
      const found = this.#scan(sums, gone, total, best?.found.score ?? floor);
      if (found === null) continue;
      best = { found, cut: 0, set: ranked.slice(0, found.cut).map(({ bin }) => bin) };
    }
    return best;
  }

  #randomSides(count: number): number[] {
    const side = Array.from({ length: count }, () => this.#draw.integer(2));
    if (count > 1 && side.every((s) => s === side[0])) side[this.#draw.integer(count)]! ^= 1;
    return side;
  }

  /** The best of all cuts of `groups`, missing rows right or left; the cut of 'all present ones left' is infinite. */
  #scan(groups: readonly Sums[], gone: Sums, total: Sums, floor: number): Found | null {
    let best: Found | null = null;
    const tryCut = (cut: number, left: Sums, missingLeft: boolean) => {
      const right = {
        rows: total.rows - left.rows,
        weights: total.weights.map((weight, k) => weight - left.weights[k]!),
        sum: total.sum - left.sum,
      };
      if (Math.min(left.rows, right.rows) < this.#set[11]!) return;
      const score = this.#purity(left) + this.#purity(right);
      if (score > (best?.score ?? floor)) best = { score, cut, missingLeft, leftWeight: weightOf(left) };
    };
    for (let cut = 1; cut < groups.length; cut++) {
      const left = this.#added(groups.slice(0, cut));
      tryCut(cut, left, false);
      if (gone.rows > 0) tryCut(cut, this.#added([left, gone]), true);
    }
    if (gone.rows > 0) tryCut(Number.POSITIVE_INFINITY, this.#added(groups), false);
    return best;
  }

  #writeSplit(index: number, split: Split, left: number, right: number): void {
    const at = this.#out + HEADER + index * this.#set[21]!;
    this.#machine.u32(at, 1)[0] = split.feature;
    this.#machine.u16(at + 4, 1)[0] = split.cut;
    this.#machine.u8(at + 6, 2).set([Number(split.missingLeft), Number(split.set !== null)]);
    this.#machine.i32(at + 8, 2).set([left, right]);
    this.#machine.f64(at + 16, 2).set([split.weight, split.gain]);
    if (split.set === null) return;
    const bits = this.#machine.u8(at + 32, 32).fill(0);
    for (const bin of split.set) bits[bin >> 3]! |= 1 << (bin & 7);
  }

  #writeLeaf(node: Open): void {
    const width = this.#set[22]!;
    const at = this.#out + HEADER + this.#set[20]! * this.#set[21]! + this.#leaves * (width + 1) * 8;
    const total = this.#sums(node.entries);
    const weight = weightOf(total);
    const values = this.#machine.f64(this.#set[9]!, this.#classes > 0 ? 0 : this.#set[2]!);
    let sum = 0;
    if (this.#classes === 0) for (const entry of node.entries) sum += entry.weight * values[entry.row]!;
    const value = this.#classes > 0 ? total.weights.map((own) => own / weight) : [sum / weight];
    this.#machine.f64(at, width + 1).set([...value, weight]);
    node.link(-1 - this.#leaves);
    this.#leaves++;
  }

  #leafOf(row: number): number {
    let node = this.#splits.length > 0 ? 0 : -1;
    while (node >= 0) {
      const { split, left, right } = this.#splits[node]!;
      node = split.left(this.#bin(row, split.feature)) ? left : right;
    }
    return -1 - node;
  }
}

function weightOf({ weights }: Sums): number {
  let out = 0;
  for (const weight of weights) out += weight;
  return out;
}
