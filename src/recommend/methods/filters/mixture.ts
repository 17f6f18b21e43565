/** Weights with which the scores of several methods are added, learned on users of whom a part was held out. */
import { split } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop, topOf } from '#kernels/top-k.ts';

/** Scores of every item for some users, [n x items]. */
export type Scores = (users: Int32Array) => Float64Array;

export interface LearnOptions {
  /** Users looked at, at most. */
  readonly usersMax: number;
  /** Length of the lists whose NDCG is to be best. */
  readonly k: number;
  readonly seed: number;
  /** [members] weights that are given; default none. Without any the first member's is 1. */
  readonly fixed?: readonly (number | undefined)[];
}

/** Candidates of each member and user; what is in no member's first 100 hardly comes among the first 20 of their sum. */
const CANDIDATES = 100;
const BATCH = 64;
const ROUNDS = 3;
const GRID = [0, 0.125, 0.25, 0.5, 0.75, 1, 1.5, 2, 3];

/** What a user's candidates got from each member. */
interface Known {
  /** [candidates] */
  readonly items: Int32Array;
  /** [members][candidates] scores of length one over all items */
  readonly scores: readonly Float32Array[];
  readonly wanted: ReadonlySet<number>;
}

/** The length of a row of scores, by which it is divided before it is added; 1 for a row of zeros. */
export function lengthOf(scores: Float64Array, from: number, count: number): number {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += scores[i]! * scores[i]!;
  return sum > 0 ? Math.sqrt(sum) : 1;
}

/**
 * Weights of the members that make the NDCG of new items best, one after the other over a grid.
 *
 * @param seen [users x items] what training has, not to be shown
 * @param held [users x items] what was held out
 */
export function learnWeights(members: readonly Scores[], seen: Sparse, held: Sparse, options: LearnOptions): number[] {
  const known = candidates(members, seen, held, options);
  const fixed = options.fixed?.some((weight) => weight !== undefined) ? options.fixed : [1];
  let weights = members.map((_, m) => fixed[m] ?? 1);
  let best = ndcg(known, weights, options.k);
  for (let round = 0; round < ROUNDS; round++) {
    const before = best;
    for (let m = 0; m < members.length; m++) {
      if (fixed[m] !== undefined) continue;
      for (const value of GRID) {
        const tried = weights.with(m, value);
        const found = ndcg(known, tried, options.k);
        if (found > best) [best, weights] = [found, tried];
      }
    }
    if (best === before) break;
  }
  return weights;
}

function candidates(members: readonly Scores[], seen: Sparse, held: Sparse, { usersMax, seed }: LearnOptions): Known[] {
  const users = sampled(held, usersMax, seed);
  const items = seen.columns;
  const top = emptyTop(Math.min(CANDIDATES, items));
  const known: Known[] = [];
  for (let from = 0; from < users.length; from += BATCH) {
    const part = users.subarray(from, from + BATCH);
    const all = members.map((score) => score(part));
    for (const [row, user] of part.entries()) {
      const lengths = all.map((scores) => lengthOf(scores, row * items, items));
      const union = new Set<number>();
      for (const scores of all) {
        for (let e = seen.offsets[user]!; e < seen.offsets[user + 1]!; e++)
          scores[row * items + seen.indices[e]!] = Number.NEGATIVE_INFINITY;
        topOf(top, scores, row * items, items);
        for (let i = 0; i < top.size; i++) union.add(top.indices[i]!);
      }
      const own = Int32Array.from(union);
      known.push({
        items: own,
        scores: all.map((scores, m) => Float32Array.from(own, (item) => scores[row * items + item]! / lengths[m]!)),
        wanted: new Set(held.indices.subarray(held.offsets[user]!, held.offsets[user + 1]!)),
      });
    }
  }
  return known;
}

function sampled(held: Sparse, usersMax: number, seed: number): Int32Array {
  const users: number[] = [];
  for (let user = 0; user < held.rows; user++) if (held.offsets[user + 1]! > held.offsets[user]!) users.push(user);
  const key = (user: number) => split(seed, 'mixture', user);
  if (users.length > usersMax) users.sort((a, b) => key(a) - key(b) || a - b).length = usersMax;
  return Int32Array.from(users).sort();
}

function ndcg(known: readonly Known[], weights: readonly number[], k: number): number {
  const top = emptyTop(k);
  let total = 0;
  for (const { items, scores, wanted } of known) {
    top.size = 0;
    for (let c = 0; c < items.length; c++) {
      let sum = 0;
      for (let m = 0; m < weights.length; m++) sum += weights[m]! * scores[m]![c]!;
      offer(top, sum, items[c]!);
    }
    sortTop(top);
    let [gain, ideal] = [0, 0];
    for (let rank = 0; rank < top.size; rank++) if (wanted.has(top.indices[rank]!)) gain += 1 / Math.log2(rank + 2);
    for (let rank = 0; rank < Math.min(k, wanted.size); rank++) ideal += 1 / Math.log2(rank + 2);
    total += gain / ideal;
  }
  return total / Math.max(known.length, 1);
}
