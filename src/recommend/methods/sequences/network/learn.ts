/** Learning of the sequence network: passes over shuffled histories, in batches of about equal length. */
import type { Machine } from '#kernels/machine.ts';
import { type Random, random, shuffled, split } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { type Histories, historyCount, stepsPerItem } from '../histories.ts';
import { type Encoder, placesFromEnd } from './encoder.ts';
import { firstWeights, type Shape } from './shape.ts';
import { type Batch, PARTS, type Part, Trainer } from './trainer.ts';

export interface Schedule {
  readonly epochs: number;
  readonly learningRate: number;
  readonly dropout: number;
  /** Items drawn a batch for the softmax, with chances as steps ^ `drawnPower`. */
  readonly drawn: number;
  readonly drawnPower: number;
  /** Steps of a batch, about. */
  readonly batch: number;
}

export interface Lesson {
  readonly shape: Shape;
  readonly histories: Histories;
  /** [items x attributes], each row adding up to 1 */
  readonly attributes: Sparse | undefined;
  readonly schedule: Schedule;
  readonly seed: number;
}

/** Steps in which the learning rate rises. */
const WARM_UP = 200;

export interface Learned extends Encoder {
  /** Mean loss of each pass, with dropout. */
  readonly losses: readonly number[];
}

/** Trains on all histories of at least two steps; without one, the first weights stay. */
export function learn(machine: Machine, { shape, histories, attributes, schedule, seed }: Lesson): Learned {
  const { epochs, learningRate, dropout, drawn, drawnPower, batch } = schedule;
  const steps = stepsPerItem(histories, shape.items);
  const chances = steps.map((count) => (count + 1) ** drawnPower);
  const total = chances.reduce((a, b) => a + b, 0);
  const trainer = new Trainer(machine, {
    shape,
    weights: firstWeights(shape, seed),
    attributes,
    offset: Float32Array.from(chances, (chance) => Math.log(chance / total)),
    drawn,
    steps: Math.ceil(batch / PARTS) + shape.length,
    dropout,
  });
  const drawItems = drawerOf(chances);
  const losses: number[] = [];
  for (let epoch = 1, t = 1; epoch <= epochs; epoch++) {
    let [sum, parts] = [0, 0];
    for (const own of batchesOf(histories, shape.length, batch, random(split(seed, 'shuffle', epoch)))) {
      const draw = random(split(seed, 'drawn', t));
      const items = Int32Array.from({ length: drawn }, () => drawItems(draw));
      sum += trainer.slopes({ parts: own, drawn: items }, split(seed, 'dropout', t));
      trainer.step(learningRate * Math.min(1, t / WARM_UP), t);
      parts++;
      t++;
    }
    if (parts === 0) break;
    losses.push(sum / parts);
  }
  return { shape, dense: trainer.weights().dense, vectors: trainer.vectors(), losses };
}

/** Draws an item, each with its share of the chances. */
function drawerOf(chances: Float64Array): (draw: Random) => number {
  const sums = new Float64Array(chances.length);
  let sum = 0;
  for (let i = 0; i < chances.length; i++) {
    sum += chances[i]!;
    sums[i] = sum;
  }
  return (draw) => {
    const at = draw.uniform() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Parts of each batch of a pass: every history of two steps or more once, cut to its last `length` + 1. */
export function* batchesOf(
  histories: Histories,
  length: number,
  batch: number,
  draw: Random,
): Generator<Batch['parts']> {
  const order = shuffled(historyCount(histories), draw);
  const room = Math.ceil(batch / PARTS);
  let parts: Part[] = [];
  let rows: number[] = [];
  let steps = 0;
  for (const h of order) {
    const own = Math.min(length, histories.offsets[h + 1]! - histories.offsets[h]! - 1);
    if (own < 1) continue;
    rows.push(h);
    steps += own;
    if (steps < room) continue;
    parts.push(partOf(histories, rows, length));
    [rows, steps] = [[], 0];
    if (parts.length < PARTS) continue;
    yield parts;
    parts = [];
  }
  if (rows.length > 0) parts.push(partOf(histories, rows, length));
  if (parts.length > 0) yield parts;
}

function partOf({ offsets, items }: Histories, rows: readonly number[], length: number): Part {
  const ends = new Int32Array(rows.length + 1);
  for (const [row, h] of rows.entries())
    ends[row + 1] = ends[row]! + Math.min(length, offsets[h + 1]! - offsets[h]! - 1);
  const own = new Int32Array(ends[rows.length]!);
  const wanted = new Int32Array(own.length);
  for (const [row, h] of rows.entries()) {
    const [count, end] = [ends[row + 1]! - ends[row]!, offsets[h + 1]!];
    own.set(items.subarray(end - count - 1, end - 1), ends[row]!);
    wanted.set(items.subarray(end - count, end), ends[row]!);
  }
  return { offsets: ends, items: own, places: placesFromEnd(ends), wanted };
}
