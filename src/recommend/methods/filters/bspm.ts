/** Blurring and sharpening over the graph, and its special case without sharpening; what they are stands in blur.ts. */
import { mapped, type Sparse } from '#kernels/sparse.ts';
import type { Method } from '../method.ts';
import { type BlurModel, becauseBlur, fitBlur, rows32, strengthOf } from './blur.ts';
import { blurScores } from './blur-scores.ts';
import { scoredOn } from './room.ts';

export interface BspmParams extends Readonly<Record<string, number>> {
  /** How much active users are held back; 1: each user counts the same. */
  readonly userPower: number;
  /** How much popular items are held back, as what the user has and as answers. */
  readonly inPower: number;
  readonly outPower: number;
  /** Singular vectors of the low-pass filter, the power of popularity in it, and its weight beside the graph's 1. */
  readonly rank: number;
  readonly lowPower: number;
  readonly lowPass: number;
  /** How long to sharpen, in how many steps of which order (1 Euler, 2 midpoint, 4 Runge and Kutta); 0: not. */
  readonly time: number;
  readonly steps: number;
  readonly order: number;
  /** 1: the mean of what is sharpened and of what the graph alone blurred; 0: the former. */
  readonly average: number;
  /** Days in which what the user has loses half its weight; 0: it doesn't. */
  readonly halfLifeDays: number;
}

const ranges: Method<BspmParams, BlurModel>['ranges'] = {
  userPower: [0, 3],
  inPower: [0, 3],
  outPower: [0, 3],
  rank: [0, 4096],
  lowPower: [0, 3],
  lowPass: [0, 100],
  time: [0, 100],
  steps: [1, 100],
  order: [1, 4],
  average: [0, 1],
  halfLifeDays: [0, 100_000],
};

const scorers: Pick<Method<BspmParams, BlurModel>, 'fit' | 'score' | 'scoreRows' | 'because'> = {
  fit: (data, params, run) => scoredOn(fitBlur(data, params, run), run.threads),
  score: (model, users) => blurScores(model, model.starts, users),
  scoreRows: (model, rows: Sparse) =>
    blurScores(
      model,
      rows32(mapped(rows, strengthOf)),
      Int32Array.from({ length: rows.rows }, (_, row) => row),
    ),
  because: becauseBlur,
};

/**
 * Defaults: the paper's for Yelp2018. Its setting for Gowalla, rank 448, lowPass 0.2, time 2.5, order 4, average 0, holds the
 * broad tastes back so much that a small shop is better off without. Smaller powers (user 0.8, in 0.5, out 0.3, low 0.3 with rank 768, lowPass 0.25, time 0.9, order 1) serve better where what is to be found
 * is like what is known, as in a random part held out, and worse where tastes move on.
 */
export const BSPM: Method<BspmParams, BlurModel> = {
  name: 'bspm',
  defaults: {
    ...{ userPower: 1, inPower: 0.5, outPower: 0.5, rank: 384, lowPower: 0.5, lowPass: 0.3 },
    ...{ time: 1.2, steps: 1, order: 1, average: 1, halfLifeDays: 0 },
  },
  ranges,
  whole: ['rank', 'steps', 'order', 'average'],
  source: 'Choi et al. (2023), Blurring-Sharpening Process Models for Collaborative Filtering, SIGIR (BSPM-EM)',
  ...scorers,
};

export const GF_CF: Method<BspmParams, BlurModel> = {
  name: 'gf-cf',
  defaults: {
    ...{ userPower: 1, inPower: 0.5, outPower: 0.5, rank: 256, lowPower: 0.5, lowPass: 0.3 },
    ...{ time: 0, steps: 1, order: 1, average: 0, halfLifeDays: 0 },
  },
  ranges,
  whole: ['rank', 'steps', 'order', 'average'],
  source: 'Shen et al. (2021), How Powerful is Graph Convolution for Recommendation?, CIKM (GF-CF)',
  ...scorers,
};
