/**
 * What to try of each filter, as data: overrides of the method's defaults, the likeliest first; whoever chooses goes down
 * the list while there is time.
 */
import type { Numbers } from '../method.ts';

/** Several values of one parameter after another, the rest held. */
const along = (base: Numbers, name: string, values: readonly number[]): Numbers[] =>
  values.map((value) => ({ ...base, [name]: value }));

/** The paper's settings of bspm for Gowalla and Yelp2018. */
const GOWALLA: Numbers = {
  ...{ userPower: 1, inPower: 0.5, outPower: 0.5, lowPower: 0.5 },
  ...{ rank: 448, lowPass: 0.2, time: 2.5, order: 4, average: 0 },
};
const YELP: Numbers = { ...GOWALLA, rank: 384, lowPass: 0.3, time: 1.2, order: 1, average: 1 };
/** Smaller powers, which serve better where what is to be found is like what is known. */
const NEAR: Numbers = {
  ...{ userPower: 0.8, inPower: 0.5, outPower: 0.3, lowPower: 0.3 },
  ...{ rank: 512, lowPass: 0.25, time: 0.9, order: 1, average: 0 },
};

export const FILTER_SPACES: Readonly<Record<string, readonly Numbers[]>> = {
  'turbo-cf': [
    ...along({ userPower: 0.6, sharpness: 0.7 }, 'k', [1000, 200]),
    { userPower: 0.6, sharpness: 1, terms: 2, k: 200 },
    { userPower: 0.5, sharpness: 1.4 },
  ],
  'gf-cf': [
    { rank: 256, lowPass: 0.3 },
    { rank: 256, userPower: 0.8, outPower: 0.3, lowPower: 0.3, lowPass: 0.25 },
    { rank: 64, lowPass: 0.3 },
  ],
  bspm: [
    GOWALLA,
    YELP,
    NEAR,
    { ...NEAR, rank: 256, lowPass: 0.12 },
    ...along(GOWALLA, 'time', [1.5]),
    ...along(YELP, 'time', [0.8]),
    ...along(NEAR, 'time', [0.6, 1.2]),
    ...along(NEAR, 'outPower', [0.2, 0.4]),
    ...along(NEAR, 'userPower', [0.6, 1]),
    ...along(NEAR, 'lowPass', [0.12, 0.4]),
    ...along(NEAR, 'rank', [768]),
  ],
  ease: [...along({}, 'ridge', [200, 500, 100, 1000]), { ridge: 100, dropout: 0.3 }, { ridge: 200, userPower: 0.5 }],
  'sparse-ease': [
    ...along({ k: 128 }, 'ridge', [20, 5, 80]),
    { ridge: 5, dropout: 0.3, k: 128 },
    { ridge: 20, outPower: 0.1, k: 128 },
  ],
  ensemble: [
    {
      ...{ ...GOWALLA, bspm: 1, rp3beta: 0.5, ease: 0, ials: 1 },
      ...{ factors: 128, unobserved: 0.01, shrink: 0.003, epochs: 6 },
    },
    YELP,
    NEAR,
  ],
};
