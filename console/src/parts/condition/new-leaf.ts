/** What may be added to a condition, and how each thing begins. */
import type { Fields } from './fields.ts';
import type { Json } from './tree.ts';

/** Leaves that are not fields of the customer. */
export const DEEDS = ['did', 'lastTime', 'sequence', 'dropped'] as const;
export const PLACES = ['segment', 'list', 'random', 'uplift'] as const;
export type Deed = (typeof DEEDS)[number];
export type Place = (typeof PLACES)[number];

/** @param choice `field:NAME`, or a name of DEEDS or PLACES */
export function newLeaf(choice: string, { fields, segments, lists, upliftOffers }: Fields): Json {
  const week = { days: 7 };
  switch (choice as Deed | Place) {
    case 'did':
      return { did: 'order_paid', atLeast: 1, within: { days: 30 } };
    case 'lastTime':
      return { lastTime: 'viewed', atLeastDaysAgo: 30 };
    case 'sequence':
      return { sequence: [{ did: 'viewed' }, { did: 'order_paid' }], in: week };
    case 'dropped':
      return { dropped: { did: 'added' }, without: { did: 'order_paid' }, in: { days: 1 }, within: { days: 14 } };
    case 'segment':
      return { segment: segments[0]?.id ?? '' };
    case 'list':
      return { list: lists[0]?.id ?? '' };
    case 'random':
      return { random: '', below: 0.1 };
    case 'uplift':
      return { uplift: upliftOffers[0]?.key ?? '', op: '>', value: 0 };
  }
  const name = choice.slice('field:'.length);
  const kind = fields.find((each) => each.name === name)?.kind ?? 'number';
  if (kind === 'flag') return { field: name, op: '=', value: true };
  if (kind === 'number') return { field: name, op: name === 'recency_days' ? '<=' : '>=', value: 0 };
  return { field: name, op: 'in', value: [] };
}
