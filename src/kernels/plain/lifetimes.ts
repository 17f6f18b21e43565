/** Twin of assembly/lifetimes.ts: the same sums in the same order. */
import type { Kernel, Machine } from '../machine.ts';
import { exp, log } from './lanes.ts';

export function lifetimeKernels(machine: Machine): Record<string, Kernel> {
  return {
    lifetimePass: (repeats = 0, recency = 0, age = 0, weights = 0, byCount = 0, from = 0, to = 0, ...rest) => {
      const [r = 0, alpha = 0, a = 0, out = 0] = rest;
      const x = machine.i32(repeats, to);
      const [recencies, ages, weighed] = [recency, age, weights].map((at) => machine.f64(at, to));
      const sums = [new Float64Array(5), new Float64Array(5)] as const;
      for (let i = from; i < to; i++) {
        const table = machine.f64(byCount + 16 * x[i]!, 2);
        const given = { x: x[i]!, recency: recencies![i]!, age: ages![i]!, weight: weighed![i]! };
        addRow(sums[(i - from) % 2]!, given, { logOdds: table[0]!, perLeft: table[1]!, r, alpha });
      }
      const [even, odd] = sums;
      machine.f64(out, 5).set(even.map((sum, k) => (k === 3 ? (sum + odd[k]!) / a : sum + odd[k]!)));
      return undefined;
    },
  };
}

function addRow(
  sums: Float64Array,
  { x, recency, age, weight }: { x: number; recency: number; age: number; weight: number },
  { logOdds, perLeft, r, alpha }: { logOdds: number; perLeft: number; r: number; alpha: number },
): void {
  const power = x + r;
  const atAge = age + alpha;
  const atRecency = recency + alpha;
  const logAge = log(atAge);
  const logRecency = log(atRecency);
  const e = logOdds + power * (logAge - logRecency);
  const t = exp(-Math.abs(e));
  const whole = 1 + t;
  const soft = Math.max(e, 0) + log(whole);
  const gone = e > 0 ? 1 / whole : t / whole;
  const alive = e > 0 ? t / whole : 1 / whole;
  sums[0]! += weight * (soft - power * logAge);
  sums[1]! -= weight * (alive * logAge + gone * logRecency);
  sums[2]! -= weight * (power * (alive / atAge + gone / atRecency));
  sums[3]! += weight * gone;
  sums[4]! -= weight * (gone * perLeft);
}
