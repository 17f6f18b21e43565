/** Who could be given what: the options of an allocation, a row a customer and offer, by customer. */

export interface Options {
  readonly customers: number;
  /** [customers + 1] rows of each customer */
  readonly offsets: Int32Array;
  /** [rows] what giving it brings, and what it costs (>= 0), in any one unit of money; whole costs are added up exactly */
  readonly value: Float64Array;
  readonly cost: Float64Array;
  /** Kinds of limits (offer, tier, channel): [rows] each, the limit of that kind that a row counts against, -1 for none. */
  readonly kinds: readonly Limited[];
}

export interface Limited {
  /** [rows] code of the limit, -1: none */
  readonly of: Int32Array;
  /** [codes] customers at most; Infinity for no limit */
  readonly most: Float64Array;
}

export interface Bounds {
  /** >= 0 */
  readonly budget: number;
  /** Value of all that is given over its cost, at least; default no bound. */
  readonly minRoi?: number;
}

/** What one unit of each scarce thing is worth: of money, of return, and of each limit's places. */
export interface Prices {
  readonly budget: number;
  readonly roi: number;
  /** [kinds] of [codes] */
  readonly limits: readonly Float64Array[];
}

/** Every `step`-th customer, with limits that shrink alike. */
export function sampled(options: Options, step: number): Options {
  const customers = Math.ceil(options.customers / step);
  const offsets = new Int32Array(customers + 1);
  for (let c = 0; c < customers; c++)
    offsets[c + 1] = offsets[c]! + options.offsets[c * step + 1]! - options.offsets[c * step]!;
  const rows = new Int32Array(offsets[customers]!);
  for (let c = 0; c < customers; c++)
    for (let k = 0; k < offsets[c + 1]! - offsets[c]!; k++) rows[offsets[c]! + k] = options.offsets[c * step]! + k;
  const share = customers / Math.max(1, options.customers);
  return {
    ...{ customers, offsets },
    value: Float64Array.from(rows, (row) => options.value[row]!),
    cost: Float64Array.from(rows, (row) => options.cost[row]!),
    kinds: options.kinds.map(({ of, most }) => ({
      of: rows.map((row) => of[row]!),
      most: most.map((places) => places * share),
    })),
  };
}
