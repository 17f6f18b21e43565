/**
 * What is known of the effect of each arm: the average, who gains more, how well a ranking finds them and what treating by
 * it would bring. All of it is said of people whom the models did not see; intervals come from drawing people again.
 */
import { random, split } from '#kernels/random.ts';
import { type Table, take } from '#table/index.ts';
import { type Estimate, meanEstimate, plainDifference } from './average-effect.ts';
import { predictMean } from './base.ts';
import { effectLine } from './calibrate.ts';
import { type Driver, driversOf } from './drivers.ts';
import { type FoldedScores, type Judgement, judgeScores } from './judge.ts';
import { type Method, outcomeBase } from './methods.ts';
import type { CurvePoint } from './metrics.ts';
import { curvePoints, rankingOf } from './metrics.ts';
import {
  type ArmEffects,
  type ArmModel,
  fitArm,
  fitUplift,
  predictArm,
  predictUplift,
  type UpliftOptions,
} from './model.ts';
import { doublyRobust, type FitOptions, fitSides, type Outcomes } from './nuisance.ts';
import { type Policy, policyOf } from './policy.ts';
import { checkRandomised, type Randomised } from './randomised.ts';
import { foldsOfTrial, inverseChances, trialAt } from './trial.ts';
import { type ArmTrial, CHANCE_LEAST, estimatedChances, type Trials, trialsOf } from './trials.ts';

export interface EvaluateOptions extends UpliftOptions {
  /** Parts that people are dealt into; each is judged by models of the others. Default 5. */
  readonly folds?: number;
  /** Times that people are dealt anew; default 1. */
  readonly repeats?: number;
  /** Times that people are drawn again for the intervals of rankings; default 200. */
  readonly draws?: number;
}

export interface Decile {
  /** 1: highest predicted effect. */
  readonly decile: number;
  readonly people: number;
  readonly predicted: number;
  readonly measured: Estimate;
}

export interface ArmReport extends Judgement {
  readonly arm: string;
  readonly people: { readonly treated: number; readonly control: number };
  readonly randomised: Randomised;
  /** True where figures rest on estimated chances: they hold only if nothing that is not in the columns chose the arms. */
  readonly adjusted: boolean;
  /** Average effect: the plain difference of a randomised trial, else the adjusted one. */
  readonly ate: number;
  readonly ateInterval: readonly [number, number];
  readonly plainDifference: Estimate;
  readonly covariateAdjusted: Estimate;
  /** Value of treating those with a positive predicted effect, per person. */
  readonly policyValue: number;
  readonly policyValueInterval: readonly [number, number];
  readonly policy: Policy;
  /** Slope of measured on predicted effects: 1 where the sizes are right, 0 where nothing was found. */
  readonly calibration: {
    readonly slope: number;
    readonly slopeInterval: readonly [number, number];
    readonly deciles: readonly Decile[];
  };
  readonly curve: readonly CurvePoint[];
  readonly drivers: readonly Driver[];
  readonly driversTold: number;
  /** What `best` chose, by the folds: mean weight of each method. */
  readonly blend: Readonly<Record<string, number>>;
}

export interface UpliftReport {
  readonly method: Method;
  readonly control: string;
  readonly outcome: string;
  readonly folds: number;
  readonly repeats: number;
  readonly people: Trials['people'];
  readonly arms: readonly ArmReport[];
  /** True where every arm was drawn by chance, as far as the columns tell. */
  readonly randomised: boolean;
}

export interface PersonEffects {
  readonly arm: string;
  /** [people of arm and control] row of the table, effect out of fold (mean over repeats), its standard error. */
  readonly rows: Int32Array;
  readonly effect: Float64Array;
  readonly standardError: Float64Array;
}

export interface Evaluated {
  readonly report: UpliftReport;
  readonly people: readonly PersonEffects[];
}

const CURVE_POINTS = 50;

/**
 * Evaluates a method on a table, arm by arm.
 *
 * @throws UPLIFT_BAD, FEATURE_MISSING
 */
