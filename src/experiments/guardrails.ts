/**
 * What an experiment must not harm. A guardrail is looked at every day, so its test holds at every look: a harmful arm may be
 * stopped at once, and no arm is stopped without cause more often than alpha.
 */
import { known } from '#errors.ts';
import { normalCdf } from '#kernels/distributions.ts';
import type { Effect } from './effect.ts';
import { TIGHTEST_AT } from './effect.ts';
import { type MetricSpec, parseMetric } from './metric-spec.ts';

export interface Guardrail {
  readonly metric: MetricSpec;
  /** Where harm lies: down: less is harm; up: more is. */
  readonly harm: 'down' | 'up';
  /** Relative change that is still borne, 0 or more: 0.02 is two per cent of control. */
  readonly threshold: number;
}

/**
 * Reads `COL:down:0.02`; the metric may be any that `parseMetric` reads.
 *
 * @throws EXPERIMENT_BAD
 */
export function parseGuardrail(text: string): Guardrail {
  const [, metric = '', harm, threshold = ''] = /^(.+):(down|up):([0-9.]+)$/.exec(text.trim()) ?? [];
  const borne = Number(threshold);
  if ((harm !== 'down' && harm !== 'up') || !(borne >= 0 && borne < 1))
    throw known('EXPERIMENT_BAD', {
      what: `the guardrail "${text}"`,
      expected: 'METRIC:down:SHARE or METRIC:up:SHARE, e.g. margin:down:0.02: harm is a fall by more than 2 %',
    });
  return { metric: parseMetric(metric), harm, threshold: borne };
}

/** e-value against "no better than 0": half-normal mixture over effects above. */
function logEvidence(z: number, n: number, rho2: number): number {
  const grown = n * rho2 + 1;
  const shrunk = Math.sqrt((n * rho2) / grown) * z;
  return Math.log(2) + (shrunk * shrunk) / 2 - Math.log(grown) / 2 + Math.log(Math.max(normalCdf(shrunk), 1e-300));
}

/**
 * One-sided test of "the effect is at most `bound`" that holds at every look, and the least effect that is not excluded.
 *
 * @param alpha chance of a false alarm at any look
 * @see Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform central limit theory, appendix B.1 (one-sided)
 */
export function alwaysAbove(
  { estimate, standardError, n }: Effect,
  bound: number,
  alpha = 0.05,
  tightestAt = TIGHTEST_AT,
): { readonly pValue: number; readonly low: number } {
  const rho2 = (-2 * Math.log(2 * alpha) + Math.log(-2 * Math.log(2 * alpha) + 1)) / tightestAt;
  const evidence = (at: number): number => logEvidence((estimate - at) / standardError, n, rho2);
  const pValue = Math.min(1, Math.exp(-evidence(bound)));
  const wanted = Math.log(1 / alpha);
  let [near, far] = [estimate, estimate - standardError];
  while (evidence(far) < wanted) far -= 2 * (estimate - far);
  for (let step = 0; step < 60; step++) {
    const middle = (near + far) / 2;
    if (evidence(middle) < wanted) near = middle;
    else far = middle;
  }
  return { pValue, low: far };
}

export interface GuardrailArm {
  readonly arm: string;
  readonly lift: number | null;
  /**
   * harmed: harm beyond the threshold is sure at every look. safe: such harm is excluded at every look. unsure: neither yet.
   */
  readonly state: 'harmed' | 'safe' | 'unsure';
  /** Of "no more harm than the threshold"; low where there is harm. */
  readonly pValue: number | null;
  /** The relative effect lies between, at every look; one-sided each. */
  readonly worst: number | null;
  readonly best: number | null;
}

/** @param relative the arm's effect relative to control; undefined where nothing can be said */
export function guardrailArm(
  arm: string,
  relative: Effect | undefined,
  guardrail: Guardrail,
  alpha = 0.05,
  tightestAt = TIGHTEST_AT,
): GuardrailArm {
  if (relative === undefined) return { arm, lift: null, state: 'unsure', pValue: null, worst: null, best: null };
  const sign = guardrail.harm === 'down' ? -1 : 1;
  // turned so that up is harm
  const turned = (factor: number): Effect => ({ ...relative, estimate: factor * relative.estimate });
  const harm = alwaysAbove(turned(sign), guardrail.threshold, alpha, tightestAt);
  const good = alwaysAbove(turned(-sign), -guardrail.threshold, alpha, tightestAt);
  const state = harm.pValue < alpha ? 'harmed' : good.pValue < alpha ? 'safe' : 'unsure';
  const [worst, best] = [sign * -good.low, sign * harm.low];
  return { arm, lift: relative.estimate, state, pValue: harm.pValue, worst, best };
}
