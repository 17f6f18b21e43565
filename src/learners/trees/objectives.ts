/** What boosting lowers: for each row the gradient and hessian of a loss in the raw scores. */
import { known } from '#errors.ts';
import { quantile } from '#kernels/metrics.ts';
import type { Task } from '../learner.ts';
import type { Target } from '../target.ts';
import type { Link } from './ensemble.ts';
import { type RankOptions, ranking } from './ranking.ts';

export const LOSSES = ['auto', 'l2', 'poisson', 'tweedie', 'quantile', 'zero-inflated-lognormal'] as const;
export type Loss = (typeof LOSSES)[number];

export interface LossOptions extends RankOptions {
  readonly task: Task;
  readonly loss: Loss;
  /** Of tweedie: between 1 (Poisson) and 2 (gamma). */
  readonly tweediePower: number;
  /** Of quantile: the share of rows that lie below. */
  readonly quantile: number;
}

/** Rows that are learned from, and the scores of all rows. */
export interface Rows {
  readonly target: Target;
  /** Row numbers; gradients of other rows are not asked for. */
  readonly rows: Uint32Array;
  /** [width][rows of the table] raw scores. */
  readonly scores: readonly Float64Array[];
}

export interface Objective {
  readonly link: Link;
  /** Raw scores a row. */
  readonly width: number;
  /** The kernel that computes the gradients, where it is a compiled one. */
  readonly kernel?: 'logitGradients';
  /** [width] score of all rows before any tree. */
  base(target: Target, rows: Uint32Array): number[];
  /** Called once a round before `gradients`. */
  begin?(given: Rows): void;
  /** Writes pairs (gradient, hessian) of output `k` into `gh` at 2 x row. */
  gradients(k: number, given: Rows, gh: Float32Array): void;
  /** Mean loss of the rows, by weight. */
  loss(given: Rows): number;
  /** Value of a leaf from the residuals of its rows, where a Newton step is not it. */
  leafValue?(residuals: Float64Array): number;
  /** ordinal: [classes - 1] cut points, rising. */
  cuts?(): number[];
}

/**
 * The objective of a task.
 *
 * @throws LABEL_OUT_OF_RANGE where the loss cannot take the label: below zero (poisson, tweedie, zero-inflated-lognormal)
 */
export function objectiveOf(target: Target, options: LossOptions): Objective {
  const { task, loss } = options;
  if (task === 'classify') return target.classes.length === 2 ? logit : softmax(target.classes.length);
  if (task === 'ordinal') return ordinal(target.classes.length);
  if (task === 'rank') return ranking(target, options);
  if (loss === 'auto' || loss === 'l2') return squares;
  if (loss === 'quantile') return pinball(options.quantile);
  const below = target.label.findIndex((y) => y < 0);
  if (below >= 0) throw known('LABEL_OUT_OF_RANGE', { loss, row: below + 1, value: target.label[below]! });
  if (loss === 'poisson') return poisson;
  return loss === 'tweedie' ? tweedie(options.tweediePower) : zeroInflatedLognormal;
}

const LEAST = 1e-16;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

function weightedMean(target: Target, rows: Uint32Array, of: (label: number) => number = (y) => y): number {
  let sum = 0;
  let weights = 0;
  for (const i of rows) {
    sum += target.weights[i]! * of(target.label[i]!);
    weights += target.weights[i]!;
  }
  return weights > 0 ? sum / weights : 0;
}

function meanLoss({ target, rows }: Rows, lossOf: (row: number, label: number) => number): number {
  let sum = 0;
  let weights = 0;
  for (const i of rows) {
    sum += target.weights[i]! * lossOf(i, target.label[i]!);
    weights += target.weights[i]!;
  }
  return weights > 0 ? sum / weights : 0;
}

/** Gradient and hessian of one row times its weight. */
type Step = (score: number, label: number) => readonly [number, number];

function stepwise(step: Step): Objective['gradients'] {
  return (_k, { target: { label, weights }, rows, scores: [s] }, gh) => {
    for (const i of rows) {
      const [g, h] = step(s![i]!, label[i]!);
      gh[2 * i] = g * weights[i]!;
      gh[2 * i + 1] = Math.max(h, LEAST) * weights[i]!;
    }
  };
}

const logOdds = (share: number): number =>
  Math.log(clamp(share, 1e-15, 1 - 1e-15) / (1 - clamp(share, 1e-15, 1 - 1e-15)));
/** -log of the chance, from the margin of the true side. */
const logLossOf = (margin: number): number =>
  margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;

