/** Twin of assembly/lanes.ts: exponential and logarithm, in the same steps. */

const MAGIC = 6_755_399_441_055_744; // 1.5 x 2^52: adding it rounds to a whole number
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const high = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** (a + b x) + (c + d x) x^2 */
const cubic = (x: number, x2: number, a: number, b: number, c: number, d: number): number =>
  a + b * x + (c + d * x) * x2;

/** exp, arguments held to [-708, 708]; within 2 units in the last place. */
export function exp(argument: number): number {
  const x = Math.min(Math.max(argument, -708), 708);
  const n = x * Math.LOG2E + MAGIC - MAGIC;
  const r = x - n * 6.9314718036912382e-1 - n * 1.9082149292705877e-10;
  const r2 = r * r;
  const r4 = r2 * r2;
  const q0 = cubic(r, r2, 1, 1, 1 / 2, 1 / 6);
  const q1 = cubic(r, r2, 1 / 24, 1 / 120, 1 / 720, 1 / 5040);
  const q2 = cubic(r, r2, 1 / 40_320, 1 / 362_880, 1 / 3_628_800, 1 / 39_916_800);
  const p = q0 + q1 * r4 + (q2 + (1 / 479_001_600) * r4) * (r4 * r4);
  words[1 - high] = 0;
  words[high] = (n + 1023) << 20;
  return p * double[0]!;
}

/** Natural logarithm of a normal number above 0. */
export function log(x: number): number {
  double[0] = x;
  const e = ((words[high]! | 0) - 0x3fe6a09e) >> 20;
  words[high] = (words[high]! | 0) - (e << 20);
  const f = (double[0]! - 1) / (double[0]! + 1);
  const g = f * f;
  const g2 = g * g;
  const g4 = g2 * g2;
  const q0 = cubic(g, g2, 1, 1 / 3, 1 / 5, 1 / 7);
  const q1 = cubic(g, g2, 1 / 9, 1 / 11, 1 / 13, 1 / 15);
  const q2 = 1 / 17 + (1 / 19) * g + (1 / 21) * g2;
  const p = q0 + q1 * g4 + q2 * (g4 * g4);
  return e * Math.LN2 + 2 * f * p;
}
