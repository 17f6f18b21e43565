/**
 * Which item follows which: pairs of one history, the nearer the more, backed off to items of like attributes and to
 * popularity.
 *
 * C_ij = sum over pairs of a history, j being g places after i, of g ^ -gapPower; the other way round times `back`.
 * W_ij = C_ij / ((n_i + 1) ^ alpha (n_j + 1) ^ beta) + content cos(a_i, a_j) (n_j + 1) ^ 1/2 / 100, with n the steps to an
 * item and a its attributes weighted by rarity. The score of j is sum_p (1 + p) ^ -decay W_ij over the steps p places
 * from the end.
 *
 * @see Ludewig, Jannach (2018), Evaluation of session-based recommendation algorithms, UMUAI 28 (sequential rules, SR);
 *   Katz (1987), IEEE TASSP 35(3), for backing off
 */
import { fromTriples, mapped, productTopK, type Sparse, transpose } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import { tieOf } from '../popularity.ts';
import { type Histories, historiesAt, historiesOf, historyCount, stepsPerItem } from './histories.ts';
import type { SequenceMethod } from './sequence-method.ts';
import { becauseOfWalk, scoreWalks, type WalkModel } from './walks.ts';

export interface TransitionsParams extends Readonly<Record<string, number>> {
  readonly gapPower: number;
  readonly back: number;
  readonly alpha: number;
  readonly beta: number;
  readonly decay: number;
  /** Latest steps that are looked at, and widest gap of a pair. */
  readonly length: number;
  /** Weight of like attributes; 0: none. */
  readonly content: number;
  /** Neighbours kept for each item. */
  readonly k: number;
}

export const TRANSITIONS: SequenceMethod<TransitionsParams, WalkModel> = {
  name: 'transitions',
  defaults: { gapPower: 0.5, back: 0.3, alpha: 0.7, beta: 0.1, decay: 1, length: 50, content: 1, k: 500 },
  ranges: {
    ...{ gapPower: [0, 10], back: [0, 1], alpha: [0, 2], beta: [0, 2], decay: [0, 10] },
    ...{ length: [1, 10_000], content: [0, 1000], k: [1, 100_000] },
  },
  whole: ['length'],
  promises: { repeatsAreSteps: true },
  source: 'sequential rules (Ludewig, Jannach 2018) with decay by distance, backed off to attributes and popularity',
  fit(data, params) {
    const histories = historiesOf(data);
    const steps = stepsPerItem(histories, data.itemCount);
    const pairs = pairsOf(histories, data.itemCount, params);
    const scaled = scaledBy(pairs, steps, params);
    const like = params.content > 0 ? contentNeighbours(data.content?.attributes, steps) : undefined;
    const all =
      like === undefined
        ? scaled
        : sum(
            scaled,
            mapped(like, (value) => (params.content * value) / 100),
          );
    const { decay, length } = params;
    return { histories, neighbours: largest(all, params.k), decay, length, tie: tieOf(steps, 1e-9) };
  },
  score: (model, users) => scoreWalks(model, historiesAt(model.histories, users)),
  scoreHistories: scoreWalks,
  because: becauseOfWalk,
};

/** [items x items] added pairs of all histories. */
export function pairsOf(
  { offsets, items }: Histories,
  itemCount: number,
  { gapPower, back, length }: { gapPower: number; back: number; length: number },
): Sparse {
  let count = 0;
  const histories = historyCount({ offsets, items });
  const eachPair = (visit: (earlier: number, later: number, gap: number) => void): void => {
    for (let h = 0; h < histories; h++)
      for (let e = offsets[h]!; e < offsets[h + 1]!; e++)
        for (let f = e + 1; f < Math.min(offsets[h + 1]!, e + 1 + length); f++) visit(items[e]!, items[f]!, f - e);
  };
  eachPair(() => {
    count += back > 0 ? 2 : 1;
  });
  const [rowOf, columnOf, values] = [new Int32Array(count), new Int32Array(count), new Float64Array(count)];
  let at = 0;
  const put = (row: number, column: number, value: number): void => {
    rowOf[at] = row;
    columnOf[at] = column;
    values[at++] = value;
  };
  eachPair((earlier, later, gap) => {
    const weight = gap ** -gapPower;
    put(earlier, later, weight);
    if (back > 0) put(later, earlier, back * weight);
  });
  return fromTriples({ rows: itemCount, columns: itemCount, rowOf, columnOf, values });
}

