/** The recommenders that the command line and the evaluation can name. */
import { BLEND } from './blend.ts';
import type { Interactions } from './interactions.ts';
import { type FittedMethod, fitted } from './method.ts';
import { PERSONAL } from './personal.ts';
import { POPULAR_IN_TIER, POPULARITY } from './popularity.ts';
import { RP3BETA } from './rp3beta.ts';

export const METHOD_NAMES = ['popularity', 'popular-in-tier', 'personal', 'rp3beta', 'blend'] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

export interface FitOptions {
  /** Overrides of the method's defaults. */
  readonly params: Readonly<Record<string, number>>;
  readonly seed: number;
}

/** Fits the method called `name`. */
export function fitMethod(name: MethodName, data: Interactions, options: FitOptions): FittedMethod {
  switch (name) {
    case 'popularity':
      return fitted(POPULARITY, data, options);
    case 'popular-in-tier':
      return fitted(POPULAR_IN_TIER, data, options);
    case 'personal':
      return fitted(PERSONAL, data, options);
    case 'rp3beta':
      return fitted(RP3BETA, data, options);
    case 'blend':
      return fitted(BLEND, data, options);
    default:
      return name satisfies never;
  }
}
