/**
 * Greedy search for the most likely set of a determinantal point process: each item is taken for its relevance and for
 * the volume it adds to the set, log det S of the likenesses. With the Cholesky factor of S kept row by row, an item's
 * part is 2 log d_i, and d_i^2 shrinks by e_i^2 with e_i = (S_ji - <c_j, c_i>) / d_j when j is taken: O(n k) a place.
 *
 * @see Chen, Zhang, Zhou (2018), Fast Greedy MAP Inference for Determinantal Point Process, NeurIPS; algorithm 1 and
 * equation 12 (trade-off of relevance and diversity)
 */
import { type Aim, type Candidates, relevanceOf } from './aim.ts';
import type { Similarity } from './similarity.ts';

/** Volumes below this are zero but for rounding: the item is a sum of others. */
const FLAT = 1e-10;

/**
 * @param similarity positive semidefinite over the items
 * @param theta weight of relevance, 0 to 1; the volume has 1 - theta
 * @param k places at most
 */
export function dppAim(
  { count, item, worth }: Candidates,
  similarity: Similarity,
  { theta, k }: { theta: number; k: number },
): Aim {
  const gains = relevanceOf(worth, count);
  for (let i = 0; i < count; i++) gains[i]! *= theta;
  const relevance = gains.slice();
  const volume = new Float64Array(count).fill(1);
  /** [k x count] columns of the factor */
  const rows = new Float64Array(k * count);
  let taken = 0;
  return {
    gain: (at) => gains[at]!,
    add(at) {
      const root = Math.sqrt(Math.max(FLAT, volume[at]!));
      const product = item[at]!;
      const own = taken * count;
      for (let i = 0; i < count; i++) rows[own + i] = similarity(product, item[i]!);
      for (let r = 0; r < taken * count; r += count) {
        const weight = rows[r + at]!;
        if (weight !== 0) for (let i = 0; i < count; i++) rows[own + i]! -= weight * rows[r + i]!;
      }
      for (let i = 0; i < count; i++) {
        if (rows[own + i] === 0) continue;
        const part = rows[own + i]! / root;
        rows[own + i] = part;
        volume[i]! -= part * part;
        gains[i] = relevance[i]! + (1 - theta) * Math.log(Math.max(FLAT, volume[i]!));
      }
      taken++;
    },
  };
}
