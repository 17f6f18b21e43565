// Aim: the kernels of dense and linear algebra equal their plain twins bit for bit, and slow sums as near as rounding allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from './machine.ts';
import { exp, log } from './plain/lanes.ts';
import { random } from './random.ts';

const BLOCK = 256;
const compiled = { skip: hasCompiledKernels() ? false : 'the kernels are not compiled here' };

/** Runs `work` on a compiled and on a plain machine and holds what it returns to be the same bits. */
function same(work: (machine: Machine) => Float64Array | Float32Array): Float64Array | Float32Array {
  const answers = (['compiled', 'plain'] as const).map((variant) => {
    const machine = new Machine({ threads: 1, variant });
    try {
      return work(machine).slice();
    } finally {
      machine.close();
    }
  });
  assert.deepEqual(answers[0], answers[1]);
  return answers[0]!;
}

function doubles(machine: Machine, values: ArrayLike<number>): number {
  const at = machine.allocate(8 * values.length);
  machine.f64(at, values.length).set(values);
  return at;
}

const normals = (count: number, seed: number): Float64Array => {
  const draw = random(seed);
  return Float64Array.from({ length: count }, () => draw.normal());
};

const near = (a: number, b: number, relative: number) =>
  assert.ok(Math.abs(a - b) <= relative * (1 + Math.abs(b)), `${a}, expected ${b}`);

test('exp and log are within two units in the last place', () => {
  const draw = random(1);
  for (let i = 0; i < 2000; i++) {
    const x = 1400 * (draw.uniform() - 0.5);
    assert.ok(Math.abs(exp(x) / Math.exp(x) - 1) < 5e-16, `exp ${x}`);
    const y = Math.exp(x / 2);
    assert.ok(Math.abs(log(y) - Math.log(y)) <= 4.5e-16 * Math.max(1, Math.abs(Math.log(y))), `log ${y}`);
  }
  assert.equal(exp(0), 1);
  assert.equal(log(1), 0);
  assert.ok(exp(-1e9) < 1e-300);
});

test('gemm64 and gemm32: twin to the bit, naive sum to rounding, any shape', compiled, () => {
  for (const [m, n, k] of [
    [1, 1, 1],
    [5, 7, 3],
    [9, 13, 300],
    [16, 8, 256],
    [3, 30, 513],
  ] as const) {
    const a = normals(m * k, 1);
    const b = normals(k * n, 2);
    const c = normals(m * n, 3);
    const got = same((machine) => {
      const at = [doubles(machine, a), doubles(machine, b), doubles(machine, c)] as const;
      machine.call('gemm64', ...at, m, n, k, machine.allocate(8192));
      return machine.f64(at[2], m * n);
    });
    const got32 = same((machine) => {
      const [x, y, z] = [a, b, c].map((values) => {
        const at = machine.allocate(4 * values.length);
        machine.f32(at, values.length).set(values);
        return at;
      }) as [number, number, number];
      machine.call('gemm32', x, y, z, m, n, k, machine.allocate(8192));
      return machine.f32(z, m * n);
    });
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let want = c[i * n + j]!;
        for (let l = 0; l < k; l++) want += a[i * k + l]! * b[l * n + j]!;
        near(got[i * n + j]!, want, 1e-13);
        near(got32[i * n + j]!, want, 3e-5);
      }
  }
});

test('radial and column kernels: twin to the bit, the formula to rounding', compiled, () => {
  const [m, n, k, gamma] = [3, 5, 4, 0.3];
  const [rows, centres] = [normals(m * k, 1), normals(n * k, 2)];
  const squared = (of: Float64Array, i: number) => of.subarray(i * k, i * k + k).reduce((sum, v) => sum + v * v, 0);
  const product = (i: number, j: number) =>
    rows.subarray(i * k, i * k + k).reduce((sum, v, l) => sum + v * centres[j * k + l]!, 0);
  const got = same((machine) => {
    const products = doubles(
      machine,
      Float64Array.from({ length: m * n }, (_, at) => product(Math.floor(at / n), at % n)),
    );
    const squares = doubles(
      machine,
      Float64Array.from({ length: m }, (_, i) => squared(rows, i)),
    );
    const others = doubles(
      machine,
      Float64Array.from({ length: n }, (_, j) => squared(centres, j)),
    );
    machine.call('radial', products, m, n, squares, others, gamma);
    return machine.f64(products, m * n);
  });
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      near(got[i * n + j]!, Math.exp(-gamma * (squared(rows, i) + squared(centres, j) - 2 * product(i, j))), 1e-13);
  for (const size of [1, 255, 256, 259]) {
    const raw = normals(size, 3);
    raw[0] = Number.NaN;
    raw[size - 1] = Number.POSITIVE_INFINITY;
    const blocksCount = Math.ceil(size / BLOCK);
    const column = same((machine) => {
      const x = machine.allocate(blocksCount * 2 * BLOCK * 8);
      machine.f64(x, blocksCount * 2 * BLOCK).fill(9);
      machine.call('blockColumn', doubles(machine, raw), size, x, 2, 1, 0.5, 3);
      return machine.f64(x, blocksCount * 2 * BLOCK);
    });
    for (let i = 0; i < blocksCount * BLOCK; i++) {
      const want = i < size && Number.isFinite(raw[i]) ? (raw[i]! - 0.5) / 3 : 0;
      assert.equal(column[placeOf(i, 1, 2)], want);
      assert.equal(column[placeOf(i, 0, 2)], 9);
    }
  }
});

