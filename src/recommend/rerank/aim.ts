/** What a list is filled for, one place after another. */

/** Candidates of one customer; positions 0 .. count - 1. */
export interface Candidates {
  readonly count: number;
  /** [count] product */
  readonly item: Int32Array;
  /** [count] worth of showing it, >= 0; comparable within the customer */
  readonly worth: Float64Array;
}

export interface Aim {
  /** Worth of adding candidate `at` to those taken so far. */
  gain(at: number): number;
  /** Candidate `at` is taken. */
  add(at: number): void;
}

/** Relevance of what is worth nothing. */
const LEAST = -3;

/**
 * Worth on a scale that lists can be balanced on: 1 at the best, a third less for each power of ten, -3 at least. On the
 * plain scale the best few would leave no say to all others.
 */
export function relevanceOf(worth: Float64Array, count: number): Float64Array {
  let best = 0;
  for (let i = 0; i < count; i++) if (worth[i]! > best) best = worth[i]!;
  const out = new Float64Array(count).fill(best === 0 ? 0 : LEAST);
  if (best > 0)
    for (let i = 0; i < count; i++) if (worth[i]! > 0) out[i] = Math.max(LEAST, 1 + Math.log10(worth[i]! / best) / 3);
  return out;
}
