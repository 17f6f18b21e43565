/**
 * Matrix factorisation for ranking: cosines of users and items under a softmax over sampled items.
 *
 *   loss = sum_ui log(1 + sum_n exp((cos_un - cos_ui) / temperature)),  n drawn with chance popularity^popularityPower
 *
 * One softmax with many items drawn for a whole batch of users, where BPR compares with one: this, not the network around
 * it, is most of what later methods gained. A user's vector is learned with the rest, so people whom training did not know
 * have none, and no item has given a score. Batches come in an order drawn by the seed and are worked off one by one.
 *
 * @see Rendle et al. (2009), UAI, for BPR; Wu, Wang, Gao, Chen, Hong, Qiu, He (2024), ACM TOIS 42(4), "On the
 * Effectiveness of Sampled Softmax Loss for Item Recommendation"; Duchi, Hazan, Singer (2011), JMLR 12, for the step
 */
import { Machine } from '#kernels/machine.ts';
import { random, shuffled, split } from '#kernels/random.ts';
import type { Interactions } from '../../data/interactions.ts';
import type { Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { pairsOf, viewOf } from './pairs.ts';
import { productScores } from './scores.ts';
import { widthOf } from './width.ts';

export interface MfParams extends Readonly<Record<string, number>> {
  /** Numbers of each vector; rounded up to a multiple of 8. */
  readonly factors: number;
  readonly epochs: number;
  readonly temperature: number;
  /** Items drawn for each batch; rounded up to an even number. */
  readonly draws: number;
  readonly popularityPower: number;
  /** How far a user is turned each time: 1 as far as what there was before weighs, 0 not. */
  readonly turn: number;
  /** Length of the first step of an item. */
  readonly rate: number;
}

export interface MfModel {
  readonly width: number;
  /** [users x width] of length 1, or 0 for users without items */
  readonly users: Float32Array;
  /** [items x width] of length 1 */
  readonly items: Float32Array;
  readonly tie: Float64Array;
}

export const MF: Method<MfParams, MfModel> = {
  name: 'mf',
  defaults: { factors: 64, epochs: 40, temperature: 0.15, draws: 1024, popularityPower: 0.25, turn: 0.5, rate: 0.3 },
  ranges: {
    factors: [1, 2048],
    epochs: [1, 10_000],
    temperature: [0.01, 100],
    draws: [1, 65_536],
    popularityPower: [0, 2],
    turn: [1e-6, 1000],
    rate: [1e-6, 10],
  },
  whole: ['factors', 'epochs', 'draws'],
  source:
    'Rendle et al. (2009), BPR, UAI; Wu et al. (2024), On the Effectiveness of Sampled Softmax Loss for Item Recommendation, ACM TOIS 42(4)',
  fit,
  score: ({ width, users, items, tie }, wanted) => {
    const vectors = new Float32Array(wanted.length * width);
    for (let row = 0; row < wanted.length; row++)
      vectors.set(users.subarray(wanted[row]! * width, (wanted[row]! + 1) * width), row * width);
    return productScores(vectors, items, width, tie);
  },
};

/** Users of a batch, at most; and items that they have, at most, unless one alone has more. */
const BATCH_USERS = 256;
const BATCH_ITEMS = 8192;

function fit(data: Interactions, params: MfParams, run: { readonly seed: number }): MfModel {
  const width = widthOf(params.factors, data, 'mf');
  const draws = Math.ceil(params.draws / 2) * 2;
  const machine = new Machine({ threads: 1 });
  try {
    const { users, items, entries } = pairsOf(machine, data, 0);
    const counts = countsIn(viewOf(machine, items, entries).offsets);
    const held = countsIn(viewOf(machine, users, entries).offsets);
    const room = Math.min(
      data.itemCount,
      draws +
        Math.max(
          BATCH_ITEMS,
          held.reduce((a, b) => Math.max(a, b), 0),
        ),
    );
    const floats = BATCH_USERS * (2 * width + 1) + 2 * draws * width + 2 * BATCH_USERS * draws + room * (2 * width + 2);
    const [w, h, sums, slots, batchAt, drawnAt, panels] = [
      ...[4 * width * data.userCount, 4 * width * data.itemCount, 4 * data.itemCount, 4 * data.itemCount],
      ...[4 * BATCH_USERS, 4 * draws, 8192],
    ].map((bytes) => machine.allocate(bytes)) as [number, number, number, number, number, number, number];
    const scratch = machine.allocate(4 * floats);
    for (const at of [sums, slots]) machine.f32(at, data.itemCount).fill(0);
    // vectors of length about 1
    machine.call('drawUniform', w, width * data.userCount, split(run.seed, 'mf', 'users'), Math.sqrt(3 / width));
    machine.call('drawUniform', h, width * data.itemCount, split(run.seed, 'mf', 'items'), Math.sqrt(3 / width));
    const draw = sampler(counts, params.popularityPower);
    for (let epoch = 0; epoch < params.epochs; epoch++) {
      const dice = random(split(run.seed, 'mf', epoch));
      for (const batch of batchesOf(shuffled(data.userCount, dice), held)) {
        machine.u32(batchAt, batch.length).set(batch);
        draw(machine.u32(drawnAt, draws), dice.uniform);
        machine.call(
          'softmaxStep',
          ...[batchAt, batch.length, users.offsets, users.indices, drawnAt, draws, w, h, width, sums, slots],
          ...[params.temperature, params.turn, params.rate, room, scratch, panels],
        );
      }
    }
    const vectors = machine.f32(w, width * data.userCount).slice();
    for (const [user, count] of held.entries()) if (count === 0) vectors.fill(0, user * width, (user + 1) * width);
    return {
      width,
      users: toLengthOne(vectors, width),
      items: toLengthOne(machine.f32(h, width * data.itemCount).slice(), width),
      tie: tieOf(counts, 1e-9),
    };
  } finally {
    machine.close();
  }
}

const countsIn = (offsets: Int32Array): Float64Array =>
  Float64Array.from({ length: offsets.length - 1 }, (_, row) => offsets[row + 1]! - offsets[row]!);

function batchesOf(order: Int32Array, held: Float64Array): Int32Array[] {
  const out: Int32Array[] = [];
  let batch: number[] = [];
  let items = 0;
  for (const user of order) {
    if (held[user] === 0) continue;
    if (batch.length === BATCH_USERS || (batch.length > 0 && items + held[user]! > BATCH_ITEMS)) {
      out.push(Int32Array.from(batch));
      [batch, items] = [[], 0];
    }
    batch.push(user);
    items += held[user]!;
  }
  if (batch.length > 0) out.push(Int32Array.from(batch));
  return out;
}

/** Fills arrays with items drawn with chance count^power, by a table of running sums. */
function sampler(counts: Float64Array, power: number) {
  const sums = new Float64Array(counts.length);
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i]! > 0) total += counts[i]! ** power;
    sums[i] = total;
  }
  return (out: Uint32Array, uniform: () => number): void => {
    for (let n = 0; n < out.length; n++) {
      const wanted = uniform() * total;
      let [low, high] = [0, sums.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sums[middle]! > wanted) high = middle;
        else low = middle + 1;
      }
      out[n] = low;
    }
  };
}

function toLengthOne(vectors: Float32Array, width: number): Float32Array {
  for (let at = 0; at < vectors.length; at += width) {
    let square = 0;
    for (let k = 0; k < width; k++) square += vectors[at + k]! ** 2;
    if (square > 0) for (let k = 0; k < width; k++) vectors[at + k]! /= Math.sqrt(square);
  }
  return vectors;
}
