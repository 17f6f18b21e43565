/** The best items of some users as a table. */
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, topOf } from '#kernels/top-k.ts';
import { numbers, type Table, type TextColumn, table } from '#table/index.ts';
import { rank, type Scorer } from './evaluate.ts';

export interface Listed {
  /** Whose lists, as codes of `userIds`. */
  readonly users: Int32Array;
  readonly userIds: TextColumn;
  readonly itemIds: TextColumn;
  /** [users x items] what may not be shown again; default all may be. */
  readonly hidden?: Sparse;
}

/** Scores at once: memory against calls. */
const SCORES = 4_000_000;

/** Columns user, rank (from 1), item and score; up to `k` rows a user. */
export function listTable({ users, userIds, itemIds, hidden }: Listed, score: Scorer, k: number): Table {
  const top = emptyTop(k);
  const [who, what, place, scored]: [number[], number[], number[], number[]] = [[], [], [], []];
  const batch = Math.max(1, Math.floor(SCORES / Math.max(itemIds.codes.length, 1)));
  for (let from = 0; from < users.length; from += batch) {
    const part = users.slice(from, from + batch);
    const scores = score(part);
    const items = scores.length / part.length;
    for (const [row, user] of part.entries()) {
      if (hidden === undefined) topOf(top, scores, row * items, items);
      else rank(top, scores, { row, user }, hidden, { keepSeen: false });
      for (let r = 0; r < top.size; r++) {
        who.push(user);
        what.push(top.indices[r]!);
        place.push(r + 1);
        scored.push(top.scores[r]!);
      }
    }
  }
  return table({
    user: named(who, userIds),
    rank: numbers(place, 'count'),
    item: named(what, itemIds),
    score: numbers(scored),
  });
}

const named = (codes: readonly number[], { codes: of, dictionary }: TextColumn): TextColumn => ({
  kind: 'text',
  codes: Int32Array.from(codes, (code) => of[code]!),
  dictionary,
});
