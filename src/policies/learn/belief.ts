/** What a policy learns: sums of an arm, and how they are read for a context. */
import type { ArmState } from '../policy.ts';

/** What is believed of the arms in use, for one context. */
export interface Believed {
  /** [arms] expected reward */
  readonly means: Float64Array;
  /** [arms] centre and deviation of what arms are compared by: the reward, or something that rises with it */
  readonly centres: Float64Array;
  readonly spreads: Float64Array;
  /** [arms] law of (that - centre) / spread; default: normal */
  readonly shapes?: readonly Shape[];
  /** Size of a difference between rewards that is neither small nor large. */
  readonly unit: number;
}

/** A distribution function as a table, between which it is a cubic. */
export interface Shape {
  readonly low: number;
  readonly step: number;
  /** [points] chance to be at most there, and its slope times `step` */
  readonly cdf: Float64Array;
  readonly slope: Float64Array;
}

/** An arm with its sums as they are now. */
export interface Discounted {
  readonly arm: ArmState;
  /** What the sums are multiplied by. */
  readonly factor: number;
}

export interface Belief<Params> {
  readonly source: string;
  readonly rewards: 'number' | 'share';
  readonly defaults: Params;
  /** @returns which parameter cannot be, and what was expected */
  wrong(params: Params): readonly [name: keyof Params & string, expected: string] | undefined;
  /** Length of the sums of an arm. @param width of an input, with its constant */
  size(width: number): number;
  /**
   * Adds a row to the sums.
   *
   * @param x [width] the first is 1
   * @param weight of the row, above 0 to 1
   * @param same sums of a state that are the very same numbers: what was reckoned of them serves
   */
  add(
    sums: number[],
    x: Float64Array,
    reward: number,
    weight: number,
    params: Params,
    same: readonly number[] | undefined,
  ): void;
  /** @param inputs [arms][width] */
  read(arms: readonly Discounted[], inputs: readonly Float64Array[], params: Params): Believed;
}

/** How a belief becomes chances. */
export interface Rule<Params> {
  readonly source: string;
  readonly defaults: Params;
  wrong(params: Params): readonly [name: keyof Params & string, expected: string] | undefined;
  /**
   * [arms] chances that add up to 1.
   *
   * @param rows weight of all rows learned from
   */
  chances(believed: Believed, params: Params, rows: number): Float64Array;
}
