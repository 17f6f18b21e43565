/**
 * Chooses among learners of effects so that noise does not choose: out-of-fold scores are judged by two criteria at once
 * (Qini, and how much of the doubly robust pseudo-outcome a line of the score explains), people are drawn again many times,
 * and a candidate's weight in the blend is the product of the shares of draws in which it was best by either: a candidate
 * that noise lifts by one of them is seldom lifted by the other.
 */
import { random, split } from '#kernels/random.ts';
import { qiniPerPerson, type Ranking, rankingOf } from './metrics.ts';
import type { Trial } from './trial.ts';

export interface Candidate {
  readonly name: string;
  /** Means over the draws: Qini a person, and slope on the standardised score of the pseudo-outcome. */
  readonly qini: number;
  readonly explained: number;
  /** Shares of draws in which it was best by either. */
  readonly bestByQini: number;
  readonly bestByExplained: number;
  /** In the blend; all add up to 1. */
  readonly weight: number;
}

const DRAWS = 100;

/**
 * Weights of candidates.
 *
 * @param scores by candidate [rows], out of fold
 * @param pseudo [rows] doubly robust pseudo-outcome
 */
export function weighCandidates(
  trial: Trial,
  scores: readonly { readonly name: string; readonly score: Float64Array }[],
  pseudo: Float64Array,
  seed: number,
): Candidate[] {
  const rankings = scores.map(({ score }) => rankingOf(score));
  const won = [new Float64Array(scores.length), new Float64Array(scores.length)] as const;
  const sums = scores.map(() => ({ qini: 0, explained: 0 }));
  for (let draw = 0; draw < DRAWS; draw++) {
    const weights = drawnWeights(pseudo.length, split(seed, 'draw', draw));
    const qinis = rankings.map((ranking) => qiniPerPerson(ranking, { ...trial, weights }));
    const explained = scores.map(({ score }) => explainedBy(score, pseudo, weights));
    for (const [k, sum] of sums.entries()) {
      sum.qini += qinis[k]! / DRAWS;
      sum.explained += explained[k]! / DRAWS;
    }
    for (const [c, values] of [qinis, explained].entries()) won[c]![indexOfMost(values)]! += 1 / DRAWS;
  }
  const [byQini, byExplained] = won;
  const products = byQini.map((share, k) => share * byExplained[k]!);
  const total = products.reduce((a, b) => a + b, 0);
  return scores.map(({ name }, k) => ({
    ...{ name, ...sums[k]!, bestByQini: byQini[k]!, bestByExplained: byExplained[k]! },
    // Criteria that never agree: the mean of both.
    weight: total > 0 ? products[k]! / total : (byQini[k]! + byExplained[k]!) / 2,
  }));
}

/** [rows] how often each person is drawn: Poisson of mean 1. */
export function drawnWeights(rows: number, seed: number): Float64Array {
  const draw = random(seed);
  return Float64Array.from({ length: rows }, () => poissonOne(draw.uniform()));
}

/** Chances of at most 0, 1, 2 ... of a Poisson variate of mean 1. */
const AT_MOST = Array.from({ length: 12 }, (_, k) => {
  let [term, sum] = [Math.exp(-1), Math.exp(-1)];
  for (let j = 1; j <= k; j++) {
    term /= j;
    sum += term;
  }
  return sum;
});

function poissonOne(uniform: number): number {
  let k = 0;
  while (k < AT_MOST.length && uniform > AT_MOST[k]!) k++;
  return k;
}

/** Slope and standard error of a weighted line of `pseudo` on `score`: what it explains, signed, in units of its noise. */
function explainedBy(score: Float64Array, pseudo: Float64Array, weights: Float64Array): number {
  let [n, s, p, ss, sp] = [0, 0, 0, 0, 0];
  for (let i = 0; i < score.length; i++) {
    const w = weights[i]!;
    n += w;
    s += w * score[i]!;
    p += w * pseudo[i]!;
    ss += w * score[i]! * score[i]!;
    sp += w * score[i]! * pseudo[i]!;
  }
  const spread = ss / n - (s / n) ** 2;
  return spread > 0 ? (sp / n - (s / n) * (p / n)) / Math.sqrt(spread) : 0;
}

function indexOfMost(values: readonly number[]): number {
  let at = 0;
  for (const [k, value] of values.entries()) if (value > values[at]!) at = k;
  return at;
}

export type { Ranking };