const logit: Objective = {
  link: 'logit',
  width: 1,
  kernel: 'logitGradients',
  base: (target, rows) => [logOdds(weightedMean(target, rows))],
  gradients: stepwise((s, y) => {
    const p = sigmoid(s);
    return [p - y, p * (1 - p)];
  }),
  loss: (given) => meanLoss(given, (i, y) => logLossOf(y === 1 ? given.scores[0]![i]! : -given.scores[0]![i]!)),
};

/** @see Friedman (2001), Annals of Statistics 29(5), algorithm 6; hessians scaled by K / (K - 1) */
function softmax(classes: number): Objective {
  let chances: Float32Array[] = [];
  const row = new Float64Array(classes);
  const chancesAt = (scores: readonly Float64Array[], i: number): void => {
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) top = Math.max(top, scores[k]![i]!);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += row[k] = Math.exp(scores[k]![i]! - top);
    for (let k = 0; k < classes; k++) row[k]! /= sum;
  };
  return {
    link: 'softmax',
    width: classes,
    base: (target, rows) =>
      Array.from({ length: classes }, (_, k) =>
        Math.log(
          Math.max(
            1e-15,
            weightedMean(target, rows, (y) => (y === k ? 1 : 0)),
          ),
        ),
      ),
    begin: ({ rows, scores }) => {
      if (chances.length === 0) chances = scores.map((s) => new Float32Array(s.length));
      for (const i of rows) {
        chancesAt(scores, i);
        for (let k = 0; k < classes; k++) chances[k]![i] = row[k]!;
      }
    },
    gradients: (k, { target: { label, weights }, rows }, gh) => {
      const factor = classes / (classes - 1);
      for (const i of rows) {
        const p = chances[k]![i]!;
        gh[2 * i] = (p - (label[i] === k ? 1 : 0)) * weights[i]!;
        gh[2 * i + 1] = Math.max(factor * p * (1 - p), LEAST) * weights[i]!;
      }
    },
    loss: (given) =>
      meanLoss(given, (i, y) => {
        chancesAt(given.scores, i);
        return -Math.log(Math.max(1e-15, row[y]!));
      }),
  };
}

/**
 * One score and rising cut points: P(class <= k) = sigmoid(cut k - score). The cuts take a Newton step a round.
 *
 * @see McCullagh (1980), JRSS B 42(2), proportional odds
 */
function ordinal(classes: number): Objective {
  let cuts: number[] = [];
  const below = (k: number, s: number): number => (k < 0 ? 0 : k >= classes - 1 ? 1 : sigmoid(cuts[k]! - s));
  return {
    link: 'ordinal',
    width: 1,
    base: (target, rows) => {
      cuts = Array.from({ length: classes - 1 }, (_, k) =>
        logOdds(weightedMean(target, rows, (y) => (y <= k ? 1 : 0))),
      );
      return [0];
    },
    begin: ({ target: { label, weights }, rows, scores: [s] }) => {
      cuts = stepOfCuts(cuts, classes, below, { label, weights, rows, score: s! });
    },
    gradients: stepwise((s, y) => {
      const high = below(y, s);
      const low = below(y - 1, s);
      return [1 - high - low, high * (1 - high) + low * (1 - low)];
    }),
    loss: (given) =>
      meanLoss(given, (i, y) => {
        const s = given.scores[0]![i]!;
        return -Math.log(Math.max(1e-15, below(y, s) - below(y - 1, s)));
      }),
    cuts: () => [...cuts],
  };
}

function stepOfCuts(
  cuts: readonly number[],
  classes: number,
  below: (k: number, s: number) => number,
  {
    label,
    weights,
    rows,
    score,
  }: { label: Float64Array; weights: Float64Array; rows: Uint32Array; score: Float64Array },
): number[] {
  const g = new Float64Array(classes - 1);
  const h = new Float64Array(classes - 1);
  for (const i of rows) {
    const y = label[i]!;
    const w = weights[i]!;
    const high = below(y, score[i]!);
    const low = below(y - 1, score[i]!);
    const chance = Math.max(1e-12, high - low);
    // d/d cut of -log chance, and its Fisher information by the outer product
    if (y < classes - 1) {
      const d = (high * (1 - high)) / chance;
      g[y]! -= w * d;
      h[y]! += w * d * d;
    }
    if (y > 0) {
      const d = (low * (1 - low)) / chance;
      g[y - 1]! += w * d;
      h[y - 1]! += w * d * d;
    }
  }
  const next = cuts.map((cut, k) => cut - clamp(h[k]! > 0 ? g[k]! / h[k]! : 0, -0.5, 0.5));
  for (let k = 1; k < next.length; k++) next[k] = Math.max(next[k]!, next[k - 1]! + 1e-6);
  return next;
}

