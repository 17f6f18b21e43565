/**
 * What treating those with a positive predicted effect would bring, told from a trial in which people were treated
 * otherwise: by the doubly robust value and, beside it, by the outcomes of those who happened to get what the policy wants.
 *
 * @see Athey and Wager (2021), Policy learning with observational data, Econometrica 89(1)
 */
import { type Estimate, meanEstimate } from './average-effect.ts';
import type { Outcomes } from './nuisance.ts';
import type { Trial } from './trial.ts';

/** All in units of the outcome (less cost) per person. */
export interface Policy {
  /** Share of people that it treats. */
  readonly share: number;
  readonly value: Estimate;
  /** Inverse-chance weighting, self-normalised: no model of the outcome in it. */
  readonly valueByWeighting: number;
  readonly nobody: Estimate;
  readonly everybody: Estimate;
  /** Paired: the policy's value less that of treating nobody, and everybody. */
  readonly overNobody: Estimate;
  readonly overEverybody: Estimate;
}

/**
 * Values of the policy, of nobody and of everybody.
 *
 * @param outcomes [rows] expected without and with the arm, by models that did not see the row
 * @param effect [rows] predicted, by models that did not see the row
 * @param pseudo [rows] doubly robust pseudo-outcome of the effect
 */
export function policyOf(
  { treated, outcome, propensity }: Trial,
  outcomes: Outcomes,
  effect: Float64Array,
  pseudo: Float64Array,
): Policy {
  const wanted = effect.map((tau) => (tau > 0 ? 1 : 0));
  const without = outcome.map((y, i) => {
    const error = treated[i] === 0 ? (y - outcomes.control[i]!) / (1 - propensity[i]!) : 0;
    return outcomes.control[i]! + error;
  });
  const having = without.map((value, i) => value + pseudo[i]!);
  const value = without.map((base, i) => base + wanted[i]! * pseudo[i]!);
  let [sum, weight] = [0, 0];
  for (let i = 0; i < outcome.length; i++) {
    if (treated[i] !== wanted[i]) continue;
    const w = 1 / (treated[i] === 1 ? propensity[i]! : 1 - propensity[i]!);
    sum += w * outcome[i]!;
    weight += w;
  }
  return {
    share: wanted.reduce((n, one) => n + one, 0) / wanted.length,
    ...{ value: meanEstimate(value), valueByWeighting: weight > 0 ? sum / weight : 0 },
    ...{ nobody: meanEstimate(without), everybody: meanEstimate(having) },
    overNobody: meanEstimate(pseudo.map((own, i) => wanted[i]! * own)),
    overEverybody: meanEstimate(pseudo.map((own, i) => (wanted[i]! - 1) * own)),
  };
}
