/**
 * What to try of each method, as data: settings in the order of their cost, those that most often serve first among equals.
 * They are overrides of the method's defaults; whoever chooses goes down the list while there is time.
 */
import type { Numbers } from '../method.ts';

/** Several values of one parameter after another, the rest held. */
const along = (base: Numbers, name: string, values: readonly number[]): Numbers[] =>
  values.map((value) => ({ ...base, [name]: value }));

/** a0 and lambda move together: their product with the number of items is the ridge of a row without anything. */
const ials = (factors: number): Numbers[] =>
  [
    [0.01, 0.005],
    [0.01, 0.01],
    [0.03, 0.003],
    [0.1, 0.003],
    [0.1, 0.001],
  ].map(([unobserved, ridge]) => ({ factors, unobserved: unobserved!, ridge: ridge!, epochs: 10 }));

/** Overrides of each method's defaults by its name. */
export const FACTOR_SPACES: Readonly<Record<string, readonly Numbers[]>> = {
  'item-knn': [
    { k: 100, shrink: 0 },
    { k: 300, shrink: 5, asymmetry: 0.3, power: 1.5 },
    { k: 300, shrink: 0, asymmetry: 0.3 },
    { k: 100, shrink: 20 },
    { k: 300, k1: 1.2, b: 0.5 },
  ],
  'user-knn': [
    { k: 300, k1: 20, b: 0.5, power: 2 },
    { k: 300, asymmetry: 0.3, power: 2, shrink: 0 },
    ...along({ k1: 20, b: 0.5, power: 2 }, 'k', [100, 1000]),
    { k: 300, k1: 1.2, b: 0.5, power: 1 },
  ],
  slim: [
    { k: 100, l1: 0.3, l2: 20 },
    { k: 100, l1: 1, l2: 50 },
    { k: 100, l1: 0.05, l2: 2 },
    { k: 300, l1: 0.5, l2: 30 },
    { k: 300, l1: 2, l2: 100 },
  ],
  ials: [...ials(64), ...ials(128), ...ials(256).slice(0, 3)],
  mf: [{ epochs: 20 }, { epochs: 20, popularityPower: 0.5 }, {}, { factors: 128 }],
};
