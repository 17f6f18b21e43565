/**
 * The gate for policies that decide one time after another: the doubly robust estimate of whole customer histories, cross-fitted,
 * candidate less what was logged.
 *
 * @see Jiang and Li (2016), Doubly Robust Off-Policy Value Evaluation for Reinforcement Learning, ICML 33, equation 10
 * @see Le, Voloshin, Yue (2019), Batch Policy Learning under Constraints, ICML 36, algorithm 3 (fitted Q evaluation)
 */
import { random, shuffled, split } from '#kernels/random.ts';
import { take } from '#table/index.ts';
import { effectiveRows } from '../judge/estimators.ts';
import { type PromoteOptions, supportOf, type Verdict, verdictOf } from '../judge/evaluate.ts';
import { needChances } from '../judge/log.ts';
import { type ActionValues, actionValues, fitActionValues, type ValueLearner } from './action-values.ts';
import { type Histories, type Order, orderOf } from './histories.ts';

export interface LifetimeJudgement extends Verdict {
  /** Discounted margin a history: of the candidate, and as it was logged. */
  readonly candidate: number;
  readonly logged: number;
  readonly histories: number;
}

/**
 * May the candidate take over? Judge it on customers that it was not learned from.
 *
 * @param candidate [rows x actions] chances
 * @param options discount of a later margin; the rest as of `promote`; rows that are needed are told as histories
 * @throws DECISION_LOG_BAD
 */
export function promoteLifetime(
  histories: Histories,
  candidate: Float64Array,
  options: PromoteOptions & { readonly discount: number; readonly learner?: ValueLearner },
): LifetimeJudgement {
  const order = orderOf(histories);
  const { actions, action, propensity, reward, unit } = histories;
  const log = { arms: actions, arm: action, propensity, reward, context: histories.state };
  needChances(log, candidate, 'candidate');
  const { discount, folds = 3, learner = 'linear', seed = 1 } = options;
  const last = unit.reduce((most, own) => Math.max(most, own), 0);
  const place = shuffled(last + 1, random(split(seed, 'histories')));
  const fold = unit.map((own) => place[own]! % folds);
  const q = new Float64Array(candidate.length);
  const count = actions.length;
  for (let k = 0; k < folds; k++) {
    const asked = Int32Array.from(fold.keys()).filter((i) => fold[i] === k);
    if (asked.length === 0) continue;
    const from = fold.map((own) => (own === k ? 0 : 1));
    const fitted = evaluated(histories, order, candidate, { discount, learner, from, seed });
    const told = actionValues(fitted, take(histories.state, asked));
    for (let i = 0; i < asked.length; i++) q.set(told.subarray(i * count, (i + 1) * count), asked[i]! * count);
  }
  const { terms, logged, weights } = alongHistories(histories, order, candidate, q, discount);
  const difference = terms.map((term, h) => term - logged[h]!);
  const eachRow = action.map((own, i) => i * count + own);
  const steps = Float64Array.from(eachRow, (at, i) => candidate[at]! / propensity[i]!);
  // a row's weight is 1 on average whatever came before; products along a history tell how many histories count
  const support = { ...supportOf(log, candidate, steps), effectiveRows: effectiveRows(weights) };
  const mean = (of: Float64Array): number => of.reduce((sum, x) => sum + x / of.length, 0);
  return {
    ...verdictOf(difference, [support], terms.length, options),
    ...{ candidate: mean(terms), logged: mean(logged), histories: terms.length },
  };
}

/** What is to come under the candidate, from the rows that `from` weighs. */
function evaluated(
  { actions, state, action, reward }: Histories,
  { next, longest }: Order,
  candidate: Float64Array,
  how: { discount: number; learner: ValueLearner; from: Int32Array; seed: number },
): ActionValues {
  const count = actions.length;
  const weights = Float64Array.from(how.from);
  let values = new Float64Array(candidate.length);
  let fitted: ActionValues = [];
  for (let round = 0; round < Math.min(40, longest); round++) {
    const target = reward.map((r, i) => {
      const then = next[i]!;
      if (then < 0) return r;
      let ahead = 0;
      for (let a = 0; a < count; a++) ahead += candidate[then * count + a]! * values[then * count + a]!;
      return r + how.discount * ahead;
    });
    fitted = fitActionValues({ state, action, actionCount: count, weights, target }, how.learner, how.seed);
    values = actionValues(fitted, state) as Float64Array<ArrayBuffer>;
  }
  return fitted;
}

/** [histories] the doubly robust value of each, its discounted margin, and its weight: the product along the way. */
function alongHistories(
  { actions, action, propensity, reward }: Histories,
  { next, first }: Order,
  candidate: Float64Array,
  q: Float64Array,
  discount: number,
): { terms: Float64Array; logged: Float64Array; weights: Float64Array } {
  const count = actions.length;
  const [terms, logged, weights] = [0, 1, 2].map(() => new Float64Array(first.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let h = 0; h < first.length; h++) {
    const way: number[] = [];
    for (let i = first[h]!; i >= 0; i = next[i]!) way.push(i);
    let [value, margin, weight] = [0, 0, 1];
    for (const i of way.reverse()) {
      const at = i * count;
      const w = candidate[at + action[i]!]! / propensity[i]!;
      let expected = 0;
      for (let a = 0; a < count; a++) expected += candidate[at + a]! * q[at + a]!;
      value = expected + w * (reward[i]! + discount * value - q[at + action[i]!]!);
      margin = reward[i]! + discount * margin;
      weight *= w;
    }
    [terms[h], logged[h], weights[h]] = [value, margin, weight];
  }
  return { terms, logged, weights };
}
