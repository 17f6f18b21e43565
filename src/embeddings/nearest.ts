/**
 * Exact nearest neighbours by inner product: f32 sums in the compiled kernels, all cores, up to some millions of vectors.
 * The answer is the same bits whatever the number of threads: a task is a run of vectors for some queries, and the best
 * of the runs are joined in one order.
 */
import { Machine } from '#kernels/machine.ts';

/** Vectors row by row, [count x width]; cosines where they have length one. */
export interface Vectors {
  readonly count: number;
  readonly width: number;
  readonly values: Float32Array;
}

export interface Neighbours {
  readonly k: number;
  /** [queries x k] best first, of equal scores the lower; -1 where there are fewer than k */
  readonly ids: Int32Array;
  /** [queries x k] inner products; 0 beside an id of -1 */
  readonly scores: Float32Array;
}

/** Vectors of one task: some 2 MB of them at 64 floats, so that threads share a single query too. */
const VECTORS_A_TASK = 8192;
const QUERIES_A_TASK = 64;
/** Bytes of heaps at once: queries are taken in parts of this size. */
const HEAP_BYTES_MAX = 2 ** 28;
const NOBODY = 2 ** 31 - 1;

/**
 * The k vectors with the largest inner product with each query.
 *
 * @param queries [n x width], of the vectors' width
 * @param k > 0; fewer come back where there are fewer vectors
 */
export function nearest(
  vectors: Vectors,
  queries: Vectors,
  { k, threads }: { readonly k: number; readonly threads?: number },
): Neighbours {
  const index = openNearest(vectors, threads === undefined ? {} : { threads });
  try {
    return index.find(queries, k);
  } finally {
    index.close();
  }
}

/** Vectors laid into the kernels' memory once, for many questions; `close` it in a finally. */
export interface NearestIndex {
  find(queries: Vectors, k: number): Neighbours;
  close(): void;
}

export function openNearest(
  { count, width, values }: Vectors,
  options: { readonly threads?: number } = {},
): NearestIndex {
  const machine = new Machine(options);
  const wide = Math.max(4, Math.ceil(width / 4) * 4);
  const at = machine.allocate(4 * wide * Math.max(count, 1));
  lay(machine, at, values, { count, width, wide });
  return {
    close: () => machine.close(),
    find: (queries, k) => {
      const kept = Math.max(1, Math.min(k, count));
      const ids = new Int32Array(queries.count * k).fill(-1);
      const scores = new Float32Array(queries.count * k);
      const runs = Math.max(1, Math.ceil(count / VECTORS_A_TASK));
      const atOnce = Math.max(QUERIES_A_TASK, Math.floor(HEAP_BYTES_MAX / (8 * kept * runs)));
      for (let from = 0; from < queries.count; from += atOnce) {
        const part = { from, count: Math.min(atOnce, queries.count - from) };
        findPart(machine, { at, count, width, wide, runs, k: kept }, queries, part, (row, rank, id, score) => {
          ids[row * k + rank] = id;
          scores[row * k + rank] = score;
        });
      }
      return { k, ids, scores };
    },
  };
}

interface Laid {
  readonly at: number;
  readonly count: number;
  readonly width: number;
  readonly wide: number;
  readonly runs: number;
  readonly k: number;
}

function findPart(
  machine: Machine,
  laid: Laid,
  queries: Vectors,
  part: { readonly from: number; readonly count: number },
  put: (row: number, rank: number, id: number, score: number) => void,
): void {
  const { wide, width, k, runs } = laid;
  const mark = machine.mark();
  try {
    const slots = part.count * runs * k;
    const [at, scoresAt, idsAt] = [
      machine.allocate(4 * wide * part.count),
      machine.allocate(4 * slots),
      machine.allocate(4 * slots),
    ];
    const own = queries.values.subarray(part.from * width, (part.from + part.count) * width);
    lay(machine, at, own, { count: part.count, width, wide });
    machine.f32(scoresAt, slots).fill(Number.NEGATIVE_INFINITY);
    machine.i32(idsAt, slots).fill(NOBODY);
    const tasks: number[][] = [];
    for (let q = 0; q < part.count; q += QUERIES_A_TASK) {
      const many = Math.min(QUERIES_A_TASK, part.count - q);
      for (let run = 0; run < runs; run++) {
        // heaps of one task lie side by side: [blocks of queries, runs, queries of the block, k]
        const heaps = 4 * k * (q * runs + run * many);
        const to = Math.min(laid.count, (run + 1) * VECTORS_A_TASK);
        tasks.push([
          at + 4 * wide * q,
          many,
          laid.at,
          run * VECTORS_A_TASK,
          to,
          wide,
          k,
          scoresAt + heaps,
          idsAt + heaps,
        ]);
      }
    }
    machine.each('nearest', tasks);
    const [scores, ids] = [machine.f32(scoresAt, slots), machine.i32(idsAt, slots)];
    const places: number[] = [];
    for (let q = 0; q < part.count; q++) {
      const first = q - (q % QUERIES_A_TASK);
      const many = Math.min(QUERIES_A_TASK, part.count - first);
      places.length = 0;
      for (let run = 0; run < runs; run++)
        for (let slot = 0, start = k * (first * runs + run * many + (q - first)); slot < k; slot++)
          if (ids[start + slot] !== NOBODY) places.push(start + slot);
      places.sort((a, b) => scores[b]! - scores[a]! || ids[a]! - ids[b]!);
      for (let rank = 0; rank < Math.min(k, places.length); rank++)
        put(part.from + q, rank, ids[places[rank]!]!, scores[places[rank]!]!);
    }
  } finally {
    machine.release(mark);
  }
}

/** Lays rows of `width` into rows of `wide` floats, the rest zeros. */
function lay(
  machine: Machine,
  at: number,
  values: Float32Array,
  { count, width, wide }: { count: number; width: number; wide: number },
): void {
  const to = machine.f32(at, count * wide);
  if (wide === width) {
    to.set(values.subarray(0, count * width));
    return;
  }
  to.fill(0);
  for (let i = 0; i < count; i++) to.set(values.subarray(i * width, (i + 1) * width), i * wide);
}
