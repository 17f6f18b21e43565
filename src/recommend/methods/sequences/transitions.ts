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
import { fromTriples, productTopK, type Sparse, transpose } from '#kernels/sparse.ts';
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
    const like = params.content > 0 ? contentNeighbours(data.content?.attributes, steps) : undefined;
    const neighbours = neighboursOf(histories, steps, like, params);
    const { decay, length } = params;
    return { histories, neighbours, decay, length, tie: tieOf(steps, 1e-9) };
  },
  score: (model, users) => scoreWalks(model, historiesAt(model.histories, users)),
  scoreHistories: scoreWalks,
  because: becauseOfWalk,
};

/** W of the file's head, row by row: memory is one dense row and what is kept. */
function neighboursOf(
  { offsets, items }: Histories,
  steps: Float64Array,
  like: Sparse | undefined,
  { gapPower, back, alpha, beta, length, content, k }: TransitionsParams,
): Sparse {
  const count = steps.length;
  const weights = Float64Array.from({ length: length + 1 }, (_, gap) => gap ** -gapPower);
  const columns = steps.map((n) => (n + 1) ** -beta);
  const visits = visitsOf({ offsets, items }, count);
  const row = new Float64Array(count);
  const touched = new Set<number>();
  const add = (item: number, value: number): void => {
    touched.add(item);
    row[item]! += value;
  };
  const top = emptyTop(k);
  const kept: { indices: Int32Array; values: Float64Array }[] = [];
  const starts = new Int32Array(count + 1);
  for (let item = 0; item < count; item++) {
    const scale = (steps[item]! + 1) ** -alpha;
    for (let v = visits.starts[item]!; v < visits.starts[item + 1]!; v++) {
      const [e, h] = [visits.places[v]!, visits.histories[v]!];
      for (let gap = 1, end = Math.min(length, offsets[h + 1]! - 1 - e); gap <= end; gap++)
        add(items[e + gap]!, weights[gap]! * scale * columns[items[e + gap]!]!);
      if (back === 0) continue;
      for (let gap = 1, end = Math.min(length, e - offsets[h]!); gap <= end; gap++)
        add(items[e - gap]!, back * weights[gap]! * scale * columns[items[e - gap]!]!);
    }
    if (like !== undefined)
      for (let e = like.offsets[item]!; e < like.offsets[item + 1]!; e++)
        add(like.indices[e]!, (content * like.values[e]!) / 100);
    top.size = 0;
    for (const other of touched) {
      offer(top, row[other]!, other);
      row[other] = 0;
    }
    touched.clear();
    sortTop(top);
    kept.push({ indices: top.indices.slice(0, top.size), values: top.scores.slice(0, top.size) });
    starts[item + 1] = starts[item]! + top.size;
  }
  const out = { indices: new Int32Array(starts[count]!), values: new Float64Array(starts[count]!) };
  for (const [item, { indices, values }] of kept.entries()) {
    out.indices.set(indices, starts[item]!);
    out.values.set(values, starts[item]!);
  }
  return { rows: count, columns: count, offsets: starts, ...out };
}

/** Where each item comes: step and history of its visits, item by item. */
function visitsOf(histories: Histories, itemCount: number) {
  const { offsets, items } = histories;
  const starts = new Int32Array(itemCount + 1);
  for (const item of items) starts[item + 1]!++;
  for (let item = 0; item < itemCount; item++) starts[item + 1]! += starts[item]!;
  const next = starts.slice(0, itemCount);
  const [places, of] = [new Int32Array(items.length), new Int32Array(items.length)];
  for (let h = 0; h < historyCount(histories); h++)
    for (let e = offsets[h]!; e < offsets[h + 1]!; e++) {
      const at = next[items[e]!]!++;
      places[at] = e;
      of[at] = h;
    }
  return { starts, places, histories: of };
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