export function evaluateUplift(data: Table, options: EvaluateOptions): Evaluated {
  const { method = 'x', seed = 1, threads, folds = 5, repeats = 1, draws = 200 } = options;
  const given = { seed, ...(threads === undefined ? {} : { threads }) };
  const trials = trialsOf(data, options, given);
  const done = trials.arms.map((trial) =>
    evaluateArm(trial, { method, folds, repeats, draws }, { ...given, seed: split(seed, 'evaluate', trial.arm) }),
  );
  const arms = done.map(({ report }) => report);
  return {
    report: {
      ...{ method, control: trials.control, outcome: options.outcome, folds, repeats, people: trials.people, arms },
      randomised: arms.every((arm) => arm.randomised.ok),
    },
    people: done.map(({ people }) => people),
  };
}

interface Asked {
  readonly method: Method;
  readonly folds: number;
  readonly repeats: number;
  readonly draws: number;
}

function evaluateArm(asIs: ArmTrial, asked: Asked, options: FitOptions): { report: ArmReport; people: PersonEffects } {
  const { trial, randomised, adjusted } = soundTrial(asIs, options);
  const found = outOfFold(trial, asked, options);
  const weights = inverseChances(trial);
  const pseudo = doublyRobust(trial, found.outcomes);
  const plain = plainDifference(asIs.treated, asIs.outcome);
  const covariateAdjusted = meanEstimate(pseudo);
  const average = trial.propensityFrom === 'shares' && !adjusted ? plain : covariateAdjusted;
  const judged = {
    ...{ treated: trial.treated, outcome: trial.cost === undefined ? trial.outcome : trial.gross },
    ...(weights === undefined ? {} : { weights }),
  };
  const net = { ...judged, outcome: trial.outcome };
  const policy = policyOf(trial, found.outcomes, found.effect, pseudo);
  const line = effectLine(found.effect, pseudo);
  const told = driversOf(trial.data, trial.features, { predicted: found.effect, pseudo }, { ...options, most: 5 });
  const treated = trial.treated.reduce((n, t) => n + t, 0);
  const report: ArmReport = {
    arm: trial.arm,
    people: { treated, control: trial.treated.length - treated },
    ...{ randomised, adjusted, ate: average.estimate, ateInterval: average.interval },
    ...{ plainDifference: plain, covariateAdjusted },
    ...judgeScores(net, found.scores, {
      ...asked,
      seed: options.seed,
      ...(trial.cost && { cost: trial.cost, gross: judged }),
    }),
    ...{ policyValue: policy.value.estimate, policyValueInterval: policy.value.interval, policy },
    calibration: {
      slope: line.slopeFound,
      slopeInterval: [line.slopeFound - 1.96 * line.slopeSe, line.slopeFound + 1.96 * line.slopeSe],
      deciles: decilesOf(found.effect, pseudo),
    },
    curve: curvePoints(rankingOf(found.effect), net, CURVE_POINTS, trial.cost),
    ...{ drivers: told.drivers, driversTold: told.told, blend: found.blend },
  };
  const { effect, standardError } = found;
  return { report, people: { arm: trial.arm, rows: trial.rows, effect, standardError } };
}

/** The trial with chances that may be believed: as given where the arms look drawn by chance, else estimated. */
function soundTrial(trial: ArmTrial, options: FitOptions) {
  const estimated = trial.propensityFrom === 'estimate';
  const { randomised } = checkRandomised(trial, { ...options, estimated });
  if (randomised.ok || estimated) return { trial, randomised, adjusted: estimated };
  const propensity = estimatedChances(trial, split(options.seed, 'adjust'), options.threads).map((e) =>
    Math.min(1 - CHANCE_LEAST, Math.max(CHANCE_LEAST, e)),
  );
  return { trial: { ...trial, propensity }, randomised, adjusted: true };
}

interface OutOfFold {
  readonly scores: FoldedScores[];
  /** [rows] mean over repeats. */
  readonly effect: Float64Array;
  readonly standardError: Float64Array;
  readonly outcomes: Outcomes;
  readonly blend: Readonly<Record<string, number>>;
}

