/** After the blend: its chances made honest, and the class decision tuned, on rows that no member learned from. */
import { split } from '#kernels/random.ts';
import {
  type Calibration,
  type CalibrationKind,
  calibrated,
  chooseCalibration,
  fitCalibration,
} from '../calibrate/calibration.ts';
import { type Spread, spreads } from '../validation.ts';
import { type Blend, blended } from './blend.ts';
import type { Pool } from './combine.ts';
import { judgedAt } from './cross-validate.ts';
import { cutDecision, type Decision, decided, factorDecision } from './decision.ts';
import { decisionScore, isOfDecision } from './score.ts';

export interface FinishOptions {
  readonly calibrate: 'auto' | 'none';
  readonly decide: 'auto' | 'likeliest';
  readonly metric: string;
  readonly seed: number;
}

export interface Finished {
  readonly calibration: Calibration;
  readonly calibrations: Readonly<Record<string, number>>;
  readonly decision: Decision;
  readonly decisions: Readonly<Record<string, Spread>>;
}

/** Rows of the rarest class from which an isotonic curve has enough to go by. */
const ISOTONIC_ROWS = 1000;

/** Fits calibration and decision to the blend's out-of-fold chances; of numbers there is neither. */
export function finish(pool: Pool, blend: Blend, options: FinishOptions): Finished {
  const { classes } = pool.lesson;
  if (classes.length === 0)
    return { calibration: { kind: 'none' }, calibrations: {}, decision: { kind: 'likeliest' }, decisions: {} };
  const chances = blended(blend, pool.members, classes.length);
  const { target, weights } = judgedAt(pool.lesson, pool.rows, chances);
  const rows = { classCount: classes.length, weights };
  const kinds = options.calibrate === 'none' ? [] : kindsFor(target, classes.length, options.metric);
  const { kind, losses } = chooseCalibration(chances, target, {
    ...rows,
    kinds,
    seed: split(options.seed, 'calibration'),
  });
  const calibration = fitCalibration(kind, chances, target, rows);
  return {
    calibration,
    calibrations: kinds.length === 0 ? {} : losses,
    ...decisionOf(pool, calibrated(calibration, chances, classes.length), options),
  };
}

/** A curve with levels makes ties, which a figure of order does not forgive. */
function kindsFor(target: ArrayLike<number>, classCount: number, metric: string): CalibrationKind[] {
  const counts = new Float64Array(classCount);
  for (let i = 0; i < target.length; i++) counts[target[i]!]! += 1;
  const isIsotonic = Math.min(...counts) >= ISOTONIC_ROWS && metric !== 'auc' && metric !== 'gini';
  return [
    'temperature',
    ...(classCount === 2 ? (['beta'] as const) : []),
    ...(isIsotonic ? (['isotonic'] as const) : []),
  ];
}

const MODES = [0, 0.25, 0.5];

/** The likeliest class, unless a tuned decision is better by more than one standard error over the folds. */
function decisionOf(pool: Pool, chances: Float64Array, { metric, decide }: FinishOptions) {
  const likeliest: Decision = { kind: 'likeliest' };
  if (decide === 'likeliest' || !isOfDecision(metric)) return { decision: likeliest, decisions: {} };
  const { lesson, rows, foldOfRow } = pool;
  const classCount = lesson.classes.length;
  const places = Int32Array.from(rows, (_, at) => at);
  const part = (at: Int32Array) => {
    const own = new Float64Array(at.length * classCount);
    for (const [to, from] of at.entries())
      own.set(chances.subarray(from * classCount, (from + 1) * classCount), to * classCount);
    return judgedAt(
      lesson,
      Int32Array.from(at, (from) => rows[from]!),
      own,
    );
  };
  const makers = makersFor(lesson.aim.task === 'ordinal', metric, classCount);
  const folds = Array.from({ length: Math.max(...foldOfRow) + 1 }, (_, fold) => ({
    inside: part(places.filter((at) => foldOfRow[at] !== fold)),
    outside: part(places.filter((at) => foldOfRow[at] === fold)),
  }));
  if (folds.length < 2) return { decision: likeliest, decisions: {} };
  const scoresOf = (make: Maker) =>
    folds.map(({ inside, outside }) => ({
      score: decisionScore(metric, decided(make(inside), outside.predicted, classCount), outside),
    }));
  const base = scoresOf(() => likeliest);
  const decisions: Record<string, Spread> = { likeliest: spreads(base).score };
  let best: { make: Maker; gain: number } | undefined;
  for (const [name, make] of Object.entries(makers)) {
    const scores = scoresOf(make);
    decisions[name] = spreads(scores).score;
    const { mean: gain, sd } = spreads(scores.map(({ score }, fold) => ({ gain: score - base[fold]!.score }))).gain;
    if (gain > sd / Math.sqrt(folds.length - 1) && gain > (best?.gain ?? 0)) best = { make, gain };
  }
  return { decision: best === undefined ? likeliest : best.make(part(places)), decisions };
}

type Maker = (judged: ReturnType<typeof judgedAt>) => Decision;

function makersFor(isOrdered: boolean, metric: string, classCount: number): Record<string, Maker> {
  if (isOrdered && (metric === 'qwk' || metric === 'macroF1' || metric === 'accuracy')) {
    const goal = { kind: metric } as const;
    const makerOf =
      (mode: number): Maker =>
      ({ predicted, target, weights }) =>
        cutDecision(predicted, target, { classCount, mode, goal, weights });
    return Object.fromEntries(MODES.map((mode) => [`cuts ${mode}`, makerOf(mode)]));
  }
  if (metric === 'accuracy') return {};
  return {
    factors: (judged) =>
      factorDecision(judged.predicted, classCount, { scoreOf: (own) => decisionScore(metric, own, judged) }),
  };
}
