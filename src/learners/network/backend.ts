/**
 * What trains a network: jax-js, with automatic derivatives compiled to WebAssembly. This file, `graph.ts` and
 * `optimisers.ts` are all that know it; the rest sees `Trainer`, and imports this file only when something is fitted.
 * In Node jax-js has no worker threads and its device 'wasm' computes synchronously.
 */
import { jit, numpy as np, type Array as Tensor, tree, valueAndGrad } from '@jax-js/jax';
import { type BatchTensors, byBatch, byStatistics, forward, losses, type Tensors } from './graph.ts';
import type { Head } from './heads.ts';
import { momentsOf, type Optimiser, type Rates, type RateTensors, updated } from './optimisers.ts';
import { parametersOf, type Shape, statisticsOf, type Weights } from './weights.ts';

export interface Plan {
  readonly shape: Shape;
  readonly head: Head;
  readonly optimiser: Optimiser;
  /** Rows of each batch. */
  readonly batch: number;
  /** Decay of the weights, times the learning rate. */
  readonly l2: number;
  /** Largest norm of the gradient of all arrays together; longer ones are shortened to it. */
  readonly clip: number;
}

/** Rows to learn from at once. */
export interface Batch {
  /** [batch x numbers] */
  readonly numbers: Float32Array<ArrayBuffer>;
  /** A text column each: [batch] */
  readonly codes: readonly Int32Array<ArrayBuffer>[];
  /** [batch x told] */
  readonly told: Float32Array<ArrayBuffer>;
  /** [batch] */
  readonly weights: Float32Array<ArrayBuffer>;
  /** Of each hidden layer [members x batch x units]; empty without dropout. */
  readonly masks: readonly Float32Array<ArrayBuffer>[];
}

/** A network while it learns. `close` it in a finally: its arrays are not seen by the garbage collector. */
export interface Trainer {
  /** One step; the mean loss of the batch before it. `share`: how much of the running statistics the batch replaces. */
  step(batch: Batch, rates: Rates, share: number): number;
  /** Outputs without dropout [members x batch x outputs]; `told`, `weights` and `masks` are not looked at. */
  outputs(batch: Batch): Float32Array;
  /** A copy of the weights and running statistics. */
  weights(): Weights;
  close(): void;
}

const tensor = (values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>, dims: readonly number[]): Tensor =>
  np.array(values).reshape([...dims]);

/** Starts learning from `weights`. */
export function makeTrainer(plan: Plan, weights: Weights): Trainer {
  const { shape } = plan;
  const step = jit(stepOf(plan));
  const outputs = jit((parameters: Tensors, statistics: Tensors, batch: BatchTensors) => {
    const out = forward(shape, parameters, batch, shape.batchNorm ? byStatistics(statistics) : undefined);
    tree.dispose(out.statistics);
    return out.z;
  });
  const dims = new Map([...parametersOf(shape), ...statisticsOf(shape)].map(({ name, dims }) => [name, dims]));
  const loaded = (names: readonly { name: string }[]): Tensors =>
    Object.fromEntries(names.map(({ name }) => [name, tensor(Float32Array.from(weights[name]!), dims.get(name)!)]));
  let parameters = loaded(parametersOf(shape));
  let statistics = loaded(statisticsOf(shape));
  let moments = startOfMoments(plan);
  return {
    step(batch, rates, share) {
      const of = { ...rates, share };
      const scalars = Object.fromEntries(Object.entries(of).map(([name, value]) => [name, np.array(value)]));
      const next = step(parameters, statistics, moments, scalars, batchTensors(plan, batch));
      let loss: Tensor;
      [parameters, statistics, moments, loss] = next;
      return loss.dataSync()[0]!;
    },
    outputs(batch) {
      const { masks, told, weights, ...read } = batchTensors(plan, { ...batch, masks: [] });
      tree.dispose([told, weights, masks]);
      const given = { ...read, told: np.zeros([1]), weights: np.zeros([1]), masks: [] };
      return outputs(tree.ref(parameters), tree.ref(statistics), given).dataSync() as Float32Array;
    },
    weights() {
      const all = Object.entries({ ...parameters, ...statistics });
      return Object.fromEntries(all.map(([name, value]) => [name, Float32Array.from(value.ref.dataSync())]));
    },
    close() {
      tree.dispose([parameters, statistics, moments]);
      step.dispose();
      outputs.dispose();
    },
  };
}

