/**
 * The next item as a linear function of the history: ridge regression in closed form, each item from those that it has
 * ever followed.
 *
 * Each step of each history but the first is a row: s, what came before, a step g places back counting (1 + g) ^ -decay,
 * and t, the item that came. For item j, with F the `k` items that come before it most for their number (largest
 * (S't)_i / sqrt((S'S)_ii)): b = (S'S_FF + lambda I)^-1 S't_F. On the whole catalogue instead of F this is SLIST's
 * transition part (SLIT); the cut makes the system small, so time and memory grow with the pairs and not with items
 * squared.
 *
 * @see Choi, Kim, Lee, Shim, Lee (2021), Session-aware Linear Item-Item Models for Session-based Recommendation, WWW;
 *   Park, Yoon, Choi, Lee (2025), Temporal Linear Item-Item Model for Sequential Recommendation (TALE), WSDM;
 *   Ning, Karypis (2011), SLIM with features chosen by neighbourhood, ICDM
 */
import { cholesky, solveLower, solveUpper } from '#kernels/linear.ts';
import { fromTriples, productTopK, type Sparse, transpose } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop, type Top } from '#kernels/top-k.ts';
import type { Numbers } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { type Histories, historiesAt, historiesOf, historyCount, stepsPerItem } from './histories.ts';
import type { SequenceMethod } from './sequence-method.ts';
import { becauseOfWalk, scoreWalks, type WalkModel } from './walks.ts';

export interface SlistParams extends Numbers {
  readonly lambda: number;
  readonly decay: number;
  /** Latest steps that are looked at. */
  readonly length: number;
  /** Items from which one item is foretold, at most. */
  readonly k: number;
}

export const SLIST: SequenceMethod<SlistParams, WalkModel> = {
  name: 'slist',
  defaults: { lambda: 100, decay: 0.7, length: 50, k: 200 },
  ranges: { lambda: [1e-6, 1e9], decay: [0, 10], length: [1, 1000], k: [1, 2000] },
  whole: ['length'],
  promises: { repeatsAreSteps: true },
  source: 'Choi et al. (2021), Session-aware Linear Item-Item Models, WWW (SLIT part), features cut as in fsSLIM',
  fit(data, params) {
    const histories = historiesOf(data);
    const { before, next } = rowsOf(histories, data.itemCount, params);
    const neighbours = weightsOf(before, next, params);
    const tie = tieOf(stepsPerItem(histories, data.itemCount), 1e-9);
    return { histories, neighbours, decay: params.decay, length: params.length, tie };
  },
  score: (model, users) => scoreWalks(model, historiesAt(model.histories, users)),
  scoreHistories: scoreWalks,
  because: becauseOfWalk,
};

/** S and T of the file's head: [rows x items] each. */
function rowsOf({ offsets, items }: Histories, itemCount: number, { decay, length }: SlistParams) {
  const [rowOf, columnOf, values]: [number[], number[], number[]] = [[], [], []];
  const wanted: number[] = [];
  for (let h = 0; h < historyCount({ offsets, items }); h++)
    for (let e = offsets[h]! + 1; e < offsets[h + 1]!; e++) {
      for (let f = Math.max(offsets[h]!, e - length); f < e; f++) {
        rowOf.push(wanted.length);
        columnOf.push(items[f]!);
        values.push((e - f) ** -decay);
      }
      wanted.push(items[e]!);
    }
  const frame = { rows: wanted.length, columns: itemCount };
  return {
    before: fromTriples({
      ...{ ...frame, rowOf: Int32Array.from(rowOf), columnOf: Int32Array.from(columnOf) },
      values: Float64Array.from(values),
    }),
    next: fromTriples({ ...frame, rowOf: Int32Array.from(wanted.keys()), columnOf: Int32Array.from(wanted) }),
  };
}

/** [items x items] b of each column's item, best first in each row. */
function weightsOf(before: Sparse, next: Sparse, { lambda, k }: SlistParams): Sparse {
  const items = before.columns;
  const gram = productTopK(transpose(before), before, { k: items });
  const towards = transpose(productTopK(transpose(before), next, { k: items }));
  const own = diagonal(gram);
  const system: System = { gram, place: new Int32Array(items).fill(-1), lambda };
  const top = emptyTop(k);
  const [rowOf, columnOf, values]: [number[], number[], number[]] = [[], [], []];
  for (let item = 0; item < items; item++) {
    top.size = 0;
    const pull = new Map<number, number>();
    for (let e = towards.offsets[item]!; e < towards.offsets[item + 1]!; e++) {
      const from = towards.indices[e]!;
      pull.set(from, towards.values[e]!);
      offer(top, towards.values[e]! / Math.sqrt(own[from]!), from);
    }
    if (top.size === 0) continue;
    sortTop(top);
    const features = top.indices.slice(0, top.size);
    const found = solved(
      system,
      features,
      Float64Array.from(features, (from) => pull.get(from)!),
    );
    for (const [f, from] of features.entries()) {
      rowOf.push(from);
      columnOf.push(item);
      values.push(found[f]!);
    }
  }
  return bestFirst(
    fromTriples({
      ...{ rows: items, columns: items, rowOf: Int32Array.from(rowOf), columnOf: Int32Array.from(columnOf) },
      values: Float64Array.from(values),
    }),
  );
}

interface System {
  readonly gram: Sparse;
  /** [items] place of an item among the features, -1: none; left as it came */
  readonly place: Int32Array;
  readonly lambda: number;
}

/** (gram of the features + lambda I)^-1 right */
function solved({ gram, place, lambda }: System, features: Int32Array, right: Float64Array): Float64Array {
  const n = features.length;
  const matrix = new Float64Array(n * n);
  for (const [f, item] of features.entries()) place[item] = f;
  for (const [f, item] of features.entries()) {
    for (let e = gram.offsets[item]!; e < gram.offsets[item + 1]!; e++) {
      const other = place[gram.indices[e]!]!;
      if (other >= 0) matrix[f * n + other] = gram.values[e]!;
    }
    matrix[f * n + f]! += lambda;
  }
  for (const item of features) place[item] = -1;
  // a Gram matrix with lambda on its diagonal is positive definite
  const factor = cholesky(matrix, n)!;
  return solveUpper(factor, solveLower(factor, right, 1), 1);
}

function diagonal(m: Sparse): Float64Array {
  const out = new Float64Array(m.rows);
  for (let r = 0; r < m.rows; r++)
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) if (m.indices[e] === r) out[r] = m.values[e]!;
  return out;
}

/** The same cells, the largest first in each row. */
function bestFirst(m: Sparse): Sparse {
  let widest = 1;
  for (let r = 0; r < m.rows; r++) widest = Math.max(widest, m.offsets[r + 1]! - m.offsets[r]!);
  const top: Top = emptyTop(widest);
  const indices = m.indices.slice();
  const values = m.values.slice();
  for (let r = 0; r < m.rows; r++) {
    const from = m.offsets[r]!;
    top.size = 0;
    for (let e = from; e < m.offsets[r + 1]!; e++) offer(top, m.values[e]!, m.indices[e]!);
    sortTop(top);
    indices.set(top.indices.subarray(0, top.size), from);
    values.set(top.scores.subarray(0, top.size), from);
  }
  return { ...m, indices, values };
}
