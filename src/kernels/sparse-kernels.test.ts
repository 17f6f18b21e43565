// Aim: compiled products of sparse matrices equal their plain twins bit for bit and naive sums as near as rounding allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TiledSymmetric } from './inverse.ts';
import { hasCompiledKernels, Machine } from './machine.ts';
import { random } from './random.ts';
import { symmetricInverse } from './small-inverse.ts';
import { fromTriples, productTopK, type Sparse, transpose } from './sparse.ts';
import { floats32, LANES, placed32, timesDense } from './sparse32.ts';
import { truncatedSvd } from './truncated-svd.ts';

const compiled = { skip: hasCompiledKernels() ? false : 'the kernels are not compiled here' };
const VARIANTS = [
  { variant: 'plain', threads: 1 },
  { variant: 'compiled', threads: 1 },
  { variant: 'compiled', threads: 2 },
  { variant: 'compiled', threads: 4 },
] as const;

function sparse(rows: number, columns: number, count: number, seed: number): Sparse {
  const draw = random(seed);
  return fromTriples({
    rows,
    columns,
    rowOf: Int32Array.from({ length: count }, () => draw.integer(rows)),
    columnOf: Int32Array.from({ length: count }, () => draw.integer(columns)),
    values: Float64Array.from({ length: count }, () => 0.1 + draw.uniform()),
  });
}

function dense(m: Sparse): Float64Array {
  const out = new Float64Array(m.rows * m.columns);
  for (let r = 0; r < m.rows; r++)
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) out[r * m.columns + m.indices[e]!] = m.values[e]!;
  return out;
}

/** What `work` returns on a plain machine and on 1, 2 and 4 threads; all must be the same bits. */
function same<T>(work: (machine: Machine) => T): T {
  const answers = VARIANTS.map((options) => {
    const machine = new Machine(options);
    try {
      return work(machine);
    } finally {
      machine.close();
    }
  });
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  return answers[0]!;
}

test('the best of a product: plain and compiled, on 1, 2 and 4 threads', compiled, () => {
  // 300 x 40 has rows that are looked at as a whole, 300 x 2000 rows whose columns are remembered.
  for (const [columns, count] of [
    [40, 1500],
    [2000, 1500],
  ] as const) {
    const [a, b] = [sparse(300, 80, 900, 1), sparse(80, columns, count, 2)];
    const columnScale = Float64Array.from({ length: columns }, (_, c) => 1 / (1 + (c % 7)));
    const results = VARIANTS.map((options) => productTopK(a, b, { k: 9, columnScale, skipDiagonal: true, ...options }));
    for (const result of results) assert.deepEqual(result, results[0]);
    const all = productTopK(a, b, { k: columns });
    const [left, right, whole] = [dense(a), dense(b), dense(all)];
    for (let r = 0; r < 300; r += 37)
      for (let c = 0; c < columns; c += 11) {
        let sum = 0;
        for (let m = 0; m < 80; m++) sum += left[r * 80 + m]! * right[m * columns + c]!;
        assert.ok(Math.abs(whole[r * columns + c]! - sum) < 1e-12 * (1 + sum), `${r}, ${c}`);
      }
  }
});

test('entries that come to 0 are left out; an empty matrix has no entries', () => {
  const a = fromTriples({
    rows: 2,
    columns: 1,
    rowOf: Int32Array.of(0, 1),
    columnOf: Int32Array.of(0, 0),
    values: Float64Array.of(0, 2),
  });
  const b = fromTriples({ rows: 1, columns: 3, rowOf: Int32Array.of(0, 0), columnOf: Int32Array.of(2, 0) });
  const c = productTopK(a, b, { k: 5 });
  assert.deepEqual([...c.offsets], [0, 0, 2]);
  assert.deepEqual([...c.indices], [0, 2]);
  const none = fromTriples({ rows: 2, columns: 2, rowOf: new Int32Array(0), columnOf: new Int32Array(0) });
  assert.equal(productTopK(none, none, { k: 2 }).indices.length, 0);
});

