/**
 * The k best of many scores, by a heap whose root is the worst one kept.
 * Order: higher score first; of equal scores the lower index first. So the answer doesn't depend on the order of offers.
 */

export interface Top {
  readonly k: number;
  /** How many are held, 0..k. */
  size: number;
  /** [k] heap order while offers come in; best first after `sortTop`. */
  readonly scores: Float64Array;
  readonly indices: Int32Array;
}

/** An empty selection of up to `k` (> 0) entries; reuse it by setting `size = 0`. */
export function emptyTop(k: number): Top {
  return { k, size: 0, scores: new Float64Array(k), indices: new Int32Array(k) };
}

/** Offers one entry. Scores must be numbers (not NaN); -Infinity is never kept. */
export function offer(top: Top, score: number, index: number): void {
  const { scores, indices, k } = top;
  if (top.size === k) {
    const worst = scores[0]!;
    if (score < worst || (score === worst && index > indices[0]!)) return;
    sink(top, 0, score, index);
    return;
  }
  if (score === Number.NEGATIVE_INFINITY) return;
  let at = top.size++;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const other = scores[parent]!;
    if (other < score || (other === score && indices[parent]! > index)) break;
    scores[at] = other;
    indices[at] = indices[parent]!;
    at = parent;
  }
  scores[at] = score;
  indices[at] = index;
}

/** Puts the entry into the hole at `at` and lets worse children rise. */
function sink(top: Top, at: number, score: number, index: number): void {
  const { scores, indices, size } = top;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    const right = child + 1;
    if (
      right < size &&
      (scores[right]! < scores[child]! || (scores[right] === scores[child] && indices[right]! > indices[child]!))
    )
      child = right;
    const other = scores[child]!;
    if (other > score || (other === score && indices[child]! < index)) break;
    scores[at] = other;
    indices[at] = indices[child]!;
    at = child;
  }
  scores[at] = score;
  indices[at] = index;
}

/** Orders what is held, best first. Afterwards set `size = 0` before the next offers. */
export function sortTop(top: Top): void {
  const { scores, indices } = top;
  const held = top.size;
  while (top.size > 1) {
    const last = --top.size;
    const score = scores[last]!;
    const index = indices[last]!;
    scores[last] = scores[0]!;
    indices[last] = indices[0]!;
    sink(top, 0, score, index);
  }
  top.size = held;
}

/** Fills `top` with the best of `scores[from .. from + count)`; indices count from `from`. Sorted, best first. */
export function topOf(top: Top, scores: Float64Array, from: number, count: number): void {
  top.size = 0;
  for (let i = 0; i < count; i++) {
    const score = scores[from + i]!;
    if (top.size === top.k && score <= top.scores[0]!) continue;
    offer(top, score, i);
  }
  sortTop(top);
}
