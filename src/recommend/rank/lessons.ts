/** Rows to learn a ranker from: candidates of some users at some moments, with what came of them. */
import { split } from '#kernels/random.ts';
import { entryOf, type Sparse } from '#kernels/sparse.ts';
import type { Table } from '#table/index.ts';
import { CandidateFinder, type CandidateOptions } from './candidates.ts';
import { deskOf, sitDown } from './desk.ts';
import { addFeatures, FeatureRows, featureNames, type Part } from './features.ts';
import type { Moment } from './moment.ts';

export interface LessonOptions extends CandidateOptions {
  readonly usersPerCut: number;
  readonly repeatNegatives: number;
  readonly exploreNegatives: number;
}

export interface LessonRows {
  readonly table: Table;
  /** [rows] 1 where the user had the item in the horizon. */
  readonly hits: Float64Array;
}

export interface Lessons {
  /**
   * Adds the candidates of a moment.
   *
   * @param target [users x items] what was had in the horizon
   */
  add(moment: Moment, target: Sparse, which: { readonly newest: boolean; readonly cut: number }): void;
  /** Rows to learn from, with negatives sampled; and all rows of users held back at the newest moment. */
  of(part: Part): { readonly learn: LessonRows; readonly check: LessonRows };
}

interface Growing {
  readonly rows: FeatureRows;
  readonly hits: number[];
}

/** One user in ten is held back to calibrate on, at all moments. */
const CHECKED = 2 ** 32 / 10;

export function lessonsOf(options: LessonOptions, seed: number): Lessons {
  const held = new Map<string, Growing>();
  const growing = (name: string, moment: Moment, part: Part): Growing => {
    const found = held.get(name) ?? { rows: new FeatureRows(featureNames(moment, part)), hits: [] };
    held.set(name, found);
    return found;
  };
  const shares = { repeat: options.repeatNegatives, explore: options.exploreNegatives };
  return {
    add(moment, target, { newest, cut }) {
      const desk = deskOf(moment);
      const finder = new CandidateFinder(moment, options);
      const isHit = (item: number) => entryOf(target, desk.user, item) >= 0;
      for (const user of drawn(moment, options.usersPerCut, split(seed, 'users', cut))) {
        const isHeld = split(seed, 'check', user) < CHECKED;
        if (isHeld && !newest) continue;
        sitDown(desk, user);
        const { repeats, news } = finder.find(desk);
        for (const [part, items] of [['repeat', repeats] as const, ['explore', news] as const]) {
          const limit = shares[part] * 2 ** 32;
          const kept = isHeld ? items : items.filter((item) => isHit(item) || split(seed, cut, user, item) < limit);
          const { rows, hits } = growing(`${part}${isHeld}`, moment, part);
          addFeatures(rows, desk, kept, part);
          for (const item of kept) hits.push(isHit(item) ? 1 : 0);
        }
      }
    },
    of: (part) => {
      const rowsOf = (isHeld: boolean): LessonRows => {
        const found = held.get(`${part}${isHeld}`);
        return found === undefined
          ? { table: { length: 0, columns: {} }, hits: new Float64Array(0) }
          : { table: found.rows.table(), hits: Float64Array.from(found.hits) };
      };
      return { learn: rowsOf(false), check: rowsOf(true) };
    },
  };
}

/** At most `most` users with a history, drawn by `seed`, rising. */
function drawn({ counts, userCount }: Moment, most: number, seed: number): Int32Array {
  const users = Int32Array.from({ length: userCount }, (_, user) => user).filter(
    (user) => counts.offsets[user + 1]! > counts.offsets[user]!,
  );
  if (users.length <= most) return users;
  const keys = Uint32Array.from({ length: userCount }, (_, user) => split(seed, user));
  return users
    .sort((a, b) => keys[a]! - keys[b]! || a - b)
    .slice(0, most)
    .sort();
}
