/** How a belief becomes chances: Thompson sampling, upper bounds, inverse gaps, and mostly the best. */
import type { Believed, Rule } from './belief.ts';
import { chancesToBeBest } from './chance-to-be-best.ts';

const from0 = (value: number): boolean => value >= 0 && Number.isFinite(value);

export interface ThompsonParams {
  /** Deviations of the belief are multiplied by it: below 1 explores less than sampling from the belief would. */
  readonly explore: number;
}

/** Each arm's chance is the chance that it is the best, under the belief. */
export const thompson: Rule<ThompsonParams> = {
  source: 'Thompson (1933), Biometrika 25; Agrawal and Goyal (2013), ICML 30',
  defaults: { explore: 1 },
  wrong: ({ explore }) => (from0(explore) ? undefined : ['explore', 'a number of 0 or more']),
  chances: (believed, { explore }) => chancesToBeBest(believed, explore),
};

export interface UpperBoundParams {
  /** Deviations above the centre by which arms are compared. */
  readonly explore: number;
}

/** The arm with the highest upper bound; of equals each alike. */
export const upperBound: Rule<UpperBoundParams> = {
  source: 'Li, Chu, Langford, Schapire (2010), WWW 19, algorithm 1',
  defaults: { explore: 1 },
  wrong: ({ explore }) => (from0(explore) ? undefined : ['explore', 'a number of 0 or more']),
  chances: ({ centres, spreads }, { explore }) => highest(centres.map((centre, a) => centre + explore * spreads[a]!)),
};

export interface InverseGapParams {
  /** An arm whose mean is `gap` below the best's has the chance 1 / (arms + gamma rows^power gap / unit). */
  readonly gamma: number;
  readonly power: number;
}

/** The further below the best, the smaller the chance. */
export const inverseGap: Rule<InverseGapParams> = {
  source: 'Foster and Rakhlin (2020), ICML 37, algorithm 1 (SquareCB); Abe and Long (1999)',
  defaults: { gamma: 10, power: 0.5 },
  wrong: ({ gamma, power }) =>
    !(gamma > 0 && Number.isFinite(gamma))
      ? ['gamma', 'a number above 0']
      : power >= 0 && power <= 1
        ? undefined
        : ['power', 'a number from 0 to 1'],
  chances({ means, unit }, { gamma, power }, rows) {
    const best = highest(means);
    const top = means.reduce((most, mean) => Math.max(most, mean), Number.NEGATIVE_INFINITY);
    const sharpness = (gamma * Math.max(1, rows) ** power) / unit;
    const others = means.map((mean, a) => (best[a]! > 0 ? 0 : 1 / (means.length + sharpness * (top - mean))));
    const rest = 1 - others.reduce((sum, chance) => sum + chance, 0);
    return others.map((chance, a) => (best[a]! > 0 ? rest * best[a]! : chance));
  },
};

export interface EpsilonGreedyParams {
  /** Share of decisions that are drawn evenly from all arms. */
  readonly epsilon: number;
}

/** The best arm but for a share of the decisions: the plain baseline. */
export const epsilonGreedy: Rule<EpsilonGreedyParams> = {
  source: 'Sutton and Barto (2018), Reinforcement Learning, section 2.2',
  defaults: { epsilon: 0.05 },
  wrong: ({ epsilon }) => (epsilon >= 0 && epsilon <= 1 ? undefined : ['epsilon', 'a number from 0 to 1']),
  chances: ({ means }, { epsilon }) => highest(means).map((share) => (1 - epsilon) * share + epsilon / means.length),
};

/** All chance to the highest; of equals each alike. */
function highest(values: Float64Array): Float64Array {
  let [top, count] = [Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    if (value > top) [top, count] = [value, 1];
    else if (value === top) count++;
  }
  return values.map((value) => (value === top ? 1 / count : 0));
}

export type { Believed };
