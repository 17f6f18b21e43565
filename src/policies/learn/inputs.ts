/** From a context to what a belief reads: a constant 1, then numbers. */

/** What an arm's belief is given of a context. */
export interface Inputs<Params> {
  readonly defaults: Params;
  wrong(params: Params, dimension: number): readonly [name: keyof Params & string, expected: string] | undefined;
  /** Length of what is made. */
  width(dimension: number, params: Params): number;
  /** [arms][width]; arms may share one array */
  of(arms: readonly string[], context: ArrayLike<number>, params: Params): readonly Float64Array[];
}

/** The context is not looked at. */
export const noInputs: Inputs<object> = {
  defaults: {},
  wrong: () => undefined,
  width: () => 1,
  of: (arms) => new Array<Float64Array>(arms.length).fill(ONE),
};
const ONE = Float64Array.of(1);

export interface ContextParams {
  /** (context - centre) / spread is read, each [dimension]; null: the context as it is. See `scaleOf`. */
  readonly scale: { readonly centre: readonly number[]; readonly spread: readonly number[] } | null;
}

/** The context itself. */
export const contextInputs: Inputs<ContextParams> = {
  defaults: { scale: null },
  wrong: ({ scale }, dimension) => {
    const fits =
      scale === null ||
      (scale.centre.length === dimension &&
        scale.spread.length === dimension &&
        scale.centre.every(Number.isFinite) &&
        scale.spread.every((spread) => spread > 0 && Number.isFinite(spread)));
    return fits ? undefined : ['scale', `null, or ${dimension} centres and as many spreads above 0`];
  },
  width: (dimension) => dimension + 1,
  of(arms, context, { scale }) {
    const x = new Float64Array(context.length + 1);
    x[0] = 1;
    for (let j = 0; j < context.length; j++)
      x[j + 1] = scale === null ? context[j]! : (context[j]! - scale.centre[j]!) / scale.spread[j]!;
    return new Array<Float64Array>(arms.length).fill(x);
  },
};

/**
 * Mean and deviation of each number of some contexts, for the parameter `scale`; a number that does not vary has spread 1.
 *
 * @param contexts at least one, all of one length
 */
export function scaleOf(contexts: readonly ArrayLike<number>[]): NonNullable<ContextParams['scale']> {
  const count = contexts.length;
  const centre = Array.from({ length: contexts[0]?.length ?? 0 }, (_, j) =>
    contexts.reduce((sum, context) => sum + context[j]! / count, 0),
  );
  const spread = centre.map((middle, j) =>
    Math.sqrt(contexts.reduce((sum, context) => sum + (context[j]! - middle) ** 2 / count, 0)),
  );
  return { centre, spread: spread.map((own, j) => (own > 1e-12 * Math.abs(centre[j]!) ? own : 1)) };
}