const squares: Objective = {
  link: 'identity',
  width: 1,
  base: (target, rows) => [weightedMean(target, rows)],
  gradients: stepwise((s, y) => [s - y, 1]),
  loss: (given) => meanLoss(given, (i, y) => (given.scores[0]![i]! - y) ** 2),
};

/** @see Koenker and Bassett (1978), Econometrica 46(1) */
function pinball(share: number): Objective {
  return {
    link: 'identity',
    width: 1,
    base: (target, rows) => [quantile(Float64Array.from(rows, (i) => target.label[i]!).sort(), share)],
    gradients: stepwise((s, y) => [y > s ? -share : 1 - share, 1]),
    loss: (given) =>
      meanLoss(given, (i, y) => {
        const rest = y - given.scores[0]![i]!;
        return rest >= 0 ? share * rest : (share - 1) * rest;
      }),
    leafValue: (residuals) => quantile(residuals.sort(), share),
  };
}

/** Hessians are enlarged by e^0.7 so that a step cannot overshoot where the mean is small. */
const poisson: Objective = {
  link: 'log',
  width: 1,
  base: (target, rows) => [Math.log(Math.max(1e-9, weightedMean(target, rows)))],
  gradients: stepwise((s, y) => {
    const mean = Math.exp(Math.min(s, 50));
    return [mean - y, mean * Math.exp(0.7)];
  }),
  loss: (given) => meanLoss(given, (i, y) => Math.exp(given.scores[0]![i]!) - y * given.scores[0]![i]!),
};

/** @see Jorgensen (1987), JRSS B 49(2): compound Poisson-gamma, variance ~ mean^power, 1 < power < 2 */
function tweedie(power: number): Objective {
  return {
    link: 'log',
    width: 1,
    base: (target, rows) => [Math.log(Math.max(1e-9, weightedMean(target, rows)))],
    gradients: stepwise((s, y) => {
      const at = clamp(s, -50, 50);
      const a = y * Math.exp((1 - power) * at);
      const b = Math.exp((2 - power) * at);
      return [b - a, (2 - power) * b - (1 - power) * a];
    }),
    loss: (given) =>
      meanLoss(given, (i, y) => {
        const s = clamp(given.scores[0]![i]!, -50, 50);
        return (-y * Math.exp((1 - power) * s)) / (1 - power) + Math.exp((2 - power) * s) / (2 - power);
      }),
  };
}

/**
 * Zero with a chance, else lognormal: scores are the log-odds of above zero, the mean of the log, and the log of its
 * deviation.
 *
 * @see Wang, Liu, Miao (2019), arXiv 1912.07753
 */
const zeroInflatedLognormal: Objective = {
  link: 'lognormal',
  width: 3,
  base: (target, rows) => {
    const share = weightedMean(target, rows, (y) => (y > 0 ? 1 : 0));
    const mean = weightedMean(target, rows, (y) => (y > 0 ? Math.log(y) : 0)) / Math.max(1e-12, share);
    const square = weightedMean(target, rows, (y) => (y > 0 ? (Math.log(y) - mean) ** 2 : 0)) / Math.max(1e-12, share);
    return [logOdds(share), mean, 0.5 * Math.log(Math.max(1e-6, square))];
  },
  gradients: (k, { target: { label, weights }, rows, scores: [odds, mean, logSd] }, gh) => {
    for (const i of rows) {
      const y = label[i]!;
      const sd = Math.exp(clamp(logSd![i]!, -5, 2));
      const z = y > 0 ? (Math.log(y) - mean![i]!) / sd : 0;
      const p = sigmoid(odds![i]!);
      const [g, h] =
        k === 0
          ? [p - (y > 0 ? 1 : 0), p * (1 - p)]
          : y <= 0
            ? [0, 0]
            : k === 1
              ? [-z / sd, 1 / (sd * sd)]
              : [1 - z * z, 2];
      gh[2 * i] = g * weights[i]!;
      gh[2 * i + 1] = Math.max(h, LEAST) * weights[i]!;
    }
  },
  loss: (given) =>
    meanLoss(given, (i, y) => {
      const [odds, mean, logSd] = given.scores.map((s) => s[i]!);
      if (y <= 0) return logLossOf(-odds!);
      const sd = Math.exp(clamp(logSd!, -5, 2));
      return logLossOf(odds!) + Math.log(sd) + 0.5 * ((Math.log(y) - mean!) / sd) ** 2;
    }),
};
