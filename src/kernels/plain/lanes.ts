/** Twin of assembly/lanes.ts: exponential and logarithm, in the same steps. */

const MAGIC = 6_755_399_441_055_744; // 1.5 x 2^52: adding it rounds to a whole number
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const high = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

const EXP = [479_001_600, 39_916_800, 3_628_800, 362_880, 40_320, 5040, 720, 120, 24, 6, 2, 1, 1].map((n) => 1 / n);
const LOG = [21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1].map((n) => 1 / n);

/** exp, arguments held to [-708, 708]; within 2 units in the last place. */
export function exp(argument: number): number {
  const x = Math.min(Math.max(argument, -708), 708);
  const n = x * Math.LOG2E + MAGIC - MAGIC;
  const r = x - n * 6.9314718036912382e-1 - n * 1.9082149292705877e-10;
  let p = EXP[0]!;
  for (let i = 1; i < EXP.length; i++) p = p * r + EXP[i]!;
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
  let p = LOG[0]!;
  for (let i = 1; i < LOG.length; i++) p = p * g + LOG[i]!;
  return e * Math.LN2 + 2 * f * p;
}
