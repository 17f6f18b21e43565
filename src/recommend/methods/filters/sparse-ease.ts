/**
 * The regression of ease.ts for large catalogues: each item on its nearest `k` others only. Under that pattern the weights
 * are exact, (G_NN + ridge) w = G_Nj; nothing of the size of the catalogue squared is made.
 *
 * @see Steck (2019), Markov Random Fields for Collaborative Filtering, NeurIPS, section 3.2 (the sparse approximation); Ning,
 * Karypis (2011), SLIM, ICDM, section 3.4, for choosing the neighbours first
 */
import { Machine } from '#kernels/machine.ts';
import { columnSums, fromTriples, mapped, productTopK, type Sparse, transpose } from '#kernels/sparse.ts';
import { countsOf, usersPerItem } from '../../data/interactions.ts';
import type { Method, Run } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { rows32, strengthOf } from './blur.ts';
import { type EaseParams, userScaled } from './ease.ts';
import { becauseWeights, everyRow, type ItemWeights, weightScores } from './item-weights.ts';

export interface SparseEaseParams extends EaseParams {
  /** Neighbours of each item that may have a weight; time grows like its cube, memory like it. */
  readonly k: number;
  /** 0: nearest by common users, 0.5: by cosine. */
  readonly nearPower: number;
}

/** Common users kept of each item: further ones count as none. */
const GRAM_ENTRIES_MAX = 16_384;

export const SPARSE_EASE: Method<SparseEaseParams, ItemWeights> = {
  name: 'sparse-ease',
  defaults: { ridge: 20, dropout: 0, userPower: 0, outPower: 0, k: 128, nearPower: 0.5 },
  ranges: {
    ...{ ridge: [1e-6, 1e9], dropout: [0, 0.99], userPower: [0, 3], outPower: [0, 3] },
    ...{ k: [1, 2048], nearPower: [0, 2] },
  },
  source: 'Steck (2019), Markov Random Fields for Collaborative Filtering, NeurIPS: EASE on the nearest neighbours',
  fit: (data, params, run) => {
    const counts = countsOf(data);
    const strengths = mapped(counts, strengthOf);
    return {
      starts: rows32(strengths),
      weights: weightsOf(strengths, params, run),
      tie: tieOf(usersPerItem(counts), 1e-9),
    };
  },
  score: (model, users) => weightScores(model, model.starts, users),
  scoreRows: (model, rows) => weightScores(model, rows32(mapped(rows, strengthOf)), everyRow(rows.rows)),
  because: becauseWeights,
};

function weightsOf(strengths: Sparse, params: SparseEaseParams, { threads }: Run): Sparse {
  const scaled = userScaled(strengths, params.userPower);
  const turned = transpose(scaled);
  const squares = columnSums(mapped(scaled, (value) => value * value));
  const near = squares.map((sum) => (sum > 0 ? sum ** -params.nearPower : 0));
  const k = Math.min(params.k, Math.max(1, strengths.columns - 1));
  const pattern = productTopK(turned, scaled, { k, columnScale: near, skipDiagonal: true, threads });
  const gram = productTopK(turned, scaled, { k: GRAM_ENTRIES_MAX, skipDiagonal: true, threads });
  const weights = regressed(gram, pattern, squares, params, threads);
  const popularity = columnSums(strengths);
  const rowOf = new Int32Array(weights.length);
  for (let j = 0; j < pattern.rows; j++) rowOf.fill(j, pattern.offsets[j]!, pattern.offsets[j + 1]!);
  const held = popularity.map((sum) => (sum > 0 ? sum ** -params.outPower : 0));
  return fromTriples({
    rows: pattern.columns,
    columns: pattern.rows,
    rowOf: pattern.indices,
    columnOf: rowOf,
    values: weights.map((weight, e) => weight * held[rowOf[e]!]!),
  });
}

/** [entries of the pattern] weight of each neighbour of the pattern for the item of its row. */
function regressed(
  gram: Sparse,
  pattern: Sparse,
  squares: Float64Array,
  { ridge, dropout }: SparseEaseParams,
  threads: number,
): Float64Array {
  const machine = new Machine({ threads });
  try {
    const whole = (values: Int32Array) => {
      const at = machine.allocate(4 * values.length);
      machine.i32(at, values.length).set(values);
      return at;
    };
    const doubles = (values: Float64Array) => {
      const at = machine.allocate(8 * values.length);
      machine.f64(at, values.length).set(values);
      return at;
    };
    let width = 0;
    for (let j = 0; j < pattern.rows; j++) width = Math.max(width, pattern.offsets[j + 1]! - pattern.offsets[j]!);
    const placesBytes = 64 * Math.ceil((4 * pattern.rows + 4) / 64);
    const scratchBytes = placesBytes + 64 * Math.ceil((8 * width * width) / 64);
    const fixed = [
      ...[whole(gram.offsets), whole(gram.indices), doubles(gram.values), doubles(squares)],
      ...[whole(pattern.offsets), whole(pattern.indices)],
    ];
    const weights = machine.allocate(8 * pattern.indices.length);
    const scratch = machine.allocate(machine.threads * scratchBytes);
    machine.u8(scratch, machine.threads * scratchBytes).fill(0);
    const tasks: number[][] = [];
    for (let from = 0; from < pattern.rows; from += 32)
      tasks.push([
        ...[...fixed, weights, from, Math.min(pattern.rows, from + 32), ridge, dropout / (1 - dropout)],
        ...[scratch, scratchBytes, placesBytes],
      ]);
    machine.each('localRidge', tasks);
    return machine.f64(weights, pattern.indices.length).slice();
  } finally {
    machine.close();
  }
}
