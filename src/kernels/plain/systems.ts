/** Twins of assembly/systems.ts: Cholesky, solving, coordinate descent; inner products in two lanes. */
import type { Kernel, Machine } from '../machine.ts';

type Doubles = Float64Array<SharedArrayBuffer>;

export function systemKernels(machine: Machine): Record<string, Kernel> {
  const memory = (): Doubles => machine.f64(0, machine.bytes >> 3);
  return {
    cholesky64: (a = 0, n = 0) => factor(memory(), a / 8, n),
    solve64: (a = 0, n = 0, right = 0, count = 0) => {
      const m = memory();
      for (let c = 0; c < count; c++) solve(m, a / 8, n, right / 8 + c * n);
      return undefined;
    },
    solveBatch64: (matrices = 0, n = 0, right = 0, from = 0, to = 0) => {
      const m = memory();
      let failed = 0;
      for (let s = from; s < to; s++) {
        const a = matrices / 8 + s * n * n;
        if (factor(m, a, n)) solve(m, a, n, right / 8 + s * n);
        else failed++;
      }
      return failed;
    },
    coordinateDescent: (gram = 0, slope = 0, l1 = 0, x = 0, left = 0, n = 0, tolerance = 0, sweepsMax = 0) =>
      descend(
        memory(),
        { gram: gram / 8, slope: slope / 8, l1: l1 / 8, x: x / 8, left: left / 8, n },
        tolerance,
        sweepsMax,
      ),
  };
}

function factor(m: Doubles, a: number, n: number): 0 | 1 {
  for (let i = 0; i < n; i++) {
    const own = a + i * n;
    for (let j = 0; j < i; j++) m[own + j] = (m[own + j]! - inner(m, own, a + j * n, j)) / m[a + j * n + j]!;
    const left = m[own + i]! - inner(m, own, own, i);
    if (!(left > 0)) return 0;
    m[own + i] = Math.sqrt(left);
  }
  return 1;
}

function solve(m: Doubles, a: number, n: number, x: number): void {
  for (let i = 0; i < n; i++) m[x + i] = (m[x + i]! - inner(m, a + i * n, x, i)) / m[a + i * n + i]!;
  for (let i = n - 1; i >= 0; i--) {
    const value = m[x + i]! / m[a + i * n + i]!;
    m[x + i] = value;
    for (let j = 0; j < i; j++) m[x + j]! += -value * m[a + i * n + j]!;
  }
}

interface Descent {
  readonly gram: number;
  readonly slope: number;
  readonly l1: number;
  readonly x: number;
  readonly left: number;
  readonly n: number;
}

function descend(m: Doubles, { gram, slope, l1, x, left, n }: Descent, tolerance: number, sweepsMax: number): number {
  for (let j = 0; j < n; j++) m[left + j] = m[slope + j]! - inner(m, gram + j * n, x, n);
  let all = true;
  let sweeps = 0;
  while (sweeps < sweepsMax) {
    let moved = false;
    for (let j = 0; j < n; j++) {
      const curve = m[gram + j * n + j]!;
      const before = m[x + j]!;
      if (!(curve > 0) || (!all && before === 0)) continue;
      const pull = m[left + j]! + curve * before;
      const gap = Math.abs(pull) - m[l1 + j]!;
      const after = gap > 0 ? (pull > 0 ? gap : -gap) / curve : 0;
      const step = after - before;
      if (step === 0) continue;
      m[x + j] = after;
      for (let i = 0; i < n; i++) m[left + i]! += -step * m[gram + j * n + i]!;
      if (step * step * curve > tolerance * tolerance) moved = true;
    }
    sweeps++;
    if (!moved && all) break;
    all = !moved;
  }
  return sweeps;
}

function inner(m: Doubles, a: number, b: number, size: number): number {
  let even = 0;
  let odd = 0;
  let i = 0;
  for (; i + 2 <= size; i += 2) {
    even += m[a + i]! * m[b + i]!;
    odd += m[a + i + 1]! * m[b + i + 1]!;
  }
  const both = even + odd;
  return i < size ? both + m[a + i]! * m[b + i]! : both;
}
