// Aim: a step of the sampled softmax gives the bits of its plain twin, and goes down the slope of its stated loss.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from './machine.ts';
import { random } from './random.ts';

const [USERS, ITEMS, WIDTH, DRAWS] = [6, 12, 8, 4];
const BATCH = [4, 0, 2];
const HAD = [[1, 5], [], [3, 5, 7, 9], [2], [0, 5], [11]];
const DRAWN = [5, 8, 2, 5];

function world(variant: 'compiled' | 'plain') {
  const machine = new Machine({ variant, threads: 1 });
  const draw = random(3);
  const floats = (length: number, value: () => number): number => {
    const at = machine.allocate(4 * length);
    machine.f32(at, length).set(Float32Array.from({ length }, value));
    return at;
  };
  const ints = (values: readonly number[]): number => {
    const at = machine.allocate(4 * values.length);
    machine.i32(at, values.length).set(values);
    return at;
  };
  const offsets = ints([0, ...HAD.map((_, u) => HAD.slice(0, u + 1).flat().length)]);
  const [users, indices, drawn, slots] = [ints(BATCH), ints(HAD.flat()), ints(DRAWN), ints(new Array(ITEMS).fill(0))];
  const [w, h] = [floats(USERS * WIDTH, draw.normal), floats(ITEMS * WIDTH, draw.normal)];
  const sums = floats(ITEMS, () => 0);
  const room = ITEMS;
  const size = BATCH.length * (2 * WIDTH + 1) + 2 * DRAWS * (WIDTH + BATCH.length) + room * (2 * WIDTH + 2);
  const [scratch, panels] = [machine.allocate(4 * size), machine.allocate(8192)];
  const step = (turn: number, rate: number): number =>
    machine.call(
      'softmaxStep',
      ...[users, BATCH.length, offsets, indices, drawn, DRAWS, w, h, WIDTH, sums, slots, 0.5, turn, rate],
      ...[room, scratch, panels],
    );
  return {
    step,
    at: () => [machine.f32(w, USERS * WIDTH).slice(), machine.f32(h, ITEMS * WIDTH).slice()] as const,
    sums: () => machine.f32(sums, ITEMS).slice(),
    slots: () => machine.i32(slots, ITEMS),
  };
}

function lossAt(w: Float64Array, h: Float64Array): number {
  const cosine = (u: number, i: number): number => {
    let [both, own, other] = [0, 0, 0];
    for (let k = 0; k < WIDTH; k++) {
      const [x, y] = [w[u * WIDTH + k]!, h[i * WIDTH + k]!];
      both += x * y;
      own += x * x;
      other += y * y;
    }
    return both / Math.sqrt(own * other);
  };
  let loss = 0;
  for (const u of BATCH)
    for (const i of HAD[u]!)
      loss += Math.log(1 + DRAWN.reduce((sum, n) => sum + Math.exp((cosine(u, n) - cosine(u, i)) / 0.5), 0));
  return loss;
}

test('the same bits as the twin', { skip: hasCompiledKernels() ? false : 'the compiled kernels are missing' }, () => {
  const run = (variant: 'compiled' | 'plain') => {
    const { step, at, sums, slots } = world(variant);
    const losses = [0, 1, 2].map(() => step(0.7, 0.1));
    assert.ok(slots().every((slot) => slot === 0));
    return [losses, at(), sums()];
  };
  assert.deepEqual(run('compiled'), run('plain'));
});

/** [rows x WIDTH] slope of the loss by `values`, which is `w` or `h`, by small steps. */
const slopeOf = (values: Float64Array, w: Float64Array, h: Float64Array): number[] =>
  Array.from(values, (kept, at) => {
    const [up, down] = [1e-5, -1e-5].map((move) => {
      values[at] = kept + move;
      return lossAt(w, h);
    }) as [number, number];
    values[at] = kept;
    return (up - down) / 2e-5;
  });

test('the first step of an item goes down its slope, as long as the rate says; others stay', () => {
  const { step, at, sums } = world('plain');
  const before = at();
  const loss = step(1, 0.01);
  const after = at();
  const [w, h] = before.map((values) => Float64Array.from(values)) as [Float64Array, Float64Array];
  assert.ok(Math.abs(loss - lossAt(w, h)) < 1e-5, `${loss} ${lossAt(w, h)}`);
  const slope = slopeOf(h, w, h);
  for (let item = 0; item < ITEMS; item++) {
    const length = Math.hypot(...slope.slice(item * WIDTH, (item + 1) * WIDTH));
    // single precision of sums of about ten products near 1
    assert.ok(Math.abs(sums()[item]! - length ** 2) < 1e-4 * (1 + length ** 2));
    for (let k = item * WIDTH; k < (item + 1) * WIDTH; k++) {
      const expected = length < 1e-9 ? 0 : (-0.01 * slope[k]!) / length;
      assert.ok(Math.abs(after[1][k]! - before[1][k]! - expected) < 1e-5, `${item} ${k}`);
    }
  }
});

test('turned again and again while the items stay, a user comes to where the slope is zero; others stay', () => {
  const { step, at } = world('plain');
  const before = at();
  for (let turns = 0; turns < 200; turns++) step(0.3, 1e-30);
  const [w, h] = at().map((values) => Float64Array.from(values)) as [Float64Array, Float64Array];
  assert.deepEqual(h, Float64Array.from(before[1]));
  const slope = slopeOf(w, w, h);
  assert.ok(Math.hypot(...slope) < 1e-4, `slope ${Math.hypot(...slope)}`);
  for (const user of [1, 3, 5])
    for (let k = user * WIDTH; k < (user + 1) * WIDTH; k++) assert.equal(w[k], before[0][k]);
});
