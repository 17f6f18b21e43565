/** One prediction of several: weights over members, as data. */

/** How the members' predictions are put together. */
export type Blend =
  /** Sum of weight times prediction; of chances the weights add up to one. */
  | { readonly kind: 'linear'; readonly weights: readonly number[] }
  /** Chances proportional to the product of chances to the power of their weights. */
  | { readonly kind: 'log'; readonly weights: readonly number[] };

/** Least chance that a product of chances is given. */
const FLOOR = 1e-9;

/**
 * Blended predictions.
 *
 * @param members [members] of [rows x width]
 * @param width classes, or 1
 */
export function blended(blend: Blend, members: readonly Float64Array[], width: number): Float64Array {
  const out = new Float64Array(members[0]?.length ?? 0);
  for (const [m, predicted] of members.entries()) {
    const weight = blend.weights[m]!;
    if (weight === 0) continue;
    if (blend.kind === 'linear') for (let i = 0; i < out.length; i++) out[i]! += weight * predicted[i]!;
    else for (let i = 0; i < out.length; i++) out[i]! += weight * Math.log(Math.max(predicted[i]!, FLOOR));
  }
  return blend.kind === 'log' ? softened(out, width) : out;
}

function softened(logs: Float64Array, width: number): Float64Array {
  for (let from = 0; from < logs.length; from += width) {
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < width; k++) top = Math.max(top, logs[from + k]!);
    let sum = 0;
    for (let k = 0; k < width; k++) {
      logs[from + k] = Math.exp(logs[from + k]! - top);
      sum += logs[from + k]!;
    }
    for (let k = 0; k < width; k++) logs[from + k]! /= sum;
  }
  return logs;
}

/**
 * Greedy selection with replacement: starting from the best member, the one that helps the score most is added again and
 * again; the best of all stages is kept. Weights are the shares of the picks.
 *
 * @param scoreOf of [rows x width] predictions, more is better
 * @param rounds picks at most; default 40
 * @see Caruana, Niculescu-Mizil, Crew and Ksikes (2004), Ensemble Selection from Libraries of Models, ICML
 */
export function greedySelection(
  members: readonly Float64Array[],
  scoreOf: (predicted: Float64Array) => number,
  { rounds = 40 }: { rounds?: number } = {},
): { weights: number[]; score: number } {
  const picks = new Int32Array(members.length);
  const sum = new Float64Array(members[0]!.length);
  const trial = new Float64Array(sum.length);
  let best = { weights: Array<number>(members.length).fill(0), score: Number.NEGATIVE_INFINITY };
  for (let round = 1; round <= rounds; round++) {
    let pick = 0;
    let top = Number.NEGATIVE_INFINITY;
    for (const [m, predicted] of members.entries()) {
      for (let i = 0; i < trial.length; i++) trial[i] = (sum[i]! + predicted[i]!) / round;
      const score = scoreOf(trial);
      if (score > top) [pick, top] = [m, score];
    }
    picks[pick]! += 1;
    for (let i = 0; i < sum.length; i++) sum[i]! += members[pick]![i]!;
    if (top > best.score) best = { weights: Array.from(picks, (n) => n / round), score: top };
  }
  return best;
}
