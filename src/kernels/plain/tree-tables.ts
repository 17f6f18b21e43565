/** Twin of ../assembly/tree-tables.ts: one entry and one row at a time, the same sums in the same order. */
import type { Kernel, Machine } from '../machine.ts';

const AGAIN = 2;
const LEFT_LEAF = 8;
const RIGHT_LEAF = 16;
const STUMP = 32;
const [LEFT, RIGHT, GROUP] = [1, 2, 3];

export function plainTreeTables(machine: Machine): Record<string, Kernel> {
  return {
    treeTables: (program = 0, tree = 0, tables = 0): number => {
      const view = new DataView(machine.u8(0, 1).buffer);
      const { points, padded, operations, tableAt } = headOf(view, tree);
      const rule = Float64Array.from({ length: 2 * padded }, (_, t) => view.getFloat64(tree + 24 + 8 * t, true));
      for (const op of operations)
        if (op.kind === GROUP) fill(view, program, points, padded, rule, op, tables + tableAt);
      return 0;
    },
    treeShapByTables: (
      program = 0,
      treeAt = 0,
      trees = 0,
      tables = 0,
      codes = 0,
      phi = 0,
      rows = 0,
      stride = 0,
      features = 0,
    ): number => {
      const view = new DataView(machine.u8(0, 1).buffer);
      let tree = treeAt;
      for (let i = 0; i < trees; i++) {
        const { operations, output, bytes, tableAt } = headOf(view, tree);
        for (let row = 0; row < rows; row++)
          lookUp(view, program, operations, tables + tableAt, codes + 2 * row, stride, (feature, value) => {
            const at = phi + 8 * ((output * features + feature) * stride + row);
            view.setFloat64(at, view.getFloat64(at, true) + value, true);
          });
        tree += bytes;
      }
      return 0;
    },
  };
}

interface Operation {
  readonly kind: number;
  readonly depth: number;
  /** Its words, and where they are. */
  readonly words: readonly number[];
  readonly at: number;
}

function headOf(view: DataView, tree: number) {
  const word = (index: number, from = tree) => view.getInt32(from + 4 * index, true);
  const points = word(0);
  const padded = points + (points % 2);
  const operations: Operation[] = [];
  for (let at = tree + 24 + 16 * padded; word(0, at) !== 0; at += 4 * word(1, at)) {
    const words = Array.from({ length: word(1, at) }, (_, i) => word(i, at));
    operations.push({ kind: words[0]!, depth: words[2]!, words, at });
  }
  return { points, padded, operations, output: word(3), bytes: word(1), tableAt: word(4) };
}

/** Parts of a group's words, see src/explain/tree-tables.ts. */
function groupOf({ words, depth }: Operation) {
  const [, , , upper = 0, splits = 0, columns = 0, table = 0, record = 0, again = 0] = words;
  const positionsAt = 12 + 2 * upper;
  const splitsAt = positionsAt + depth;
  return {
    ...{ upper, splits, columns, table, record, again, positions: words.slice(positionsAt, splitsAt) },
    turns: Array.from({ length: splits }, (_, s) => words.slice(splitsAt + 5 * s, splitsAt + 5 * s + 5)),
    features: words.slice(splitsAt + 5 * splits, splitsAt + 5 * splits + columns),
  };
}

function fill(
  view: DataView,
  program: number,
  points: number,
  padded: number,
  rule: Float64Array,
  op: Operation,
  tables: number,
): void {
  const { upper, splits, columns, table, record, again, positions, features } = groupOf(op);
  const shares = Array.from({ length: upper }, (_, p) => view.getFloat64(op.at + 48 + 8 * p, true));
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    let [even, odd] = [0, 0];
    for (let t = 0; t < padded; t += 2) {
      even = t === 0 ? a[t]! * b[t]! : even + a[t]! * b[t]!;
      odd = t === 0 ? a[t + 1]! * b[t + 1]! : odd + a[t + 1]! * b[t + 1]!;
    }
    return even + odd;
  };
  for (let set = 0; set < 1 << upper; set++) {
    const { whole, changes } = products(set, shares, rule, padded);
    const met = positions.map((position) => ((set >> position) & 1) === 1);
    for (let pattern = 0; pattern < 1 << splits; pattern++) {
      const effects = features.map(() => new Float64Array(padded));
      const expected = new Float64Array(padded);
      const reach = new Float64Array(padded).fill(1, 0, points);
      if (record === 0) expected.fill(view.getFloat64(op.at + 40, true), 0, points);
      else
        expected.set(
          belowOf(
            view,
            program,
            points,
            rule.subarray(padded),
            pattern,
            (feature) => effects[features.indexOf(feature)]!,
          )(program + record, reach, met),
        );
      for (let c = 0; c < columns; c++) {
        let sum = 0;
        if (c < upper) sum = dot(changes[c]!, expected);
        if (c >= upper || (again >> c) & 1) sum += dot(whole, effects[c]!);
        view.setFloat64(tables + table + 8 * ((set | (pattern << upper)) * columns + c), sum, true);
      }
    }
  }
}

