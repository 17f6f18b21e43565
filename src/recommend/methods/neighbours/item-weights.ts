/** Scores that are sums over what someone has: score of j = sum_i strength of i times W_ij. They explain themselves. */
import type { Sparse } from '#kernels/sparse.ts';
import type { Because } from '../method.ts';

export interface ItemWeights {
  /** [users x items] strengths of what each user has */
  readonly had: Sparse;
  /** [items x items] row i: what having i gives to others; columns rise */
  readonly weights: Sparse;
  /** [items] by popularity, too small to change an order that the weights give */
  readonly tie: Float64Array;
}

/** [n x items] scores of known users. */
export function scoresOfUsers({ had, weights, tie }: ItemWeights, users: Int32Array): Float64Array {
  const items = tie.length;
  const out = new Float64Array(users.length * items);
  for (let row = 0; row < users.length; row++)
    add(out.subarray(row * items, (row + 1) * items), had, users[row]!, weights, tie);
  return out;
}

/** [n x items] scores of people with the given strengths. */
export function scoresOfRows({ weights, tie }: ItemWeights, rows: Sparse): Float64Array {
  const out = new Float64Array(rows.rows * tie.length);
  for (let row = 0; row < rows.rows; row++)
    add(out.subarray(row * tie.length, (row + 1) * tie.length), rows, row, weights, tie);
  return out;
}

function add(scores: Float64Array, had: Sparse, row: number, weights: Sparse, tie: Float64Array): void {
  const { offsets, indices, values } = weights;
  scores.set(tie);
  for (let e = had.offsets[row]!; e < had.offsets[row + 1]!; e++) {
    const item = had.indices[e]!;
    const strength = had.values[e]!;
    const end = offsets[item + 1]!;
    for (let f = offsets[item]!; f < end; f++) scores[indices[f]!]! += strength * values[f]!;
  }
}

/** What gave the score of `item`; weights must not be below 0. */
export function reasonsOf({ had, weights }: ItemWeights, user: number, item: number, most: number): Because[] {
  const parts: { item: number; part: number }[] = [];
  let total = 0;
  for (let e = had.offsets[user]!; e < had.offsets[user + 1]!; e++) {
    const own = had.indices[e]!;
    const part = had.values[e]! * entry(weights, own, item);
    if (part > 0) parts.push({ item: own, part });
    total += part;
  }
  return parts
    .sort((a, b) => b.part - a.part || a.item - b.item)
    .slice(0, most)
    .map(({ item: own, part }) => ({ item: own, share: part / total }));
}

/** Value at [row, column], 0 where there is none; columns of the row rise. */
function entry({ offsets, indices, values }: Sparse, row: number, column: number): number {
  let [low, high] = [offsets[row]!, offsets[row + 1]!];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indices[middle]! < column) low = middle + 1;
    else high = middle;
  }
  return low < offsets[row + 1]! && indices[low] === column ? values[low]! : 0;
}
