/**
 * A network and its loss as jax-js differentiates them. `forward.ts` and `heads.ts` are the same in plain arithmetic, and
 * tests hold the two together. Arrays are counted by jax-js: a function takes over what it is given, and `ref` keeps one
 * more use.
 */
import { lax, nn, numpy as np, type Array as Tensor } from '@jax-js/jax';
import { type Head, LOG_BOUND, SIGMA_MIN } from './heads.ts';
import { NORM_EPSILON, type Shape } from './weights.ts';

// a type alias: jax-js tells trees of arrays by their shape, which an interface hides from it
export type Tensors = Record<string, Tensor>;
export type BatchTensors = {
  numbers: Tensor;
  codes: Tensor[];
  told: Tensor;
  /** [batch] weights, of mean one over all rows; 0 fills up a batch. */
  weights: Tensor;
  /** A hidden layer each, with dropout: [members, batch, units] of 0 and 1 / (1 - dropout). */
  masks: Tensor[];
};

/** Normalises a layer: by the rows at hand, or by what was seen so far. Says the mean and variance that it used. */
type Normalise = (z: Tensor, l: number) => { z: Tensor; mean: Tensor; variance: Tensor };

/** By the rows at hand, each by its share of the weight. */
export function byBatch(weights: Tensor, rows: number): Normalise & { dispose(): void } {
  const share = weights.ref.div(weights.sum()).reshape([1, rows, 1]);
  const normalise = (z: Tensor) => {
    const mean = z.ref.mul(share.ref).sum(1, { keepdims: true });
    const off = z.sub(mean.ref);
    const variance = np.square(off.ref).mul(share.ref).sum(1, { keepdims: true });
    return { z: off.div(np.sqrt(variance.ref.add(NORM_EPSILON))), mean, variance };
  };
  return Object.assign(normalise, { dispose: () => share.dispose() });
}

/** By running means and variances. */
export function byStatistics(statistics: Tensors): Normalise {
  return (z, l) => {
    const mean = statistics[`m${l}`]!;
    const variance = statistics[`v${l}`]!;
    return { z: z.sub(mean.ref).div(np.sqrt(variance.ref.add(NORM_EPSILON))), mean, variance };
  };
}

/** Outputs of the last layer [members, batch, outputs], and means and variances of the normalised layers. */
export function forward(shape: Shape, weights: Tensors, batch: BatchTensors, normalise: Normalise | undefined) {
  const { members, layers } = shape;
  const rows = batch.numbers.shape[0]!;
  const vectors = batch.codes.map((codes, t) => np.take(weights[`e${t}`]!, codes, 0));
  const read = vectors.length === 0 ? batch.numbers : np.concatenate([batch.numbers, ...vectors], 1);
  let width = read.shape[1]!;
  let at: Tensor = np.broadcastTo(read.reshape([1, rows, width]), [members, rows, width]);
  const statistics: Tensors = {};
  for (const [l, units] of layers.entries()) {
    if (members > 1) at = at.mul(weights[`r${l}`]!);
    let z = np.matmul(at.reshape([members * rows, width]), weights[`w${l}`]!).reshape([members, rows, units]);
    if (members > 1) z = z.mul(weights[`s${l}`]!);
    if (normalise !== undefined) {
      const normal = normalise(z, l);
      statistics[`m${l}`] = normal.mean;
      statistics[`v${l}`] = normal.variance;
      z = normal.z.mul(weights[`g${l}`]!);
    }
    at = nn.relu(z.add(weights[`b${l}`]!));
    const mask = batch.masks[l];
    if (mask !== undefined) at = at.mul(mask);
    width = units;
  }
  return { z: np.matmul(at, weights.h!).add(weights.c!), statistics };
}

/** log(1 + exp(x)) without overflow; its derivative is the logistic function everywhere. */
function softplus(x: Tensor): Tensor {
  const most = lax.stopGradient(np.maximum(x.ref, 0));
  return np.log(np.exp(x.sub(most.ref)).add(np.exp(most.ref.mul(-1)))).add(most);
}

const part = (x: Tensor, from: number, to: number): Tensor => x.slice([], [], [from, to]);

/** Loss of each row and member [members, batch]; see `lossOf` of heads.ts. */
export function losses({ kind, outputs, power }: Head, z: Tensor, told: Tensor): Tensor {
  const [rows, width] = told.shape as [number, number];
  const of = told.reshape([1, rows, width]);
  if (kind === 'softmax') return nn.logSoftmax(z, -1).mul(of).sum(-1).mul(-1);
  if (kind === 'corn') {
    const above = part(of.ref, 0, outputs);
    const reached = part(of, outputs, 2 * outputs);
    return softplus(z.ref).sub(above.mul(z)).mul(reached).sum(-1);
  }
  if (kind === 'l2') return np.square(z.sub(of)).sum(-1).mul(0.5);
  if (kind === 'zero-inflated-lognormal') {
    const above = part(of.ref, 0, 1);
    const log = part(of, 1, 2);
    const logit = part(z.ref, 0, 1);
    const sigma = softplus(part(z.ref, 2, 3)).add(SIGMA_MIN);
    const distance = log.sub(part(z, 1, 2)).div(sigma.ref);
    const amount = np.log(sigma).add(np.square(distance).mul(0.5));
    return softplus(logit.ref).sub(above.ref.mul(logit)).add(above.mul(amount)).sum(-1);
  }
  const log = np.clip(z, -LOG_BOUND, LOG_BOUND);
  if (kind === 'poisson') return np.exp(log.ref).sub(of.mul(log)).sum(-1);
  const mean = np.exp(log.ref.mul(2 - power)).mul(1 / (2 - power));
  return mean.sub(of.mul(np.exp(log.mul(1 - power))).mul(1 / (1 - power))).sum(-1);
}
