/**
 * Ranking within groups: gradients of pairs, weighed by what swapping the two would change of the NDCG.
 *
 * @see Burges (2010), From RankNet to LambdaRank to LambdaMART, MSR-TR-2010-82
 */
import { known } from '#errors.ts';
import type { Target } from '../target.ts';
import type { Objective, Rows } from './objectives.ts';

/** Only pairs with one of the best 30 of a group count. */
const TOP = 30;
const discount = (rank: number): number => 1 / Math.log2(rank + 2);
const gainOf = (label: number): number => 2 ** label - 1;

/**
 * @throws LABEL_OUT_OF_RANGE unless labels are whole numbers from 0 to 30 (grades); TARGET_NO_GROUP without a group
 */
export function lambdaRank(target: Target): Objective {
  const { groups } = target;
  if (groups === undefined) throw known('TARGET_NO_GROUP', {});
  const wrong = target.label.findIndex((y) => !(Number.isInteger(y) && y >= 0 && y <= TOP));
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
      for (const members of listsOf(rows)) addPairs(members, label, weights, s!, gh);
    },
    loss: (given) => 1 - meanNdcg(listsOf(given.rows), given),
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

function idealOf(members: Uint32Array, label: Float64Array): number {
  return bestFirst(members, label)
    .subarray(0, TOP)
    .reduce((sum, i, rank) => sum + gainOf(label[i]!) * discount(rank), 0);
}

function addPairs(
  members: Uint32Array,
  label: Float64Array,
  weights: Float64Array,
  score: Float64Array,
  gh: Float32Array,
): void {
  const ideal = idealOf(members, label);
  if (ideal <= 0) return;
  const order = bestFirst(members, score);
  for (let a = 0; a < Math.min(TOP, order.length); a++)
    for (let b = a + 1; b < order.length; b++) {
      const [i, j] = label[order[a]!]! > label[order[b]!]! ? [order[a]!, order[b]!] : [order[b]!, order[a]!];
      if (label[i] === label[j]) continue;
      const change =
        (Math.abs(discount(a) - (b < TOP ? discount(b) : 0)) * (gainOf(label[i]!) - gainOf(label[j]!))) / ideal;
      const wrong = 1 / (1 + Math.exp(score[i]! - score[j]!));
      const pull = change * wrong;
      const bend = change * wrong * (1 - wrong);
      gh[2 * i]! -= pull * weights[i]!;
      gh[2 * j]! += pull * weights[j]!;
      gh[2 * i + 1]! += bend * weights[i]!;
      gh[2 * j + 1]! += bend * weights[j]!;
    }
}

/** Mean over groups that have anything to find. */
function meanNdcg(lists: readonly Uint32Array[], { target: { label }, scores: [s] }: Rows): number {
  let sum = 0;
  let groups = 0;
  for (const members of lists) {
    const ideal = idealOf(members, label);
    if (ideal <= 0) continue;
    groups++;
    sum +=
      bestFirst(members, s!)
        .subarray(0, TOP)
        .reduce((dcg, i, rank) => dcg + gainOf(label[i]!) * discount(rank), 0) / ideal;
  }
  return groups > 0 ? sum / groups : 1;
}