function batchTensors({ shape, head, batch }: Plan, { numbers, codes, told, weights, masks }: Batch): BatchTensors {
  return {
    numbers: tensor(numbers, [batch, shape.numbers]),
    codes: codes.map((column) => tensor(column, [batch])),
    told: tensor(told, [batch, head.told]),
    weights: tensor(weights, [batch]),
    masks: masks.map((mask, l) => tensor(mask, [shape.members, batch, shape.layers[l]!])),
  };
}

function startOfMoments({ shape, optimiser }: Plan): Tensors {
  const made: Tensors = {};
  for (const { name, dims } of parametersOf(shape))
    for (const [suffix, of] of Object.entries(momentsOf(optimiser, dims)))
      made[`${name}.${suffix}`] = np.zeros([...of]);
  return made;
}

/** Mean loss of a batch over members and weighted rows, and the statistics of its normalised layers. */
function lossOf({ shape, head, batch: rows }: Plan) {
  return (weights: Tensors, batch: BatchTensors): [Tensor, Tensors] => {
    const normalise = shape.batchNorm ? byBatch(batch.weights.ref, rows) : undefined;
    const { z, statistics } = forward(shape, weights, batch, normalise);
    normalise?.dispose();
    const loss = losses(head, z, batch.told).mul(batch.weights).sum();
    return [loss.mul(1 / (shape.members * rows)), statistics];
  };
}

type Scalars = RateTensors & { share: Tensor };

function stepOf(plan: Plan) {
  const gradients = valueAndGrad(lossOf(plan), { hasAux: true });
  return (parameters: Tensors, statistics: Tensors, moments: Tensors, scalars: Tensors, batch: BatchTensors) => {
    const rates = scalars as Scalars;
    const [[loss, seen], gradient] = gradients(tree.ref(parameters), batch) as [[Tensor, Tensors], Tensors];
    const shorter = shortening(gradient, plan.clip);
    const next: [Tensors, Tensors, Tensors, Tensor] = [{}, {}, {}, loss];
    for (const { name, dims, decays } of parametersOf(plan.shape)) {
      const suffixes = Object.keys(momentsOf(plan.optimiser, dims));
      const own = Object.fromEntries(suffixes.map((suffix) => [suffix, moments[`${name}.${suffix}`]!]));
      const of = { value: parameters[name]!, gradient: gradient[name]!.mul(shorter.ref), moments: own };
      const made = updated(plan.optimiser, of, rates, decays ? plan.l2 : 0);
      next[0][name] = made.value;
      for (const suffix of suffixes) next[2][`${name}.${suffix}`] = made.moments[suffix]!;
    }
    for (const [name, old] of Object.entries(statistics))
      next[1][name] = old.ref.add(seen[name]!.sub(old).mul(rates.share.ref));
    tree.dispose([shorter, scalars]);
    return next;
  };
}

/** What a gradient is multiplied by so that its norm is at most `clip`. */
function shortening(gradient: Tensors, clip: number): Tensor {
  const squares = Object.values(gradient).map((g) => np.square(g.ref).sum());
  const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
  return np.minimum(np.divide(clip, norm.add(1e-12)), 1);
}

/** The mean loss of a batch and its gradient, for tests. */
export function gradientsOf(plan: Plan, weights: Weights, batch: Batch): { loss: number; gradient: Weights } {
  const of = Object.fromEntries(
    parametersOf(plan.shape).map(({ name, dims }) => [name, tensor(Float32Array.from(weights[name]!), dims)]),
  );
  const run = valueAndGrad(lossOf(plan), { hasAux: true });
  const [[loss, seen], gradient] = run(of, batchTensors(plan, batch)) as [[Tensor, Tensors], Tensors];
  tree.dispose(seen);
  const read = Object.entries(gradient).map(([name, g]) => [name, Float32Array.from(g.dataSync())]);
  return { loss: loss.dataSync()[0]!, gradient: Object.fromEntries(read) };
}
