/**
 * The one shape of what chooses an arm (an offer, a creative) for a context and learns from what came of it.
 *
 * A policy is a belief about rewards (what is learned) and a rule (how a belief becomes chances). What it knows is plain
 * data: sums that add up. So JSON of a state chooses the same, rows learned in any split give the same state, and states
 * that were learned apart are merged by adding.
 */

/** What every policy takes. */
export interface PolicyParams {
  /** Least chance of each arm in use, from 0 to 1 over the arms: logs stay fit to judge other policies on. */
  readonly floor: number;
  /** What a row weighs after one more round, above 0 to 1; 1 forgets nothing. 0.999 remembers about 1,000 rounds. */
  readonly discount: number;
}

/** What is known of one arm. */
export interface ArmState {
  readonly name: string;
  /** Not chosen any more; rewards that come late are still learned. */
  readonly retired: boolean;
  /** Round to which `sums` are discounted. */
  readonly round: number;
  /** Sums over the rows of the arm; what they are is the belief's. The first is the rows' weight. */
  readonly sums: readonly number[];
}

/** What a policy knows: plain data. */
export interface PolicyState<Params extends PolicyParams = PolicyParams> {
  /** Name of the policy. */
  readonly policy: string;
  readonly params: Params;
  /** Numbers of a context. */
  readonly dimension: number;
  /** The latest round that was learned from; 0 at the start. */
  readonly round: number;
  readonly arms: readonly ArmState[];
}

/** What came of one decision. */
export interface Outcome {
  /** [dimension] as it was when the arm was chosen */
  readonly context: ArrayLike<number>;
  readonly arm: string;
  readonly reward: number;
  /**
   * When the decision was made, in the unit that `discount` counts in: a running number of decisions, or days. Default: one
   * more than the latest. A reward that comes late keeps the round of its decision and weighs as it then should.
   */
  readonly round?: number;
}

/** A choice, with all that a log needs. */
export interface Choice {
  readonly arm: string;
  /** Place of the arm in `state.arms`. */
  readonly index: number;
  /** Chance of the arm that was drawn: exact, since the draw is made from these very chances. */
  readonly propensity: number;
  /** [arms] chances that add up to 1; 0 of retired arms */
  readonly propensities: Float64Array;
  /** [arms] expected reward; NaN of retired arms */
  readonly scores: Float64Array;
}

export interface Policy<Params extends PolicyParams = PolicyParams> {
  /** e.g. 'thompson-logistic' */
  readonly name: string;
  /** Paper or textbook. */
  readonly source: string;
  readonly defaults: Params;
  /** Rewards that it takes: any number, or shares from 0 to 1 (a click is 1). */
  readonly rewards: 'number' | 'share';
  /**
   * A policy that knows nothing yet.
   *
   * @param dimension numbers of a context, 0 or more; they should be of about unit size (see `scale` of contextual policies)
   * @throws POLICY_BAD for no arm, two of one name, or a parameter that cannot be
   */
  start(arms: readonly string[], dimension: number, params?: Partial<Params>): PolicyState<Params>;
  /**
   * Draws an arm. The same state, context and seed give the same choice.
   *
   * @param context [dimension]
   * @param seed one a decision, e.g. split(seed, 'decision', id)
   * @throws POLICY_BAD for a context of another length or with a number that is none, or where all arms are retired
   */
  choose(state: PolicyState<Params>, context: ArrayLike<number>, seed: number): Choice;
  /** The chances of `choose` without a draw: what off-policy evaluation asks a candidate for. */
  chances(state: PolicyState<Params>, context: ArrayLike<number>): Pick<Choice, 'propensities' | 'scores'>;
  /**
   * The state after these rows; the one given stays as it was. Learning rows at once or in parts gives the same bits; in
   * another order, or in states that are merged, the same numbers to rounding (of the logistic belief: nearly).
   *
   * @throws POLICY_BAD naming the first row with an unknown arm, a context or a reward that cannot be; nothing is then learned
   */
  learn(state: PolicyState<Params>, rows: readonly Outcome[]): PolicyState<Params>;
}

/** A policy whose parameters are not known here. */
export type AnyPolicy = Policy<PolicyParams>;
