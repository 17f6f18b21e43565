// What each customer adds to the log-likelihood of BG/NBD and MBG/NBD beyond the terms that depend on the count alone.
import { bothLanes, expLanes, logLanes } from './lanes';

/**
 * out[0 .. 4] = log-likelihood and its slopes by r, alpha, a, b, over rows [from, to): weight times
 * log((alpha + age)^-(r + x) + a / left (alpha + recency)^-(r + x)), left = b + moments to leave at - 1.
 *
 * repeats i32; recency, age, weights f64; byCount [x] pairs (log(a / left), 1 / left), (-1e300, 0) where nobody can have
 * left. Sums run in two lanes (even rows, odd rows of the range).
 */
export function lifetimePass(
  repeats: usize, recency: usize, age: usize, weights: usize, byCount: usize,
  from: i32, to: i32, r: f64, alpha: f64, a: f64, out: usize,
): void {
  let sum = f64x2.splat(0);
  let slopeR = f64x2.splat(0);
  let slopeAlpha = f64x2.splat(0);
  let slopeA = f64x2.splat(0);
  let slopeB = f64x2.splat(0);
  const one = f64x2.splat(1);
  for (let i = from; i < to; i += 2) {
    const second = i + 1 < to;
    const j = second ? i + 1 : i;
    const x0 = load<i32>(repeats + (<usize>i << 2));
    const x1 = load<i32>(repeats + (<usize>j << 2));
    const t0 = byCount + (<usize>x0 << 4);
    const t1 = byCount + (<usize>x1 << 4);
    const logOdds = f64x2.replace_lane(f64x2.splat(load<f64>(t0)), 1, load<f64>(t1));
    const perLeft = f64x2.replace_lane(f64x2.splat(load<f64>(t0, 8)), 1, load<f64>(t1, 8));
    const power = f64x2.add(f64x2.replace_lane(f64x2.splat(<f64>x0), 1, <f64>x1), f64x2.splat(r));
    const weight = pair(weights, i, second, 0);
    const atAge = f64x2.add(pair(age, i, second, 1), f64x2.splat(alpha));
    const atRecency = f64x2.add(pair(recency, i, second, 1), f64x2.splat(alpha));
    const logAge = logLanes(atAge);
    const logRecency = logLanes(atRecency);
    const e = f64x2.add(logOdds, f64x2.mul(power, f64x2.sub(logAge, logRecency)));
    const t = expLanes(f64x2.neg(f64x2.abs(e)));
    const whole = f64x2.add(one, t);
    const soft = f64x2.add(f64x2.max(e, f64x2.splat(0)), logLanes(whole));
    const larger = f64x2.div(one, whole);
    const smaller = f64x2.div(t, whole);
    const positive = f64x2.gt(e, f64x2.splat(0));
    const gone = v128.bitselect(larger, smaller, positive);
    const alive = v128.bitselect(smaller, larger, positive);
    sum = f64x2.add(sum, f64x2.mul(weight, f64x2.sub(soft, f64x2.mul(power, logAge))));
    slopeR = f64x2.sub(slopeR, f64x2.mul(weight, f64x2.add(f64x2.mul(alive, logAge), f64x2.mul(gone, logRecency))));
    const pull = f64x2.add(f64x2.div(alive, atAge), f64x2.div(gone, atRecency));
    slopeAlpha = f64x2.sub(slopeAlpha, f64x2.mul(weight, f64x2.mul(power, pull)));
    slopeA = f64x2.add(slopeA, f64x2.mul(weight, gone));
    slopeB = f64x2.sub(slopeB, f64x2.mul(weight, f64x2.mul(gone, perLeft)));
  }
  store<f64>(out, bothLanes(sum));
  store<f64>(out, bothLanes(slopeR), 8);
  store<f64>(out, bothLanes(slopeAlpha), 16);
  store<f64>(out, bothLanes(slopeA) / a, 24);
  store<f64>(out, bothLanes(slopeB), 32);
}

/** Two doubles at row i; the second is `other` where there is none. */
@inline
function pair(at: usize, i: i32, second: bool, other: f64): v128 {
  const p = at + (<usize>i << 3);
  return second ? v128.load(p) : f64x2.replace_lane(f64x2.splat(load<f64>(p)), 1, other);
}
