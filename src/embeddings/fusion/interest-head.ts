/**
 * The chance that a person takes an item that was shown, from the vector of their interest and the item's: a logistic of
 * the products of the two, number by number. What people did after showings tunes it further without the old ones: a
 * fit leaves how sure it is of each weight, and the next one starts from there.
 *
 * @see Chapelle and Li (2011), An empirical evaluation of Thompson sampling, NIPS, algorithm 3 (online Laplace)
 */
import { known } from '#errors.ts';
import { lbfgs } from '#kernels/optimise.ts';
import type { Vectors } from '../nearest.ts';
import { unitLength } from '../whiten.ts';

export interface InterestHead {
  readonly kind: 'interest-head';
  readonly width: number;
  /** [width + 2] of each product of numbers, of the cosine, and the constant */
  readonly weights: Float64Array;
  /** [width + 2] certainty of each (inverse variance) */
  readonly certainty: Float64Array;
  /** Showings learned from so far. */
  readonly showings: number;
}

/** Showings: who was shown what, and whether they took it. */
export interface Showings {
  /** Rows of the interest vectors and of the item vectors, [showings]. */
  readonly people: Int32Array;
  readonly items: Int32Array;
  /** [showings] 0 to 1: not taken, taken; e.g. 0.3 for a click and 1 for a purchase */
  readonly taken: Float64Array;
  /** [showings] >= 0, e.g. the inverse of the chance that it was shown; default 1 each */
  readonly weights?: Float64Array;
}

/** A head that knows nothing yet but that likeness is good: it ranks by cosine. */
export function newHead(width: number, { certainty = 1 }: { readonly certainty?: number } = {}): InterestHead {
  const weights = new Float64Array(width + 2);
  weights[width] = 1;
  const sure = new Float64Array(width + 2).fill(certainty * width);
  sure[width] = certainty;
  sure[width + 1] = 1e-3; // how much is taken at all is read from the data
  return { kind: 'interest-head', width, weights, certainty: sure, showings: 0 };
}

/**
 * The head after some more showings.
 *
 * @param people interest vectors, @param items item vectors, both of the head's width; lengths do not matter
 * @throws VECTORS_DIFFER; a showing of taken outside 0 to 1 or of a weight below zero is a RangeError
 */
export function tuned(head: InterestHead, people: Vectors, items: Vectors, showings: Showings): InterestHead {
  const rows = featuresOf(head, people, items, showings);
  const { taken, weights } = showings;
  const size = head.width + 2;
  for (const [s, y] of taken.entries())
    if (!(y >= 0 && y <= 1) || !((weights?.[s] ?? 1) >= 0)) throw new RangeError(`showing ${s}: taken ${y}`);
  const curve = new Float64Array(taken.length);
  const loss = (at: Float64Array, slope: Float64Array): number => {
    let value = 0;
    for (let j = 0; j < size; j++) {
      const gap = at[j]! - head.weights[j]!;
      value += 0.5 * head.certainty[j]! * gap * gap;
      slope[j] = head.certainty[j]! * gap;
    }
    for (let s = 0; s < taken.length; s++) {
      let z = 0;
      for (let j = 0; j < size; j++) z += at[j]! * rows[s * size + j]!;
      const weight = weights?.[s] ?? 1;
      const chance = 1 / (1 + Math.exp(-z));
      value += weight * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - taken[s]! * z);
      curve[s] = weight * chance * (1 - chance);
      const by = weight * (chance - taken[s]!);
      for (let j = 0; j < size; j++) slope[j]! += by * rows[s * size + j]!;
    }
    return value;
  };
  const { at } = lbfgs(loss, head.weights, { tolerance: 1e-7 });
  loss(at, new Float64Array(size));
  const certainty = head.certainty.slice();
  for (let s = 0; s < taken.length; s++)
    for (let j = 0; j < size; j++) certainty[j]! += curve[s]! * rows[s * size + j]! ** 2;
  return { ...head, weights: at, certainty, showings: head.showings + taken.length };
}

/** [showings] chance that each is taken, 0 to 1. @throws VECTORS_DIFFER */
export function takenChances(
  head: InterestHead,
  people: Vectors,
  items: Vectors,
  pairs: { readonly people: Int32Array; readonly items: Int32Array },
): Float64Array {
  const rows = featuresOf(head, people, items, pairs);
  const size = head.width + 2;
  return Float64Array.from(pairs.people, (_, s) => {
    let z = 0;
    for (let j = 0; j < size; j++) z += head.weights[j]! * rows[s * size + j]!;
    return 1 / (1 + Math.exp(-z));
  });
}

/** [pairs x width + 2]: products number by number (times the root of the width, so that they are of size one), cosine, 1. */
function featuresOf(
  { width }: InterestHead,
  people: Vectors,
  items: Vectors,
  pairs: { readonly people: Int32Array; readonly items: Int32Array },
): Float64Array {
  for (const [what, vectors] of [
    ['interest vectors', people],
    ['item vectors', items],
  ] as const)
    if (vectors.width !== width) throw known('VECTORS_DIFFER', { what, expected: width, came: vectors.width });
  const [left, right] = [unitLength(people).values, unitLength(items).values];
  const size = width + 2;
  const out = new Float64Array(pairs.people.length * size);
  for (let s = 0; s < pairs.people.length; s++) {
    const [a, b] = [pairs.people[s]! * width, pairs.items[s]! * width];
    let cosine = 0;
    for (let j = 0; j < width; j++) {
      const product = left[a + j]! * right[b + j]!;
      out[s * size + j] = product * Math.sqrt(width);
      cosine += product;
    }
    out[s * size + width] = cosine;
    out[s * size + width + 1] = 1;
  }
  return out;
}
