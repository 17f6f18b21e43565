/** What every recommender of this folder is. */
import { known } from '#errors.ts';
import type { Sparse } from '#kernels/sparse.ts';
import type { Interactions } from '../data/interactions.ts';

export interface Run {
  readonly seed: number;
  /** Threads at most, >= 1; the answer doesn't depend on it. */
  readonly threads: number;
}

/** Part of a score that one item of the user gave. */
export interface Because {
  readonly item: number;
  /** Share of the score, 0 to 1. */
  readonly share: number;
}

/** What a method states of itself where it is not as the conformance tests expect of all. */
export interface Promises {
  /**
   * Whom or what it can tell apart. new (default): things that go with what the user has; own: only what the user has
   * had; group: all users of a group get the same; next: what follows in order, which has tests of its own.
   */
  readonly tells?: 'new' | 'own' | 'group' | 'next';
  /** Of no use where what a user has had is not shown again. */
  readonly onlyRepeats?: true;
  /** How far scores may move when rows come in another order, in parts of the largest score; default 1e-9. */
  readonly orderTolerance?: number;
  /** How far `scoreRows` of a known user's rows may lie from `score`, in parts of the largest score; default 1e-6. */
  readonly rowsTolerance?: number;
  /** How far scores of a user may move with the users asked for beside, in parts of the largest score; default 0. */
  readonly batchTolerance?: number;
  /** A row that comes twice is not as one of twice the weight, since the method looks at the order of rows. */
  readonly repeatsAreSteps?: true;
}

export interface Method<Params, Model> {
  readonly name: string;
  readonly defaults: Params;
  /** Least and most of each parameter. */
  readonly ranges: { readonly [Name in keyof Params]: readonly [least: number, most: number] };
  /** Parameters that must be whole numbers, beside `k`. */
  readonly whole?: readonly (keyof Params & string)[];
  /** Paper, or where the idea is described. */
  readonly source: string;
  readonly promises?: Promises;
  /** The model is plain data; same data, parameters and seed give the same model. */
  fit(data: Interactions, params: Params, run: Run): Model;
  /**
   * Scores of every item for some users, higher is better; of equal scores the lower item index wins.
   *
   * @param users [n] users of the training data
   * @returns [n x items] row by row
   */
  score(model: Model, users: Int32Array): Float64Array;
  /**
   * Scores of every item for people whom training did not know, from what they have had.
   *
   * @param rows [n x items] strengths above 0
   * @returns [n x items] row by row
   */
  scoreRows?(model: Model, rows: Sparse): Float64Array;
  /**
   * The items of the user that gave most of an item's score, best first, from the very weights that made it.
   * Empty where nothing of the user did (popularity).
   *
   * @param most at most so many
   */
  because?(model: Model, user: number, item: number, most: number): readonly Because[];
}

/** A method whose parameters and model types are its own affair. */
export interface FittedMethod {
  readonly name: string;
  readonly params: Readonly<Record<string, number>>;
  /** Plain data. */
  readonly model: unknown;
  readonly itemCount: number;
  score(users: Int32Array): Float64Array;
  readonly scoreRows?: (rows: Sparse) => Float64Array;
  readonly because?: (user: number, item: number, most: number) => readonly Because[];
}

export type Numbers = Readonly<Record<string, number>>;

/** A method in a list of methods: it checks parameters by name and fits. */
export interface AnyMethod {
  readonly name: string;
  readonly defaults: Numbers;
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  readonly source: string;
  readonly promises?: Promises;
  /** @throws RECOMMENDER_PARAMS */
  fitted(data: Interactions, params: Numbers, run: Run): FittedMethod;
}

/**
 * Checks what came for a method: that it has such parameters, and that they lie in their ranges.
 *
 * @throws RECOMMENDER_PARAMS
 */
function checkParams(
  of: {
    readonly name: string;
    readonly ranges: Readonly<Record<string, readonly [number, number]>>;
    readonly whole?: readonly string[] | undefined;
  },
  params: Readonly<Record<string, number | undefined>>,
): void {
  for (const [name, value] of Object.entries(params)) {
    const range = Object.hasOwn(of.ranges, name) ? of.ranges[name] : undefined;
    const [least, most] = range ?? [Number.NaN, Number.NaN];
    const whole = name === 'k' || of.whole?.includes(name) === true;
    if (value !== undefined && value >= least && value <= most && (!whole || Number.isInteger(value))) continue;
    const expected =
      range === undefined
        ? `one of ${Object.keys(of.ranges).join(', ') || '(it has none)'}`
        : `${whole ? 'a whole number' : 'a number'} from ${least} to ${most}`;
    throw known('RECOMMENDER_PARAMS', { name, value: String(value), method: of.name, expected });
  }
}

/** The method as one of a list. */
export function listed<Params extends Numbers, Model>(method: Method<Params, Model>): AnyMethod {
  const { name, defaults, ranges, source, promises } = method;
  return {
    name,
    defaults,
    ranges,
    source,
    ...(promises === undefined ? {} : { promises }),
    fitted(data, params, run) {
      checkParams(method, params);
      const full = { ...defaults, ...params };
      const model = method.fit(data, full, run);
      const { scoreRows, because } = method;
      return {
        name,
        params: full,
        model,
        itemCount: data.itemCount,
        score: (users) => method.score(model, users),
        ...(scoreRows === undefined ? {} : { scoreRows: (rows) => scoreRows(model, rows) }),
        ...(because === undefined ? {} : { because: (user, item, most) => because(model, user, item, most) }),
      };
    },
  };
}
