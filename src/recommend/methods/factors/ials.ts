/** Matrix factorisation by alternating least squares on implicit feedback; what it minimises stands in `als.ts`. */
import { Machine } from '#kernels/machine.ts';
import type { Interactions } from '../../data/interactions.ts';
import type { Because, Method, Run } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { fitAls } from './als.ts';
import { type FoldIn, foldIn, partsOf } from './fold-in.ts';
import { pairsOf, viewOf } from './pairs.ts';
import { type BestItems, bestByProduct, productScores } from './scores.ts';
import { widthOf } from './width.ts';

export interface IalsParams extends Readonly<Record<string, number>> {
  /** Numbers of each factor; rounded up to a multiple of 8. */
  readonly factors: number;
  /** a0: weight of every pair, beside 1 for a pair that was seen. */
  readonly unobserved: number;
  /** lambda */
  readonly ridge: number;
  /** How the ridge grows with what a row has: 0 not, 1 in proportion. */
  readonly nu: number;
  readonly epochs: number;
  /** A pair seen `n` times weighs n to this power; 0: 1. */
  readonly countPower: number;
}

export interface IalsModel {
  readonly params: IalsParams;
  readonly width: number;
  /** [users x width] */
  readonly users: Float32Array;
  /** [items x width] */
  readonly items: Float32Array;
  /** [width] a0 times the diagonal of H'H */
  readonly diagonal: Float32Array;
  /** Rows of the users: [users + 1], [pairs] and, unless all are 1, [pairs]. */
  readonly had: { readonly offsets: Int32Array; readonly items: Int32Array; readonly weights?: Float32Array };
  /** [items] by popularity, too small to change an order that the factors give */
  readonly tie: Float64Array;
}

export const IALS: Method<IalsParams, IalsModel> = {
  name: 'ials',
  defaults: { factors: 64, unobserved: 0.01, ridge: 0.005, nu: 1, epochs: 10, countPower: 0 },
  ranges: {
    factors: [1, 2048],
    unobserved: [0, 1000],
    ridge: [1e-9, 1e9],
    nu: [0, 2],
    epochs: [1, 1000],
    countPower: [0, 2],
  },
  whole: ['factors', 'epochs'],
  source:
    'Hu, Koren, Volinsky (2008), Collaborative Filtering for Implicit Feedback Datasets, ICDM; Rendle et al. (2022), RecSys',
  // factors are single precision
  promises: { rowsTolerance: 1e-5 },
  fit,
  score: ({ width, users, items, tie }, wanted) => {
    const vectors = new Float32Array(wanted.length * width);
    for (let row = 0; row < wanted.length; row++)
      vectors.set(users.subarray(wanted[row]! * width, (wanted[row]! + 1) * width), row * width);
    return productScores(vectors, items, width, tie);
  },
  scoreRows: (model, rows) => {
    const { width, items, tie } = model;
    const vectors = new Float32Array(rows.rows * width);
    for (let row = 0; row < rows.rows; row++) {
      const [from, to] = [rows.offsets[row]!, rows.offsets[row + 1]!];
      const person = personOf(model, rows.indices.subarray(from, to), rows.values.subarray(from, to));
      vectors.set(foldIn(person), row * width);
    }
    return productScores(vectors, items, width, tie);
  },
  because: (model, user, item, most) => {
    const { offsets, items, weights } = model.had;
    const had = items.subarray(offsets[user]!, offsets[user + 1]!);
    const held = weights?.subarray(offsets[user]!, offsets[user + 1]!) ?? new Float32Array(had.length).fill(1);
    const person = {
      width: model.width,
      factors: model.items,
      diagonal: diagonalOf(model, held),
      items: had,
      weights: held,
    };
    return largest(had, partsOf(person, item), most);
  },
};

/** Fits the factors; defaults are those of the method. */
export const fitFactors = (data: Interactions, params: Partial<IalsParams>, run: Run): IalsModel =>
  fit(data, { ...IALS.defaults, ...params } as IalsParams, run);

/**
 * The best items of some users, for any number of users and items: no matrix of all scores is made.
 *
 * @param options `hideHad` leaves out what the users have had
 * @returns lists in the order of `users`; of users without items all scores are 0 and the list is empty of meaning
 */
export function bestFactorItems(
  { width, users: all, items, had }: IalsModel,
  users: Int32Array,
  { k, threads, hideHad }: { readonly k: number; readonly threads: number; readonly hideHad: boolean },
): BestItems {
  const vectors = new Float32Array(users.length * width);
  const offsets = new Int32Array(users.length + 1);
  for (const [row, user] of users.entries()) {
    vectors.set(all.subarray(user * width, (user + 1) * width), row * width);
    offsets[row + 1] = offsets[row]! + had.offsets[user + 1]! - had.offsets[user]!;
  }
  if (!hideHad) return bestByProduct(vectors, items, width, { k, threads });
  const indices = new Int32Array(offsets[users.length]!);
  for (const [row, user] of users.entries())
    indices.set(had.items.subarray(had.offsets[user]!, had.offsets[user + 1]!), offsets[row]!);
  return bestByProduct(vectors, items, width, { k, threads, seen: { offsets, indices } });
}

function fit(data: Interactions, params: IalsParams, run: Run): IalsModel {
  const width = widthOf(params.factors, data, 'ials');
  const machine = new Machine({ threads: run.threads });
  try {
    const pairs = pairsOf(machine, data, params.countPower);
    const { unobserved, ridge, nu, epochs } = params;
    const { users, items, diagonal } = fitAls(machine, pairs, {
      ...{ width, unobserved, ridge, nu, epochs },
      seed: run.seed,
    });
    const { offsets, indices, weights } = viewOf(machine, pairs.users, pairs.entries);
    const ofItems = machine.i32(pairs.items.offsets, data.itemCount + 1);
    const counts = Float64Array.from({ length: data.itemCount }, (_, i) => ofItems[i + 1]! - ofItems[i]!);
    return {
      params,
      width,
      users: machine.f32(users, data.userCount * width).slice(),
      items: machine.f32(items, data.itemCount * width).slice(),
      diagonal,
      had: {
        offsets: offsets.slice(),
        items: indices.slice(),
        ...(weights === undefined ? {} : { weights: weights.slice() }),
      },
      tie: tieOf(counts, 1e-9),
    };
  } finally {
    machine.close();
  }
}

/** The system of someone with these items and strengths. */
function personOf(model: IalsModel, items: Int32Array, strengths: ArrayLike<number>): FoldIn {
  const { countPower } = model.params;
  const weights = Float64Array.from(items, (_, i) => (countPower === 0 ? 1 : strengths[i]! ** countPower));
  return { width: model.width, factors: model.items, diagonal: diagonalOf(model, weights), items, weights };
}

function diagonalOf({ params, diagonal, tie }: IalsModel, weights: ArrayLike<number>): Float64Array {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]!;
  const ridge = params.ridge * (sum + params.unobserved * tie.length) ** params.nu;
  return Float64Array.from(diagonal, (value) => value + ridge);
}

/** Items whose parts speak for the score, with their share of all that does. */
function largest(items: Int32Array, parts: Float64Array, most: number): Because[] {
  let total = 0;
  for (const part of parts) if (part > 0) total += part;
  return Array.from(parts, (part, i) => ({ item: items[i]!, share: part / total }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || a.item - b.item)
    .slice(0, most);
}
