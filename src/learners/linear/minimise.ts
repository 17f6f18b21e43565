/** Minimises a linear loss with penalties: Newton's method where the second derivatives are few, L-BFGS else. */
import { cholesky, solveLower, solveUpper, timesUpper } from '#kernels/linear.ts';
import { lbfgs, type Minimum } from '#kernels/optimise.ts';
import { proximalNewton, type SmoothFunction, violationOf } from '#kernels/proximal-newton.ts';
import type { RowBlocks } from '#kernels/row-blocks.ts';
import { LinearLoss, type LossOptions, sampleStep, weightSumOf } from './loss.ts';

export interface PenaltyOptions {
  /** Weights on absolute values and on half squares of the coefficients, beside the summed loss. */
  readonly l1: number;
  readonly l2: number;
  readonly tolerance: number;
  readonly iterationsMax: number;
  /** Where to begin, as the answer is given. */
  readonly start?: Float64Array;
}

export interface LossRows extends Pick<LossOptions, 'loss' | 'outputs' | 'labels' | 'weights'> {
  /** [rows] what stands at `weights`. */
  readonly weightOf: Float64Array;
}

/** Variables up to which all second derivatives are made at once; with a penalty on absolute values, and without. */
const JOINT_MAX = 600;
const NEWTON_MAX = 400;
/** A first fit of a sample pays where it takes at most every so many-th block. */
const COARSE_STEP_MIN = 4;
const COARSE_TOLERANCE = 1e-4;

/** Coefficients [outputs x (inputs + 1)], each output's intercept last. Without a start, many rows begin with a sample's answer. */
export function minimiseLoss(blocks: RowBlocks, rows: LossRows, options: PenaltyOptions): Minimum {
  const { l1, l2, tolerance, iterationsMax, start } = options;
  const { weightOf, ...own } = rows;
  const stride = blocks.width + 1;
  const weightSum = weightSumOf(weightOf);
  const sample = sampleStep(blocks.rows);
  const sampleSum = sample === 1 ? weightSum : weightSumOf(weightOf, sample);
  const curvatureStep = sampleSum > 0 ? sample : 1;
  const curvature = { curvatureStep, curvatureWeightSum: curvatureStep === 1 ? weightSum : sampleSum };
  const minimise = (from: Float64Array, given: Pick<LossOptions, 'weightSum' | 'step'>, gap: number) => {
    const whole = { ...own, ...curvature, ...given, l2: l2 / weightSum };
    const f = new LinearLoss(blocks, whole);
    const penalties = new Float64Array(f.size).fill(l1 / weightSum);
    for (let j = stride - 1; j < f.size; j += stride) penalties[j] = 0;
    const limits = { tolerance: gap, iterationsMax };
    if (rows.outputs === 1 || f.size <= (l1 > 0 ? JOINT_MAX : NEWTON_MAX))
      return proximalNewton(blocks.machine, f, from, { ...limits, l1: penalties });
    return l1 > 0 ? byOutput(blocks, f, from, penalties, limits) : byLbfgs(blocks, whole, f, from, limits);
  };
  let from = start ?? new Float64Array(rows.outputs * stride);
  if (start === undefined && curvatureStep >= COARSE_STEP_MIN)
    from = minimise(from, { weightSum: sampleSum, step: curvatureStep }, Math.max(COARSE_TOLERANCE, tolerance)).at;
  return minimise(from, { weightSum }, tolerance);
}

interface Limits {
  readonly tolerance: number;
  readonly iterationsMax: number;
}

/** One Newton step of each output in turn, the others held; for many inputs. */
function byOutput(blocks: RowBlocks, f: LinearLoss, start: Float64Array, l1: Float64Array, limits: Limits): Minimum {
  const stride = blocks.width + 1;
  const at = start.slice();
  const gradient = new Float64Array(f.size);
  let iterations = 0;
  let evaluations = 0;
  let value = f.value(at, gradient);
  for (; iterations < limits.iterationsMax && violationOf(at, gradient, l1) > limits.tolerance; iterations++) {
    const before = at.slice();
    for (let k = 0; k < f.size / stride; k++) {
      const own = k * stride;
      const part: SmoothFunction = {
        size: stride,
        value: (some, slopes) => {
          at.set(some, own);
          const sum = f.value(at, gradient);
          slopes.set(gradient.subarray(own, own + stride));
          return sum;
        },
        curvature: () => f.ownCurvature(at, k),
      };
      const found = proximalNewton(blocks.machine, part, at.slice(own, own + stride), {
        tolerance: limits.tolerance / 2,
        iterationsMax: 1,
        l1: l1.subarray(own, own + stride),
      });
      at.set(found.at, own);
      evaluations += found.evaluations;
    }
    value = f.value(at, gradient);
    if (at.every((b, j) => b === before[j])) break;
  }
  let penalty = 0;
  for (let j = 0; j < at.length; j++) penalty += l1[j]! * Math.abs(at[j]!);
  return {
    at,
    value: value + penalty,
    iterations,
    evaluations,
    converged: violationOf(at, gradient, l1) <= limits.tolerance,
  };
}

/**
 * L-BFGS in coordinates where half the inputs' second moments plus the penalty, a bound on the curvature of the loss, are
 * the identity, so that features that tell the same do not slow it. A sample of rows is enough: it steers the search,
 * not where it ends.
 *
 * @see Boehning (1992), Annals of the Institute of Statistical Mathematics 44(1)
 */
function byLbfgs(blocks: RowBlocks, options: LossOptions, f: LinearLoss, start: Float64Array, limits: Limits): Minimum {
  const stride = blocks.width + 1;
  const { curvatureStep = 1, curvatureWeightSum = options.weightSum, l2 } = options;
  const moments = blocks.gram(options.weights, curvatureStep);
  for (let j = 0; j < moments.length; j++) moments[j]! /= 2 * curvatureWeightSum;
  for (let j = 0; j < stride; j++) moments[j * stride + j]! += (j < stride - 1 ? l2 : 0) + 1e-9;
  const factor = cholesky(moments, stride);
  if (factor === null) throw new Error('moments of the inputs are not positive definite');
  const each = (
    change: (factor: Float64Array, own: Float64Array, width: number) => Float64Array,
    all: Float64Array,
  ) => {
    const out = new Float64Array(all.length);
    for (let from = 0; from < all.length; from += stride)
      out.set(change(factor, all.subarray(from, from + stride), 1), from);
    return out;
  };
  const found = lbfgs(
    (at, gradient) => {
      const value = f.value(each(solveUpper, at), gradient);
      gradient.set(each(solveLower, gradient));
      return value;
    },
    each(timesUpper, start),
    limits,
  );
  return { ...found, at: each(solveUpper, found.at) };
}
