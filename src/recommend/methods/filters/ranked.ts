import type { Because } from '../method.ts';

/**
 * The largest of the parts of a score, as shares of all parts above 0; parts at or below 0 spoke against the item.
 *
 * @param items [n] what gave each part
 * @param parts [n]
 */
export function ranked(items: ArrayLike<number>, parts: Float64Array, most: number): readonly Because[] {
  let total = 0;
  for (const part of parts) if (part > 0) total += part;
  if (!(total > 0)) return [];
  const order = Array.from(parts.keys()).filter((e) => parts[e]! > 0);
  order.sort((a, b) => parts[b]! - parts[a]! || items[a]! - items[b]!);
  return order.slice(0, most).map((e) => ({ item: items[e]!, share: parts[e]! / total }));
}
