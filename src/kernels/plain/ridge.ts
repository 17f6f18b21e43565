/** Twins of assembly/ridge.ts: a sweep over tiles, and small ridge regressions on parts of a Gram matrix. */
import type { Kernel, Machine } from '../machine.ts';

/** `kernels`: the other plain kernels, by name. */
export function ridgeKernels(machine: Machine, kernels: Readonly<Record<string, Kernel>>): Record<string, Kernel> {
  return {
    sweepRow: (tiles = 0, i = 0, pivot = 0, turned = 0, columns = 0, scratch = 0) => {
      for (let j = 0; i !== pivot && j <= i; j++) {
        const tile = tiles + 65_536 * ((i * (i + 1)) / 2 + j);
        if (j !== pivot) kernels.gemm32!(turned + 65_536 * i, columns + 65_536 * j, tile, 128, 128, 128, scratch);
      }
      return undefined;
    },
    localRidge: (...args) => localRidge(machine, kernels, args),
  };
}

function localRidge(machine: Machine, kernels: Readonly<Record<string, Kernel>>, args: readonly number[]): undefined {
  const [gOffsets = 0, gIndices = 0, gValues = 0, diagonal = 0, pOffsets = 0, pIndices = 0, weights = 0] = args;
  const [from = 0, to = 0, ridge = 0, share = 0, scratch = 0, , placesBytes = 0] = args.slice(7);
  const whole = machine.i32(0, machine.bytes >> 2);
  const doubles = machine.f64(0, machine.bytes >> 3);
  const system = scratch + placesBytes;
  for (let j = from; j < to; j++) {
    const start = whole[pOffsets / 4 + j]!;
    const own = whole.subarray(pIndices / 4 + start, pIndices / 4 + whole[pOffsets / 4 + j + 1]!);
    const n = own.length;
    if (n === 0) continue;
    const gram = (a: number, b: number): number => {
      for (let e = whole[gOffsets / 4 + a]!; e < whole[gOffsets / 4 + a + 1]!; e++)
        if (whole[gIndices / 4 + e] === b) return doubles[gValues / 8 + e]!;
      return 0;
    };
    const right = doubles.subarray(weights / 8 + start, weights / 8 + start + n);
    for (let p = 0; p < n; p++) {
      for (let q = 0; q < p; q++) doubles[system / 8 + p * n + q] = gram(own[p]!, own[q]!);
      doubles[system / 8 + p * n + p] = (1 + share) * doubles[diagonal / 8 + own[p]!]! + ridge;
      right[p] = gram(own[p]!, j);
    }
    if (kernels.cholesky64!(system, n) === 1) kernels.solve64!(system, n, weights + 8 * start, 1);
    else right.fill(0);
  }
  return undefined;
}
