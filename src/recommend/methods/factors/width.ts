/** How wide factors may be. */
import { known } from '#errors.ts';
import type { Interactions } from '../../data/interactions.ts';

/** Bytes that factors and pairs may take of the four gigabytes that the kernels reach. */
const BYTES_MAX = 3.5 * 2 ** 30;

/**
 * The width of so many factors: a multiple of 8.
 *
 * @throws RECOMMENDER_PARAMS where the factors of all users and items would not fit the kernels' memory
 */
export function widthOf(factors: number, { userCount, itemCount, users }: Interactions, method: string): number {
  const width = Math.ceil(factors / 8) * 8;
  const left = BYTES_MAX - 16 * users.length;
  const most = Math.floor(left / (4 * (userCount + itemCount)) / 8) * 8;
  if (width <= most) return width;
  const expected = `at most ${Math.max(most, 0)} for ${userCount} users and ${itemCount} items, whose factors must fit 4 GB`;
  throw known('RECOMMENDER_PARAMS', { name: 'factors', value: String(factors), method, expected });
}
