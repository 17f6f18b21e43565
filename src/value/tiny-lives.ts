/** Customers who live by the BG/NBD story, for tests. */
import { random } from '#kernels/random.ts';
import type { Histories } from './bg-nbd.ts';

/** Histories up to `age` (all first bought at 0), and purchases in the `horizon` after. */
export function simulateBgNbd(
  { r, alpha, a, b }: { r: number; alpha: number; a: number; b: number },
  { customers, age, horizon, seed }: { customers: number; age: number; horizon: number; seed: number },
): { histories: Histories; future: Float64Array } {
  const draw = random(seed);
  const repeats = new Float64Array(customers);
  const recency = new Float64Array(customers);
  const future = new Float64Array(customers);
  for (let i = 0; i < customers; i++) {
    const rate = draw.gamma(r, alpha);
    const leave = draw.beta(a, b);
    for (let at = draw.exponential(rate); at <= age + horizon; at += draw.exponential(rate)) {
      if (at <= age) {
        repeats[i]! += 1;
        recency[i] = at;
      } else future[i]! += 1;
      if (draw.uniform() < leave) break;
    }
  }
  return { histories: { repeats, recency, age: new Float64Array(customers).fill(age) }, future };
}