test('sparse times dense, sparse times sparse and Gram matrices: twins to the bit, sums to rounding', compiled, () => {
  const m = sparse(70, 50, 400, 3);
  const rows = sparse(5, 70, 40, 4);
  const draw = random(5);
  const x = Float32Array.from({ length: 50 * 64 }, () => draw.normal());
  const [product, spread, gram] = same((machine) => {
    const placed = placed32(machine, m);
    const y = machine.allocate(4 * 70 * 64);
    timesDense(machine, placed, floats32(machine, x), y, 64);
    const own = placed32(machine, rows);
    const lanes = machine.allocate(4 * 50 * LANES);
    machine.f32(lanes, 50 * LANES).fill(0);
    machine.call(
      'sparseTimesSparse',
      ...[own.offsets, own.indices, own.values, 0, 5, placed.offsets, placed.indices, placed.values, lanes],
    );
    const out = machine.allocate(8 * 64 * 64);
    machine.f64(out, 64 * 64).fill(0);
    machine.call('gram32', y, 64, 0, 70, out);
    return [
      machine.f32(y, 70 * 64).slice(),
      machine.f32(lanes, 50 * LANES).slice(),
      machine.f64(out, 64 * 64).slice(),
    ] as const;
  });
  const [a, r] = [dense(m), dense(rows)];
  for (let i = 0; i < 70; i += 9)
    for (let c = 0; c < 64; c += 5) {
      let sum = 0;
      for (let j = 0; j < 50; j++) sum += a[i * 50 + j]! * x[j * 64 + c]!;
      assert.ok(Math.abs(product[i * 64 + c]! - sum) < 1e-5, `${i}, ${c}`);
    }
  for (let j = 0; j < 50; j += 3)
    for (let lane = 0; lane < LANES; lane++) {
      let sum = 0;
      for (let i = 0; lane < 5 && i < 70; i++) sum += r[lane * 70 + i]! * a[i * 50 + j]!;
      assert.ok(Math.abs(spread[j * LANES + lane]! - sum) < 1e-5, `${j}, ${lane}`);
    }
  for (let i = 0; i < 64; i += 7)
    for (let j = 0; j <= i; j += 3) {
      let sum = 0;
      for (let row = 0; row < 70; row++) sum += product[row * 64 + i]! * product[row * 64 + j]!;
      assert.ok(Math.abs(gram[i * 64 + j]! - sum) < 1e-4 * (1 + Math.abs(sum)), `${i}, ${j}`);
    }
});

test('blocks are combined; what stood there before does not matter at factor 0', compiled, () => {
  same((machine) => {
    const y = floats32(machine, new Float32Array(64).fill(Number.NaN));
    const x = floats32(
      machine,
      Float32Array.from({ length: 64 }, (_, i) => i / 3),
    );
    const factors = floats32(machine, [2, 0.3]);
    machine.call('combineRows32', y, x, 0, 2, 0, 0, 1);
    machine.call('combineRows32', y, x, 0, 2, factors, 0.7, -1.1);
    const out = machine.f32(y, 64).slice();
    assert.ok(Math.abs(out[63]! - (21 * 0.7 - 21 * 0.33)) < 1e-4);
    return out;
  });
});

test('singular values of a diagonal matrix; V is orthonormal; the same bits on any thread count', compiled, () => {
  const values = Float64Array.from({ length: 90 }, (_, i) => 10 * 0.9 ** i);
  const diagonal = fromTriples({
    rows: 120,
    columns: 90,
    rowOf: Int32Array.from(values.keys()),
    columnOf: Int32Array.from(values.keys()),
    values,
  });
  const found = VARIANTS.map((options) => truncatedSvd(diagonal, { rank: 8, seed: 1, ...options }));
  for (const one of found) assert.deepEqual(one, found[0]);
  const { rank, right, values: top } = found[0]!;
  assert.equal(rank, 8);
  // f32 products: some 1e-6 of the first value
  for (let q = 0; q < 8; q++) assert.ok(Math.abs(top[q]! - values[q]!) < 1e-4, `${q}: ${top[q]}`);
  for (let p = 0; p < 8; p++)
    for (let q = 0; q <= p; q++) {
      let sum = 0;
      for (let i = 0; i < 90; i++) sum += right[i * 8 + p]! * right[i * 8 + q]!;
      assert.ok(Math.abs(sum - (p === q ? 1 : 0)) < 1e-4, `${p}, ${q}: ${sum}`);
    }
});