/** A matrix of 2 blocks (the last 100 rows are padding of weight 0) with labels and weights. */
function blocks(width: number, classCount: number) {
  const rows = 2 * BLOCK - 100;
  const x = new Float64Array(2 * BLOCK * width);
  const draw = random(width);
  const labels = new Float64Array(2 * BLOCK);
  const weights = new Float64Array(2 * BLOCK);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) x[placeOf(i, j, width)] = draw.normal();
    labels[i] = draw.integer(classCount);
    weights[i] = draw.uniform();
  }
  return { x, labels, weights, rows };
}

const placeOf = (row: number, column: number, width: number): number =>
  Math.floor(row / BLOCK) * width * BLOCK + column * BLOCK + (row % BLOCK);

test('block scores, slopes and Gram matrix: twin to the bit, naive sum to rounding', compiled, () => {
  for (const width of [1, 3, 6, 9]) {
    const { x, weights, rows } = blocks(width, 2);
    const b = normals(width + 1, 4);
    const value = (i: number, j: number) => (j === width ? 1 : x[placeOf(i, j, width)]!);
    const z = same((machine) => {
      const out = machine.allocate(2 * BLOCK * 8);
      machine.call('blockScores', doubles(machine, x), width, 0, 2, doubles(machine, b), out);
      return machine.f64(out, 2 * BLOCK);
    });
    const g = same((machine) => {
      const out = doubles(machine, new Float64Array(width + 1));
      machine.call('blockSlopes', doubles(machine, x), width, 0, 2, doubles(machine, weights), out);
      return machine.f64(out, width + 1);
    });
    const h = same((machine) => {
      const out = doubles(machine, new Float64Array((width + 1) ** 2));
      const scratch = machine.allocate(width * BLOCK * 8);
      machine.call('blockGram', doubles(machine, x), width, 0, 2, 1, doubles(machine, weights), scratch, out);
      return machine.f64(out, (width + 1) ** 2);
    });
    for (let i = 0; i < rows; i++) {
      let want = 0;
      for (let j = 0; j <= width; j++) want += value(i, j) * b[j]!;
      near(z[i]!, want, 1e-13);
    }
    for (let j = 0; j <= width; j++) {
      const over = (f: (i: number) => number) =>
        Array.from({ length: rows }, (_, i) => f(i)).reduce((s, v) => s + v, 0);
      near(
        g[j]!,
        over((i) => weights[i]! * value(i, j)),
        1e-12,
      );
      for (let k = 0; k <= width; k++)
        near(h[j * (width + 1) + k]!, k > j ? 0 : over((i) => weights[i]! * value(i, j) * value(i, k)), 1e-12);
    }
  }
});

