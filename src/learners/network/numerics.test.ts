// Aim: what jax-js computes is what our own plain arithmetic says: outputs, losses, gradients and steps of the optimisers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { random } from '#kernels/random.ts';
import { type Batch, gradientsOf, makeTrainer, type Plan } from './backend.ts';
import { outputsOf } from './forward.ts';
import { type Head, headOf, LOSSES, lossOf, toldOf } from './heads.ts';
import { momentsOf, OPTIMISERS, type Optimiser, ratesAt } from './optimisers.ts';
import { mask } from './training.ts';
import { netOf, packed, parametersOf, type Shape, startOf, statisticsOf, unpacked, type Weights } from './weights.ts';

const ROWS = 7;
const draw = random(5);
const classes = Float64Array.from({ length: ROWS }, (_, i) => i % 3);
const amounts = Float64Array.from({ length: ROWS }, (_, i) => (i % 3 === 0 ? 0 : Math.exp(draw.normal())));
const even = new Float64Array(ROWS).fill(1);
const common = { classCount: 3, power: 1.4 };
const heads: readonly (readonly [Head, Float64Array])[] = [
  [headOf(classes, even, { ...common, task: 'classify', loss: 'l2' }), classes],
  [headOf(classes, even, { ...common, task: 'ordinal', loss: 'l2' }), classes],
  ...LOSSES.map((loss) => [headOf(amounts, even, { ...common, task: 'regress', loss }), amounts] as const),
];

const shapeOf = (outputs: number, extra: Partial<Shape> = {}): Shape => ({
  members: 3,
  numbers: 4,
  texts: [{ rows: 5, size: 2 }],
  layers: [6, 5],
  outputs,
  batchNorm: false,
  ...extra,
});

const planOf = (shape: Shape, head: Head, optimiser: Optimiser = 'adamw'): Plan => ({
  shape,
  head,
  optimiser,
  batch: ROWS,
  l2: 0.3,
  clip: 1e6,
});

/** Weights away from where learning starts, so that no factor is one and no constant nothing. */
function weightsOf(shape: Shape, head: Head): Weights {
  const start = startOf(shape, head.start, 3);
  return Object.fromEntries(
    Object.entries(start).map(([name, values]) => [
      name,
      values.map((x) => (name[0] === 'v' ? 0.5 + draw.uniform() : x + 0.3 * draw.normal())),
    ]),
  );
}

function batchOf(shape: Shape, head: Head, label: Float64Array): Batch {
  return {
    numbers: Float32Array.from({ length: ROWS * shape.numbers }, () => draw.normal()),
    codes: shape.texts.map(({ rows }) => Int32Array.from({ length: ROWS }, () => draw.integer(rows))),
    told: toldOf(head, label, 0.1) as Float32Array<ArrayBuffer>,
    weights: Float32Array.from({ length: ROWS }, (_, i) => (i === 2 ? 0 : 0.5 + draw.uniform())),
    masks: [],
  };
}

/** Mean loss by our own forward pass. */
function plainLoss(shape: Shape, head: Head, weights: Weights, batch: Batch): number {
  const z = outputsOf(netOf(shape, weights), { rows: ROWS, numbers: batch.numbers, codes: batch.codes });
  let sum = 0;
  for (let k = 0; k < shape.members; k++)
    for (let i = 0; i < ROWS; i++)
      sum += batch.weights[i]! * lossOf(head, z, (k * ROWS + i) * head.outputs, batch.told, i * head.told);
  return sum / (shape.members * ROWS);
}

