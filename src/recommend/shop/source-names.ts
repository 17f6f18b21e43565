/** Where a recommended product may come from; of equal leads the earlier one counts. */
export const SOURCES = [
  'repeat',
  'viewed',
  'co-purchase',
  'content',
  'new-arrivals',
  'popular-in-tier',
  'session',
] as const;
export type SourceName = (typeof SOURCES)[number];

export const SOURCE: Readonly<Record<SourceName, number>> = {
  ...{ repeat: 0, viewed: 1, 'co-purchase': 2 },
  ...{ content: 3, 'new-arrivals': 4, 'popular-in-tier': 5, session: 6 },
};
