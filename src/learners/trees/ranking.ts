/**
 * Ranking within groups. `ndcg`: gradients of pairs, weighed by what swapping the two would change of the NDCG@k.
 * `softmax`: cross entropy between each row's share of the group's gains and the softmax of the scores, a convex bound on
 * the NDCG that needs no pairs.
 *
 * @see Burges (2010), From RankNet to LambdaRank to LambdaMART, MSR-TR-2010-82
 * @see Bruch (2021), An Alternative Cross Entropy Loss for Learning-to-Rank, WWW, equation 5 with gamma = 1
 */
import { known } from '#errors.ts';
import type { Target } from '../target.ts';
import type { Objective, Rows } from './objectives.ts';

export const RANK_LOSSES = ['ndcg', 'softmax'] as const;
export type RankLoss = (typeof RANK_LOSSES)[number];

export interface RankOptions {
  readonly rankLoss: RankLoss;
  /** k of the NDCG: only pairs with one of the best k of a group count, and gains below place k don't. */
  readonly rankAt: number;
}

/** Highest grade: its gain is 2^30 - 1. */
const GRADE_MOST = 30;
const discount = (rank: number): number => 1 / Math.log2(rank + 2);
const gainOf = (label: number): number => 2 ** label - 1;

/**
 * @throws LABEL_OUT_OF_RANGE unless labels are whole numbers from 0 to 30 (grades); TARGET_NO_GROUP without a group
 */
export function ranking(target: Target, { rankLoss, rankAt }: RankOptions): Objective {
  const { groups } = target;
  if (groups === undefined) throw known('TARGET_NO_GROUP', {});
  const wrong = target.label.findIndex((y) => !(Number.isInteger(y) && y >= 0 && y <= GRADE_MOST));
  if (wrong >= 0) throw known('LABEL_OUT_OF_RANGE', { loss: 'rank', row: wrong + 1, value: target.label[wrong]! });
  let lists: { of: Uint32Array; members: Uint32Array[] } | undefined;
  const listsOf = (rows: Uint32Array): Uint32Array[] => {
    if (lists?.of !== rows) lists = { of: rows, members: byGroup(rows, groups) };
    return lists.members;
  };
  return {
    link: 'identity',
    width: 1,
    base: () => [0],
    gradients: (_k, { target: { label, weights }, rows, scores: [s] }, gh) => {
      for (const i of rows) {
        gh[2 * i] = 0;
        gh[2 * i + 1] = 1e-16;
      }
      for (const members of listsOf(rows))
        if (rankLoss === 'ndcg') addPairs(members, { label, weights, score: s! }, rankAt, gh);
        else addShares(members, { label, weights, score: s! }, gh);
    },
    loss: (given) =>
      rankLoss === 'ndcg' ? 1 - meanNdcg(listsOf(given.rows), given, rankAt) : meanEntropy(listsOf(given.rows), given),
  };
}

function byGroup(rows: Uint32Array, groups: Int32Array): Uint32Array[] {
  const members = new Map<number, number[]>();
  for (const i of rows) {
    const list = members.get(groups[i]!);
    if (list === undefined) members.set(groups[i]!, [i]);
    else list.push(i);
  }
  return [...members.values()].map((list) => Uint32Array.from(list));
}

const bestFirst = (members: Uint32Array, by: Float64Array): Uint32Array =>
  members.slice().sort((a, b) => by[b]! - by[a]! || a - b);

function idealOf(members: Uint32Array, label: Float64Array, rankAt: number): number {
  return bestFirst(members, label)
    .subarray(0, rankAt)
    .reduce((sum, i, rank) => sum + gainOf(label[i]!) * discount(rank), 0);
}

interface Scored {
  readonly label: Float64Array;
  readonly weights: Float64Array;
  readonly score: Float64Array;
}

function addPairs(members: Uint32Array, { label, weights, score }: Scored, rankAt: number, gh: Float32Array): void {
  const ideal = idealOf(members, label, rankAt);
  if (ideal <= 0) return;
  const order = bestFirst(members, score);
  for (let a = 0; a < Math.min(rankAt, order.length); a++)
    for (let b = a + 1; b < order.length; b++) {
      const [i, j] = label[order[a]!]! > label[order[b]!]! ? [order[a]!, order[b]!] : [order[b]!, order[a]!];
      if (label[i] === label[j]) continue;
      const change =
        (Math.abs(discount(a) - (b < rankAt ? discount(b) : 0)) * (gainOf(label[i]!) - gainOf(label[j]!))) / ideal;
      const wrong = 1 / (1 + Math.exp(score[i]! - score[j]!));
      const pull = change * wrong;
      const bend = change * wrong * (1 - wrong);
      gh[2 * i]! -= pull * weights[i]!;
      gh[2 * j]! += pull * weights[j]!;
      gh[2 * i + 1]! += bend * weights[i]!;
      gh[2 * j + 1]! += bend * weights[j]!;
    }
}

/** Shares of a group's gains and of its softmax, both by weight; nothing where there is no gain. */
function shares(members: Uint32Array, { label, weights, score }: Scored): { gain: number; top: number; sum: number } {
  let [gain, top, sum] = [0, Number.NEGATIVE_INFINITY, 0];
  for (const i of members) {
    gain += weights[i]! * gainOf(label[i]!);
    if (weights[i]! > 0) top = Math.max(top, score[i]!);
  }
  for (const i of members) if (weights[i]! > 0) sum += weights[i]! * Math.exp(score[i]! - top);
  return { gain, top, sum };
}

function addShares(members: Uint32Array, of: Scored, gh: Float32Array): void {
  const { label, weights, score } = of;
  const { gain, top, sum } = shares(members, of);
  if (gain <= 0) return;
  for (const i of members) {
    if (!(weights[i]! > 0)) continue;
    const chance = (weights[i]! * Math.exp(score[i]! - top)) / sum;
    gh[2 * i] = chance - (weights[i]! * gainOf(label[i]!)) / gain;
    gh[2 * i + 1] = Math.max(1e-16, chance * (1 - chance));
  }
}

/** Mean cross entropy over groups that have anything to find. */
function meanEntropy(lists: readonly Uint32Array[], { target: { label, weights }, scores: [s] }: Rows): number {
  let [total, groups] = [0, 0];
  for (const members of lists) {
    const of = { label, weights, score: s! };
    const { gain, top, sum } = shares(members, of);
    if (gain <= 0) continue;
    groups++;
    for (const i of members)
      if (weights[i]! > 0) total += ((weights[i]! * gainOf(label[i]!)) / gain) * (top + Math.log(sum) - s![i]!);
  }
  return groups > 0 ? total / groups : 0;
}

/** Mean over groups that have anything to find. */
function meanNdcg(lists: readonly Uint32Array[], { target: { label }, scores: [s] }: Rows, rankAt: number): number {
  let sum = 0;
  let groups = 0;
  for (const members of lists) {
    const ideal = idealOf(members, label, rankAt);
    if (ideal <= 0) continue;
    groups++;
    sum +=
      bestFirst(members, s!)
        .subarray(0, rankAt)
        .reduce((dcg, i, rank) => dcg + gainOf(label[i]!) * discount(rank), 0) / ideal;
  }
  return groups > 0 ? sum / groups : 1;
}
