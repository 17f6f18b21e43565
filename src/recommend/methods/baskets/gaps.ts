/** Days between purchases of the same product, for each pair of user and item and for each item. */
import { countsOf, type Interactions } from '../../data/interactions.ts';

/** All arrays [pairs] are in the order of the entries of `countsOf(data)`. */
export interface PurchaseGaps {
  /** [pairs] days since the last purchase. */
  readonly sinceLast: Float64Array;
  /** [pairs] days since the first purchase. */
  readonly sinceFirst: Float64Array;
  /** [pairs] days between the first and the last purchase, the sum of the gaps. */
  readonly gapSum: Float64Array;
  /** [pairs] gaps between distinct moments. */
  readonly gapCount: Float64Array;
  /** [items] mean gap, drawn toward the mean of all items by `priorGaps` gaps of that length. */
  readonly itemGap: Float64Array;
}

/** Gaps between distinct ages (days); rows of equal age are one purchase. Without ages all are zero, and item gaps 1. */
export function purchaseGaps(data: Interactions, priorGaps: number): PurchaseGaps {
  const counts = countsOf(data);
  const pairs = counts.indices.length;
  const sinceLast = new Float64Array(pairs).fill(Number.POSITIVE_INFINITY);
  const sinceFirst = new Float64Array(pairs);
  const gapCount = new Float64Array(pairs).fill(-1);
  const { order, pairOf } = byPairAndAge(data, counts);
  let previousPair = -1;
  let previousAge = -1;
  for (const row of order) {
    const pair = pairOf[row]!;
    const age = data.ageDays?.[row] ?? 0;
    if (pair !== previousPair || age !== previousAge) gapCount[pair]! += 1;
    if (age < sinceLast[pair]!) sinceLast[pair] = age;
    if (age > sinceFirst[pair]!) sinceFirst[pair] = age;
    previousPair = pair;
    previousAge = age;
  }
  const gapSum = sinceFirst.map((first, e) => first - sinceLast[e]!);
  const [sums, gaps] = [new Float64Array(data.itemCount), new Float64Array(data.itemCount)];
  let [sum, count] = [0, 0];
  for (let e = 0; e < pairs; e++) {
    sums[counts.indices[e]!]! += gapSum[e]!;
    gaps[counts.indices[e]!]! += gapCount[e]!;
    sum += gapSum[e]!;
    count += gapCount[e]!;
  }
  const all = count > 0 ? sum / count : 1;
  const itemGap = sums.map((own, item) => (own + priorGaps * all) / (gaps[item]! + priorGaps));
  return { sinceLast, sinceFirst, gapSum, gapCount, itemGap };
}

function byPairAndAge(data: Interactions, counts: ReturnType<typeof countsOf>) {
  const { users, items, ageDays } = data;
  const place = new Int32Array(data.itemCount).fill(-1);
  const pairOf = new Int32Array(users.length);
  const rows = Uint32Array.from(users.keys()).sort((a, b) => users[a]! - users[b]! || a - b);
  let at = 0;
  for (let user = 0; user < data.userCount; user++) {
    for (let e = counts.offsets[user]!; e < counts.offsets[user + 1]!; e++) place[counts.indices[e]!] = e;
    for (; at < rows.length && users[rows[at]!] === user; at++) pairOf[rows[at]!] = place[items[rows[at]!]!]!;
  }
  const order = rows.sort((a, b) => pairOf[a]! - pairOf[b]! || (ageDays?.[a] ?? 0) - (ageDays?.[b] ?? 0) || a - b);
  return { order, pairOf };
}
