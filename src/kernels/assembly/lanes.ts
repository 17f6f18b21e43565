// Exponential and logarithm of two lanes at once, and sums over a block, in an order that the plain twin repeats.

const MAGIC: f64 = 6755399441055744; // 1.5 x 2^52: adding it rounds to a whole number that then stands in the low bits

/** exp of each lane, arguments held to [-708, 708]; within 2 units in the last place. */
// @ts-ignore: decorator
@inline
export function expLanes(argument: v128): v128 {
  const x = f64x2.min(f64x2.max(argument, f64x2.splat(-708)), f64x2.splat(708));
  const t = f64x2.add(f64x2.mul(x, f64x2.splat(1.442695040888963387)), f64x2.splat(MAGIC));
  const n = f64x2.sub(t, f64x2.splat(MAGIC));
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(6.93147180369123816490e-1))),
    f64x2.mul(n, f64x2.splat(1.90821492927058770002e-10)),
  );
  let p = f64x2.splat(1.0 / 479001600);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 39916800));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 3628800));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 362880));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 40320));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 5040));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 720));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 120));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  return f64x2.mul(p, i64x2.shl(i64x2.add(t, i64x2.splat(1023)), 52));
}

/** Natural logarithm of each lane, for normal numbers above 0. */
// @ts-ignore: decorator
@inline
export function logLanes(x: v128): v128 {
  const e = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e00000000)), 52);
  const m = i64x2.sub(x, i64x2.shl(e, 52));
  const f = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
  const g = f64x2.mul(f, f);
  let p = f64x2.splat(1.0 / 21);
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 19));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 17));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 15));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 13));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 11));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 9));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 7));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 5));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1.0 / 3));
  p = f64x2.add(f64x2.mul(p, g), f64x2.splat(1));
  const n = f64x2.sub(i64x2.add(e, i64x2.splat(0x4338000000000000)), f64x2.splat(MAGIC));
  const whole = f64x2.mul(n, f64x2.splat(6.93147180559945286e-1));
  return f64x2.add(whole, f64x2.mul(f64x2.mul(f64x2.splat(2), f), p));
}

/** Sum of both lanes. */
// @ts-ignore: decorator
@inline
export function bothLanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}
