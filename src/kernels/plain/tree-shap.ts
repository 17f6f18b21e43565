/** Twin of ../assembly/tree-shap.ts: one row at a time, the same sums in the same order. */
import type { Kernel, Machine } from '../machine.ts';

const CATEGORY = 1;
const AGAIN = 2;
const MISSING_LEFT = 4;
const LEFT_LEAF = 8;
const RIGHT_LEAF = 16;
const STUMP = 32;
const TWIG = 64;

export function plainTreeShap(machine: Machine): Record<string, Kernel> {
  return {
    treeShap: (program = 0, treeAt = 0, trees = 0, x = 0, phi = 0, rows = 0, stride = 0, features = 0): number => {
      const view = new DataView(machine.u8(0, 1).buffer);
      let tree = treeAt;
      for (let i = 0; i < trees; i++) {
        const n = view.getInt32(tree, true);
        const output = view.getInt32(tree + 8, true);
        const weights = machine.f64(tree + 16, n);
        const points = machine.f64(tree + 16 + n * 8, n);
        for (let row = 0; row < rows; row++) {
          const walk = walker(view, { program, n, points, x: x + row * 8, stride });
          const plane = phi + (output * features * stride + row) * 8;
          walk(program + view.getInt32(tree + 4, true), weights, [], (feature, value) => {
            const at = plane + feature * stride * 8;
            view.setFloat64(at, view.getFloat64(at, true) + value, true);
          });
        }
        tree += view.getInt32(tree + 12, true);
      }
      return 0;
    },
  };
}

interface At {
  readonly program: number;
  readonly n: number;
  readonly points: Float64Array;
  readonly x: number;
  readonly stride: number;
}

type Add = (feature: number, value: number) => void;

function walker(view: DataView, { program, n, points, x, stride }: At) {
  const whole = (at: number) => view.getInt32(at, true);
  const real = (at: number) => view.getFloat64(at, true);

  const goesLeft = (record: number): boolean => {
    const value = real(x + whole(record + 4) * stride * 8);
    if ((whole(record) & CATEGORY) === 0) return value <= real(record + 32);
    if (value < 0) return (whole(record) & MISSING_LEFT) !== 0;
    const word = value >>> 5;
    return word < whole(record + 24) && ((whole(program + whole(record + 28) + word * 4) >>> (value & 31)) & 1) === 1;
  };

  /** Expectations below a stump at each point. */
  const stumpSums = (record: number, left: boolean): Float64Array => {
    const out = new Float64Array(n);
    for (let t = 0; t < n; t++) out[t] = real(record + 72 + t * 8) + (left ? real(record + 72 + (n + t) * 8) : 0);
    return out;
  };

  const constant = (record: number, left: boolean) => real(record + (left ? 56 : 64));

  /** Adds the attributions below a split; returns its expectation at each point. */
  const walk = (record: number, p: Float64Array, met: readonly boolean[], add: Add): Float64Array => {
    const flags = whole(record);
    const left = goesLeft(record);
    if (flags & STUMP) {
      let sum = 0;
      for (let t = 0; t < n; t++) sum += p[t]!;
      add(whole(record + 16), sum * constant(record, left));
      return stumpSums(record, left);
    }
    if (flags & TWIG) return twig(record, left, p, add);
    const again = (flags & AGAIN) !== 0;
    const before = again ? met[whole(record + 20)]! : true;
    const g = new Float64Array(n);
    for (let t = 0; t < n; t++) {
      const outside = real(record + 72 + t * 8);
      if (!again) g[t] = outside + (left ? points[t]! : 0);
      else g[t] = !before ? real(record + 56) : left ? real(record + 72 + (n + t) * 8) : outside;
    }
    const pl = p.map((value, t) => value * g[t]!);
    const kl =
      flags & LEFT_LEAF
        ? new Float64Array(n).fill(real(record + 40))
        : walk(program + whole(record + 8), pl, [...met, left && before], add);
    const kr =
      flags & RIGHT_LEAF
        ? new Float64Array(n).fill(real(record + 48))
        : walk(
            program + whole(record + 12),
            p.map((value, t) => value - pl[t]!),
            [...met, !left && before],
            add,
          );
    let sum = 0;
    const out = new Float64Array(n);
    for (let t = 0; t < n; t++) {
      const d = kl[t]! - kr[t]!;
      sum += again ? p[t]! * d * real(record + 72 + ((left ? 2 : 3) * n + t) * 8) : p[t]! * d;
      out[t] = kr[t]! + g[t]! * d;
    }
    add(whole(record + 16), again ? (before ? sum : 0) : sum * constant(record, left));
    return out;
  };

  const twig = (record: number, left: boolean, p: Float64Array, add: Add): Float64Array => {
    const [first, second] = [program + whole(record + 8), program + whole(record + 12)];
    const [firstLeft, secondLeft] = [goesLeft(first), goesLeft(second)];
    const kl = stumpSums(first, firstLeft);
    const kr = stumpSums(second, secondLeft);
    const out = new Float64Array(n);
    let [all, part, sum] = [0, 0, 0];
    for (let t = 0; t < n; t++) {
      const g = real(record + 72 + t * 8) + (left ? points[t]! : 0);
      all += p[t]!;
      part += p[t]! * g;
      const d = kl[t]! - kr[t]!;
      sum += p[t]! * d;
      out[t] = kr[t]! + g * d;
    }
    add(whole(record + 16), sum * constant(record, left));
    add(whole(first + 16), part * constant(first, firstLeft));
    add(whole(second + 16), (all - part) * constant(second, secondLeft));
    return out;
  };
  return walk;
}
