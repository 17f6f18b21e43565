/**
 * SLIM: each item as a sparse sum of others, with weights not below 0.
 *
 *   least of |x_j - sum_a w_a x_a|^2 / 2 + l2 |w|^2 / 2 + l1 sum w,  a among the `k` items most similar to j
 *
 * @see Ning, Karypis (2011), ICDM, equation 3; section IV.D for the choice among neighbours (fsSLIM); Friedman, Hastie,
 * Tibshirani (2010), JSS 33(1), for coordinate descent
 */
import { Machine } from '#kernels/machine.ts';
import { type Sparse, transpose } from '#kernels/sparse.ts';
import { countsOf, usersPerItem } from '../../data/interactions.ts';
import type { Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { strengthsOf } from './item-knn.ts';
import { type ItemWeights, reasonsOf, scoresOfRows, scoresOfUsers } from './item-weights.ts';
import { copier, rangesOf, similarRows, squaresOf } from './similar.ts';

export interface SlimParams extends Readonly<Record<string, number>> {
  /** Items among which the weights of one are sought. */
  readonly k: number;
  readonly l1: number;
  readonly l2: number;
}

/** A weight that moves the fit by less than this part of |x_j| is settled. */
const TOLERANCE = 1e-4;
const SWEEPS_MAX = 200;

export const SLIM: Method<SlimParams, ItemWeights> = {
  name: 'slim',
  defaults: { k: 300, l1: 0.5, l2: 30 },
  ranges: { k: [1, 100_000], l1: [0, 1e9], l2: [0, 1e9] },
  source: 'Ning, Karypis (2011), SLIM: Sparse Linear Methods for Top-N Recommender Systems, ICDM',
  fit: (data, params, { threads }) => {
    const counts = countsOf(data);
    const had = strengthsOf(counts);
    const targets = slimTargets(transpose(had), params, threads);
    return { had, weights: transpose(targets), tie: tieOf(usersPerItem(counts), 1e-9) };
  },
  score: scoresOfUsers,
  scoreRows: (model, rows) => scoresOfRows(model, strengthsOf(rows)),
  because: reasonsOf,
};

/**
 * The weights of each item.
 *
 * @param items [items x users] strengths above 0
 * @returns [items x items] row j: w, weights above 0
 */
export function slimTargets(items: Sparse, { k, l1, l2 }: SlimParams, threads: number): Sparse {
  const candidates = similarRows(items, { k, asymmetry: 0.5, shrink: 0 }, threads);
  const machine = new Machine({ threads });
  try {
    const copied = copier(machine);
    const matrix = [copied.i32(items.offsets), copied.i32(items.indices), copied.f32(items.values), items.columns];
    const squares = copied.f64(squaresOf(items));
    const places = [copied.i32(candidates.offsets), copied.i32(candidates.indices)];
    const count = candidates.indices.length;
    const weights = machine.allocate(8 * count);
    const scratch = machine.allocate(8 * items.columns * machine.threads);
    machine.f64(scratch, items.columns * machine.threads).fill(0);
    machine.each(
      'slimColumns',
      rangesOf(items.rows, 16).map(([from, to]) => [
        ...[from, to, ...matrix, squares, ...places, l1, l2, TOLERANCE, SWEEPS_MAX, weights, scratch],
      ]),
    );
    return aboveZero({ ...candidates, values: machine.f64(weights, count).slice() });
  } finally {
    machine.close();
  }
}

/** Without the entries that are 0. */
function aboveZero(m: Sparse): Sparse {
  const offsets = new Int32Array(m.rows + 1);
  let count = 0;
  for (let r = 0; r < m.rows; r++) {
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) if (m.values[e]! > 0) count++;
    offsets[r + 1] = count;
  }
  const [indices, values] = [new Int32Array(count), new Float64Array(count)];
  let write = 0;
  for (let e = 0; e < m.values.length; e++) {
    if (!(m.values[e]! > 0)) continue;
    indices[write] = m.indices[e]!;
    values[write++] = m.values[e]!;
  }
  return { ...m, offsets, indices, values };
}
