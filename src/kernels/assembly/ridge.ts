// Large symmetric matrices: a sweep over tiles of 128 x 128, and many small ridge regressions on parts of a Gram matrix.
import { gemm32 } from './dense';
import { worker } from './memory';
import { cholesky64, solve64 } from './systems';

/**
 * Adds turned[i] columns[j] to the tiles (i, j) of row i, j <= i, but for those of row or column `pivot`. Tiles f32
 * [128 x 128], tile (i, j) at number i (i + 1) / 2 + j; turned [tiles][128 x 128]; columns likewise, transposed.
 */
export function sweepRow(tiles: usize, i: i32, pivot: i32, turned: usize, columns: usize, scratch: usize): void {
  if (i == pivot) return;
  const row = tiles + ((<usize>i * (i + 1) / 2) << 16);
  for (let j = 0; j <= i; j++)
    if (j != pivot)
      gemm32(turned + (<usize>i << 16), columns + (<usize>j << 16), row + (<usize>j << 16), 128, 128, 128, scratch);
}

/**
 * For items [from, to): the weights w that make (G_NN + ridge + share diag G) w = G_Nj, N the places of j's row of a
 * pattern. G and the pattern in compressed rows, values of G f64; `diagonal` f64 [items]. The weights go to the places of
 * the pattern, f64. scratch a worker: 4 items + 4 (rounded up to 64, cleared to begin with) + 8 width^2 bytes, width at
 * least the longest row of the pattern. A system that is not positive definite gets zeros.
 */
export function localRidge(
  gOffsets: usize, gIndices: usize, gValues: usize, diagonal: usize, pOffsets: usize, pIndices: usize, weights: usize,
  from: i32, to: i32, ridge: f64, share: f64, scratch: usize, scratchBytes: i32, placesBytes: i32,
): void {
  const places = scratch + <usize>worker * scratchBytes;
  const system = places + placesBytes;
  for (let j = from; j < to; j++) {
    const start = load<i32>(pOffsets + (<usize>j << 2));
    const n = load<i32>(pOffsets + (<usize>j << 2), 4) - start;
    if (n == 0) continue;
    const right = weights + (<usize>start << 3);
    for (let p = 0; p < n; p++) store<i32>(places + (<usize>load<i32>(pIndices + (<usize>(start + p) << 2)) << 2), p + 1);
    memory.fill(system, 0, (<usize>n * n) << 3);
    memory.fill(right, 0, <usize>n << 3);
    for (let p = 0; p < n; p++) {
      const item = load<i32>(pIndices + (<usize>(start + p) << 2));
      const own = system + ((<usize>p * n) << 3);
      const last = load<i32>(gOffsets + (<usize>item << 2), 4);
      for (let e = load<i32>(gOffsets + (<usize>item << 2)); e < last; e++) {
        const other = load<i32>(gIndices + (<usize>e << 2));
        const place = load<i32>(places + (<usize>other << 2)) - 1;
        if (place >= 0 && place < p) store<f64>(own + (<usize>place << 3), load<f64>(gValues + (<usize>e << 3)));
        if (other == j) store<f64>(right + (<usize>p << 3), load<f64>(gValues + (<usize>e << 3)));
      }
      store<f64>(own + (<usize>p << 3), (1 + share) * load<f64>(diagonal + (<usize>item << 3)) + ridge);
    }
    if (cholesky64(system, n)) solve64(system, n, right, 1);
    else memory.fill(right, 0, <usize>n << 3);
    for (let p = 0; p < n; p++) store<i32>(places + (<usize>load<i32>(pIndices + (<usize>(start + p) << 2)) << 2), 0);
  }
}
