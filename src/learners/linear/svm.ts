/**
 * Support vector machines, one class against the rest, with chances by Platt scaling on rows that the scorer has not seen.
 * Linear: squared hinge, in the primal. Radial kernel: exact for a few thousand rows (hinge, in the dual), on random
 * Fourier features beyond (squared hinge).
 */
import { known } from '#errors.ts';
import type { Machine } from '#kernels/machine.ts';
import { BLOCK_ROWS, type RowBlocks } from '#kernels/row-blocks.ts';
import { smo } from '#kernels/smo.ts';
import { type Table, take } from '#table/index.ts';
import { type Input, matrixOf, readersOf } from '../design.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { type Target, targetOf } from '../target.ts';
import { scoresOf } from './logistic.ts';
import { minimiseLoss } from './minimise.ts';
import { plattScaling, type Scaling } from './platt.ts';
import { type ClassWeights, classWeighted, type DesignParams, inputsOf, withBlocks, withMachine } from './prepare.ts';
import { mappedBlocks, mapper, type RadialMap, scaleGamma, widthOf } from './radial.ts';
import { rowKeys } from './row-keys.ts';

export interface SvmParams extends Aim, DesignParams {
  /** Default 'linear'. */
  readonly kernel?: 'linear' | 'rbf';
  /** Weight on half the squared length of the plane's normal, beside the summed loss: 1 / C. The intercept is free. */
  readonly l2: number;
  /** linear: weight on absolute coefficients; default 0. */
  readonly l1?: number;
  /** rbf: exp(-gamma |a - b|^2); 'scale' is 1 / (inputs x variance of the matrix); default 'scale'. */
  readonly gamma?: 'scale' | number;
  /** rbf: up to this many rows are fitted exactly; default 3000. */
  readonly exactMax?: number;
  /** rbf: random Fourier features beyond that; default 256. */
  readonly components?: number;
  readonly classWeights: ClassWeights;
  /** Folds for Platt scaling; 0: chances are 1 / (1 + exp(-2 score)), in the right order but not to size; default 3. */
  readonly folds?: number;
  readonly tolerance: number;
  readonly iterationsMax: number;
}

