/** Twin of `assembly/exp.ts`: the same operations in the same order, so the same bits. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const COEFFICIENTS = [39916800, 3628800, 362880, 40320, 5040, 720, 120, 24, 6, 2, 1, 1].map((f) => 1 / f);

/** exp(x), relative error below 1e-14 for -700 <= x <= 700; outside it is that of the nearer end. */
export function plainExp(x: number): number {
  const at = Math.max(Math.min(x, 700), -700);
  const k = nearestEven(at * Math.LOG2E);
  const r = at - k * LN2_HIGH - k * LN2_LOW;
  let p = COEFFICIENTS[0]!;
  for (let i = 1; i < COEFFICIENTS.length; i++) p = p * r + COEFFICIENTS[i]!;
  return p * 2 ** k;
}

function nearestEven(x: number): number {
  const down = Math.floor(x);
  const part = x - down;
  if (part !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}
