// Aim: main directions, whitening and nearest neighbours equal what slow arithmetic says, on any number of threads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { fromTriples } from '#kernels/sparse.ts';
import { eigenvectors, gram, truncatedSvd } from './components.ts';
import { nearest, openNearest } from './nearest.ts';
import { fitWhitening, unitLength, whitened } from './whiten.ts';

const normals = (count: number, seed: number): Float32Array => {
  const draw = random(seed);
  return Float32Array.from({ length: count }, () => draw.normal());
};

test('eigenvectors: a matrix whose answer is known, and one drawn', () => {
  // [[2, 1], [1, 2]]: 3 along (1, 1), 1 along (1, -1)
  const { values, vectors } = eigenvectors(Float64Array.of(2, 1, 1, 2), 2);
  const root = Math.SQRT1_2;
  for (const [i, want] of [3, 1].entries()) assert.ok(Math.abs(values[i]! - want) < 1e-12);
  for (const [i, want] of [root, root, root, -root].entries()) assert.ok(Math.abs(vectors[i]! - want) < 1e-12);
  const size = 12;
  const m = gram(normals(40 * size, 2), 40, size);
  const eigen = eigenvectors(m, size);
  for (let r = 0; r < size; r++)
    for (let i = 0; i < size; i++) {
      let product = 0;
      for (let j = 0; j < size; j++) product += m[i * size + j]! * eigen.vectors[r * size + j]!;
      assert.ok(Math.abs(product - eigen.values[r]! * eigen.vectors[r * size + i]!) < 1e-9 * eigen.values[0]!);
    }
});

test('truncated singular vectors are those of the full matrix', () => {
  const [rows, columns, width] = [60, 25, 5];
  const draw = random(9);
  const cells = Array.from({ length: 400 }, () => [draw.integer(rows), draw.integer(columns), draw.normal()] as const);
  // two strong directions over the noise, so that there is a gap
  for (let r = 0; r < rows; r++) for (let c = 0; c < 5; c++) cells.push([r, (r % 2) * 10 + c, 3]);
  const matrix = fromTriples({
    rows,
    columns,
    rowOf: Int32Array.from(cells, (c) => c[0]),
    columnOf: Int32Array.from(cells, (c) => c[1]),
    values: Float64Array.from(cells, (c) => c[2]),
  });
  const dense = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let e = matrix.offsets[r]!; e < matrix.offsets[r + 1]!; e++)
      dense[r * columns + matrix.indices[e]!] = matrix.values[e]!;
  const exact = eigenvectors(gram(dense, rows, columns), columns);
  const svd = truncatedSvd(matrix, { width, seed: 1 });
  assert.deepEqual(svd.right, truncatedSvd(matrix, { width, seed: 1 }).right);
  for (let k = 0; k < width; k++) {
    assert.ok(Math.abs(svd.values[k]! / Math.sqrt(exact.values[k]!) - 1) < 1e-3, `${k}: ${svd.values[k]}`);
    let along = 0;
    for (let j = 0; j < columns; j++) along += svd.right[j * width + k]! * exact.vectors[k * columns + j]!;
    if (k < 2) assert.ok(Math.abs(along) > 0.999, String(along));
  }
});

test('whitened vectors have mean zero and equal variance in all directions; zeros stay', () => {
  const [count, width] = [400, 6];
  const values = normals(count * width, 3);
  for (let i = 0; i < count; i++) values[i * width + 1] = 3 * values[i * width]! + values[i * width + 1]! + 5;
  values.fill(0, 0, width);
  const white = whitened(fitWhitening({ count, width, values }, { ridge: 0 }), { count, width, values });
  assert.ok(white.values.subarray(0, width).every((x) => x === 0));
  const covariance = gram(white.values, count, width).map((x) => x / (count - 1));
  for (let i = 0; i < width; i++)
    for (let j = 0; j < width; j++)
      assert.ok(
        Math.abs(covariance[i * width + j]! - (i === j ? 1 : 0)) < 1e-4,
        `${i} ${j} ${covariance[i * width + j]}`,
      );
  const flat = { count: 3, width: 2, values: new Float32Array(6).fill(1) };
  assert.ok(whitened(fitWhitening(flat), flat).values.every((x) => Number.isFinite(x)));
});

test('nearest: a slow search, any number of threads, odd widths, more asked than there is', () => {
  for (const [count, width, queryCount, k] of [
    [20_000, 10, 70, 8],
    [3, 5, 2, 10],
    [1, 1, 1, 1],
  ] as const) {
    const vectors = unitLength({ count, width, values: normals(count * width, 4) });
    const queries = unitLength({ count: queryCount, width, values: normals(queryCount * width, 5) });
    const [one, two, four] = [1, 2, 4].map((threads) => nearest(vectors, queries, { k, threads }));
    assert.deepEqual(one, two);
    assert.deepEqual(one, four);
    for (let q = 0; q < Math.min(queryCount, 3); q++) {
      const products = Array.from({ length: count }, (_, i) => {
        let sum = 0;
        for (let j = 0; j < width; j++) sum += queries.values[q * width + j]! * vectors.values[i * width + j]!;
        return sum;
      });
      const want = [...products.keys()].sort((a, b) => products[b]! - products[a]! || a - b).slice(0, k);
      for (let rank = 0; rank < k; rank++) {
        const id = one!.ids[q * k + rank]!;
        if (rank >= count) assert.equal(id, -1);
        else {
          // equal but for rounding: f32 sums against doubles
          assert.ok(Math.abs(products[id]! - products[want[rank]!]!) < 1e-5);
          assert.ok(Math.abs(one!.scores[q * k + rank]! - products[id]!) < 1e-5);
        }
      }
    }
  }
  const index = openNearest({ count: 0, width: 3, values: new Float32Array(0) });
  assert.deepEqual([...index.find({ count: 1, width: 3, values: new Float32Array(3) }, 2).ids], [-1, -1]);
  index.close();
});
