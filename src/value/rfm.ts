/** Recency, frequency and money as scores of 1 to 5, and the named segments that marketers know them by. */

export interface RfmScores {
  /** [customers] 1..5, 5 best: bought most recently, most often, for most money. */
  readonly r: Int32Array;
  readonly f: Int32Array;
  readonly m: Int32Array;
}

export interface RfmSegment {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
}

/** From the best to the lost. */
export const RFM_SEGMENTS: readonly RfmSegment[] = [
  { key: 'champions', en: 'Champions', zh: '冠军客户' },
  { key: 'loyal', en: 'Loyal', zh: '忠诚客户' },
  { key: 'potential-loyalist', en: 'Potential loyalists', zh: '潜力客户' },
  { key: 'new', en: 'New', zh: '新客户' },
  { key: 'promising', en: 'Promising', zh: '有望客户' },
  { key: 'need-attention', en: 'Need attention', zh: '需要关注' },
  { key: 'about-to-sleep', en: 'About to sleep', zh: '即将沉睡' },
  { key: 'at-risk', en: 'At risk', zh: '流失风险' },
  { key: 'cannot-lose', en: 'Cannot lose', zh: '不可失去' },
  { key: 'hibernating', en: 'Hibernating', zh: '沉睡客户' },
  { key: 'lost', en: 'Lost', zh: '已流失' },
];

/** Segment by recency score (rows, 1 to 5) and the mean of frequency and money scores, rounded half up (columns, 1 to 5). */
export const RFM_GRID: readonly (readonly string[])[] = [
  ['lost', 'lost', 'at-risk', 'at-risk', 'cannot-lose'],
  ['lost', 'hibernating', 'at-risk', 'at-risk', 'cannot-lose'],
  ['about-to-sleep', 'about-to-sleep', 'need-attention', 'loyal', 'loyal'],
  ['promising', 'potential-loyalist', 'potential-loyalist', 'loyal', 'champions'],
  ['new', 'potential-loyalist', 'potential-loyalist', 'champions', 'champions'],
];

/**
 * Quintile scores.
 *
 * Ties: a customer's score counts those who are strictly worse, 1 + floor(5 x worse / customers). Equal customers get
 * equal scores, whatever the row order; where more than a fifth are equal, the scores between are left out.
 *
 * @param recencyDays [customers] days since the last purchase, lower is better
 * @param orders [customers]
 * @param spend [customers]
 */
export function rfmScores(recencyDays: Float64Array, orders: Float64Array, spend: Float64Array): RfmScores {
  return { r: quintiles(recencyDays.map((days) => -days)), f: quintiles(orders), m: quintiles(spend) };
}

/** [values] 1 + floor(5 x strictly lower / all), so 1..5. */
export function quintiles(values: Float64Array): Int32Array {
  const sorted = Float64Array.from(values).sort();
  const scoreOf = new Map<number, number>();
  for (let i = 0; i < sorted.length; i++)
    if (!scoreOf.has(sorted[i]!)) scoreOf.set(sorted[i]!, 1 + Math.floor((5 * i) / sorted.length));
  return Int32Array.from(values, (value) => scoreOf.get(value)!);
}

/** Key of the segment that scores fall in; every combination has one. */
export function rfmSegment(r: number, f: number, m: number): string {
  return RFM_GRID[r - 1]![Math.floor((f + m + 1) / 2) - 1]!;
}
