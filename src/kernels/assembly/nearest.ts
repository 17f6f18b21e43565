// The k vectors with the largest inner products with each query: exact, f32, four lanes in a fixed order.

/**
 * Offers vectors [from, to) to the heaps of `count` queries. Vectors and queries have `width` floats, a multiple of 4.
 * A heap holds `k` entries, worst at its root: scores f32 and ids i32, [count x k]; it begins all -Infinity with ids
 * 2^31 - 1. Of equal scores the lower id is better; a score that is not a number is never kept.
 */
export function nearest(
  queries: usize, count: i32, vectors: usize, from: i32, to: i32, width: i32, k: i32, scores: usize, ids: usize,
): void {
  const bytes = <usize>width << 2;
  const heap = <usize>k << 2;
  for (let q = 0; q < count; q += 4) {
    const q0 = queries + <usize>q * bytes;
    const q1 = q + 1 < count ? q0 + bytes : q0;
    const q2 = q + 2 < count ? q0 + 2 * bytes : q0;
    const q3 = q + 3 < count ? q0 + 3 * bytes : q0;
    const first = <usize>q * heap;
    const many = min(4, count - q);
    for (let i = from; i < to; i++) {
      const v = vectors + <usize>i * bytes;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      for (let at: usize = 0; at < bytes; at += 16) {
        const x = v128.load(v + at);
        s0 = f32x4.add(s0, f32x4.mul(x, v128.load(q0 + at)));
        s1 = f32x4.add(s1, f32x4.mul(x, v128.load(q1 + at)));
        s2 = f32x4.add(s2, f32x4.mul(x, v128.load(q2 + at)));
        s3 = f32x4.add(s3, f32x4.mul(x, v128.load(q3 + at)));
      }
      enter(scores + first, ids + first, k, fourLanes(s0), i);
      if (many > 1) enter(scores + first + heap, ids + first + heap, k, fourLanes(s1), i);
      if (many > 2) enter(scores + first + 2 * heap, ids + first + 2 * heap, k, fourLanes(s2), i);
      if (many > 3) enter(scores + first + 3 * heap, ids + first + 3 * heap, k, fourLanes(s3), i);
    }
  }
}

@inline
function fourLanes(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

@inline
function enter(scores: usize, ids: usize, k: i32, score: f32, id: i32): void {
  // ids rise, so that an equal score can only be worse
  if (score > load<f32>(scores)) sink(scores, ids, k, score, id);
}

/** Takes the place of the root and lets worse children rise. */
function sink(scores: usize, ids: usize, k: i32, score: f32, id: i32): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= k) break;
    let other = load<f32>(scores + (<usize>child << 2));
    let name = load<i32>(ids + (<usize>child << 2));
    if (child + 1 < k) {
      const right = load<f32>(scores + (<usize>(child + 1) << 2));
      const own = load<i32>(ids + (<usize>(child + 1) << 2));
      if (right < other || (right == other && own > name)) {
        child++;
        other = right;
        name = own;
      }
    }
    if (other > score || (other == score && name < id)) break;
    store<f32>(scores + (<usize>at << 2), other);
    store<i32>(ids + (<usize>at << 2), name);
    at = child;
  }
  store<f32>(scores + (<usize>at << 2), score);
  store<i32>(ids + (<usize>at << 2), id);
}
