/**
 * A polynomial of the item graph as a filter, without any decomposition.
 *
 *   R~ = Du^-userPower A Di^(userPower - 1),  P = (R~' R~) with each entry to the power `sharpness`, its k largest a row;
 *   score = x P (terms 1) or x (2 P - P P) (terms 2).
 *
 * With the diagonal left in, as in the paper; the k nearest are this project's, so that memory grows with the items only.
 *
 * @see Park, Shin, Shin (2024), Turbo-CF: Matrix Decomposition-Free Graph Filtering for Fast Recommendation, SIGIR,
 * equations 3 to 8
 */
import type { Machine } from '#kernels/machine.ts';
import { columnSums, mapped, productTopK, rowSums, type Sparse, transpose } from '#kernels/sparse.ts';
import { LANES, type Placed, placed32, tasksOfProduct } from '#kernels/sparse32.ts';
import { countsOf, usersPerItem } from '../../data/interactions.ts';
import type { Because, Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { type Rows32, rows32, strengthOf } from './blur.ts';
import { everyRow, type ItemWeights, weightScores } from './item-weights.ts';
import { ranked } from './ranked.ts';
import { roomOf, scoredOn } from './room.ts';

export interface TurboCfParams extends Readonly<Record<string, number>> {
  /** Of the users' sums; items have 1 less that. */
  readonly userPower: number;
  /** Power of each entry of the item graph. */
  readonly sharpness: number;
  /** 1: linear, 2: second order. */
  readonly terms: number;
  /** Entries kept in each row of the item graph. */
  readonly k: number;
}

export interface TurboCfModel extends ItemWeights {
  readonly terms: number;
}

/** Defaults: the paper's for Gowalla. */
export const TURBO_CF: Method<TurboCfParams, TurboCfModel> = {
  name: 'turbo-cf',
  defaults: { userPower: 0.6, sharpness: 0.7, terms: 1, k: 1000 },
  ranges: { userPower: [0, 1], sharpness: [0.01, 10], terms: [1, 2], k: [1, 100_000] },
  whole: ['terms'],
  source: 'Park, Shin, Shin (2024), Turbo-CF, SIGIR',
  fit: (data, { userPower, sharpness, terms, k }, { threads }) => {
    const counts = countsOf(data);
    const strengths = mapped(counts, strengthOf);
    const [users, items] = [rowSums(strengths), columnSums(strengths)];
    const values = strengths.values.slice();
    for (let user = 0; user < strengths.rows; user++)
      for (let e = strengths.offsets[user]!; e < strengths.offsets[user + 1]!; e++)
        values[e]! *= users[user]! ** -userPower * items[strengths.indices[e]!]! ** (userPower - 1);
    const scaled: Sparse = { ...strengths, values };
    const graph = productTopK(transpose(scaled), scaled, { k, threads });
    const model = {
      starts: rows32(strengths),
      weights: mapped(graph, (value) => value ** sharpness),
      tie: tieOf(usersPerItem(counts), 1e-9),
      terms,
    };
    return scoredOn(model, threads);
  },
  score: (model, users) => scores(model, model.starts, users),
  scoreRows: (model, rows) => scores(model, rows32(mapped(rows, strengthOf)), everyRow(rows.rows)),
  because,
};

function scores(model: TurboCfModel, rows: Rows32, wanted: Int32Array): Float64Array {
  const first = weightScores(model, rows, wanted);
  if (model.terms === 1) return first;
  const { machine, placed } = roomOf(model, place);
  const items = model.tie.length;
  for (let from = 0; from < wanted.length; from += LANES) {
    const mark = machine.mark();
    const count = Math.min(LANES, wanted.length - from);
    const [x, y] = [machine.allocate(4 * items * LANES), machine.allocate(4 * items * LANES)];
    const before = machine.f32(x, items * LANES);
    before.fill(0);
    for (let lane = 0; lane < count; lane++)
      for (let item = 0, row = (from + lane) * items; item < items; item++)
        before[item * LANES + lane] = first[row + item]! - model.tie[item]!;
    machine.each('sparseTimesDense', tasksOfProduct(placed, x, y, LANES));
    const after = machine.f32(y, items * LANES);
    for (let lane = 0; lane < count; lane++)
      for (let item = 0, row = (from + lane) * items; item < items; item++)
        first[row + item] = 2 * first[row + item]! - after[item * LANES + lane]!;
    machine.release(mark);
  }
  return first;
}

const place = (machine: Machine, { weights }: TurboCfModel): Placed => placed32(machine, transpose(weights));

function because(model: TurboCfModel, user: number, item: number, most: number): readonly Because[] {
  const { starts, weights, terms, tie } = model;
  const column = new Float64Array(tie.length);
  for (let row = 0; row < tie.length; row++)
    for (let e = weights.offsets[row]!; e < weights.offsets[row + 1]!; e++)
      if (weights.indices[e] === item) column[row] = weights.values[e]!;
  const from = starts.offsets[user]!;
  const had = starts.indices.subarray(from, starts.offsets[user + 1]!);
  const parts = Float64Array.from(had, (own, e) => {
    let second = 0;
    for (let f = weights.offsets[own]!; terms === 2 && f < weights.offsets[own + 1]!; f++)
      second += weights.values[f]! * column[weights.indices[f]!]!;
    return starts.values[from + e]! * (terms * column[own]! - second);
  });
  return ranked(had, parts, most);
}
