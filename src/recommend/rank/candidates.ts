/**
 * Which items are worth a closer look for a user: what the user had (the repeat part) and what several sources put
 * first among the rest (the explore part).
 */
import { emptyTop, offer, sortTop, type Top } from '#kernels/top-k.ts';
import { type Desk, deskOf, sitDown } from './desk.ts';
import type { Moment } from './moment.ts';

export interface CandidateOptions {
  /** Most items of the repeat part, those with the largest decayed count. */
  readonly repeatMost: number;
  /** Items that each source may name for the explore part. */
  readonly perSource: number;
}

/** A way to score all items for the user at the desk, by name. */
interface Source {
  readonly name: string;
  /** Scores of all items [items], the same for every user or filled for the one at the desk; <= 0: not named. */
  scores(desk: Desk): Float64Array;
}

/** Rows ordered by user as asked, the repeat part first, items of a part rising. */
export interface Candidates {
  /** [users asked + 1] rows of the n-th user asked for are offsets[n] .. offsets[n + 1). */
  readonly offsets: Int32Array;
  /** [rows] */
  readonly users: Int32Array;
  /** [rows] */
  readonly items: Int32Array;
  /** [rows] 1: the user never had the item. */
  readonly isNew: Uint8Array;
  readonly sources: readonly string[];
  /** [sources][rows] place in the source's list from 1, 0 where it doesn't name the item; repeats have none. */
  readonly ranks: readonly Uint16Array[];
}

/** The sources of the explore part: walks, peers, what is popular and what is spreading now, and each category's shares. */
function sourcesOf(moment: Moment): readonly Source[] {
  const { item_users_14d, item_users_91d, item_firsts_28d } = moment.items;
  const popular = item_users_14d.map((users, item) => users + 0.01 * item_users_91d[item]!);
  const spreading = item_firsts_28d.map((users, item) => users + 0.01 * item_users_14d[item]!);
  const room = new Float64Array(moment.itemCount);
  return [
    { name: 'walk', scores: (desk) => desk.walk },
    { name: 'peers', scores: (desk) => desk.peers },
    { name: 'popular', scores: () => popular },
    { name: 'spreading', scores: () => spreading },
    ...moment.categories.flatMap(({ name, codes, share, count, decayed56 }, c): Source[] => {
      const strength = new Float64Array(count);
      const spread = (of: Float64Array): Float64Array => {
        for (let item = 0; item < room.length; item++) {
          const code = codes[item]!;
          room[item] = code < 0 ? 0 : of[code]! * share[item]!;
        }
        return room;
      };
      return [
        {
          name: `${name}_own`,
          scores: ({ categories }) => {
            const { entryAt } = categories[c]!;
            for (let code = 0; code < count; code++)
              strength[code] = entryAt[code]! < 0 ? 0 : decayed56[entryAt[code]!]!;
            return spread(strength);
          },
        },
        { name: `${name}_peers`, scores: ({ categories }) => spread(categories[c]!.peers) },
      ];
    }),
  ];
}

/** Candidates of one user, whose desk is laid. */
export interface OwnCandidates {
  /** Items rising within each part. */
  readonly repeats: Int32Array;
  readonly news: Int32Array;
  /** [sources][news] place in the source's list from 1, or 0. */
  readonly ranks: readonly Uint16Array[];
}

export class CandidateFinder {
  readonly sources: readonly Source[];
  readonly #repeats: Top;
  readonly #tops: readonly Top[];
  readonly #place: Int32Array;

  constructor(moment: Moment, { repeatMost, perSource }: CandidateOptions) {
    this.sources = sourcesOf(moment);
    this.#repeats = emptyTop(repeatMost);
    this.#tops = this.sources.map(() => emptyTop(perSource));
    this.#place = new Int32Array(moment.itemCount).fill(-1);
  }

  /** Which items to look at for the user at the desk. */
  find(desk: Desk): OwnCandidates {
    const { counts, decayed, itemCount } = desk.moment;
    const repeats = this.#repeats;
    repeats.size = 0;
    for (let e = counts.offsets[desk.user]!; e < counts.offsets[desk.user + 1]!; e++)
      offer(repeats, decayed[3]![e]!, counts.indices[e]!);
    const named: number[] = [];
    for (const [s, source] of this.sources.entries()) {
      const top = this.#tops[s]!;
      top.size = 0;
      const scores = source.scores(desk);
      for (let item = 0; item < itemCount; item++) {
        const score = scores[item]!;
        if (score > 0 && (top.size < top.k || score > top.scores[0]!) && desk.entryAt[item]! < 0)
          offer(top, score, item);
      }
      sortTop(top);
      for (let n = 0; n < top.size; n++) {
        const item = top.indices[n]!;
        if (this.#place[item]! >= 0) continue;
        this.#place[item] = 0;
        named.push(item);
      }
    }
    const news = Int32Array.from(named).sort();
    for (const [n, item] of news.entries()) this.#place[item] = n;
    const ranks = this.#tops.map((top) => {
      const own = new Uint16Array(news.length);
      for (let n = 0; n < top.size; n++) own[this.#place[top.indices[n]!]!] = n + 1;
      return own;
    });
    for (const item of news) this.#place[item] = -1;
    return { repeats: repeats.indices.slice(0, repeats.size).sort(), news, ranks };
  }
}

/** The candidates of several users as columns. */
export function candidatesOf(moment: Moment, users: Int32Array, options: CandidateOptions): Candidates {
  const desk = deskOf(moment);
  const finder = new CandidateFinder(moment, options);
  const [who, what, isNew]: [number[], number[], number[]] = [[], [], []];
  const ranks: number[][] = finder.sources.map(() => []);
  const offsets = new Int32Array(users.length + 1);
  for (const [row, user] of users.entries()) {
    sitDown(desk, user);
    const { repeats, news, ranks: own } = finder.find(desk);
    for (const item of repeats) {
      who.push(user);
      what.push(item);
      isNew.push(0);
      for (const column of ranks) column.push(0);
    }
    for (const [n, item] of news.entries()) {
      who.push(user);
      what.push(item);
      isNew.push(1);
      for (const [s, column] of ranks.entries()) column.push(own[s]![n]!);
    }
    offsets[row + 1] = what.length;
  }
  return {
    offsets,
    users: Int32Array.from(who),
    items: Int32Array.from(what),
    isNew: Uint8Array.from(isNew),
    sources: finder.sources.map(({ name }) => name),
    ranks: ranks.map((column) => Uint16Array.from(column)),
  };
}
