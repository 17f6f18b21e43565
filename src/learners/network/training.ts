/** Learning by batches: shuffled rows, dropout, and an end where the rows set aside are foretold no better. */
import { mix32, random, split } from '#kernels/random.ts';
import type { Batch, Plan, Trainer } from './backend.ts';
import { addAnswer, answerWidth, type Head, lossOf } from './heads.ts';
import type { Encoded } from './inputs.ts';
import { ratesAt } from './optimisers.ts';
import type { Weights } from './weights.ts';

/** Rows in the form that a network learns from. */
export interface Lesson {
  readonly encoded: Encoded;
  /** [rows x told] */
  readonly told: Float32Array;
  /** [rows], > 0 */
  readonly weights: Float64Array;
}

export interface Schedule {
  readonly epochs: number;
  readonly learningRate: number;
  readonly dropout: number;
  /** Epochs without a better loss on the rows set aside before it ends. */
  readonly patience: number;
}

export interface Learned {
  readonly weights: Weights;
  /** Passes over the rows that the weights stand for. */
  readonly epochs: number;
  /** Mean loss of each pass, with dropout; and of the rows set aside after it (none where none are). */
  readonly losses: readonly number[];
  readonly validation: readonly number[];
}

/** Share of categories that a row shows as 'any other' while learning, so that its vector is learned too. */
const OTHER_SHARE = 0.02;

/**
 * Trains; gives back the weights of the pass that foretold the rows set aside best, or of the last pass.
 *
 * @param rows numbers of the rows to learn from
 * @param aside numbers of the rows set aside
 */
export function learn(
  trainer: Trainer,
  plan: Plan,
  lesson: Lesson,
  { rows, aside, schedule, seed }: { rows: Int32Array; aside: Int32Array; schedule: Schedule; seed: number },
): Learned {
  const steps = stepsOf(rows.length, plan.batch);
  const losses: number[] = [];
  const validation: number[] = [];
  const best = { loss: Number.POSITIVE_INFINITY, epoch: 0, weights: undefined as Weights | undefined };
  const unit = meanOf(lesson.weights, rows);
  for (let epoch = 1, t = 1; epoch <= schedule.epochs; epoch++) {
    const order = shuffled(rows, split(seed, 'shuffle', epoch));
    let sum = 0;
    for (let s = 0; s < steps; s++, t++) {
      const from = Math.floor((s * order.length) / steps);
      const at = order.subarray(from, Math.floor(((s + 1) * order.length) / steps));
      const batch = batchOf(plan, lesson, at, { unit, dropout: schedule.dropout, seed: split(seed, 'batch', t) });
      sum += trainer.step(batch, ratesAt(plan.optimiser, schedule.learningRate, t), Math.max(0.1, 1 / t));
    }
    losses.push(sum / steps);
    if (aside.length === 0) continue;
    const loss = validationLoss(trainer, plan, lesson, aside);
    validation.push(loss);
    if (loss < best.loss) Object.assign(best, { loss, epoch, weights: trainer.weights() });
    if (epoch - best.epoch >= schedule.patience) break;
  }
  return { weights: best.weights ?? trainer.weights(), epochs: best.epoch || losses.length, losses, validation };
}

/** Batches of a pass: their sizes differ by one row at most, and none is larger than the plan's. */
const stepsOf = (rows: number, batch: number): number => Math.ceil(rows / batch);

function meanOf(weights: Float64Array, rows: Int32Array): number {
  let sum = 0;
  for (const i of rows) sum += weights[i]!;
  return sum / rows.length;
}