test('a matrix of small rank gives no more values than it has', () => {
  const twin = fromTriples({
    rows: 3,
    columns: 4,
    rowOf: Int32Array.of(0, 0, 1, 1, 2),
    columnOf: Int32Array.of(0, 1, 0, 1, 3),
  });
  const { rank, values } = truncatedSvd(twin, { rank: 4, seed: 2 });
  // Two equal rows (1 1 0 0) have the singular value 2, the third row 1.
  assert.equal(rank, 2);
  assert.ok(Math.abs(values[0]! - 2) < 1e-5 && Math.abs(values[1]! - 1) < 1e-5, String(values));
});

test('a tiled inverse equals the dense one; threads are irrelevant; a singular matrix is told', compiled, () => {
  const n = 300;
  const m = sparse(400, n, 4000, 6);
  const gram = productTopK(transpose(m), m, { k: n });
  const whole = dense(gram);
  for (let i = 0; i < n; i++) whole[i * n + i]! += 5;
  const expected = symmetricInverse(whole, n)!;
  const entries = () =>
    Array.from({ length: n * n }, (_, e) => [Math.floor(e / n), e % n, whole[e]!] as const).filter(([i, j]) => j <= i);
  const rows = [1, 2, 4].map((threads) => {
    const machine = new Machine({ threads });
    const inverse = new TiledSymmetric(machine, n);
    inverse.set(entries());
    assert.ok(inverse.invert());
    const out = Array.from({ length: n }, (_, i) => inverse.row(i));
    machine.close();
    return out;
  });
  assert.deepEqual(rows[1], rows[0]);
  assert.deepEqual(rows[2], rows[0]);
  // entries up to .2, condition number about 10: f32 keeps six digits
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) assert.ok(Math.abs(rows[0]![i]![j]! - expected[i * n + j]!) < 1e-6, `${i}, ${j}`);
  const machine = new Machine({ threads: 1 });
  const singular = new TiledSymmetric(machine, 2);
  singular.set([
    [0, 0, 1],
    [1, 0, 1],
    [1, 1, 1],
  ]);
  assert.equal(singular.invert(), false);
});

test(
  'small regressions on parts of a Gram matrix: twins to the bit, and the answer of the normal equations',
  compiled,
  () => {
    const n = 30;
    const m = sparse(90, n, 700, 8);
    const turned = transpose(m);
    const gram = productTopK(turned, m, { k: n, skipDiagonal: true });
    const pattern = productTopK(turned, m, { k: 6, skipDiagonal: true });
    const whole = dense(productTopK(turned, m, { k: n }));
    const weights = same((machine) => {
      const put = (values: Int32Array | Float64Array) => {
        const at = machine.allocate(values.byteLength);
        const view = values instanceof Int32Array ? machine.i32(at, values.length) : machine.f64(at, values.length);
        view.set(values);
        return at;
      };
      const own = [put(gram.offsets), put(gram.indices), put(gram.values)];
      const diagonal = put(Float64Array.from({ length: n }, (_, i) => whole[i * n + i]!));
      const places = [put(pattern.offsets), put(pattern.indices)];
      const out = machine.allocate(8 * pattern.indices.length);
      const bytes = 128 + 8 * 36;
      const scratch = machine.allocate(machine.threads * 448);
      machine.u8(scratch, machine.threads * 448).fill(0);
      assert.ok(bytes <= 448);
      const task = (from: number) => [...own, diagonal, ...places, out, from, from + 10, 2, 0.5, scratch, 448, 128];
      machine.each('localRidge', [0, 10, 20].map(task));
      return machine.f64(out, pattern.indices.length).slice();
    });
    for (let j = 0; j < n; j++) {
      const [from, to] = [pattern.offsets[j]!, pattern.offsets[j + 1]!];
      for (let p = from; p < to; p++) {
        const item = pattern.indices[p]!;
        let sum = weights[p]! * (0.5 * whole[item * n + item]! + 2);
        for (let q = from; q < to; q++) sum += whole[item * n + pattern.indices[q]!]! * weights[q]!;
        assert.ok(Math.abs(sum - whole[item * n + j]!) < 1e-10, `${j}, ${item}`);
      }
    }
  },
);