function outOfFold(trial: ArmTrial, { method, folds, repeats }: Asked, options: FitOptions): OutOfFold {
  const rows = trial.treated.length;
  const fresh = () => new Float64Array(rows);
  const [effect, standardError, control, treated] = [fresh(), fresh(), fresh(), fresh()] as const;
  const scores: FoldedScores[] = [];
  const blend = new Map<string, number>();
  for (let repeat = 0; repeat < repeats; repeat++) {
    const draw = random(split(options.seed, 'repeat', repeat));
    const fold = foldsOfTrial(
      trial,
      folds,
      Float64Array.from({ length: rows }, () => draw.uniform()),
    );
    const own = { fold, score: fresh(), response: fresh(), random: fresh().map(() => draw.uniform()) };
    for (let k = 0; k < folds; k++) {
      const held = Int32Array.from(fold, (_, i) => i).filter((i) => fold[i] === k);
      const told = heldOut(trial, fold, k, held, method, { ...options, seed: split(options.seed, 'fold', repeat, k) });
      for (const [j, i] of held.entries()) {
        own.score[i] = told.effect[j]!;
        own.response[i] = told.treated[j]!;
        effect[i]! += told.effect[j]! / repeats;
        standardError[i]! += told.standardError[j]! / repeats;
        control[i]! += told.control[j]! / repeats;
        treated[i]! += told.treated[j]! / repeats;
      }
      for (const part of told.model.parts)
        blend.set(part.method, (blend.get(part.method) ?? 0) + part.weight / (folds * repeats));
    }
    scores.push(own);
  }
  return {
    ...{ scores, effect, standardError, outcomes: { control, treated } },
    blend: Object.fromEntries([...blend].sort(([, a], [, b]) => b - a)),
  };
}

/** What models of the other folds say of the people of one. */
function heldOut(
  trial: ArmTrial,
  fold: Uint8Array,
  k: number,
  held: Int32Array,
  method: Method,
  options: FitOptions,
): {
  model: ArmModel;
  effect: Float64Array;
  standardError: Float64Array;
  control: Float64Array;
  treated: Float64Array;
} {
  const train = trialAt(
    trial,
    Int32Array.from(fold, (_, i) => i).filter((i) => fold[i] !== k),
  );
  const data = take(trial.data, held);
  const model = fitArm(trial.arm, train, method, INNER_FOLDS, options);
  const sides = fitSides(train, outcomeBase(train.treated.length), {
    ...options,
    seed: split(options.seed, 'outcomes'),
  });
  const { effect, standardError } = predictArm(model, data, options.threads);
  return {
    ...{ model, effect, standardError },
    control: predictMean(sides.control, data, options.threads),
    treated: predictMean(sides.treated, data, options.threads),
  };
}

/** Folds of the cross-fitting inside a training part. */
const INNER_FOLDS = 3;

/** Ten groups by falling predicted effect, and the effect measured in each. */
function decilesOf(effect: Float64Array, pseudo: Float64Array): Decile[] {
  const { order } = rankingOf(effect);
  return Array.from({ length: 10 }, (_, d) => {
    const rows = order.subarray(Math.round((d * order.length) / 10), Math.round(((d + 1) * order.length) / 10));
    const own = Float64Array.from(rows, (i) => pseudo[i]!);
    const predicted = rows.reduce((sum, i) => sum + effect[i]!, 0) / rows.length;
    return { decile: d + 1, people: rows.length, predicted, measured: meanEstimate(own) };
  });
}

/**
 * Effects of each arm on every row of the table: of people of the arm or of control by models that did not see them, of
 * everybody else (other arms, no arm yet) by a model of all of those.
 */
export function effectsOfAll(data: Table, options: EvaluateOptions, evaluated: Evaluated): ArmEffects[] {
  const model = fitUplift(data, options);
  const predicted = predictUplift(model, data, options.threads).arms;
  return predicted.map(({ arm, effect, standardError }) => {
    const own = evaluated.people.find((people) => people.arm === arm);
    for (const [j, i] of (own?.rows ?? []).entries()) {
      effect[i] = own!.effect[j]!;
      standardError[i] = own!.standardError[j]!;
    }
    return { arm, effect, standardError };
  });
}
