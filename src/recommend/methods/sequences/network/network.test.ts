// Aim: slopes are those of finite differences; compiled, plain and threaded kernels learn the same bits; a small world is learned.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from '#kernels/machine.ts';
import { random } from '#kernels/random.ts';
import { fromTriples, rowNormalised } from '#kernels/sparse.ts';
import { historyCount } from '../histories.ts';
import { logitsOf } from './encoder.ts';
import { batchesOf, learn } from './learn.ts';
import { firstWeights, placesOf, type Shape, type Weights } from './shape.ts';
import { type Batch, Trainer } from './trainer.ts';

const skip = hasCompiledKernels() ? false : 'the compiled kernels are missing';
const shape: Shape = { items: 9, attributes: 3, width: 8, blocks: 2, heads: 2, length: 5 };
const attributes = rowNormalised(
  fromTriples({
    rows: 9,
    columns: 3,
    rowOf: Int32Array.of(0, 1, 2, 3, 4, 4, 8),
    columnOf: Int32Array.of(0, 1, 2, 0, 0, 1, 2),
  }),
);
const offset = Float32Array.from({ length: 9 }, (_, i) => Math.log((i + 1) / 45));

/** Histories that go round: after item i comes i + 1, with a leap now and then. */
function rounds(count: number, items: number, leap: number) {
  const draw = random(3);
  const [offsets, steps] = [[0], [] as number[]];
  for (let h = 0; h < count; h++) {
    let item = draw.integer(items);
    for (let step = 0, length = 1 + draw.integer(7); step < length; step++) {
      steps.push(item);
      item = draw.uniform() < leap ? draw.integer(items) : (item + 1) % items;
    }
    offsets.push(steps.length);
  }
  return { offsets: Int32Array.from(offsets), items: Int32Array.from(steps) };
}

const batch: Batch = {
  parts: [...batchesOf(rounds(12, 9, 0.2), shape.length, 20, random(1))][0]!,
  drawn: Int32Array.of(0, 3, 3, 7, 8, 1, 2, 5),
};

const trainerOf = (machine: Machine, weights: Weights) =>
  new Trainer(machine, { shape, weights, attributes, offset, drawn: 8, steps: 40, dropout: 0.2 });

/** First weights made larger, so that every part matters. */
function lively(): Weights {
  const weights = firstWeights(shape, 5);
  const draw = random(8);
  for (const values of Object.values(weights) as Float32Array[])
    for (let i = 0; i < values.length; i++) values[i] = values[i]! * 1.2 + 0.15 * draw.normal();
  return weights;
}

test('slopes are those of finite differences', () => {
  const weights = lively();
  const lossAt = (changed: Weights): number =>
    trainerOf(new Machine({ threads: 1, variant: 'plain' }), changed).slopes(batch, 4);
  const trainer = trainerOf(new Machine({ threads: 1, variant: 'plain' }), weights);
  assert.equal(trainer.slopes(batch, 4), lossAt(weights));
  const found = trainer.gradients();
  const draw = random(2);
  const checked = (part: 'dense' | 'items', i: number, name: string) => {
    // in 32 bits the loss is known to some 1e-7, so its difference over 0.002 to some 5e-5
    const moved = (by: number) => {
      const values = weights[part].slice();
      values[i]! += by;
      return lossAt({ ...weights, [part]: values });
    };
    const slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
    assert.ok(
      Math.abs(slope - found[part][i]!) < 1e-4 + 1e-3 * Math.abs(slope),
      `${name} ${i}: ${found[part][i]} ${slope}`,
    );
  };
  for (const { name, from, rows, columns } of placesOf(shape))
    for (let n = 0; n < 3; n++) checked('dense', from + draw.integer(rows * columns), name);
  for (let n = 0; n < 12; n++) checked('items', draw.integer(shape.items * shape.width), 'items');
});

test('slopes of attributes are those of their items', () => {
  const before = lively();
  const machine = new Machine({ threads: 1, variant: 'plain' });
  const trainer = trainerOf(machine, before);
  trainer.slopes(batch, 4);
  const { items } = trainer.gradients();
  trainer.step(1e-3, 1);
  const after = trainer.weights();
  // the first step of Adam is the rate, against the sign of the slope
  const slope = new Float64Array(3 * shape.width);
  for (let item = 0; item < 9; item++)
    for (let e = attributes.offsets[item]!; e < attributes.offsets[item + 1]!; e++)
      for (let d = 0; d < shape.width; d++)
        slope[attributes.indices[e]! * shape.width + d]! += attributes.values[e]! * items[item * shape.width + d]!;
  for (const [i, value] of slope.entries())
    if (Math.abs(value) > 1e-4)
      assert.ok(Math.abs(after.attributes[i]! - before.attributes[i]! + 1e-3 * Math.sign(value)) < 1e-5, `${i}`);
});

const lesson = {
  shape: { ...shape, blocks: 1, width: 16 },
  histories: rounds(200, 9, 0),
  attributes,
  schedule: { epochs: 25, learningRate: 0.01, dropout: 0.1, drawn: 8, drawnPower: 0.5, batch: 128 },
  seed: 1,
};

test('compiled and plain kernels, one thread and several learn the same bits', { skip }, () => {
  const short = { ...lesson, schedule: { ...lesson.schedule, epochs: 2 } };
  const expected = learn(new Machine({ variant: 'plain' }), short);
  for (const threads of [1, 2, 4]) {
    const machine = new Machine({ variant: 'compiled', threads });
    assert.deepEqual(learn(machine, short), expected);
    machine.close();
  }
});

test('what comes next in a small world is learned, and alone as among others', () => {
  const machine = new Machine({ threads: 1 });
  const encoder = learn(machine, lesson);
  machine.close();
  const { losses } = encoder;
  assert.ok(losses.at(-1)! < 0.5 * losses[0]!, `${losses}`);
  const histories = rounds(40, 9, 0);
  const logits = logitsOf(encoder, histories);
  let right = 0;
  for (let h = 0; h < historyCount(histories); h++) {
    const own = logits.subarray(h * 9, (h + 1) * 9);
    const last = histories.items[histories.offsets[h + 1]! - 1]!;
    if (own.indexOf(Math.max(...own)) === (last + 1) % 9) right++;
    const alone = { offsets: Int32Array.of(0, histories.offsets[h + 1]! - histories.offsets[h]!) };
    const items = histories.items.subarray(histories.offsets[h]!, histories.offsets[h + 1]!);
    assert.deepEqual(logitsOf(encoder, { ...alone, items }), own);
  }
  assert.ok(right >= 38, `${right} of 40`);
  assert.deepEqual(
    [...logitsOf(encoder, { offsets: Int32Array.of(0, 0), items: new Int32Array(0) })],
    Array(9).fill(0),
  );
});
