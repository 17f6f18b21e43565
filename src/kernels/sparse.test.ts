// Aim: sparse matrices equal their dense twins.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  columnSums,
  entryOf,
  fromTriples,
  productTopK,
  rowNormalised,
  rowSums,
  type Sparse,
  transpose,
} from './sparse.ts';

type Dense = number[][];

const dense = (m: Sparse): Dense => {
  const out: Dense = Array.from({ length: m.rows }, () => new Array<number>(m.columns).fill(0));
  for (let r = 0; r < m.rows; r++)
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) out[r]![m.indices[e]!]! += m.values[e]!;
  return out;
};

const triples = (rows: number, columns: number) =>
  fc.array(fc.tuple(fc.nat(rows - 1), fc.nat(columns - 1), fc.integer({ min: 1, max: 4 })), { maxLength: 40 });

const build = (rows: number, columns: number, list: [number, number, number][]): Sparse =>
  fromTriples({
    rows,
    columns,
    rowOf: Int32Array.from(list, (t) => t[0]),
    columnOf: Int32Array.from(list, (t) => t[1]),
    values: Float64Array.from(list, (t) => t[2]),
  });

test('triples are added up, columns rise', () => {
  fc.assert(
    fc.property(triples(6, 5), (list) => {
      const m = build(6, 5, list);
      const expected: Dense = Array.from({ length: 6 }, () => [0, 0, 0, 0, 0]);
      for (const [r, c, v] of list) expected[r]![c]! += v;
      assert.deepEqual(dense(m), expected);
      for (let r = 0; r < 6; r++)
        for (let e = m.offsets[r]! + 1; e < m.offsets[r + 1]!; e++) assert.ok(m.indices[e - 1]! < m.indices[e]!);
    }),
    { seed: 2 },
  );
});

test('transpose twice is identity; sums are those of rows and columns', () => {
  fc.assert(
    fc.property(triples(6, 5), (list) => {
      const m = build(6, 5, list);
      const flipped = transpose(m);
      assert.deepEqual(transpose(flipped), m);
      assert.deepEqual(rowSums(m), columnSums(flipped));
      for (const sum of rowSums(rowNormalised(m))) assert.ok(sum === 0 || Math.abs(sum - 1) < 1e-12);
    }),
    { seed: 3 },
  );
});

// Both ways of adding a row are reached: short rows of a wide matrix, and rows longer than half its width.
for (const [rows, middle, columns] of [
  [7, 6, 5],
  [5, 4, 60],
] as const)
  test(`product of ${rows} x ${middle} x ${columns} keeps the largest entries of the dense one`, () => {
    fc.assert(
      fc.property(triples(rows, middle), triples(middle, columns), fc.integer({ min: 1, max: 7 }), (left, right, k) => {
        const [a, b] = [build(rows, middle, left), build(middle, columns, right)];
        const [da, db] = [dense(a), dense(b)];
        const scale = Float64Array.from({ length: columns }, (_, c) => (c % 3 === 0 ? 1 : 0.5));
        const result = productTopK(a, b, { k, columnScale: scale, skipDiagonal: true });
        for (let r = 0; r < rows; r++) {
          const row = Array.from({ length: columns }, (_, c): [number, number] => [
            da[r]!.reduce((sum, v, m) => sum + v * db[m]![c]!, 0) * scale[c]!,
            c,
          ]);
          const best = row
            .filter(([v, c]) => v > 0 && c !== r)
            .sort((x, y) => y[0] - x[0] || x[1] - y[1])
            .slice(0, k);
          const got = Array.from({ length: result.offsets[r + 1]! - result.offsets[r]! }, (_, i) => {
            const e = result.offsets[r]! + i;
            return [result.values[e]!, result.indices[e]!];
          });
          assert.deepEqual(got, best);
        }
      }),
      { seed: 4, numRuns: 60 },
    );
  });

test('shapes that do not fit are refused', () => {
  assert.throws(() => productTopK(build(2, 3, []), build(2, 3, []), { k: 1 }), RangeError);
});

test('a cell is found where it is, and not where it is not', () => {
  const m = fromTriples({
    rows: 3,
    columns: 9,
    rowOf: Int32Array.of(0, 0, 0, 2, 2),
    columnOf: Int32Array.of(1, 4, 8, 0, 3),
    values: Float64Array.of(1, 2, 3, 4, 5),
  });
  for (let row = 0; row < 3; row++)
    for (let column = 0; column < 9; column++) {
      const expected = m.indices.findIndex(
        (own, e) => own === column && e >= m.offsets[row]! && e < m.offsets[row + 1]!,
      );
      assert.equal(entryOf(m, row, column), expected, `${row}, ${column}`);
    }
});
