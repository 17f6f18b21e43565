/**
 * Maximal marginal relevance: the next item is the best of lambda x relevance - (1 - lambda) x likeness to the most
 * similar item taken.
 *
 * @see Carbonell and Goldstein (1998), SIGIR
 */
import { type Aim, type Candidates, relevanceOf } from './aim.ts';
import type { Similarity } from './similarity.ts';

/** @param lambda 0 to 1; 1 is relevance alone, .6 to .8 usual */
export function mmrAim({ count, item, worth }: Candidates, similarity: Similarity, lambda: number): Aim {
  const relevance = relevanceOf(worth, count);
  const nearest = new Float64Array(count);
  return {
    gain: (at) => lambda * relevance[at]! - (1 - lambda) * nearest[at]!,
    add(at) {
      const taken = item[at]!;
      for (let i = 0; i < count; i++) {
        const like = similarity(taken, item[i]!);
        if (like > nearest[i]!) nearest[i] = like;
      }
    },
  };
}
