/** Rules that turn a gradient into a step, for jax-js. */
import { numpy as np, type Array as Tensor } from '@jax-js/jax';
import type { Tensors } from './graph.ts';

export const OPTIMISERS = ['adamw', 'adafactor', 'sgd'] as const;
export type Optimiser = (typeof OPTIMISERS)[number];

/** Numbers that change from step to step. */
export interface Rates {
  readonly learningRate: number;
  /** adamw: what running means are divided by, 1 - 0.9^t and 1 - 0.999^t. */
  readonly firstBias: number;
  readonly secondBias: number;
  /** adafactor: 1 - t^-0.8, how much of the second moments is kept. */
  readonly secondKept: number;
}

/** The rates of step `t`, counted from 1. Adafactor's rate is at most 1 / sqrt(t). */
export function ratesAt(optimiser: Optimiser, learningRate: number, t: number): Rates {
  return {
    learningRate: optimiser === 'adafactor' ? Math.min(learningRate, 1 / Math.sqrt(t)) : learningRate,
    firstBias: 1 - 0.9 ** t,
    secondBias: 1 - 0.999 ** t,
    secondKept: 1 - t ** -0.8,
  };
}

export type RateTensors = { [name in keyof Rates]: Tensor };

/** Adafactor keeps row and column means of the squares of matrices, and all squares of vectors. */
const isFactored = (dims: readonly number[]): boolean => dims.at(-1)! > 1 && (dims.at(-2) ?? 1) > 1;

/** Shapes of the moments that a rule keeps of one array, by their suffix. */
export function momentsOf(optimiser: Optimiser, dims: readonly number[]): Record<string, readonly number[]> {
  if (optimiser === 'adamw') return { first: dims, second: dims };
  if (optimiser === 'sgd') return { first: dims };
  return isFactored(dims)
    ? { rows: [...dims.slice(0, -1), 1], columns: [...dims.slice(0, -2), 1, dims.at(-1)!] }
    : { second: dims };
}

export interface Updated {
  readonly value: Tensor;
  readonly moments: Tensors;
}

/**
 * One step of one array; the rates are left to the caller.
 *
 * @param decay drawn from the value, times the learning rate (decoupled: not part of the gradient)
 * @see Loshchilov and Hutter (2019), Decoupled Weight Decay Regularization, algorithm 2; Shazeer and Stern (2018), Adafactor,
 *   algorithm 4; Sutskever et al. (2013) for the momentum of sgd (0.9, Nesterov)
 */
export function updated(
  optimiser: Optimiser,
  { value, gradient, moments }: { value: Tensor; gradient: Tensor; moments: Tensors },
  rates: RateTensors,
  decay: number,
): Updated {
  const kept = decay === 0 ? value.ref : value.ref.sub(value.ref.mul(rates.learningRate.ref).mul(decay));
  if (optimiser === 'adafactor') return adafactor(value, kept, gradient, moments, rates);
  if (optimiser === 'sgd') {
    value.dispose();
    const first = moments.first!.mul(0.9).add(gradient.ref);
    const step = gradient.add(first.ref.mul(0.9)).mul(rates.learningRate.ref);
    return { value: kept.sub(step), moments: { first } };
  }
  value.dispose();
  const first = moments.first!.mul(0.9).add(gradient.ref.mul(0.1));
  const second = moments.second!.mul(0.999).add(np.square(gradient).mul(0.001));
  const deviation = np.sqrt(second.ref.div(rates.secondBias.ref)).add(1e-8);
  const step = first.ref.div(rates.firstBias.ref).div(deviation).mul(rates.learningRate.ref);
  return { value: kept.sub(step), moments: { first, second } };
}

const rootMeanSquare = (x: Tensor): Tensor => np.sqrt(np.square(x).mean());

function adafactor(value: Tensor, kept: Tensor, gradient: Tensor, moments: Tensors, rates: RateTensors): Updated {
  const fresh = () => rates.secondKept.ref.mul(-1).add(1);
  const running = (old: Tensor, now: Tensor) => old.mul(rates.secondKept.ref).add(now.mul(fresh()));
  const squares = np.square(gradient.ref).add(1e-30);
  const next: Tensors = {};
  let step: Tensor;
  if (moments.second === undefined) {
    const rows = running(moments.rows!, squares.ref.mean(-1, { keepdims: true }));
    const columns = running(moments.columns!, squares.mean(-2, { keepdims: true }));
    const shares = rows.ref.div(rows.ref.mean(-2, { keepdims: true }));
    step = gradient.div(np.sqrt(shares)).div(np.sqrt(columns.ref));
    Object.assign(next, { rows, columns });
  } else {
    const second = running(moments.second, squares);
    step = gradient.div(np.sqrt(second.ref));
    next.second = second;
  }
  const clipped = step.ref.div(np.maximum(rootMeanSquare(step), 1));
  const rate = np.maximum(rootMeanSquare(value), 1e-3).mul(rates.learningRate.ref);
  return { value: kept.sub(clipped.mul(rate)), moments: next };
}