const near = (a: number, b: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${what}: ${a}, expected ${b}`);

test('our forward pass gives what jax-js gives, within the rounding of float32', () => {
  for (const extra of [
    {},
    { members: 1 },
    { batchNorm: true },
    { members: 1, batchNorm: true },
    { layers: [] },
    { texts: [] },
  ]) {
    const [head, label] = heads[0]!;
    const shape = shapeOf(head.outputs, extra);
    const weights = weightsOf(shape, head);
    const batch = batchOf(shape, head, label);
    const trainer = makeTrainer(planOf(shape, head), weights);
    const theirs = trainer.outputs(batch);
    trainer.close();
    const ours = outputsOf(netOf(shape, weights), { rows: ROWS, numbers: batch.numbers, codes: batch.codes });
    assert.equal(ours.length, shape.members * ROWS * head.outputs);
    for (const [i, z] of ours.entries()) near(theirs[i]!, z, 1e-5, `${JSON.stringify(extra)} output ${i}`);
  }
});

describe('gradients', () => {
  for (const [head, label] of heads)
    test(`${head.kind}: loss and gradient are those of finite differences through our own pass`, () => {
      const shape = shapeOf(head.outputs);
      const weights = weightsOf(shape, head);
      const batch = batchOf(shape, head, label);
      const { loss, gradient } = gradientsOf(planOf(shape, head), weights, batch);
      near(loss, plainLoss(shape, head, weights, batch), 1e-5, 'loss');
      const step = 2 ** -12; // exact in float32 beside weights near one
      for (const { name } of parametersOf(shape))
        for (let i = 0; i < weights[name]!.length; i += 3) {
          const at = (by: number): number => {
            const moved = { ...weights, [name]: weights[name]!.slice() };
            moved[name]![i]! += by;
            return plainLoss(shape, head, moved, batch) / step;
          };
          // where a unit switches on within the step only one side of it has the slope of this point
          const slopes = [(at(step) - at(-step)) / 2, at(step) - at(0), at(0) - at(-step)];
          const off = slopes.map((slope) => Math.abs(slope - gradient[name]![i]!));
          // the weight moves by what float32 holds of the step: 2^-24 / 2^-12 of it off
          near(gradient[name]![i]!, slopes[off.indexOf(Math.min(...off))]!, 2e-3, `${name}[${i}]`);
        }
    });

  test('through batch normalisation: finite differences of the loss itself', () => {
    const [head, label] = heads[0]!;
    const shape = shapeOf(head.outputs, { batchNorm: true });
    const weights = weightsOf(shape, head);
    const batch = batchOf(shape, head, label);
    const { gradient } = gradientsOf(planOf(shape, head), weights, batch);
    const step = 2 ** -7;
    for (const { name } of parametersOf(shape)) {
      // along the gradient of this array: one difference of float32 losses, large enough to be seen
      const norm = Math.hypot(...gradient[name]!);
      const at = (by: number): number => {
        const moved = weights[name]!.map((x, i) => x + (by * gradient[name]![i]!) / (norm || 1));
        return gradientsOf(planOf(shape, head), { ...weights, [name]: moved }, batch).loss / (2 * step);
      };
      near(at(step) - at(-step), norm, 2e-2, name);
    }
  });

  test('a row of weight two pulls as two rows do, a row of weight none not at all', () => {
    const [head, label] = heads[0]!;
    const shape = shapeOf(head.outputs);
    const weights = weightsOf(shape, head);
    const batch = batchOf(shape, head, label);
    const pull = (of: readonly number[]) =>
      gradientsOf(planOf(shape, head), weights, { ...batch, weights: Float32Array.from(of) }).gradient.w0!;
    const [one, both, none] = [pull([1, 0, 0, 0, 0, 0, 0]), pull([2, 0, 0, 1, 0, 0, 0]), pull([0, 0, 0, 1, 0, 0, 0])];
    for (const [i, g] of both.entries()) near(g, 2 * one[i]! + none[i]!, 1e-6, `w0[${i}]`);
  });
});

/** Moves a running sum on and says where it is. */
function run(sums: Float64Array, i: number, kept: number, more: number): number {
  sums[i] = kept * sums[i]! + more;
  return sums[i];
}

/** The rules of the optimisers, one number at a time. */
function slowStep(
  optimiser: Optimiser,
  { dims, decays }: { dims: readonly number[]; decays: boolean },
  value: Float64Array<ArrayBuffer>,
  gradient: Float64Array<ArrayBuffer>,
  moments: Record<string, Float64Array>,
  t: number,
): Float64Array<ArrayBuffer> {
  const { learningRate } = ratesAt(optimiser, 0.05, t);
  const decay = decays ? 0.3 * learningRate : 0;
  const square = (values: Float64Array) => Math.sqrt(values.reduce((a, b) => a + b * b, 0) / values.length);
  if (optimiser === 'adamw')
    return value.map((x, i) => {
      const m = run(moments.first!, i, 0.9, 0.1 * gradient[i]!);
      const v = run(moments.second!, i, 0.999, 0.001 * gradient[i]! ** 2);
      return x - decay * x - (learningRate * m) / (1 - 0.9 ** t) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    });
  if (optimiser === 'sgd')
    return value.map((x, i) => {
      const m = run(moments.first!, i, 0.9, gradient[i]!);
      return x - decay * x - learningRate * (gradient[i]! + 0.9 * m);
    });
  const kept = 1 - t ** -0.8;
  const squares = gradient.map((g) => g * g + 1e-30);
  let step: Float64Array<ArrayBufferLike>;
  if (moments.rows === undefined) {
    const second = moments.second!;
    step = gradient.map((g, i) => g / Math.sqrt(run(second, i, kept, (1 - kept) * squares[i]!)));
  } else {
    const [n, m] = [dims.at(-2)!, dims.at(-1)!];
    step = new Float64Array(value.length);
    for (let block = 0; block < value.length / (n * m); block++) {
      const at = (i: number, j: number) => (block * n + i) * m + j;
      const row = moments.rows.subarray(block * n, (block + 1) * n);
      const column = moments.columns!.subarray(block * m, (block + 1) * m);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < m; j++) sum += squares[at(i, j)]! / m;
        row[i] = kept * row[i]! + (1 - kept) * sum;
      }
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += squares[at(i, j)]! / n;
        column[j] = kept * column[j]! + (1 - kept) * sum;
      }
      const whole = row.reduce((a, b) => a + b, 0) / n;
      for (let i = 0; i < n; i++)
        for (let j = 0; j < m; j++) step[at(i, j)] = gradient[at(i, j)]! / Math.sqrt((row[i]! * column[j]!) / whole);
    }
  }
  const rate = learningRate * Math.max(1e-3, square(value));
  const longest = Math.max(1, square(step));
  return value.map((x, i) => x - decay * x - (rate * step[i]!) / longest);
}

test('five steps of each optimiser are those of its slow twin', () => {
  const [head, label] = heads[0]!;
  const shape = shapeOf(head.outputs);
  for (const optimiser of OPTIMISERS) {
    const plan = { ...planOf(shape, head, optimiser), clip: 0.05 };
    const start = weightsOf(shape, head);
    const trainer = makeTrainer(plan, start);
    const mine = Object.fromEntries(Object.entries(start).map(([name, values]) => [name, Float64Array.from(values)]));
    const moments = Object.fromEntries(
      parametersOf(shape).map(({ name, dims }) => [
        name,
        Object.fromEntries(
          Object.entries(momentsOf(optimiser, dims)).map(([suffix, of]) => [
            suffix,
            new Float64Array(of.reduce((a, b) => a * b, 1)),
          ]),
        ),
      ]),
    );
    for (let t = 1; t <= 5; t++) {
      const batch = batchOf(shape, head, label);
      const { gradient } = gradientsOf(plan, trainer.weights(), batch);
      trainer.step(batch, ratesAt(optimiser, 0.05, t), 1);
      const norm = Math.hypot(...Object.values(gradient).flatMap((g) => [...g]));
      assert.ok(norm > plan.clip, 'the gradient is to be shortened');
      for (const parameter of parametersOf(shape)) {
        const { name } = parameter;
        const shorter = Float64Array.from(gradient[name]!, (g) => (g * plan.clip) / norm);
        mine[name] = slowStep(optimiser, parameter, mine[name]!, shorter, moments[name]!, t);
      }
      const theirs = trainer.weights();
      for (const { name } of parametersOf(shape))
        for (const [i, x] of mine[name]!.entries()) near(theirs[name]![i]!, x, 2e-5, `${optimiser} ${t} ${name}[${i}]`);
    }
    trainer.close();
  }
});

test('running statistics move toward those of the batch by the share that is asked for', () => {
  const [head, label] = heads[0]!;
  const shape = shapeOf(head.outputs, { batchNorm: true, members: 1, texts: [], layers: [2] });
  const weights = weightsOf(shape, head);
  const batch = batchOf(shape, head, label);
  const trainer = makeTrainer(planOf(shape, head), weights);
  trainer.step(batch, ratesAt('adamw', 0.01, 1), 0.25);
  const after = trainer.weights();
  trainer.close();
  const total = batch.weights.reduce((a, b) => a + b, 0);
  for (let unit = 0; unit < 2; unit++) {
    const z = Array.from(batch.weights, (_, i) =>
      [0, 1, 2, 3].reduce((sum, j) => sum + batch.numbers[i * 4 + j]! * weights.w0![j * 2 + unit]!, 0),
    );
    const mean = z.reduce((sum, x, i) => sum + (x * batch.weights[i]!) / total, 0);
    const variance = z.reduce((sum, x, i) => sum + ((x - mean) ** 2 * batch.weights[i]!) / total, 0);
    near(after.m0![unit]!, 0.75 * weights.m0![unit]! + 0.25 * mean, 1e-5, 'mean');
    near(after.v0![unit]!, 0.75 * weights.v0![unit]! + 0.25 * variance, 1e-5, 'variance');
  }
  assert.equal(statisticsOf(shape).length, 2);
});

test('dropout leaves out its share, keeps the mean at one, and is the same for the same seed', () => {
  for (const dropout of [0.1, 0.5, 0.9]) {
    const kept = mask(200_000, dropout, 7);
    const share = kept.filter((x) => x === 0).length / kept.length;
    const error = Math.sqrt((dropout * (1 - dropout)) / kept.length);
    assert.ok(Math.abs(share - dropout) < 4 * error, `${share}`);
    for (const x of kept) assert.ok(x === 0 || Math.abs(x * (1 - dropout) - 1) < 1e-6);
    assert.deepEqual(mask(1000, dropout, 7), kept.slice(0, 1000));
    assert.notDeepEqual(mask(1000, dropout, 8), kept.slice(0, 1000));
  }
});

test('a step leaves no array behind: the memory of jax-js stops growing', (t) => {
  const [head, label] = heads[0]!;
  const shape = shapeOf(head.outputs, { batchNorm: true });
  const batch = { ...batchOf(shape, head, label), masks: shape.layers.map((units) => mask(3 * ROWS * units, 0.5, 1)) };
  const run = (steps: number) => {
    const trainer = makeTrainer(planOf(shape, head), weightsOf(shape, head));
    for (let s = 0; s < steps; s++) {
      trainer.step(batch, ratesAt('adamw', 0.01, s + 1), 0.1);
      if (s % 10 === 0) trainer.outputs(batch);
      if (s % 10 === 0) trainer.weights();
    }
    trainer.close();
  };
  run(20);
  const grow = t.mock.method(WebAssembly.Memory.prototype, 'grow');
  // a lost scalar takes 64 bytes and a page has 65,536: three lost in each step would need a page more
  run(400);
  assert.equal(grow.mock.callCount(), 0);
});

test('weights survive being packed, bit for bit', () => {
  const values = Float32Array.of(0, -0, 1 / 3, -1e-38, 3e38, Number.MIN_VALUE);
  assert.deepEqual(unpacked(packed(values)), values);
});