test('loss passes: twin to the bit; slopes and second derivatives are those of finite differences', compiled, () => {
  for (const [kind, classCount, outputs] of [
    [0, 3, 3],
    [1, 2, 1],
    [2, 2, 1],
  ] as const) {
    const width = 5;
    const { x, labels, weights } = blocks(width, classCount);
    const size = outputs * (width + 1);
    const at = normals(size, 5);
    const pass = (from: ArrayLike<number>) =>
      same((machine) => {
        const out = doubles(machine, new Float64Array(size + 1));
        const scratch = machine.allocate((outputs + 1) * BLOCK * 8);
        const given = [x, from, labels, weights].map((values) => doubles(machine, values));
        machine.call(
          'linearPass',
          kind,
          given[0]!,
          width,
          0,
          2,
          1,
          given[1]!,
          outputs,
          given[2]!,
          given[3]!,
          scratch,
          out,
        );
        return machine.f64(out, size + 1);
      });
    const curvature = (a: number, b: number) =>
      same((machine) => {
        const out = doubles(machine, new Float64Array((width + 1) ** 2));
        const scratch = machine.allocate((width + outputs + 1) * BLOCK * 8);
        const [m, c, y, w] = [x, at, labels, weights].map((values) => doubles(machine, values)) as number[];
        machine.call('linearCurvature', kind, m!, width, 0, 2, 1, c!, outputs, y!, w!, scratch, out, a, b);
        return machine.f64(out, (width + 1) ** 2);
      });
    const here = pass(at);
    const step = 1e-5;
    const moved = (j: number, by: number) => pass(at.map((c, i) => (i === j ? c + by : c)));
    for (let j = 0; j < size; j++) {
      const [up, down] = [moved(j, step), moved(j, -step)];
      near(here[1 + j]!, (up[0]! - down[0]!) / (2 * step), 1e-6);
      const [b, jb] = [Math.floor(j / (width + 1)), j % (width + 1)];
      for (let a = 0; a < outputs; a++) {
        const h = curvature(a, b);
        for (let i = jb; i <= width; i++) {
          const row = a * (width + 1) + i;
          // The slope of the squared hinge has kinks: a row that crosses one inside the step moves the difference a little.
          near(h[i * (width + 1) + jb]!, (up[1 + row]! - down[1 + row]!) / (2 * step), kind === 2 ? 3e-3 : 1e-6);
        }
      }
    }
  }
});

test(
  'Cholesky, one and a batch of solves: twin to the bit; residuals vanish; an indefinite matrix is told',
  compiled,
  () => {
    for (const n of [1, 2, 5, 8, 13]) {
      const root = normals(n * n, n);
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          for (let k = 0; k < n; k++) a[i * n + j]! += root[i * n + k]! * root[j * n + k]! + (i === j ? 0.1 : 0);
      const right = normals(3 * n, 7);
      const x = same((machine) => {
        const [matrix, to] = [doubles(machine, a), doubles(machine, right)];
        assert.equal(machine.call('cholesky64', matrix, n), 1);
        machine.call('solve64', matrix, n, to, 3);
        return machine.f64(to, 3 * n);
      });
      for (let c = 0; c < 3; c++)
        for (let i = 0; i < n; i++) {
          let left = 0;
          for (let j = 0; j < n; j++) left += a[i * n + j]! * x[c * n + j]!;
          near(left, right[c * n + i]!, 1e-9);
        }
      const batch = same((machine) => {
        const matrices = doubles(machine, [...a, ...a.map((v) => -v), ...a]);
        const to = doubles(machine, right);
        assert.equal(machine.call('solveBatch64', matrices, n, to, 0, 3), 1);
        return machine.f64(to, 3 * n);
      });
      assert.deepEqual(batch.slice(0, n), x.slice(0, n));
      assert.deepEqual(batch.slice(n, 2 * n), right.slice(n, 2 * n));
      assert.deepEqual(batch.slice(2 * n), x.slice(2 * n));
    }
  },
);

test('coordinate descent: twin to the bit; the conditions of the minimum hold', compiled, () => {
  const n = 9;
  const root = normals(n * n, 3);
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) gram[i * n + j]! += root[i * n + k]! * root[j * n + k]!;
  const slope = normals(n, 6);
  const l1 = new Float64Array(n).fill(1.2);
  l1[n - 1] = 0;
  const answer = same((machine) => {
    const given = [gram, slope, l1, new Float64Array(n)].map((values) => doubles(machine, values));
    const left = machine.allocate(8 * n);
    const sweeps = machine.call('coordinateDescent', ...given, left, n, 1e-12, 100_000);
    assert.ok(sweeps < 100_000);
    return Float64Array.of(...machine.f64(given[3]!, n), ...machine.f64(left, n));
  });
  assert.ok(answer.slice(0, n).some((v) => v === 0) && answer.slice(0, n).some((v) => v !== 0));
  for (let j = 0; j < n; j++) {
    const [x, left] = [answer[j]!, answer[n + j]!];
    if (x !== 0) near(left, Math.sign(x) * l1[j]!, 1e-8);
    else assert.ok(Math.abs(left) <= l1[j]! + 1e-8);
  }
});
