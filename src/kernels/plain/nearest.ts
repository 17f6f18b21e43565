/** Twin of assembly/nearest.ts: the k vectors with the largest inner products with each query. */
import type { Kernel, Machine } from '../machine.ts';

export function nearestKernels(machine: Machine): Record<string, Kernel> {
  return {
    nearest: (queries = 0, count = 0, vectors = 0, from = 0, to = 0, width = 0, k = 0, scores = 0, ids = 0) => {
      const all = machine.f32(0, machine.bytes >> 2);
      const names = machine.i32(0, machine.bytes >> 2);
      for (let q = 0; q < count; q++)
        for (let i = from; i < to; i++) {
          const score = fourLanes(all, queries / 4 + q * width, vectors / 4 + i * width, width);
          const heap = { scores: all.subarray(scores / 4 + q * k), ids: names.subarray(ids / 4 + q * k), k };
          if (score > heap.scores[0]!) sink(heap, score, i);
        }
      return undefined;
    },
  };
}

/** Inner product of two runs of f32, four sums side by side. */
export function fourLanes(all: Float32Array, a: number, b: number, width: number): number {
  const { fround } = Math;
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < width; i++) sums[i % 4] = fround(sums[i % 4]! + fround(all[a + i]! * all[b + i]!));
  return fround(fround(sums[0]! + sums[1]!) + fround(sums[2]! + sums[3]!));
}

interface Heap {
  readonly scores: Float32Array;
  readonly ids: Int32Array;
  readonly k: number;
}

function sink({ scores, ids, k }: Heap, score: number, id: number): void {
  const worse = (a: number, b: number) =>
    scores[a]! < scores[b]! || (scores[a] === scores[b] && ids[a]! > ids[b]!) ? a : b;
  let at = 0;
  for (let child = 1; child < k; child = 2 * at + 1) {
    if (child + 1 < k) child = worse(child + 1, child);
    if (scores[child]! > score || (scores[child] === score && ids[child]! < id)) break;
    scores[at] = scores[child]!;
    ids[at] = ids[child]!;
    at = child;
  }
  scores[at] = score;
  ids[at] = id;
}