export interface SvmModel extends Fitted {
  readonly kind: 'svm';
  readonly signedLog: boolean;
  readonly inputs: readonly Input[];
  /** Absent of a linear machine. */
  readonly map?: RadialMap;
  /** [inputs, or width of the map][machines]; one machine for two classes, else one a class. */
  readonly coefficients: readonly (readonly number[])[];
  /** [machines] */
  readonly intercepts: readonly number[];
  /** [machines] chance of the class is 1 / (1 + exp(-(slope x score + offset))). */
  readonly scaling: readonly Scaling[];
  readonly l2: number;
  /** Rows that were learned from; on Fourier features at most 2^25 numbers of them. */
  readonly rows: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export const svm: Supervised<SvmParams, SvmModel> = {
  name: 'svm',
  tasks: ['classify'],
  source:
    'Keerthi and DeCoste (2005), JMLR 6; Fan, Chen and Lin (2005); Lin, Lin and Weng (2007); Rahimi and Recht (2007)',
  defaults: {
    task: 'classify',
    label: 'label',
    kernel: 'linear',
    l1: 0,
    l2: 1,
    gamma: 'scale',
    exactMax: 3000,
    components: 256,
    signedLog: false,
    standardise: true,
    classWeights: 'none',
    folds: 3,
    tolerance: 1e-6,
    iterationsMax: 200,
  },
  optional: { categoriesMax: 50 },
  fit: (data, params, seed) => fitSvm(data, params, seed),
  predict: (model, data) => chancesOf(model, data),
};

/**
 * Fits the model.
 *
 * @throws LABEL_MISSING, LABEL_ONE_CLASS, FEATURE_MISSING, WEIGHT_WRONG, TABLE_EMPTY, LEARNER_PARAMS
 */
export function fitSvm(data: Table, params: SvmParams, seed = 0): SvmModel {
  checked(params);
  if ((params.kernel ?? 'linear') === 'linear')
    return withBlocks(data, params, ({ target, inputs, blocks }) => {
      const scorer = linearScorer(blocks, params);
      return modelOf(params, target, inputs, fitMachines(blocks.machine, data, target, params, scorer), data.length);
    });
  return fitRadial(data, params, seed);
}

function fitRadial(data: Table, params: SvmParams, seed: number): SvmModel {
  const { exactMax = 3000, components = 256 } = params;
  const exact = data.length <= exactMax;
  const rows = exact ? data : sampled(data, targetOf(data, params).features, Math.floor(CELLS_MAX / components));
  const target = targetOf(rows, params);
  const inputs = inputsOf(rows, target, params);
  const matrix = matrixOf(rows, inputs, params.signedLog);
  const { gamma: given = 'scale' } = params;
  const gamma = given === 'scale' ? scaleGamma(matrix, inputs.length) : given;
  return withMachine(rows.length * components, params, (machine) => {
    if (!exact) {
      const map: RadialMap = { kind: 'fourier', gamma, components, seed };
      const blocks = mappedBlocks(machine, matrix, { rows: rows.length, inputs: inputs.length }, map);
      const fitted = fitMachines(machine, rows, target, params, linearScorer(blocks, params));
      return { ...modelOf(params, target, inputs, fitted, rows.length), map };
    }
    const vectors = Array.from({ length: rows.length }, (_, i) =>
      Array.from(matrix.subarray(i * inputs.length, (i + 1) * inputs.length)),
    );
    const fitted = fitMachines(machine, rows, target, params, kernelScorer(machine, vectors, gamma, params));
    const model = modelOf(params, target, inputs, fitted, rows.length);
    const used = vectors.map((_, i) => i).filter((i) => model.coefficients[i]!.some((c) => c !== 0));
    const map: RadialMap = { kind: 'support', gamma, vectors: used.map((i) => vectors[i]!) };
    return { ...model, map, coefficients: used.map((i) => model.coefficients[i]!) };
  });
}

/** Fourier features of this many numbers are held at once. */
const CELLS_MAX = 2 ** 25;

/** At most `max` rows, those of the least hash of their content. */
function sampled(data: Table, features: readonly string[], max: number): Table {
  if (data.length <= max) return data;
  const keys = rowKeys(data, features);
  const order = Int32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
  return take(data, order.subarray(0, max).sort());
}

interface Plane {
  /** [width + 1], the intercept last. */
  readonly at: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Fits the rows of a weight above zero; writes the scores of all rows into `scores`. */
type Scorer = (labels: Float64Array, weights: Float64Array, scores: Float64Array, start?: Float64Array) => Plane;

function linearScorer(blocks: RowBlocks, { l1 = 0, l2, tolerance, iterationsMax }: SvmParams): Scorer {
  const { machine, rows } = blocks;
  return (labels, weights, scores, start) => {
    const mark = machine.mark();
    const at = { labels: blocks.vector(labels), weights: blocks.vector(weights), weightOf: weights };
    const limits = { l1, l2, tolerance, iterationsMax, ...(start && { start }) };
    const found = minimiseLoss(blocks, { ...at, loss: 'squaredHinge', outputs: 1 }, limits);
    blocks.scores(found.at, at.labels);
    scores.set(machine.f64(at.labels, rows));
    machine.release(mark);
    return found;
  };
}

/** The exact machine: its plane lies over the kernels against each row. */
function kernelScorer(
  machine: Machine,
  vectors: readonly (readonly number[])[],
  gamma: number,
  params: SvmParams,
): Scorer {
  const rows = vectors.length;
  const inputs = vectors[0]?.length ?? 0;
  const kernel = new Float64Array(rows * rows);
  const turn = mapper(machine, { kind: 'support', gamma, vectors }, inputs);
  const from = machine.allocate(8 * Math.max(1, inputs) * BLOCK_ROWS);
  const out = machine.allocate(8 * rows * BLOCK_ROWS);
  for (let i = 0; i < rows; i += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rows - i);
    machine.f64(from, count * inputs).set(vectors.slice(i, i + count).flat());
    turn(from, count, out);
    kernel.set(machine.f64(out, count * rows), i * rows);
  }
  return (labels, weights, scores) => {
    const sides = labels.map((y) => 2 * y - 1);
    const limits = weights.map((w) => w / params.l2);
    const { coefficients, bias, iterations, converged } = smo(kernel, sides, limits);
    for (let i = 0; i < rows; i++) {
      let sum = bias;
      for (let j = 0; j < rows; j++) sum += coefficients[j]! * kernel[i * rows + j]!;
      scores[i] = sum;
    }
    return { at: Float64Array.of(...coefficients, bias), iterations, converged };
  };
}

interface Machines {
  readonly planes: readonly Plane[];
  readonly scaling: SvmModel['scaling'];
}

/** One plane a class (one for two classes), each with its scaling from scores of rows held out. */
function fitMachines(machine: Machine, data: Table, target: Target, params: SvmParams, scorer: Scorer): Machines {
  const { classes, label, features } = target;
  const weights = classWeighted(target, params.classWeights);
  const { folds = 3 } = params;
  const foldOf = folds > 1 ? rowKeys(data, features).map((key) => key % folds) : undefined;
  const sides = classes.length === 2 ? [1] : classes.map((_, k) => k);
  const fitted = sides.map((k) => {
    const labels = label.map((code) => (code === k ? 1 : 0));
    const scores = new Float64Array(label.length);
    const plane = scorer(labels, weights, scores);
    if (foldOf === undefined) return { plane, scaling: { slope: 2, offset: 0 } };
    const held = scores.slice();
    for (let fold = 0; fold < folds; fold++) {
      const others = weights.map((w, i) => (foldOf[i] === fold ? 0 : w));
      if (!hasBoth(labels, others) || others.every((w, i) => w === weights[i])) continue;
      scorer(labels, others, scores, plane.at);
      for (let i = 0; i < held.length; i++) if (foldOf[i] === fold) held[i] = scores[i]!;
    }
    return { plane, scaling: plattScaling(machine, held, labels, weights) };
  });
  return { planes: fitted.map(({ plane }) => plane), scaling: fitted.map(({ scaling }) => scaling) };
}

function hasBoth(labels: Float64Array, weights: Float64Array): boolean {
  let [zeros, ones] = [false, false];
  for (let i = 0; i < labels.length; i++)
    if (weights[i]! > 0) {
      if (labels[i] === 1) ones = true;
      else zeros = true;
    }
  return zeros && ones;
}

function modelOf(
  params: SvmParams,
  { classes }: Target,
  inputs: readonly Input[],
  { planes, scaling }: Machines,
  rows: number,
): SvmModel {
  const width = planes[0]!.at.length - 1;
  return {
    kind: 'svm',
    task: params.task,
    classes,
    features: [...new Set(inputs.map(({ feature }) => feature))],
    signedLog: params.signedLog,
    inputs,
    coefficients: Array.from({ length: width }, (_, j) => planes.map(({ at }) => at[j]!)),
    intercepts: planes.map(({ at }) => at[width]!),
    scaling,
    l2: params.l2,
    rows,
    iterations: planes.reduce((sum, { iterations }) => sum + iterations, 0),
    converged: planes.every(({ converged }) => converged),
  };
}

/** Scores [rows x machines]; above zero is on the side of the class. */
export function svmScores(model: SvmModel, data: Table): Float64Array {
  const machines = model.intercepts.length;
  const out = new Float64Array(data.length * machines);
  const { map } = model;
  if (map === undefined) {
    scoresOf(model, data, machines, (scores, from, count) => {
      out.set(scores.subarray(0, count * machines), from * machines);
    });
    return out;
  }
  return withMachine(0, {}, (machine) => {
    const inputs = model.inputs.length;
    const width = widthOf(map);
    const readers = readersOf(data, model.inputs, model.signedLog);
    const turn = mapper(machine, map, inputs);
    const rows = machine.allocate(8 * BLOCK_ROWS * Math.max(1, inputs));
    const mapped = machine.allocate(8 * BLOCK_ROWS * Math.max(1, width));
    for (let from = 0; from < data.length; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, data.length - from);
      const matrix = machine.f64(rows, count * inputs);
      for (const [j, read] of readers.entries()) read(from, from + count, matrix, j, inputs);
      turn(rows, count, mapped);
      const values = machine.f64(mapped, count * width);
      for (let i = 0; i < count; i++)
        for (let m = 0; m < machines; m++) {
          let score = model.intercepts[m]!;
          for (let k = 0; k < width; k++) score += values[i * width + k]! * model.coefficients[k]![m]!;
          out[(from + i) * machines + m] = score;
        }
    }
    return out;
  });
}

