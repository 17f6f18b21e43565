/** What the learners of effects are made of: the mean of a number given the features, by boosting, a linear model or both. */
import {
  type BoostingModel,
  boosting,
  type LinearModel,
  type LogisticModel,
  linear,
  logistic,
  rawScores,
} from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import { screened } from './screen.ts';

/** How a mean is learned. Boosting: few leaves, many rows a leaf, since effects are small beside the noise. */
export interface Base {
  readonly kind: 'boosting' | 'linear' | 'both';
  readonly trees: number;
  readonly leaves: number;
  readonly learningRate: number;
  readonly minRows: number;
  /** Boosting: weight on the squares of the leaves. */
  readonly l2: number;
  /** Linear: weight on the squares of the coefficients, as so many rows that say nothing. */
  readonly ridgeRows: number;
  readonly featureShare: number;
  readonly rowShare: number;
}

type Part = BoostingModel | LinearModel | LogisticModel;

/** A fitted mean: the average of its parts. Plain data. */
export interface MeanModel {
  /** The number was 0 or 1: the mean is a chance. */
  readonly binary: boolean;
  readonly parts: readonly Part[];
  /** What is foretold where nothing could be learned: all labels alike. */
  readonly constant: number;
}

export interface Labelled {
  readonly data: Table;
  readonly label: Float64Array;
  readonly weights?: Float64Array;
  readonly features: readonly string[];
}

/** Features that trees are grown on at most: on more of them effects drown, and fits take long. */
const TREE_FEATURES_MOST = 40;
/** Names that no analyst's column has. */
const LABEL = '\u0000label';
const WEIGHT = '\u0000weight';

/**
 * Fits the mean of `label`; chances where `binary`.
 *
 * @param threads of the kernels; the model does not depend on it
 */
export function fitMean(
  given: Labelled,
  base: Base,
  { binary, seed, threads }: { readonly binary: boolean; readonly seed: number; readonly threads?: number },
): MeanModel {
  const { data, label, weights, features } = given;
  const constant = weightedMean(label, weights);
  const alike = label.every((value) => value === label[0]);
  if (alike || features.length === 0) return { binary, parts: [], constant };
  const columns = {
    ...data.columns,
    [LABEL]: { kind: 'number', values: label } as const,
    ...(weights === undefined ? {} : { [WEIGHT]: { kind: 'number', values: weights } as const }),
  };
  const table: Table = { length: data.length, columns };
  const aim = {
    ...{ label: LABEL, features, ...(weights === undefined ? {} : { weight: WEIGHT }) },
    ...(threads === undefined ? {} : { threads }),
  };
  const parts: Part[] = [];
  if (base.kind !== 'linear')
    parts.push(boosted(table, { ...aim, features: screened(given, TREE_FEATURES_MOST) }, base, binary, seed));
  if (base.kind !== 'boosting') parts.push(straight(table, aim, base, binary, seed));
  return { binary, parts, constant };
}

type Asked = { readonly label: string; readonly features: readonly string[]; readonly weight?: string };

function boosted(data: Table, aim: Asked, base: Base, binary: boolean, seed: number): BoostingModel {
  const { trees, leaves, learningRate, l2, featureShare, rowShare } = base;
  return boosting.fit(
    data,
    {
      ...{ ...boosting.defaults, ...aim, task: binary ? 'classify' : 'regress', loss: 'auto' },
      ...{ trees, leaves, learningRate, l2, featureShare, rowShare, lookAhead: 0 },
      minRows: Math.max(1, Math.min(base.minRows, Math.floor(data.length / 4))),
    },
    seed,
  ) as BoostingModel;
}

function straight(data: Table, aim: Asked, base: Base, binary: boolean, seed: number): LinearModel | LogisticModel {
  // The curvature of the logistic loss is p (1 - p) a row, that of squares 1.
  if (!binary) return linear.fit(data, { ...linear.defaults, ...aim, l2: base.ridgeRows }, seed) as LinearModel;
  const share = weightedMean((data.columns[LABEL] as { values: Float64Array }).values, undefined);
  const l2 = base.ridgeRows * Math.max(1e-3, share * (1 - share));
  return logistic.fit(data, { ...logistic.defaults, ...aim, l2 }, seed) as LogisticModel;
}

/** [rows] the mean that the model foretells. */
export function predictMean(model: MeanModel, data: Table, threads?: number): Float64Array {
  const out = new Float64Array(data.length);
  if (model.parts.length === 0) return out.fill(model.constant);
  for (const part of model.parts) {
    const own = predictPart(part, model.binary, data, threads);
    for (let i = 0; i < out.length; i++) out[i]! += own[i]! / model.parts.length;
  }
  return out;
}

function predictPart(part: Part, binary: boolean, data: Table, threads: number | undefined): Float64Array {
  if (part.kind === 'boosting') {
    const scores = rawScores(part, data, threads);
    if (binary) for (let i = 0; i < scores.length; i++) scores[i] = 1 / (1 + Math.exp(-scores[i]!));
    return scores;
  }
  if (part.kind === 'linear') return linear.predict(part, data);
  const chances = logistic.predict(part, data);
  return Float64Array.from({ length: data.length }, (_, i) => chances[2 * i + 1]!);
}

function weightedMean(values: Float64Array, weights: Float64Array | undefined): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    sum += weight * values[i]!;
    total += weight;
  }
  return total > 0 ? sum / total : 0;
}
