/** What is known of items at any time, as ways to group them. */
import { type Sparse, transpose } from '#kernels/sparse.ts';
import type { Content } from '../data/interactions.ts';
import type { RankColumns } from './moment.ts';

/** Ways to group that are taken from attributes at most, and the share of items that each must cover. */
const MOST = 6;
const COVER = 0.5;

/** The categories of the content; without any, those that its attributes amount to. */
export function itemColumns(content: Content | undefined): RankColumns {
  if (content?.categories !== undefined) return { categories: content.categories };
  if (content?.attributes === undefined) return {};
  return { categories: exclusiveRuns(content.attributes) };
}

/**
 * Runs of neighbouring attributes of which no item has two: the values of one column of the file that the attributes were
 * made from. A run that covers less than half of the items (words of a text, say) or has one value is left out; of more
 * than six the first six stay.
 */
export function exclusiveRuns(attributes: Sparse): NonNullable<RankColumns['categories']> {
  const { offsets, indices } = transpose(attributes);
  const runs: { name: string; codes: Int32Array }[] = [];
  let codes = new Int32Array(attributes.rows).fill(-1);
  let [first, covered] = [0, 0];
  const close = (end: number): void => {
    if (covered >= COVER * attributes.rows && end - first > 1 && runs.length < MOST)
      runs.push({ name: `attributes_${first}`, codes });
    codes = new Int32Array(attributes.rows).fill(-1);
    [first, covered] = [end, 0];
  };
  for (let attribute = 0; attribute < attributes.columns; attribute++) {
    const items = indices.subarray(offsets[attribute]!, offsets[attribute + 1]!);
    if (items.some((item) => codes[item]! >= 0)) close(attribute);
    for (const item of items) codes[item] = attribute - first;
    covered += items.length;
  }
  close(attributes.columns);
  return runs;
}