function chancesOf(model: SvmModel, data: Table): Float64Array {
  const scores = svmScores(model, data);
  const machines = model.intercepts.length;
  const classCount = model.classes.length;
  const out = new Float64Array(data.length * classCount);
  for (let i = 0; i < data.length; i++) {
    let total = 0;
    for (let m = 0; m < machines; m++) {
      const { slope, offset } = model.scaling[m]!;
      const z = Math.max(-700, Math.min(700, slope * scores[i * machines + m]! + offset));
      const chance = 1 / (1 + Math.exp(-z));
      total += chance;
      out[i * classCount + (machines === 1 ? 1 : m)] = chance;
    }
    if (machines === 1) out[i * classCount] = 1 - out[i * classCount + 1]!;
    else for (let k = 0; k < classCount; k++) out[i * classCount + k]! /= total;
  }
  return out;
}

/** @throws LEARNER_PARAMS */
function checked(params: SvmParams): void {
  const wrong = (name: string, value: unknown, expected: string) =>
    known('LEARNER_PARAMS', { learner: 'svm', name, value: String(value), expected });
  const { l1 = 0, l2, kernel = 'linear', gamma = 'scale', components = 1, exactMax = 0, folds = 0 } = params;
  if (!(l1 >= 0 && Number.isFinite(l1))) throw wrong('l1', l1, 'a number of zero or more');
  if (!(l2 > 0 && Number.isFinite(l2))) throw wrong('l2', l2, 'a number above zero');
  if (kernel !== 'linear' && kernel !== 'rbf') throw wrong('kernel', kernel, 'linear or rbf');
  if (gamma !== 'scale' && !(gamma > 0 && Number.isFinite(gamma)))
    throw wrong('gamma', gamma, 'scale or a number above zero');
  if (!(Number.isInteger(components) && components > 0))
    throw wrong('components', components, 'a whole number above zero');
  if (!(exactMax >= 0 && exactMax <= 20_000)) throw wrong('exactMax', exactMax, 'a number from 0 to 20,000');
  if (!(Number.isInteger(folds) && folds >= 0 && folds !== 1))
    throw wrong('folds', folds, '0, or a whole number above 1');
}
