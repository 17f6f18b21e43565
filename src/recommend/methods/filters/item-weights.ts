/** Methods whose score is a sum over what the user has of a weight for each pair of items. */
import type { Sparse } from '#kernels/sparse.ts';
import type { Because } from '../method.ts';
import type { Rows32 } from './blur.ts';
import { ranked } from './ranked.ts';

export interface ItemWeights {
  /** [users x items] strengths of what each user has */
  readonly starts: Rows32;
  /** [items x items] row i: what having i gives each item */
  readonly weights: Sparse;
  /** [items] popularity, too small to change an order that the weights give */
  readonly tie: Float64Array;
}

/** Scores of every item for the `wanted` rows: [n x items] x W, and the tie. */
export function weightScores({ weights, tie }: ItemWeights, rows: Rows32, wanted: Int32Array): Float64Array {
  const items = tie.length;
  const out = new Float64Array(wanted.length * items);
  const { offsets, indices, values } = weights;
  for (const [row, which] of wanted.entries()) {
    const scores = out.subarray(row * items, (row + 1) * items);
    scores.set(tie);
    for (let e = rows.offsets[which]!; e < rows.offsets[which + 1]!; e++) {
      const strength = rows.values[e]!;
      const end = offsets[rows.indices[e]! + 1]!;
      for (let f = offsets[rows.indices[e]!]!; f < end; f++) scores[indices[f]!]! += strength * values[f]!;
    }
  }
  return out;
}

/** The items of the user that gave most of the score of `item`. */
export function becauseWeights(
  { starts, weights }: ItemWeights,
  user: number,
  item: number,
  most: number,
): readonly Because[] {
  const from = starts.offsets[user]!;
  const had = starts.indices.subarray(from, starts.offsets[user + 1]!);
  const parts = Float64Array.from(had, (own, e) => {
    for (let f = weights.offsets[own]!; f < weights.offsets[own + 1]!; f++)
      if (weights.indices[f] === item) return starts.values[from + e]! * weights.values[f]!;
    return 0;
  });
  return ranked(had, parts, most);
}

/** All rows of [n x items] in order. */
export const everyRow = (count: number): Int32Array => Int32Array.from({ length: count }, (_, row) => row);
