/** How much each of several rankers counts in their product: the weights whose lists of ten are best. */
import { emptyTop, topOf } from '#kernels/top-k.ts';

/** For one history: candidates, with what each ranker says of them. */
export interface Choice {
  /** [candidates x rankers] logarithms of chances; the first candidate is the one that came next. */
  readonly logs: Float64Array;
}

/** Best items of each ranker that are candidates. */
const DEPTH = 50;

/**
 * Candidates of one history: what came next, and the best of each ranker. Nothing where what came next is among no
 * ranker's best: no weights would bring it into a list of ten.
 *
 * @param logs of each ranker [items]; -Infinity: may not be shown
 */
export function choiceOf(logs: readonly Float64Array[], wanted: number): Choice | undefined {
  const top = emptyTop(DEPTH);
  const among = new Set<number>();
  for (const own of logs) {
    topOf(top, own, 0, own.length);
    for (let r = 0; r < top.size; r++) among.add(top.indices[r]!);
  }
  if (!among.delete(wanted)) return undefined;
  const values = new Float64Array((among.size + 1) * logs.length);
  let at = 0;
  for (const item of [wanted, ...among]) for (const own of logs) values[at++] = own[item]!;
  return { logs: values };
}

const LIST = 10;
const ROUNDS = 3;
const GRID = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5];

/**
 * Weights by coordinate ascent on the mean NDCG of a list of ten, from `start`: each weight but the first in turn takes
 * the best value of a grid from 0 to 1.5, three rounds at most.
 *
 * @see Metzler, Croft (2007), Linear feature-based models for information retrieval, Information Retrieval 10(3)
 * @param start [rankers]; the first stays as it is, as only ratios matter
 */
export function learnWeights(choices: readonly Choice[], start: readonly number[]): Float64Array {
  let weights = Float64Array.from(start);
  let best = gainOf(choices, weights);
  for (let round = 0; round < ROUNDS; round++) {
    const before = best;
    for (let r = 1; r < weights.length; r++)
      for (const value of GRID) {
        const tried = weights.slice();
        tried[r] = value;
        const gain = gainOf(choices, tried);
        if (gain > best + 1e-9) [best, weights] = [gain, tried];
      }
    if (best === before) break;
  }
  return weights;
}

/** Sum over the histories of the NDCG of a list of ten with one right item. */
export function gainOf(choices: readonly Choice[], weights: Float64Array): number {
  const rankers = weights.length;
  let gain = 0;
  for (const { logs } of choices) {
    let right = 0;
    for (let r = 0; r < rankers; r++) right += weights[r]! * logs[r]!;
    let above = 0;
    for (let at = rankers; at < logs.length && above < LIST; at += rankers) {
      let score = 0;
      for (let r = 0; r < rankers; r++) score += weights[r]! * logs[at + r]!;
      if (score >= right) above++;
    }
    if (above < LIST) gain += 1 / Math.log2(above + 2);
  }
  return gain;
}
