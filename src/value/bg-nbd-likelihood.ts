/** The likelihood of BG/NBD and MBG/NBD over customers: by hand for few, by a compiled kernel for many. */
import { gather, groupRows } from '#kernels/group.ts';
import { Machine } from '#kernels/machine.ts';
import { digamma, lgamma } from '#kernels/special.ts';
import type { Histories } from './bg-nbd.ts';

/** Distinct histories beyond which the kernel works. */
export const MANY = 40_000;
const BLOCK = 16_384;
/** Counts above this have no place in the kernel's table. */
const COUNT_MAX = 1 << 20;

/** Distinct histories and how many customers have each. */
export interface Weighted extends Histories {
  readonly weights: Float64Array;
}

export interface Likelihood {
  /** Equation 6 of the paper summed over customers; its gradient by r, alpha, a, b goes into `gradient`. */
  of(at: Float64Array, gradient: Float64Array): number;
  close(): void;
}

/** Customers with equal histories as one row. */
export function distinctOf(histories: Histories): Weighted {
  const groups = groupRows([histories.repeats, histories.recency, histories.age]);
  return {
    repeats: gather(histories.repeats, groups.first),
    recency: gather(histories.recency, groups.first),
    age: gather(histories.age, groups.first),
    weights: groups.sizes,
  };
}

/** Each `step`-th row. */
export function everyNth({ repeats, recency, age, weights }: Weighted, step: number): Weighted {
  const rows = Int32Array.from({ length: Math.ceil(repeats.length / step) }, (_, i) => i * step);
  const [x, t, own, sizes] = [repeats, recency, age, weights].map((column) => gather(column, rows));
  return { repeats: x!, recency: t!, age: own!, weights: sizes! };
}

/** @param extra moments at which a customer could have left, beyond the repeats */
export function likelihoodOf(histories: Weighted, extra: number): Likelihood {
  const { repeats } = histories;
  const fits = repeats.length > MANY && repeats.every((x) => Number.isInteger(x) && x >= 0 && x < COUNT_MAX);
  return fits ? byKernel(histories, extra) : { of: byHand(histories, extra), close: () => undefined };
}

/** Blocks of rows are shared out among threads and added in their order, so the sum does not depend on the threads. */
function byKernel({ repeats, recency, age, weights }: Weighted, extra: number): Likelihood {
  const rows = repeats.length;
  const counts = countsOf(repeats, weights);
  const most = counts.at(-1)![0];
  const machine = new Machine();
  const columns = [recency, age, weights].map((column) => {
    const at = machine.allocate(8 * rows);
    machine.f64(at, rows).set(column);
    return at;
  });
  const repeatsAt = machine.allocate(4 * rows);
  machine.i32(repeatsAt, rows).set(repeats);
  const byCount = machine.allocate(16 * (most + 1));
  const blocks = Math.ceil(rows / BLOCK);
  const out = machine.allocate(40 * blocks);
  return {
    of: (at, gradient) => {
      const [r = 0, alpha = 0, a = 0, b = 0] = at;
      const table = machine.f64(byCount, 2 * (most + 1));
      for (let x = 0; x <= most; x++) {
        const left = b + x + extra - 1;
        table.set(x + extra === 0 ? [-1e300, 0] : [Math.log(a / left), 1 / left], 2 * x);
      }
      gradient.fill(0);
      let sum = countTerms(counts, extra, { r, alpha, a, b }, gradient);
      const task = (_: unknown, k: number) => {
        const from = k * BLOCK;
        return [repeatsAt, ...columns, byCount, from, Math.min(rows, from + BLOCK), r, alpha, a, out + 40 * k];
      };
      machine.each('lifetimePass', Array.from({ length: blocks }, task));
      const parts = machine.f64(out, 5 * blocks);
      for (let k = 0; k < blocks; k++) {
        sum += parts[5 * k]!;
        for (let j = 0; j < 4; j++) gradient[j]! += parts[5 * k + 1 + j]!;
      }
      return sum;
    },
    close: () => machine.close(),
  };
}

function byHand({ repeats, recency, age, weights }: Weighted, extra: number): Likelihood['of'] {
  const counts = countsOf(repeats, weights);
  return (at, gradient) => {
    const [r = 0, alpha = 0, a = 0, b = 0] = at;
    gradient.fill(0);
    let sum = countTerms(counts, extra, { r, alpha, a, b }, gradient);
    for (let i = 0; i < repeats.length; i++) {
      const weight = weights[i]!;
      const power = r + repeats[i]!;
      const atAge = alpha + age[i]!;
      const logAge = Math.log(atAge);
      const chances = repeats[i]! + extra;
      if (chances === 0) {
        sum -= weight * power * logAge;
        gradient[0]! -= weight * logAge;
        gradient[1]! -= (weight * power) / atAge;
        continue;
      }
      const atRecency = alpha + recency[i]!;
      const logRecency = Math.log(atRecency);
      const left = b + chances - 1;
      // odds of having left at the last buy against being alive
      const odds = (a / left) * Math.exp(power * (logAge - logRecency));
      const alive = 1 / (1 + odds);
      const gone = 1 - alive;
      sum +=
        weight * (Number.isFinite(odds) ? Math.log1p(odds) - power * logAge : Math.log(a / left) - power * logRecency);
      gradient[0]! -= weight * (alive * logAge + gone * logRecency);
      gradient[1]! -= weight * power * (alive / atAge + gone / atRecency);
      gradient[2]! += (weight * gone) / a;
      gradient[3]! -= (weight * gone) / left;
    }
    return sum;
  };
}

/** Distinct numbers of repeats and how many customers have each. */
function countsOf(repeats: Float64Array, weights: Float64Array): (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < repeats.length; i++) counts.set(repeats[i]!, (counts.get(repeats[i]!) ?? 0) + weights[i]!);
  return [...counts].sort(([x], [y]) => x - y);
}

/** The part of the likelihood that depends on the number of repeats alone. */
function countTerms(
  counts: readonly (readonly [number, number])[],
  extra: number,
  { r, alpha, a, b }: { r: number; alpha: number; a: number; b: number },
  gradient: Float64Array,
): number {
  const logAlpha = Math.log(alpha);
  const base = r * logAlpha - lgamma(r) + lgamma(a + b) - lgamma(b);
  const [slopeR, slopeAB, slopeB] = [digamma(r), digamma(a + b), digamma(b)];
  let sum = 0;
  for (const [x, weight] of counts) {
    const n = x + extra;
    sum += weight * (base + lgamma(r + x) + lgamma(b + n) - lgamma(a + b + n));
    const both = slopeAB - digamma(a + b + n);
    gradient[0]! += weight * (digamma(r + x) - slopeR + logAlpha);
    gradient[1]! += (weight * r) / alpha;
    gradient[2]! += weight * both;
    gradient[3]! += weight * (both + digamma(b + n) - slopeB);
  }
  return sum;
}
