// Aim: the kernel of the lifetime likelihood equals its plain twin bit for bit, on any range of rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from './machine.ts';
import { random } from './random.ts';

const compiled = { skip: hasCompiledKernels() ? false : 'the kernels are not compiled here' };

function sums(variant: 'compiled' | 'plain', from: number, to: number): Float64Array {
  const machine = new Machine({ threads: 1, variant });
  const draw = random(4);
  const rows = 301;
  const x = Int32Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 0 : draw.integer(i % 50 === 1 ? 2000 : 6)));
  const ages = Float64Array.from(x, () => 1 + 80 * draw.uniform());
  const columns = [
    ages.map((age, i) => (x[i] === 0 ? 0 : age * draw.uniform())),
    ages,
    ages.map(() => draw.integer(4)),
  ];
  const [repeats = 0, byCount = 0, out = 0] = [4 * rows, 16 * 2000, 40].map((bytes) => machine.allocate(bytes));
  const at = columns.map((column) => {
    const address = machine.allocate(8 * rows);
    machine.f64(address, rows).set(column);
    return address;
  });
  machine.i32(repeats, rows).set(x);
  const table = machine.f64(byCount, 4000);
  for (let n = 0; n < 2000; n++) table.set(n === 0 ? [-1e300, 0] : [Math.log(0.8 / (1.4 + n)), 1 / (1.4 + n)], 2 * n);
  machine.call('lifetimePass', repeats, ...at, byCount, from, to, 0.24, 4.4, 0.8, out);
  const answer = machine.f64(out, 5).slice();
  machine.close();
  return answer;
}

test('lifetimePass: twin to the bit, parts of a range add up to it', compiled, () => {
  for (const [from, to] of [
    [0, 301],
    [0, 2],
    [17, 18],
    [100, 299],
  ] as const) {
    const got = sums('compiled', from, to);
    assert.ok(got.every(Number.isFinite) && got[0] !== 0);
    assert.deepEqual(got, sums('plain', from, to));
  }
  const [all, low, high] = [sums('compiled', 0, 301), sums('compiled', 0, 150), sums('compiled', 150, 301)];
  for (const [k, sum] of all.entries()) assert.ok(Math.abs(low[k]! + high[k]! - sum) < 1e-11 * Math.abs(sum));
});
