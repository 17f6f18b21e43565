/** Scores that are sums over the steps of a history: what each later step says of each item, older steps less. */
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import type { Because } from '../method.ts';
import { type Histories, historiesAt, historyCount } from './histories.ts';

/** What is the same for all methods of this kind once they are fitted. */
export interface WalkModel {
  readonly histories: Histories;
  /** [items x items] how much a step at the row's item says of the column's */
  readonly neighbours: Sparse;
  /** A step p places from the end counts (1 + p) ^ -decay. */
  readonly decay: number;
  /** Latest steps that are looked at. */
  readonly length: number;
  /** [items] what is said of an item without any step: popularity, far below what steps say. */
  readonly tie: Float64Array;
}

/** @returns [histories x items] */
export function scoreWalks({ neighbours, decay, length, tie }: WalkModel, histories: Histories): Float64Array {
  const items = neighbours.columns;
  const { offsets, indices, values } = neighbours;
  const count = historyCount(histories);
  const out = new Float64Array(count * items);
  for (let h = 0; h < count; h++) {
    const scores = out.subarray(h * items, (h + 1) * items);
    scores.set(tie);
    const end = histories.offsets[h + 1]!;
    for (let e = Math.max(histories.offsets[h]!, end - length); e < end; e++) {
      const weight = (end - e) ** -decay;
      const item = histories.items[e]!;
      for (let f = offsets[item]!, last = offsets[item + 1]!; f < last; f++)
        scores[indices[f]!]! += weight * values[f]!;
    }
  }
  return out;
}

/** The user's items that gave most of the score of `item`, each with its share of what all gave. */
export function becauseOfWalk(model: WalkModel, user: number, item: number, most: number): readonly Because[] {
  const { neighbours, decay, length } = model;
  const { items } = historiesAt(model.histories, Int32Array.of(user), length);
  const gave = new Map<number, number>();
  let total = 0;
  for (const [e, own] of items.entries())
    for (let f = neighbours.offsets[own]!; f < neighbours.offsets[own + 1]!; f++) {
      if (neighbours.indices[f] !== item) continue;
      const part = (items.length - e) ** -decay * neighbours.values[f]!;
      if (!(part > 0)) continue;
      gave.set(own, (gave.get(own) ?? 0) + part);
      total += part;
    }
  const top = emptyTop(Math.max(1, most));
  for (const [own, part] of gave) offer(top, part, own);
  sortTop(top);
  return Array.from({ length: top.size }, (_, r) => ({ item: top.indices[r]!, share: top.scores[r]! / total }));
}
