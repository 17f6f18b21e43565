/** Twin of assembly/factor-top.ts: all scores, sorted. */
import type { Kernel, Machine } from '../machine.ts';
import { denseKernels } from './dense.ts';

const TILE = 1024;

export function factorTopKernels(machine: Machine): Record<string, Kernel> {
  const { gemm32 } = denseKernels(machine);
  return {
    factorTop: (
      users = 0,
      from = 0,
      to = 0,
      width = 0,
      tiles = 0,
      count = 0,
      k = 0,
      offsets = 0,
      seen = 0,
      ...rest
    ) => {
      const [scores = 0, indices = 0, scratch = 0] = rest;
      const all = new Float32Array(count);
      for (let user = from; user < to; user++) {
        for (let first = 0; first < count; first += TILE) {
          const columns = Math.min(TILE, count - first);
          machine.f32(scratch, columns).fill(0);
          gemm32!(users + 4 * user * width, tiles + 4 * first * width, scratch, 1, columns, width);
          all.set(machine.f32(scratch, columns), first);
        }
        if (offsets !== 0) {
          const [start, end] = machine.i32(offsets + 4 * user, 2);
          for (const item of machine.i32(seen + 4 * start!, end! - start!)) all[item] = Number.NEGATIVE_INFINITY;
        }
        const best = Array.from(all.keys())
          .filter((item) => all[item]! > Number.NEGATIVE_INFINITY)
          .sort((a, b) => all[b]! - all[a]! || a - b);
        for (let rank = 0; rank < k; rank++) {
          machine.f32(scores + 4 * (user * k + rank), 1)[0] =
            rank < best.length ? all[best[rank]!]! : Number.NEGATIVE_INFINITY;
          machine.i32(indices + 4 * (user * k + rank), 1)[0] = best[rank] ?? -1;
        }
      }
      return undefined;
    },
  };
}
