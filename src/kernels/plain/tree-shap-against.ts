/** Twin of ../assembly/tree-shap-against.ts: sets of background rows as lists, the same sums in the same order. */
import type { Kernel, Machine } from '../machine.ts';

const CATEGORY = 1;
const MISSING_LEFT = 4;
const LEFT_LEAF = 8;
const RIGHT_LEAF = 16;

export function plainTreeShapAgainst(machine: Machine): Record<string, Kernel> {
  return {
    treeShapBackground: (program = 0, trees = 0, x = 0, rows = 0, stride = 0): number => {
      const memory = reader(machine, program, stride);
      const mark = (record: number): void => {
        for (let word = 0; word < 2; word++) {
          let bits = 0;
          for (let row = 32 * word; row < Math.min(rows, 32 * word + 32); row++)
            if (memory.goesLeft(record, x + row * 8)) bits |= 1 << (row & 31);
          memory.view.setInt32(record + 56 + 4 * word, bits, true);
        }
        const flags = memory.whole(record);
        if ((flags & LEFT_LEAF) === 0) mark(program + memory.whole(record + 8));
        if ((flags & RIGHT_LEAF) === 0) mark(program + memory.whole(record + 12));
      };
      for (const { root } of memory.trees(trees)) mark(root);
      return 0;
    },
    treeShapAgainst: (
      program = 0,
      trees = 0,
      x = 0,
      phi = 0,
      rows = 0,
      stride = 0,
      features = 0,
      background = 0,
      _states = 0,
      _stateBytes = 0,
      weightsAt = 0,
      depths = 0,
    ): number => {
      const memory = reader(machine, program, stride);
      const weights = machine.f64(weightsAt, 2 * depths * depths);
      const all = Array.from({ length: background }, (_, i) => i);
      for (const { root, output } of memory.trees(trees))
        for (let row = 0; row < rows; row++) {
          const plane = phi + (output * features * stride + row) * 8;
          const walk = walker(memory, x + row * 8, weights, depths, (feature, value) => {
            const at = plane + feature * stride * 8;
            memory.view.setFloat64(at, memory.real(at) + value, true);
          });
          walk(root, all, 0, 0);
        }
      return 0;
    },
  };
}

function reader(machine: Machine, program: number, stride: number) {
  const view = new DataView(machine.u8(0, 1).buffer);
  const whole = (at: number) => view.getInt32(at, true);
  const real = (at: number) => view.getFloat64(at, true);
  const goesLeft = (record: number, x: number): boolean => {
    const value = real(x + whole(record + 4) * stride * 8);
    if ((whole(record) & CATEGORY) === 0) return value <= real(record + 32);
    if (value < 0) return (whole(record) & MISSING_LEFT) !== 0;
    const word = value >>> 5;
    return word < whole(record + 24) && ((whole(program + whole(record + 28) + word * 4) >>> (value & 31)) & 1) === 1;
  };
  function* trees(count: number) {
    for (let i = 0, tree = program; i < count; i++, tree += whole(tree + 12))
      yield { root: program + whole(tree + 4), output: whole(tree + 8) };
  }
  return { view, whole, real, goesLeft, trees, program };
}

/** Weighted values of leaves: for features of the row, and for features of the background. */
type Sums = readonly [own: number, other: number];

function walker(
  { whole, real, goesLeft, program }: ReturnType<typeof reader>,
  x: number,
  weights: Float64Array,
  depths: number,
  add: (feature: number, value: number) => void,
) {
  const states = new Map<number, 'row' | 'background'>();
  const visit = (record: number, left: boolean, set: readonly number[], a: number, b: number): Sums => {
    if (set.length === 0) return [0, 0];
    if ((whole(record) & (left ? LEFT_LEAF : RIGHT_LEAF)) === 0)
      return walk(program + whole(record + (left ? 8 : 12)), set, a, b);
    const value = real(record + (left ? 40 : 48)) * set.length;
    return [value * weights[a * depths + b]!, value * weights[(depths + a) * depths + b]!];
  };
  const walk = (record: number, set: readonly number[], a: number, b: number): Sums => {
    const feature = whole(record + 16);
    const state = states.get(feature);
    const left = goesLeft(record, x);
    if (state === 'row') return visit(record, left, set, a, b);
    const goLeft = set.filter((row) => (whole(record + 56 + 4 * (row >>> 5)) >>> (row & 31)) & 1);
    const goRight = set.filter((row) => !goLeft.includes(row));
    if (state === 'background') return plus(visit(record, true, goLeft, a, b), visit(record, false, goRight, a, b));
    const [same, differ] = left ? [goLeft, goRight] : [goRight, goLeft];
    const together = visit(record, left, same, a, b);
    if (differ.length === 0) return together;
    states.set(feature, 'row');
    const mine = visit(record, left, differ, a + 1, b);
    states.set(feature, 'background');
    const theirs = visit(record, !left, differ, a, b + 1);
    states.delete(feature);
    add(feature, mine[0] - theirs[1]);
    return plus(plus(together, mine), theirs);
  };
  return walk;
}

const plus = (a: Sums, b: Sums): Sums => [a[0] + b[0], a[1] + b[1]];