/** The same numbers in an order of the seed's choice. */
export function shuffled(rows: Int32Array, seed: number): Int32Array {
  const out = rows.slice();
  const draw = random(seed);
  for (let i = out.length - 1; i > 0; i--) {
    const j = draw.integer(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

interface BatchOptions {
  /** What counts as weight one. */
  readonly unit: number;
  readonly dropout: number;
  readonly seed: number;
}

/** The rows numbered `at`, filled up to the size of a batch with rows of no weight. */
export function batchOf(plan: Plan, lesson: Lesson, at: Int32Array, { unit, dropout, seed }: BatchOptions): Batch {
  const { shape, head, batch } = plan;
  const { encoded } = lesson;
  const numbers = new Float32Array(batch * shape.numbers);
  const told = new Float32Array(batch * head.told);
  const weights = new Float32Array(batch);
  const codes = encoded.codes.map(() => new Int32Array(batch));
  const draw = random(split(seed, 'other'));
  for (const [n, i] of at.entries()) {
    numbers.set(encoded.numbers.subarray(i * shape.numbers, (i + 1) * shape.numbers), n * shape.numbers);
    told.set(lesson.told.subarray(i * head.told, (i + 1) * head.told), n * head.told);
    // a short batch counts by its rows: the trainer divides by the full size
    weights[n] = ((lesson.weights[i]! / unit) * batch) / at.length;
    for (const [t, column] of codes.entries())
      column[n] = dropout >= 0 && draw.uniform() < OTHER_SHARE ? 0 : encoded.codes[t]![i]!;
  }
  const masks =
    dropout > 0
      ? shape.layers.map((units, l) => mask(shape.members * batch * units, dropout, split(seed, 'dropout', l)))
      : [];
  return { numbers, told, weights, codes, masks };
}

/** `length` numbers that are 0 with chance `dropout` and else what makes their mean one; the seed decides which. */
export function mask(length: number, dropout: number, seed: number): Float32Array<ArrayBuffer> {
  const bar = Math.round(dropout * 2 ** 32);
  const kept = 1 / (1 - bar / 2 ** 32);
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) out[i] = mix32(seed ^ Math.imul(i + 1, 0x9e3779b1)) < bar ? 0 : kept;
  return out;
}

/** Weighted mean loss of the rows set aside: of the members' mean answer where it is chances or a number, else their mean loss. */
function validationLoss(trainer: Trainer, plan: Plan, lesson: Lesson, rows: Int32Array): number {
  const { head, shape, batch } = plan;
  let sum = 0;
  let weightSum = 0;
  for (let from = 0; from < rows.length; from += batch) {
    const at = rows.subarray(from, from + batch);
    const z = Float64Array.from(trainer.outputs(batchOf(plan, lesson, at, { unit: 1, dropout: -1, seed: 0 })));
    for (const [n, i] of at.entries()) {
      sum += lesson.weights[i]! * rowLoss(head, z, { n, rows: batch, members: shape.members }, lesson.told, i);
      weightSum += lesson.weights[i]!;
    }
  }
  return sum / weightSum;
}

function rowLoss(
  head: Head,
  z: Float64Array,
  { n, rows, members }: { n: number; rows: number; members: number },
  told: Float32Array,
  i: number,
): number {
  const zAt = (k: number) => (k * rows + n) * head.outputs;
  if (head.kind === 'softmax' || head.kind === 'corn') {
    const chances = new Float64Array(answerWidth(head));
    for (let k = 0; k < members; k++) addAnswer(head, z, zAt(k), chances, 0, 1 / members);
    return -Math.log(Math.max(1e-12, chances[classOf(head, told, i)]!));
  }
  let sum = 0;
  if (head.kind === 'l2') {
    for (let k = 0; k < members; k++) sum += z[zAt(k)]! / members;
    return lossOf(head, Float64Array.of(sum), 0, told, i);
  }
  for (let k = 0; k < members; k++) sum += lossOf(head, z, zAt(k), told, i * head.told) / members;
  return sum;
}

function classOf({ kind, outputs, told: width }: Head, told: Float32Array, i: number): number {
  const row = told.subarray(i * width, i * width + outputs);
  if (kind === 'corn') return row.reduce((sum, above) => sum + above, 0);
  return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
}
