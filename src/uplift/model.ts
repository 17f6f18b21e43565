/**
 * The effect of each arm on each person: fitted once, then asked of anybody.
 *
 * @example
 * const model = fitUplift(past, { arm: 'arm', control: 'holdout', outcome: 'margin_minor', method: 'x' });
 * const { arms } = predictUplift(model, people);
 */
import { split } from '#kernels/random.ts';
import type { Table } from '#table/index.ts';
import { type Candidate, weighCandidates } from './best.ts';
import { type EffectLine, effectLine, effectsOnLine } from './calibrate.ts';
import { predictCausalForest } from './causal-forest.ts';
import {
  CANDIDATES,
  crossScores,
  fitMethod,
  type Method,
  nuisanceOf,
  predictMethod,
  type ScoreModel,
  type Single,
} from './methods.ts';
import { doublyRobust, type FitOptions, type Nuisance } from './nuisance.ts';
import type { Trial } from './trial.ts';
import { trialsOf, type UpliftColumns } from './trials.ts';

/** One method in a fitted arm: its score as an effect, and its weight in the blend. */
export interface ArmPart {
  readonly method: Single;
  readonly weight: number;
  readonly line: EffectLine;
  readonly model: ScoreModel;
}

/** A fitted arm; plain data. */
export interface ArmModel {
  readonly arm: string;
  readonly parts: readonly ArmPart[];
  /** From the blend to the effect. */
  readonly line: EffectLine;
  /** Average effect, adjusted for the features. */
  readonly average: { readonly effect: number; readonly standardError: number };
  /** What `best` weighed. */
  readonly candidates?: readonly Candidate[];
  readonly people: { readonly treated: number; readonly control: number };
}

/** Plain data: JSON of it predicts the same. */
export interface UpliftModel {
  readonly kind: 'uplift';
  readonly method: Method;
  readonly control: string;
  readonly outcome: string;
  readonly features: readonly string[];
  readonly arms: readonly ArmModel[];
}

export interface UpliftOptions extends UpliftColumns {
  /** Default 'x': nearly as good as 'best' on most shops' data, in a third of its time. */
  readonly method?: Method;
  readonly seed?: number;
  /** Threads of the kernels; default one a core. The model does not depend on it. */
  readonly threads?: number;
  /** Of the cross-fitting; default 3. */
  readonly folds?: number;
}

/**
 * Fits the effect of each arm against control.
 *
 * Nothing is checked of how people came to their arms: see `checkRandomised` and `evaluateUplift`.
 *
 * @param data one row a person: arm, outcome, and what was known of people before
 * @throws UPLIFT_BAD, FEATURE_MISSING
 */
export function fitUplift(data: Table, options: UpliftOptions): UpliftModel {
  const { method = 'x', seed = 1, threads, folds = 3 } = options;
  const given = { seed, ...(threads === undefined ? {} : { threads }) };
  const trials = trialsOf(data, options, given);
  const arms = trials.arms.map(
    (trial): ArmModel => fitArm(trial.arm, trial, method, folds, { ...given, seed: split(seed, 'arm', trial.arm) }),
  );
  return {
    ...{ kind: 'uplift', method, control: trials.control, outcome: options.outcome, features: trials.features, arms },
  };
}

/** Fits one arm. */
export function fitArm(arm: string, trial: Trial, method: Method, folds: number, options: FitOptions): ArmModel {
  const nuisance = nuisanceOf(trial, folds, options);
  const pseudo = doublyRobust(trial, nuisance);
  if (method === 'forest') return forestArm(arm, trial, nuisance, pseudo, options);
  const methods: readonly Single[] = method === 'best' ? CANDIDATES : [method];
  const found = crossScores(methods, trial, nuisance, options);
  const scores = methods.map((name, k) => ({ name, score: found[k]! }));
  const lines = scores.map(({ score }) => effectLine(score, pseudo));
  const candidates =
    method === 'best' ? weighCandidates(trial, scores, pseudo, split(options.seed, 'weigh')) : undefined;
  const weights = candidates?.map(({ weight }) => weight) ?? [1];
  const blended = blend(
    scores.map(({ score }, k) => effectsOnLine(lines[k]!, score).effect),
    weights,
  );
  const line = effectLine(blended, pseudo);
  return {
    arm,
    parts: partsOf(methods, weights, lines, trial, nuisance, options),
    line,
    average: { effect: line.mean, standardError: line.meanSe },
    ...(candidates === undefined ? {} : { candidates }),
    people: peopleOf(trial),
  };
}

/** A forest calibrates itself: its leaves are filled by people who did not grow them. */
function forestArm(arm: string, trial: Trial, nuisance: Nuisance, pseudo: Float64Array, options: FitOptions): ArmModel {
  const { mean, meanSe } = effectLine(new Float64Array(pseudo.length), pseudo);
  const line: EffectLine = { centre: 0, mean: 0, slope: 1, slopeFound: 1, slopeSe: 0, meanSe, covariance: 0 };
  return {
    ...{ arm, line, average: { effect: mean, standardError: meanSe }, people: peopleOf(trial) },
    parts: [{ method: 'forest', weight: 1, line, model: fitMethod('forest', trial, nuisance, options) }],
  };
}

const peopleOf = ({ treated }: Trial): ArmModel['people'] => {
  const own = treated.reduce((n, t) => n + t, 0);
  return { treated: own, control: treated.length - own };
};

/** Weights below this are not worth a fit. */
const WEIGHT_LEAST = 0.02;

function partsOf(
  methods: readonly Single[],
  weights: readonly number[],
  lines: readonly EffectLine[],
  trial: Trial,
  nuisance: Nuisance,
  options: FitOptions,
): ArmPart[] {
  return methods.flatMap((method, k) =>
    weights[k]! < WEIGHT_LEAST
      ? []
      : [{ method, weight: weights[k]!, line: lines[k]!, model: fitMethod(method, trial, nuisance, options) }],
  );
}

function blend(effects: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const total = weights.reduce((a, b) => a + b, 0);
  return Float64Array.from(effects[0]!, (_, i) =>
    effects.reduce((sum, own, k) => sum + (weights[k]! * own[i]!) / total, 0),
  );
}

export interface ArmEffects {
  readonly arm: string;
  /** [rows] change of the outcome (less cost, where the model was told of one) that the arm makes, in its units. */
  readonly effect: Float64Array;
  /**
   * [rows] of `forest`, of the effect on people of just these features; of the others, of the mean effect on people of
   * this score, which knows nothing of how people of one score differ.
   */
  readonly standardError: Float64Array;
}

export interface UpliftPrediction {
  /** In the order of the model's arms. */
  readonly arms: readonly ArmEffects[];
}

/**
 * Effects of each arm on each person of `rows`; any column may hold missing values or new categories.
 *
 * @throws FEATURE_MISSING where a column that the model learned from is not there
 */
export function predictUplift(model: UpliftModel, rows: Table, threads?: number): UpliftPrediction {
  return { arms: model.arms.map((arm) => predictArm(arm, rows, threads)) };
}

/** Effects of one arm. */
export function predictArm(model: ArmModel, rows: Table, threads?: number): ArmEffects {
  const { arm, parts, line } = model;
  const [only] = parts;
  if (parts.length === 1 && only!.model.kind === 'forest') {
    const forest = predictCausalForest(only!.model.model, rows, threads);
    return { arm, ...forest };
  }
  const effects = parts.map((part) => effectsOnLine(part.line, predictMethod(part.model, rows, threads)).effect);
  const blended = blend(
    effects,
    parts.map(({ weight }) => weight),
  );
  return { arm, ...effectsOnLine(line, blended) };
}
