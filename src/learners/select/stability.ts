/** Features that are chosen again and again: selection repeated on halves of the rows. */
import { random, shuffled, split } from '#kernels/random.ts';
import { type Table, take } from '#table/index.ts';
import type { Aim } from '../learner.ts';
import { informationOf } from './information.ts';
import { l1Path } from './l1-path.ts';

/** Chooses features by some rows of a table. */
export type Selector = (data: Table) => readonly string[];

/** The `count` features that tell most of the label, of those that tell anything. */
export const byInformation =
  (aim: Aim, count: number): Selector =>
  (data) =>
    informationOf(data, aim)
      .filter(({ nats }) => nats > 0)
      .slice(0, count)
      .map(({ feature }) => feature);

/** The `count` features that a linear model under a falling penalty on absolute coefficients takes first. */
export const byL1 =
  (aim: Aim, count: number): Selector =>
  (data) =>
    l1Path(data, { signedLog: false, standardise: true, points: 20, ...aim })
      .order.slice(0, count)
      .map(({ feature }) => feature);

export interface Stability {
  readonly features: readonly {
    readonly feature: string;
    /** Of the halves in which it was chosen. */
    readonly share: number;
    /** Of the pairs of halves in which it was chosen twice. */
    readonly both: number;
    readonly isStable: boolean;
  }[];
  /** Features that a half chose, on the mean. */
  readonly chosen: number;
  /**
   * Bound on the expected number of features that are called stable though they are chosen less often than at random,
   * chosen^2 / ((2 threshold - 1) features).
   */
  readonly falseMost: number;
}

/**
 * Stability selection over complementary pairs of halves, most chosen first.
 *
 * @param features all that could be chosen
 * @param pairs of halves; default 50
 * @param threshold share of halves from which a feature is stable, above 0.5; default 0.75
 * @see Meinshausen and Buehlmann (2010), JRSS B 72(4), theorem 1; Shah and Samworth (2013), JRSS B 75(1), for the pairs
 */
export function stabilitySelection(
  data: Table,
  features: readonly string[],
  select: Selector,
  { seed, pairs = 50, threshold = 0.75 }: { seed: number; pairs?: number; threshold?: number },
): Stability {
  const counts = new Map(features.map((feature) => [feature, { once: 0, both: 0 }]));
  let chosen = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const halves = halvesOf(data.length, split(seed, 'pair', pair)).map((rows) => new Set(select(take(data, rows))));
    for (const half of halves) chosen += half.size / (2 * pairs);
    for (const [feature, count] of counts) {
      const times = halves.filter((half) => half.has(feature)).length;
      count.once += times;
      if (times === 2) count.both++;
    }
  }
  return {
    features: features
      .map((feature) => {
        const { once, both } = counts.get(feature)!;
        const share = once / (2 * pairs);
        return { feature, share, both: both / pairs, isStable: share >= threshold };
      })
      .sort((a, b) => b.share - a.share || (a.feature < b.feature ? -1 : 1)),
    chosen,
    falseMost: Math.min(chosen, chosen ** 2 / ((2 * threshold - 1) * features.length)),
  };
}

/** Two halves of the rows without a row in common; of an odd number one row is left out. */
function halvesOf(rows: number, seed: number): [Int32Array, Int32Array] {
  const order = shuffled(rows, random(seed));
  const half = rows >> 1;
  return [order.slice(0, half).sort(), order.slice(half, 2 * half).sort()];
}