function scaledBy(m: Sparse, steps: Float64Array, { alpha, beta }: { alpha: number; beta: number }): Sparse {
  const values = m.values.slice();
  for (let r = 0; r < m.rows; r++)
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++)
      values[e]! *= (steps[r]! + 1) ** -alpha * (steps[m.indices[e]!]! + 1) ** -beta;
  return { ...m, values };
}

/** Neighbours by attributes that are kept. */
const LIKE = 200;

/**
 * The items most alike by attributes, times the root of how often they come. Attributes that more than half of the items
 * have tell nothing and are left out.
 *
 * @returns [items x items], or nothing where nothing is known
 */
export function contentNeighbours(attributes: Sparse | undefined, steps: Float64Array): Sparse | undefined {
  if (attributes === undefined || attributes.indices.length === 0) return undefined;
  const have = new Float64Array(attributes.columns);
  for (const attribute of attributes.indices) have[attribute]! += 1;
  const values = attributes.values.map((value, e) => {
    const share = have[attributes.indices[e]!]! / attributes.rows;
    return share > 0.5 ? 0 : value * -Math.log(share);
  });
  for (let item = 0; item < attributes.rows; item++) {
    const [from, to] = [attributes.offsets[item]!, attributes.offsets[item + 1]!];
    let squares = 0;
    for (let e = from; e < to; e++) squares += values[e]! ** 2;
    for (let e = from; e < to; e++) values[e]! *= squares > 0 ? squares ** -0.5 : 0;
  }
  const rare = withoutZeros({ ...attributes, values });
  const columnScale = steps.map((count) => (count + 1) ** 0.5);
  return productTopK(rare, transpose(rare), { k: LIKE, columnScale, skipDiagonal: true });
}

/** The cells of both, added. */
function sum(a: Sparse, b: Sparse): Sparse {
  const count = a.indices.length;
  const rowOf = new Int32Array(count + b.indices.length);
  const columnOf = new Int32Array(rowOf.length);
  const values = new Float64Array(rowOf.length);
  for (const [from, m] of [[0, a] as const, [count, b] as const]) {
    for (let r = 0; r < m.rows; r++) rowOf.fill(r, from + m.offsets[r]!, from + m.offsets[r + 1]!);
    columnOf.set(m.indices, from);
    values.set(m.values, from);
  }
  return fromTriples({ rows: a.rows, columns: a.columns, rowOf, columnOf, values });
}

function withoutZeros(m: Sparse): Sparse {
  const rowOf: number[] = [];
  const kept: number[] = [];
  for (let r = 0; r < m.rows; r++)
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++)
      if (m.values[e] !== 0) {
        rowOf.push(r);
        kept.push(e);
      }
  return fromTriples({
    ...{ rows: m.rows, columns: m.columns, rowOf: Int32Array.from(rowOf) },
    columnOf: Int32Array.from(kept, (e) => m.indices[e]!),
    values: Float64Array.from(kept, (e) => m.values[e]!),
  });
}

/** The k largest cells of each row, best first. */
export function largest(m: Sparse, k: number): Sparse {
  const top = emptyTop(k);
  const offsets = new Int32Array(m.rows + 1);
  for (let r = 0; r < m.rows; r++) offsets[r + 1] = offsets[r]! + Math.min(k, m.offsets[r + 1]! - m.offsets[r]!);
  const indices = new Int32Array(offsets[m.rows]!);
  const values = new Float64Array(indices.length);
  for (let r = 0; r < m.rows; r++) {
    top.size = 0;
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) offer(top, m.values[e]!, m.indices[e]!);
    sortTop(top);
    indices.set(top.indices.subarray(0, top.size), offsets[r]!);
    values.set(top.scores.subarray(0, top.size), offsets[r]!);
  }
  return { rows: m.rows, columns: m.columns, offsets, indices, values };
}