/** Of one set of known features: the product of all factors with the weight, and for each feature its change of it. */
function products(set: number, shares: readonly number[], rule: Float64Array, padded: number) {
  const whole = new Float64Array(padded);
  const changes = shares.map(() => new Float64Array(padded));
  for (let t = 0; t < padded; t++) {
    const point = rule[padded + t]!;
    const factor = (p: number) => ((set >> p) & 1 ? point : 0) + (1 - point) * shares[p]!;
    let product = rule[t]!;
    for (let p = 0; p < shares.length; p++) {
      changes[p]![t] = product;
      product *= factor(p);
    }
    whole[t] = product;
    product = 1;
    for (let p = shares.length - 1; p >= 0; p--) {
      changes[p]![t] = changes[p]![t]! * product * (((set >> p) & 1) - shares[p]!);
      product *= factor(p);
    }
  }
  return { whole, changes };
}

/** Walks a subtree whose turns are the bits of `pattern` in the order of the walk; gives its expectation at each point. */
function belowOf(
  view: DataView,
  program: number,
  n: number,
  points: Float64Array,
  pattern: number,
  effectOf: (feature: number) => Float64Array,
) {
  const whole = (at: number) => view.getInt32(at, true);
  const real = (at: number) => view.getFloat64(at, true);
  let turn = 0;
  const below = (record: number, reach: Float64Array, met: readonly boolean[]): Float64Array => {
    const flags = whole(record);
    const left = ((pattern >> turn++) & 1) === 1;
    const effect = effectOf(whole(record + 16));
    const constant = real(record + (left ? 56 : 64));
    const vector = (index: number, t: number) => real(record + 72 + 8 * (index * n + t));
    const out = new Float64Array(n);
    if (flags & STUMP) {
      for (let t = 0; t < n; t++) {
        effect[t] = effect[t]! + reach[t]! * constant;
        out[t] = vector(0, t) + (left ? vector(1, t) : 0);
      }
      return out;
    }
    const again = (flags & AGAIN) !== 0;
    const before = again ? met[whole(record + 20)]! : true;
    const g = Float64Array.from({ length: n }, (_, t) => {
      if (!again) return vector(0, t) + (left ? points[t]! : 0);
      return before ? vector(left ? 1 : 0, t) : real(record + 56);
    });
    const lefts =
      flags & LEFT_LEAF
        ? new Float64Array(n).fill(real(record + 40))
        : below(
            program + whole(record + 8),
            g.map((factor, t) => reach[t]! * factor),
            [...met, left && before],
          );
    const rights =
      flags & RIGHT_LEAF
        ? new Float64Array(n).fill(real(record + 48))
        : below(
            program + whole(record + 12),
            g.map((factor, t) => reach[t]! - reach[t]! * factor),
            [...met, !left && before],
          );
    for (let t = 0; t < n; t++) {
      const d = lefts[t]! - rights[t]!;
      effect[t] = effect[t]! + reach[t]! * d * (again ? (before ? vector(left ? 2 : 3, t) : 0) : constant);
      out[t] = rights[t]! + g[t]! * d;
    }
    return out;
  };
  return below;
}

/** Adds what the groups of a tree hold for one row. */
function lookUp(
  view: DataView,
  program: number,
  operations: readonly Operation[],
  tables: number,
  codes: number,
  stride: number,
  add: (feature: number, value: number) => void,
): void {
  const goesLeft = ([column = 0, rank = 0, missing = 0, words = -1, set = 0]: readonly number[]): boolean => {
    const code = view.getUint16(codes + 2 * column * stride, true);
    if (words < 0) return ((code + missing) & 0xffff) <= rank;
    if (code === 0xffff) return missing === 1;
    return code >>> 5 < words && ((view.getInt32(program + set + 4 * (code >>> 5), true) >>> (code & 31)) & 1) === 1;
  };
  const index = [0];
  const turns: boolean[] = [];
  for (const op of operations) {
    const { kind, depth, words } = op;
    if (kind === GROUP) {
      const { upper, columns, table, features, turns: inside } = groupOf(op);
      const at = inside.reduce((bits, turn, s) => bits | (goesLeft(turn) ? 1 << (upper + s) : 0), index[depth]!);
      for (const [c, feature] of features.entries())
        add(feature, view.getFloat64(tables + table + 8 * (at * columns + c), true));
      continue;
    }
    if (kind === LEFT) turns[depth] = goesLeft(words.slice(5));
    const taken = kind === RIGHT ? !turns[depth] : turns[depth]!;
    const bit = 1 << words[3]!;
    const above = index[depth]!;
    index[depth + 1] = words[4] === 0 ? above | (taken ? bit : 0) : taken ? above : above & ~bit;
  }
}
