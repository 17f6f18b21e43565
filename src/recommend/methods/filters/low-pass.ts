/** The ideal low-pass filter of the graph: what the first singular vectors of the normalised matrix let through. */
import { columnSums, rowSums, type Sparse } from '#kernels/sparse.ts';
import { truncatedSvd } from '#kernels/truncated-svd.ts';
import type { Run } from '../method.ts';

/** x maps to x diag(ins) V V' diag(1 / ins). */
export interface LowPass {
  readonly rank: number;
  /** [items x rank] V */
  readonly vectors: Float32Array;
  /** [items] popularity^-power; 0 for items that nobody has */
  readonly ins: Float32Array;
}

export interface LowPassParams {
  /** Singular vectors kept. */
  readonly rank: number;
  /** How much popular items are held back, 0.5 in GF-CF. */
  readonly power: number;
}

/** The filter of Du^-1/2 A Di^-power, or nothing where there is no rank. */
export function lowPassOf(strengths: Sparse, { rank, power }: LowPassParams, run: Run): LowPass | undefined {
  if (rank === 0 || strengths.indices.length === 0) return undefined;
  const [users, items] = [rowSums(strengths), columnSums(strengths)];
  const values = strengths.values.slice();
  for (let user = 0; user < strengths.rows; user++)
    for (let e = strengths.offsets[user]!; e < strengths.offsets[user + 1]!; e++)
      values[e]! *= users[user]! ** -0.5 * items[strengths.indices[e]!]! ** -power;
  const svd = truncatedSvd({ ...strengths, values }, { rank, seed: run.seed, threads: run.threads });
  return {
    rank: svd.rank,
    vectors: svd.right,
    ins: Float32Array.from(items, (sum) => (sum > 0 ? sum ** -power : 0)),
  };
}
