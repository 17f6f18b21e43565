// Exponential and logarithm of two lanes at once, and sums over a block, in an order that the plain twin repeats.

const MAGIC: f64 = 6755399441055744; // 1.5 x 2^52: adding it rounds to a whole number that then stands in the low bits

/** (a + b x) + (c + d x) x^2: short chains, so that the processor works on several at once. */
@inline
function cubic(x: v128, x2: v128, a: f64, b: f64, c: f64, d: f64): v128 {
  const low = f64x2.add(f64x2.splat(a), f64x2.mul(f64x2.splat(b), x));
  const high = f64x2.add(f64x2.splat(c), f64x2.mul(f64x2.splat(d), x));
  return f64x2.add(low, f64x2.mul(high, x2));
}

/** exp of each lane, arguments held to [-708, 708]; within 2 units in the last place. */
@inline
export function expLanes(argument: v128): v128 {
  const x = f64x2.min(f64x2.max(argument, f64x2.splat(-708)), f64x2.splat(708));
  const t = f64x2.add(f64x2.mul(x, f64x2.splat(1.442695040888963387)), f64x2.splat(MAGIC));
  const n = f64x2.sub(t, f64x2.splat(MAGIC));
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(6.93147180369123816490e-1))),
    f64x2.mul(n, f64x2.splat(1.90821492927058770002e-10)),
  );
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const q0 = cubic(r, r2, 1, 1, 1.0 / 2, 1.0 / 6);
  const q1 = cubic(r, r2, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040);
  const q2 = cubic(r, r2, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800);
  const high = f64x2.add(q2, f64x2.mul(f64x2.splat(1.0 / 479001600), r4));
  const p = f64x2.add(f64x2.add(q0, f64x2.mul(q1, r4)), f64x2.mul(high, f64x2.mul(r4, r4)));
  return f64x2.mul(p, i64x2.shl(i64x2.add(t, i64x2.splat(1023)), 52));
}

/** Natural logarithm of each lane, for normal numbers above 0. */
@inline
export function logLanes(x: v128): v128 {
  const e = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e00000000)), 52);
  const m = i64x2.sub(x, i64x2.shl(e, 52));
  const f = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
  const g = f64x2.mul(f, f);
  const g2 = f64x2.mul(g, g);
  const g4 = f64x2.mul(g2, g2);
  const q0 = cubic(g, g2, 1, 1.0 / 3, 1.0 / 5, 1.0 / 7);
  const q1 = cubic(g, g2, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15);
  const q2 = f64x2.add(
    f64x2.add(f64x2.splat(1.0 / 17), f64x2.mul(f64x2.splat(1.0 / 19), g)),
    f64x2.mul(f64x2.splat(1.0 / 21), g2),
  );
  const p = f64x2.add(f64x2.add(q0, f64x2.mul(q1, g4)), f64x2.mul(q2, f64x2.mul(g4, g4)));
  const n = f64x2.sub(i64x2.add(e, i64x2.splat(0x4338000000000000)), f64x2.splat(MAGIC));
  const whole = f64x2.mul(n, f64x2.splat(6.93147180559945286e-1));
  return f64x2.add(whole, f64x2.mul(f64x2.mul(f64x2.splat(2), f), p));
}

/** Sum of both lanes. */
@inline
export function bothLanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}
