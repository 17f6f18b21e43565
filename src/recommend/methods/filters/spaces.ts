/**
 * What to try of each filter, as data: overrides of the method's defaults, the likeliest first; whoever chooses goes down
 * the list while there is time.
 */
import type { Numbers } from '../method.ts';

/** Several values of one parameter after another, the rest held. */
const along = (base: Numbers, name: string, values: readonly number[]): Numbers[] =>
  values.map((value) => ({ ...base, [name]: value }));

const SHARP: Numbers = {
  rank: 512,
  userPower: 0.8,
  inPower: 0.5,
  outPower: 0.3,
  lowPower: 0.3,
  lowPass: 0.25,
  time: 0.9,
};
/** The papers' settings for Gowalla and Yelp2018. */
const PAPER: Numbers = { userPower: 1, inPower: 0.5, outPower: 0.5, lowPower: 0.5, lowPass: 0.2, steps: 1 };

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
    SHARP,
    { ...SHARP, rank: 256, lowPass: 0.12 },
    { ...PAPER, rank: 448, time: 2.5, order: 4 },
    { ...PAPER, rank: 384, time: 0.6, order: 1 },
    ...along(SHARP, 'time', [0.6, 1.2]),
    ...along(SHARP, 'outPower', [0.2, 0.4]),
    ...along(SHARP, 'userPower', [0.6, 1]),
    ...along(SHARP, 'lowPass', [0.12, 0.4]),
    ...along(SHARP, 'rank', [768]),
  ],
  ease: [...along({}, 'ridge', [200, 500, 100, 1000]), { ridge: 100, dropout: 0.3 }, { ridge: 200, userPower: 0.5 }],
  'sparse-ease': [
    ...along({ k: 128 }, 'ridge', [20, 5, 80]),
    { ridge: 5, dropout: 0.3, k: 128 },
    { ridge: 20, outPower: 0.1, k: 128 },
  ],
  ensemble: [{}, { rank: 256, lowPass: 0.12 }],
};
