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
  const [wSums, hSums] = [floats(USERS, () => 0), floats(ITEMS, () => 0)];
  const room = ITEMS;
  const size = BATCH.length * (2 * WIDTH + 1) + 2 * DRAWS * (WIDTH + BATCH.length) + room * (2 * WIDTH + 2);
  const [scratch, panels] = [machine.allocate(4 * size), machine.allocate(8192)];
  const step = (rate: number, decay: number): number =>
    machine.call(
      'softmaxStep',
      ...[users, BATCH.length, offsets, indices, drawn, DRAWS, w, h, WIDTH, wSums, hSums, slots, 0.5, rate, decay],
      ...[room, scratch, panels],
    );
  return {
    step,
    at: () => [machine.f32(w, USERS * WIDTH).slice(), machine.f32(h, ITEMS * WIDTH).slice()] as const,
    sums: () => [machine.f32(wSums, USERS).slice(), machine.f32(hSums, ITEMS).slice()] as const,
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
    const losses = [0, 1, 2].map(() => step(0.1, 0.01));
    assert.ok(slots().every((slot) => slot === 0));
    return [losses, at(), sums()];
  };
  assert.deepEqual(run('compiled'), run('plain'));
});

test('the first step of each vector goes down its slope, as long as the rate says; others stay', () => {
  const { step, at, sums } = world('plain');
  const before = at();
  const loss = step(0.01, 0);
  const after = at();
  const [w, h] = before.map((values) => Float64Array.from(values)) as [Float64Array, Float64Array];
  assert.ok(Math.abs(loss - lossAt(w, h)) < 1e-5, `${loss} ${lossAt(w, h)}`);
  for (const [side, values] of [w, h].entries())
    for (let row = 0; row < values.length / WIDTH; row++) {
      const slope = Array.from({ length: WIDTH }, (_, k) => {
        const at = row * WIDTH + k;
        const kept = values[at]!;
        const [up, down] = [1e-5, -1e-5].map((move) => {
          values[at] = kept + move;
          return lossAt(w, h);
        }) as [number, number];
        values[at] = kept;
        return (up - down) / 2e-5;
      });
      const length = Math.hypot(...slope);
      // single precision of sums of about ten products near 1
      assert.ok(Math.abs(sums()[side]![row]! - length ** 2) < 1e-4 * (1 + length ** 2));
      for (const [k, part] of slope.entries()) {
        const moved = after[side]![row * WIDTH + k]! - before[side]![row * WIDTH + k]!;
        const expected = length < 1e-9 ? 0 : (-0.01 * part) / length;
        assert.ok(Math.abs(moved - expected) < 1e-5, `${side} ${row} ${k}: ${moved} ${expected}`);
      }
    }
});
