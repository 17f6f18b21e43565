// Aim: nearest vectors and the skip-gram are the same bits as their plain twins, and what a slow search and a tiny language say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from './machine.ts';
import { random } from './random.ts';

const compiled = { skip: hasCompiledKernels() ? false : 'the kernels are not compiled here' };

/** Runs `work` on a compiled and on a plain machine and holds what it returns to be the same. */
function same<T>(work: (machine: Machine) => T): T {
  const [first, second] = (['compiled', 'plain'] as const).map((variant) => {
    const machine = new Machine({ threads: 1, variant });
    try {
      return work(machine);
    } finally {
      machine.close();
    }
  });
  assert.deepEqual(first, second);
  return first!;
}

function placed(machine: Machine, values: Float32Array | Int32Array): number {
  const at = machine.allocate(values.byteLength);
  if (values instanceof Float32Array) machine.f32(at, values.length).set(values);
  else machine.i32(at, values.length).set(values);
  return at;
}

test('nearest keeps the k largest products, ties to the lower id, numbers that are none never', compiled, () => {
  const draw = random(3);
  for (const [count, queryCount, width, k] of [
    [1, 1, 4, 1],
    [50, 5, 8, 7],
    [40, 6, 12, 60],
    [200, 3, 4, 10],
  ] as const) {
    // few distinct values, so that there are many ties
    const vectors = Float32Array.from({ length: count * width }, () => draw.integer(3) - 1);
    if (count > 20) vectors[17 * width] = Number.NaN;
    const queries = Float32Array.from({ length: queryCount * width }, () => draw.integer(3) - 1);
    const got = same((machine) => {
      const [v, q] = [placed(machine, vectors), placed(machine, queries)];
      const scores = placed(machine, new Float32Array(queryCount * k).fill(Number.NEGATIVE_INFINITY));
      const ids = placed(machine, new Int32Array(queryCount * k).fill(2 ** 31 - 1));
      machine.call('nearest', q, queryCount, v, 0, count, width, k, scores, ids);
      return [...machine.i32(ids, queryCount * k)];
    });
    for (let q = 0; q < queryCount; q++) {
      const product = (i: number) => {
        let sum = 0;
        for (let j = 0; j < width; j++) sum += queries[q * width + j]! * vectors[i * width + j]!;
        return sum;
      };
      const all = Array.from({ length: count }, (_, i) => i).filter((i) => !Number.isNaN(product(i)));
      const want = all.sort((a, b) => product(b) - product(a) || a - b).slice(0, k);
      const kept = got.slice(q * k, (q + 1) * k).filter((id) => id < count);
      assert.deepEqual(
        kept.sort((a, b) => a - b),
        want.sort((a, b) => a - b),
      );
    }
  }
});

test('skip-gram: the same bits as the twin; words of one topic end nearer than words of two', compiled, () => {
  const [vocabulary, width, length] = [12, 8, 9];
  const draw = random(5);
  const sentences = 300;
  // even sentences speak with words 0 to 5, odd ones with 6 to 11
  const words = Int32Array.from(
    { length: sentences * length },
    (_, i) => draw.integer(6) + 6 * (Math.floor(i / length) % 2),
  );
  const starts = Int32Array.from({ length: sentences + 1 }, (_, s) => s * length);
  const vectors = same((machine) => {
    const inner = placed(
      machine,
      Float32Array.from({ length: vocabulary * width }, () => 0),
    );
    const start = random(1);
    machine
      .f32(inner, vocabulary * width)
      .set(Float32Array.from({ length: vocabulary * width }, () => (start.uniform() - 0.5) / width));
    const outer = placed(machine, new Float32Array(vocabulary * width));
    const at = [placed(machine, words), placed(machine, starts)] as const;
    const keep = placed(machine, new Float32Array(vocabulary).fill(0.9));
    const draws = placed(
      machine,
      Int32Array.from({ length: vocabulary }, (_, i) => i),
    );
    const scratch = machine.allocate(4 * (length + width));
    let done = 0;
    for (let epoch = 0; epoch < 3; epoch++)
      done += machine.call(
        'skipGram',
        ...at,
        0,
        sentences,
        keep,
        draws,
        vocabulary,
        inner,
        outer,
        width,
        3,
        4,
        0.1,
        done,
        3 * words.length,
        epoch + 1,
        scratch,
      );
    assert.equal(done, 3 * words.length);
    return machine.f32(inner, vocabulary * width).slice();
  });
  const cosine = (a: number, b: number) => {
    const [x, y] = [a, b].map((i) => vectors.subarray(i * width, (i + 1) * width)) as [Float32Array, Float32Array];
    const dot = (p: Float32Array, q: Float32Array) => p.reduce((sum, value, j) => sum + value * q[j]!, 0);
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };
  const [within, between]: [number[], number[]] = [[], []];
  for (let a = 0; a < vocabulary; a++)
    for (let b = 0; b < a; b++) (a < 6 === b < 6 ? within : between).push(cosine(a, b));
  assert.ok(Math.min(...within) > Math.max(...between), `${Math.min(...within)} and ${Math.max(...between)}`);
});
