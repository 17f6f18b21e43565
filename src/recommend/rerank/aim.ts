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

/**
 * Worth on a scale that lists can be balanced on: 1 at the best, falling with the logarithm, 0 from a thousandth of the
 * best down. On the plain scale the best few would leave no say to all others.
 */
export function relevanceOf(worth: Float64Array, count: number): Float64Array {
  let best = 0;
  for (let i = 0; i < count; i++) if (worth[i]! > best) best = worth[i]!;
  const out = new Float64Array(count);
  if (best === 0) return out;
  for (let i = 0; i < count; i++) if (worth[i]! > 0) out[i] = Math.max(0, 1 + Math.log10(worth[i]! / best) / 3);
  return out;
}
