/** A policy made of a belief, a rule and what the belief reads of a context. */
import { random } from '#kernels/random.ts';
import type { ArmState, Choice, Outcome, Policy, PolicyParams, PolicyState } from '../policy.ts';
import { discountedArm, refuse, started } from '../state.ts';
import type { Belief, Discounted, Rule } from './belief.ts';
import type { Inputs } from './inputs.ts';

interface Parts<B, R, I> {
  readonly name: string;
  readonly source?: string;
  readonly belief: Belief<B>;
  readonly rule: Rule<R>;
  readonly inputs: Inputs<I>;
  /** Where this policy's defaults differ from those of its parts. */
  readonly defaults?: Partial<PolicyParams & B & R & I>;
}

export function composed<B, R, I>(parts: Parts<B, R, I>): Policy<PolicyParams & B & R & I> {
  type Params = PolicyParams & B & R & I;
  const { name, belief, rule, inputs } = parts;
  const defaults: Params = {
    ...{ floor: 0, discount: 1 },
    ...belief.defaults,
    ...rule.defaults,
    ...inputs.defaults,
    ...parts.defaults,
  };

  const chances = (state: PolicyState<Params>, context: ArrayLike<number>): Pick<Choice, 'propensities' | 'scores'> => {
    needContext(context, state.dimension, 'the context');
    const inUse: number[] = [];
    for (let a = 0; a < state.arms.length; a++) if (!state.arms[a]!.retired) inUse.push(a);
    if (inUse.length === 0) refuse('no arm in use', 'at least one that is not retired');
    const arms = inUse.map((a): Discounted => held(state, state.arms[a]!));
    const rows = arms.reduce((sum, { arm, factor }) => sum + factor * arm.sums[0]!, 0);
    const read = inputs.of(
      arms.map(({ arm }) => arm.name),
      context,
      state.params,
    );
    const believed = belief.read(arms, read, state.params);
    const drawn = rule.chances(believed, state.params, rows);
    const floor = Math.min(state.params.floor, 1 / inUse.length);
    const propensities = new Float64Array(state.arms.length);
    const scores = new Float64Array(state.arms.length).fill(Number.NaN);
    for (let i = 0; i < inUse.length; i++) {
      propensities[inUse[i]!] = floor + (1 - floor * inUse.length) * drawn[i]!;
      scores[inUse[i]!] = believed.means[i]!;
    }
    return { propensities, scores };
  };

  const learn = (state: PolicyState<Params>, rows: readonly Outcome[]): PolicyState<Params> => {
    const places = new Map(state.arms.map((arm, a) => [arm.name, a]));
    for (const [i, row] of rows.entries()) needOutcome(row, i, places, state.dimension, belief.rewards);
    const arms: { name: string; retired: boolean; round: number; sums: readonly number[] }[] = [...state.arms];
    const touched = new Map<number, number[]>();
    let { round: latest } = state;
    for (const { arm: of, context, reward, round = latest + 1 } of rows) {
      const a = places.get(of)!;
      let sums = touched.get(a);
      let same: readonly number[] | undefined;
      if (sums === undefined) {
        same = arms[a]!.sums;
        sums = [...same];
        touched.set(a, sums);
        arms[a] = { ...arms[a]!, sums };
      }
      const own = arms[a]!;
      const { discount } = state.params;
      if (round > own.round && discount < 1) {
        const factor = discount ** (round - own.round);
        for (let k = 0; k < sums.length; k++) sums[k]! *= factor;
        same = undefined;
      }
      own.round = Math.max(round, own.round);
      const weight = discount < 1 ? discount ** (own.round - round) : 1;
      latest = Math.max(latest, round);
      const [x] = inputs.of([of], context, state.params);
      belief.add(sums, x!, reward, weight, state.params, same);
    }
    return { ...state, round: latest, arms };
  };

  return {
    name,
    source: parts.source ?? `${belief.source}; ${rule.source}`,
    defaults,
    rewards: belief.rewards,
    start(arms, dimension, given = {}) {
      const params = { ...defaults, ...given };
      const wrong =
        commonFault(params, defaults) ?? belief.wrong(params) ?? rule.wrong(params) ?? inputs.wrong(params, dimension);
      if (wrong !== undefined) refuse(`${wrong[0]} of ${name} at ${told(params[wrong[0] as keyof Params])}`, wrong[1]);
      return started({ policy: name, params, dimension, arms, size: belief.size(inputs.width(dimension, params)) });
    },
    chances,
    choose(state, context, seed) {
      const found = chances(state, context);
      const { propensities } = found;
      const at = random(seed).uniform();
      let [index, below] = [-1, 0];
      for (let a = 0; a < propensities.length; a++) {
        if (!(propensities[a]! > 0)) continue;
        index = a;
        below += propensities[a]!;
        if (at < below) break;
      }
      return { arm: state.arms[index]!.name, index, propensity: propensities[index]!, ...found };
    },
    learn,
  };
}

/**
 * An arm's sums in steps of 2 %: what was factorised serves until they have lost so much, and depends on the state alone, so
 * that a state read back from JSON chooses the same.
 */
function held(state: PolicyState, arm: ArmState): Discounted {
  const factor = discountedArm(state, arm);
  return { arm, factor: factor === 1 ? 1 : Math.exp(-0.02 * Math.floor(-Math.log(factor) / 0.02)) };
}

function commonFault<P extends PolicyParams>(params: P, defaults: P): readonly [string, string] | undefined {
  const odd = Object.keys(params).find((key) => !Object.hasOwn(defaults as object, key));
  if (odd !== undefined) return [odd, `one of ${Object.keys(defaults).join(', ')}`];
  if (!(params.floor >= 0 && params.floor <= 1)) return ['floor', 'a number from 0 to 1 over the number of arms'];
  return params.discount > 0 && params.discount <= 1 ? undefined : ['discount', 'a number above 0 to 1'];
}

function needContext(context: ArrayLike<number>, dimension: number, where: string): void {
  if (context.length !== dimension) refuse(`${where} of ${context.length} numbers`, `${dimension}`);
  for (let j = 0; j < dimension; j++)
    if (!Number.isFinite(context[j])) refuse(`${where} with ${context[j]} at place ${j}`, 'finite numbers');
}

function needOutcome(
  { arm, context, reward, round }: Outcome,
  i: number,
  places: ReadonlyMap<string, number>,
  dimension: number,
  rewards: 'number' | 'share',
): void {
  if (!places.has(arm)) refuse(`row ${i + 1} of the arm "${arm}"`, `one of ${[...places.keys()].join(', ')}`);
  needContext(context, dimension, `a context in row ${i + 1}`);
  if (!Number.isFinite(reward)) refuse(`a reward of ${reward} in row ${i + 1}`, 'a finite number');
  if (rewards === 'share' && !(reward >= 0 && reward <= 1))
    refuse(`a reward of ${reward} in row ${i + 1}`, 'one from 0 to 1; a policy with a linear belief takes any number');
  if (round !== undefined && !Number.isFinite(round)) refuse(`round ${round} in row ${i + 1}`, 'a finite number');
}

const told = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80);
