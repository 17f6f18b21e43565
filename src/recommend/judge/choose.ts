/** `--method best`: chosen on a part cut off the training data, never on the test data. */

import { countsOf, type Interactions, validationCut } from '../data/interactions.ts';
import { fitMethod } from '../methods/all.ts';
import { evaluate } from './evaluate.ts';

export interface Candidate {
  readonly method: string;
  readonly params: Readonly<Record<string, number>>;
  /** NDCG at k on the cut. */
  readonly ndcg: number;
  readonly recall: number;
}

export interface Choice {
  readonly chosen: Candidate;
  readonly candidates: readonly Candidate[];
  /** How the cut was made. */
  readonly cut: 'time' | 'pairs';
}

const HALF_LIVES = [14, 28, 56, 112];
const ALPHAS = [0.4, 0.6, 0.8, 1];
const BETAS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
const STEPS = [0.05, 0.1, 0.2, 0.4, 0.7];

/**
 * Tries each method, its parameters one after the other (alpha at beta 0.3, then beta at that alpha), and takes the one
 * with the best NDCG on the cut. At most 5,000 users of the cut are judged.
 */
export function chooseMethod(
  data: Interactions,
  { k, keepSeen, seed }: { k: number; keepSeen: boolean; seed: number },
): Choice {
  const { train, held } = validationCut(data, { share: data.ageDays === undefined ? 0.2 : 0.1, seed });
  const seen = countsOf(train);
  const candidates: Candidate[] = [];
  const attempt = (method: string, params: Readonly<Record<string, number>>): Candidate => {
    const fit = fitMethod(method, train, { params, seed });
    const options = { k, keepSeen, seed, resamples: 0, usersMax: 5000 };
    const { metrics } = evaluate((users) => fit.score(users), seen, held, options);
    const candidate = { method, params: fit.params, ndcg: metrics.ndcg, recall: metrics.recall };
    candidates.push(candidate);
    return candidate;
  };
  const bestOf = (tried: readonly Candidate[]): Candidate => tried.reduce((a, b) => (b.ndcg > a.ndcg ? b : a));

  attempt('popularity', {});
  const walks = ALPHAS.map((alpha) => attempt('rp3beta', { alpha, beta: 0.3 }));
  const { alpha } = bestOf(walks).params as { alpha: number };
  for (const beta of BETAS) if (beta !== 0.3) walks.push(attempt('rp3beta', { alpha, beta }));
  if (keepSeen) {
    const halves = train.ageDays === undefined ? [56] : HALF_LIVES;
    const own = bestOf(halves.map((halfLifeDays) => attempt('personal', { halfLifeDays })));
    const params = { ...bestOf(walks).params, ...own.params };
    for (const step of STEPS) attempt('blend', { ...params, step });
  }
  return { chosen: bestOf(candidates), candidates, cut: data.ageDays === undefined ? 'pairs' : 'time' };
}
