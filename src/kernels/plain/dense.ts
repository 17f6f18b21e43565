/** Twins of assembly/dense.ts: products of dense row-major matrices. */
import type { Kernel, Machine } from '../machine.ts';
import { exp } from './lanes.ts';

const PART = 256;

export function denseKernels(machine: Machine): Record<string, Kernel> {
  return {
    gemm64: (a = 0, b = 0, c = 0, m = 0, n = 0, k = 0) => {
      const all = machine.f64(0, machine.bytes >> 3);
      for (let from = 0; from < k; from += PART)
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let l = from; l < Math.min(from + PART, k); l++)
              sum += all[a / 8 + i * k + l]! * all[b / 8 + l * n + j]!;
            all[c / 8 + i * n + j]! += sum;
          }
      return undefined;
    },
    gemm32: (a = 0, b = 0, c = 0, m = 0, n = 0, k = 0) => {
      const all = machine.f32(0, machine.bytes >> 2);
      const { fround } = Math;
      for (let from = 0; from < k; from += PART)
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let l = from; l < Math.min(from + PART, k); l++)
              sum = fround(sum + fround(all[a / 4 + i * k + l]! * all[b / 4 + l * n + j]!));
            all[c / 4 + i * n + j]! += sum;
          }
      return undefined;
    },
    radial: (products = 0, m = 0, n = 0, rowSquares = 0, squares = 0, gamma = 0) => {
      const all = machine.f64(0, machine.bytes >> 3);
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          const at = products / 8 + i * n + j;
          const gap = all[rowSquares / 8 + i]! + all[squares / 8 + j]! - (all[at]! + all[at]!);
          all[at] = exp(-gamma * Math.max(gap, 0));
        }
      return undefined;
    },
  };
}
