// Small symmetric systems: Cholesky, solving, and coordinate descent. Inner products run in two lanes.
import { bothLanes } from './lanes';

/** Lower Cholesky factor of the lower triangle at `a` [n x n], in place; 1, or 0 where it is not positive definite. */
export function cholesky64(a: usize, n: i32): i32 {
  const row = <usize>n << 3;
  for (let i = 0; i < n; i++) {
    const own = a + <usize>i * row;
    for (let j = 0; j < i; j++) {
      const other = a + <usize>j * row;
      const at = own + (<usize>j << 3);
      store<f64>(at, (load<f64>(at) - inner(own, other, j)) / load<f64>(other + (<usize>j << 3)));
    }
    const at = own + (<usize>i << 3);
    const left = load<f64>(at) - inner(own, own, i);
    if (!(left > 0)) return 0;
    store<f64>(at, sqrt(left));
  }
  return 1;
}

/** Solves L L' x = right in place for `count` right sides, each [n]; L made by `cholesky64`. */
export function solve64(factor: usize, n: i32, right: usize, count: i32): void {
  const row = <usize>n << 3;
  for (let c = 0; c < count; c++) {
    const x = right + <usize>c * row;
    for (let i = 0; i < n; i++) {
      const at = x + (<usize>i << 3);
      const own = factor + <usize>i * row;
      store<f64>(at, (load<f64>(at) - inner(own, x, i)) / load<f64>(own + (<usize>i << 3)));
    }
    for (let i = n - 1; i >= 0; i--) {
      const at = x + (<usize>i << 3);
      const own = factor + <usize>i * row;
      const value = load<f64>(at) / load<f64>(own + (<usize>i << 3));
      store<f64>(at, value);
      addTimes(x, own, -value, i);
    }
  }
}

/**
 * Factors and solves systems [from, to) of a batch: matrices [count x n x n] (lower triangles, overwritten), right sides
 * [count x n] replaced by the answers. Returns how many were not positive definite; their answers are left as they came.
 */
export function solveBatch64(matrices: usize, n: i32, right: usize, from: i32, to: i32): i32 {
  let failed = 0;
  for (let s = from; s < to; s++) {
    const a = matrices + ((<usize>s * n * n) << 3);
    if (cholesky64(a, n)) solve64(a, n, right + ((<usize>s * n) << 3), 1);
    else failed++;
  }
  return failed;
}

/**
 * Minimum of x' G x / 2 - slope' x + sum l1[j] |x[j]| by cyclic coordinate descent; full sweeps in turn with sweeps over
 * the coordinates that are not 0. G [n x n], all of it. `x` holds the start and gets the answer; `left` [n] gets
 * slope - G x. Ends when no coordinate moves by more than tolerance / sqrt(G[j][j]); returns the sweeps.
 */
export function coordinateDescent(
  gram: usize, slope: usize, l1: usize, x: usize, left: usize, n: i32, tolerance: f64, sweepsMax: i32,
): i32 {
  const row = <usize>n << 3;
  for (let j = 0; j < n; j++) {
    const at = <usize>j << 3;
    store<f64>(left + at, load<f64>(slope + at) - inner(gram + <usize>j * row, x, n));
  }
  let sweeps = 0;
  let all = true;
  while (sweeps < sweepsMax) {
    let moved = false;
    for (let j = 0; j < n; j++) {
      const at = <usize>j << 3;
      const own = gram + <usize>j * row;
      const curve = load<f64>(own + at);
      const before = load<f64>(x + at);
      if (!(curve > 0) || (!all && before == 0)) continue;
      const pull = load<f64>(left + at) + curve * before;
      const gap = abs(pull) - load<f64>(l1 + at);
      const after = gap > 0 ? (pull > 0 ? gap : -gap) / curve : 0;
      const step = after - before;
      if (step == 0) continue;
      store<f64>(x + at, after);
      addTimes(left, own, -step, n);
      if (step * step * curve > tolerance * tolerance) moved = true;
    }
    sweeps++;
    if (moved) all = false;
    else if (all) break;
    else all = true;
  }
  return sweeps;
}

function inner(a: usize, b: usize, size: i32): f64 {
  let sum = f64x2.splat(0);
  let i = 0;
  for (; i + 2 <= size; i += 2) {
    const at = <usize>i << 3;
    sum = f64x2.add(sum, f64x2.mul(v128.load(a + at), v128.load(b + at)));
  }
  const both = bothLanes(sum);
  return i < size ? both + load<f64>(a + (<usize>i << 3)) * load<f64>(b + (<usize>i << 3)) : both;
}

function addTimes(to: usize, from: usize, factor: f64, size: i32): void {
  const f = f64x2.splat(factor);
  let i = 0;
  for (; i + 2 <= size; i += 2) {
    const at = <usize>i << 3;
    v128.store(to + at, f64x2.add(v128.load(to + at), f64x2.mul(f, v128.load(from + at))));
  }
  if (i < size) {
    const at = <usize>i << 3;
    store<f64>(to + at, load<f64>(to + at) + factor * load<f64>(from + at));
  }
}
