/**
 * Linear regression of each item on all others in closed form, for catalogues whose inverse fits into memory.
 *
 *   P = (G + diag(ridge + share diag G))^-1,  B_ij = -P_ij / P_jj,  B_jj = 0,  score = x B Dj^-outPower,
 *   G = A' Du^-userPower A,  share = dropout / (1 - dropout).
 *
 * The inverse is made in f32 (kernels/inverse.ts): 2 n^2 bytes while fitting and 4 n^2 for the weights.
 *
 * @see Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data, WWW, equation 8; Steck (2020), Autoencoders that
 * don't overfit towards the Identity, NeurIPS, for the dropout
 */
import { known } from '#errors.ts';
import { TiledSymmetric } from '#kernels/inverse.ts';
import { Machine } from '#kernels/machine.ts';
import { columnSums, mapped, rowSums, type Sparse, transpose } from '#kernels/sparse.ts';
import { countsOf, type Interactions, usersPerItem } from '../../data/interactions.ts';
import type { Because, Method, Run } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { type Rows32, rows32, strengthOf } from './blur.ts';
import { everyRow } from './item-weights.ts';
import { ranked } from './ranked.ts';

/** Widest catalogue of the dense form: 1.25 GB while fitting, 2.5 GB of weights. */
export const EASE_ITEMS_MAX = 25_000;

export interface EaseParams extends Readonly<Record<string, number>> {
  /** Added to the diagonal of the Gram matrix. */
  readonly ridge: number;
  /** Chance of hiding an item of a row from the regression, 0 to below 1. */
  readonly dropout: number;
  /** How much active users are held back; 0: each row counts as it is. */
  readonly userPower: number;
  /** How much popular items are held back as answers; 0: not. */
  readonly outPower: number;
}

export interface EaseModel {
  readonly starts: Rows32;
  /** [items x items] B Dj^-outPower; row i: what having i gives each item */
  readonly weights: Float32Array;
  readonly tie: Float64Array;
}

/** Rows multiplied by the root of (row sum)^-userPower, so that m'm is G. */
export function userScaled(strengths: Sparse, userPower: number): Sparse {
  const sums = rowSums(strengths);
  const values = strengths.values.slice();
  for (let user = 0; user < strengths.rows; user++)
    for (let e = strengths.offsets[user]!; e < strengths.offsets[user + 1]!; e++)
      values[e]! *= sums[user]! ** (-userPower / 2);
  return { ...strengths, values };
}

export const EASE: Method<EaseParams, EaseModel> = {
  name: 'ease',
  defaults: { ridge: 200, dropout: 0, userPower: 0, outPower: 0 },
  ranges: { ridge: [1e-6, 1e9], dropout: [0, 0.99], userPower: [0, 3], outPower: [0, 3] },
  source: 'Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data, WWW (EASE); Steck (2020) for the dropout',
  // f32, and an order of rows that changes no sum of whole strengths
  promises: { orderTolerance: 1e-5 },
  fit,
  score: (model, users) => scores(model, model.starts, users),
  scoreRows: (model, rows) => scores(model, rows32(mapped(rows, strengthOf)), everyRow(rows.rows)),
  because,
};

function fit(data: Interactions, params: EaseParams, run: Run): EaseModel {
  const counts = countsOf(data);
  const items = counts.columns;
  if (items > EASE_ITEMS_MAX) throw known('RECOMMENDER_TOO_WIDE', { method: 'ease', items, most: EASE_ITEMS_MAX });
  const strengths = mapped(counts, strengthOf);
  const machine = new Machine({ threads: run.threads });
  try {
    const inverse = new TiledSymmetric(machine, items);
    inverse.set(gramEntries(userScaled(strengths, params.userPower), params));
    if (!inverse.invert())
      throw known('RECOMMENDER_PARAMS', {
        ...{ name: 'ridge', value: String(params.ridge), method: 'ease' },
        expected: 'more: the Gram matrix with it is singular to seven digits',
      });
    const own = Float64Array.from({ length: items }, (_, j) => inverse.at(j, j));
    const popularity = columnSums(strengths);
    const held = popularity.map((sum) => (sum > 0 ? sum ** -params.outPower : 0));
    const weights = new Float32Array(items * items);
    for (let i = 0; i < items; i++) {
      const row = inverse.row(i);
      for (let j = 0; j < items; j++) weights[i * items + j] = i === j ? 0 : (-row[j]! / own[j]!) * held[j]!;
    }
    return { starts: rows32(strengths), weights, tie: tieOf(usersPerItem(counts), 1e-9) };
  } finally {
    machine.close();
  }
}

/** The lower triangle of m'm, with what is added to the diagonal. */
function* gramEntries(m: Sparse, { ridge, dropout }: EaseParams): Generator<[number, number, number]> {
  const users = transpose(m);
  const sums = new Float64Array(m.columns);
  for (let i = 0; i < m.columns; i++) {
    sums.fill(0, 0, i + 1);
    for (let e = users.offsets[i]!; e < users.offsets[i + 1]!; e++) {
      const [user, value] = [users.indices[e]!, users.values[e]!];
      for (let f = m.offsets[user]!; f < m.offsets[user + 1]! && m.indices[f]! <= i; f++)
        sums[m.indices[f]!]! += value * m.values[f]!;
    }
    sums[i]! += ridge + (dropout / (1 - dropout)) * sums[i]!;
    for (let j = 0; j <= i; j++) if (sums[j] !== 0) yield [i, j, sums[j]!];
  }
}

function scores({ weights, tie }: EaseModel, rows: Rows32, wanted: Int32Array): Float64Array {
  const items = tie.length;
  const out = new Float64Array(wanted.length * items);
  for (const [row, which] of wanted.entries()) {
    const own = out.subarray(row * items, (row + 1) * items);
    own.set(tie);
    for (let e = rows.offsets[which]!; e < rows.offsets[which + 1]!; e++) {
      const strength = rows.values[e]!;
      const from = rows.indices[e]! * items;
      for (let j = 0; j < items; j++) own[j]! += strength * weights[from + j]!;
    }
  }
  return out;
}

function because({ starts, weights, tie }: EaseModel, user: number, item: number, most: number): readonly Because[] {
  const from = starts.offsets[user]!;
  const had = starts.indices.subarray(from, starts.offsets[user + 1]!);
  const parts = Float64Array.from(had, (own, e) => starts.values[from + e]! * weights[own * tie.length + item]!);
  return ranked(had, parts, most);
}
