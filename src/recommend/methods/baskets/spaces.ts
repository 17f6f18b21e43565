/** What is worth trying of the methods for baskets and of the ranker, cheap settings first. */
import type { Numbers } from '../method.ts';

/** Settings of each method, the likeliest first; a search may stop after any of them. */
export const BASKET_SPACES: Readonly<Record<string, readonly Numbers[]>> = {
  personal: [56, 112, 28, 224, 14].map((halfLifeDays) => ({ halfLifeDays })),
  rhythm: [
    { halfLifeDays: 112, priorGaps: 2, rise: 0.2, patience: 4 },
    { halfLifeDays: 112, priorGaps: 2, rise: 0, patience: 4 },
    { halfLifeDays: 112, priorGaps: 2, rise: 0.5, patience: 8 },
    { halfLifeDays: 224, priorGaps: 2, rise: 0.2, patience: 2 },
    { halfLifeDays: 56, priorGaps: 2, rise: 0.2, patience: 8 },
  ],
  'tifu-knn': [
    { k: 300, withinDecay: 0.9, acrossDecay: 0.7, own: 0.7, groups: 7 },
    { k: 900, withinDecay: 0.9, acrossDecay: 0.7, own: 0.9, groups: 3 },
    { k: 900, withinDecay: 0.9, acrossDecay: 0.6, own: 0.2, groups: 3 },
    { k: 300, withinDecay: 1, acrossDecay: 0.6, own: 0.7, groups: 7 },
    { k: 100, withinDecay: 0.9, acrossDecay: 0.8, own: 0.7, groups: 12 },
  ],
  'up-cf': [
    { recent: 25, asymmetry: 0.75, locality: 10 },
    { recent: 100, asymmetry: 0.75, locality: 10 },
    { recent: 25, asymmetry: 0.25, locality: 5 },
    { recent: 5, asymmetry: 0.5, locality: 10 },
  ],
};

/** The learned ranker takes a minute where the others take seconds. */
export const RANK_SPACES: Readonly<Record<string, readonly Numbers[]>> = {
  ranked: [{}, { horizonDays: 14 }, { leaves: 15, trees: 200, bags: 2 }],
};
