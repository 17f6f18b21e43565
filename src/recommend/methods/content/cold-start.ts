/**
 * Behaviour where there is some, content where there is none. Behaviour scores the items that people had (RP3beta); for
 * each person a ridge regression takes these scores to the items' content, and so says what new items would score; an
 * item's score is mixed of both by how much is known of it: n / (n + prior) of behaviour.
 *
 * With F the content vectors of known items, s the person's scores of them: w = (F'F + ridge I)^-1 F's, content score of
 * j: f_j'w = sum_i r_ui sum_l W_il f_l'(F'F + ridge I)^-1 f_j, a sum over what the person had.
 *
 * @see Gantner et al. (2010), Learning attribute-to-feature mappings for cold-start recommendations, ICDM; Paudel et al.
 *      (2017), ACM TiiS 7(1) (RP3beta)
 */
import { behaviourShare, contentRidge, ridgeWeights, type Vectors } from '#embeddings/index.ts';
import { random, split } from '#kernels/random.ts';
import { mapped, type Sparse, transpose } from '#kernels/sparse.ts';
import { countsOf, usersPerItem } from '../../data/interactions.ts';
import type { Because, Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { addWalk, neighboursOf } from '../rp3beta.ts';
import { cell } from './content.ts';
import { fusedContent, SOURCE_DEFAULTS, SOURCE_RANGES, type SourceWeights } from './sources.ts';

export interface ColdStartParams extends SourceWeights {
  readonly alpha: number;
  readonly beta: number;
  /** Neighbours by behaviour of each item. */
  readonly k: number;
  /** Held against content, in items. */
  readonly ridge: number;
  /** Users of an item at which behaviour and content weigh the same. */
  readonly prior: number;
  /**
   * What content says is multiplied by this: the more, the more often new items are shown. 0: so that over known items it
   * spreads as far as behaviour's scores; a regression alone says less than it knows, and new items would never be seen.
   */
  readonly boost: number;
}

export interface ColdStartModel {
  readonly sources: readonly string[];
  readonly gates: readonly number[];
  /** [users x items] */
  readonly starts: Sparse;
  /** [items x items] rows rise */
  readonly neighbours: Sparse;
  /** [items x width] f_j */
  readonly content: Sparse;
  /** [items x width] what having item i says of the content wanted: boost x sum_l W_il (F'F + ridge I)^-1 f_l */
  readonly wants: Float64Array;
  /** [items] share of behaviour in the score, 0 to below 1 */
  readonly share: Float64Array;
  readonly tie: Float64Array;
}

export const COLD_START: Method<ColdStartParams, ColdStartModel> = {
  name: 'cold-start',
  defaults: { alpha: 0.8, beta: 0.3, k: 300, ridge: 10, prior: 2, boost: 0, ...SOURCE_DEFAULTS },
  ranges: {
    alpha: [0, 10],
    beta: [0, 10],
    k: [1, 100_000],
    ridge: [1e-6, 1e9],
    prior: [1e-6, 1e9],
    boost: [0, 1000],
    ...SOURCE_RANGES,
  },
  source: 'Gantner et al. (2010), Learning attribute-to-feature mappings for cold-start recommendations, ICDM',
  fit: (data, params, { seed }) => {
    const counts = countsOf(data);
    const starts = mapped(counts, Math.log1p);
    const users = usersPerItem(counts);
    const { names, gates, vectors } = fusedContent(data.content, starts, params, seed);
    const known = Uint8Array.from(users, (count) => (count > 0 ? 1 : 0));
    const neighbours = transpose(transpose(neighboursOf(starts, params)));
    const solver = contentRidge(vectors, { known, ridge: params.ridge });
    const pulled = products(neighbours, vectors);
    const model = {
      sources: names,
      gates,
      starts,
      neighbours,
      content: sparseOf(vectors, data.itemCount),
      wants: ridgeWeights(solver, pulled, data.itemCount),
      share: users.map((count) => behaviourShare(count, params.prior)),
      tie: tieOf(users, 1e-9),
    };
    const boost = params.boost > 0 ? params.boost : matchedBoost(model, seed);
    return { ...model, wants: model.wants.map((want) => boost * want) };
  },
  score: (model, users) => scored(model, model.starts, users),
  scoreRows: (model, rows) =>
    scored(
      model,
      mapped(rows, Math.log1p),
      Int32Array.from({ length: rows.rows }, (_, i) => i),
    ),
  because,
};

const CALIBRATED_ON = 256;

/** Spread of behaviour's scores of known items over that of content's, for some people; 1 where there is none. */
function matchedBoost(model: ColdStartModel, seed: number): number {
  const draw = random(split(seed, 'boost'));
  const { starts, share, tie } = model;
  const people = Int32Array.from({ length: Math.min(CALIBRATED_ON, starts.rows) }, () => draw.integer(starts.rows));
  const spread = (by: number): number => {
    const own = { ...model, share: share.map(() => by), tie: tie.map(() => 0) };
    let [sum, squares, count] = [0, 0, 0];
    for (const user of people)
      for (const [item, score] of scored(own, starts, Int32Array.of(user)).entries()) {
        if (share[item] === 0) continue;
        sum += score;
        squares += score * score;
        count++;
      }
    return count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  };
  const content = spread(0);
  return content > 0 ? spread(1) / content : 1;
}

function scored(
  { neighbours, content, wants, share, tie }: ColdStartModel,
  starts: Sparse,
  users: Int32Array,
): Float64Array {
  const { columns: width, rows: count, offsets, indices, values } = content;
  const out = new Float64Array(users.length * count);
  const wanted = new Float64Array(width);
  for (let row = 0; row < users.length; row++) {
    const user = users[row]!;
    const scores = out.subarray(row * count, (row + 1) * count);
    addWalk(scores, starts, user, neighbours, 1);
    wanted.fill(0);
    for (let e = starts.offsets[user]!; e < starts.offsets[user + 1]!; e++) {
      const [from, strength] = [starts.indices[e]! * width, starts.values[e]!];
      for (let j = 0; j < width; j++) wanted[j]! += strength * wants[from + j]!;
    }
    for (let i = 0; i < count; i++) {
      let guess = 0;
      for (let e = offsets[i]!; e < offsets[i + 1]!; e++) guess += values[e]! * wanted[indices[e]!]!;
      scores[i] = share[i]! * scores[i]! + (1 - share[i]!) * guess + tie[i]!;
    }
  }
  return out;
}

/** W F, [items x width]. */
function products(neighbours: Sparse, { width, values }: Vectors): Float64Array {
  const out = new Float64Array(neighbours.rows * width);
  for (let i = 0; i < neighbours.rows; i++)
    for (let e = neighbours.offsets[i]!; e < neighbours.offsets[i + 1]!; e++) {
      const [from, weight] = [neighbours.indices[e]! * width, neighbours.values[e]!];
      for (let j = 0; j < width; j++) out[i * width + j]! += weight * values[from + j]!;
    }
  return out;
}

function sparseOf({ width, values }: Vectors, rows: number): Sparse {
  const offsets = new Int32Array(rows + 1);
  let size = 0;
  for (const value of values) if (value !== 0) size++;
  const [indices, held] = [new Int32Array(size), new Float64Array(size)];
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) {
      const value = values[i * width + j]!;
      if (value === 0) continue;
      indices[at] = j;
      held[at++] = value;
    }
    offsets[i + 1] = at;
  }
  return { rows, columns: width, offsets, indices, values: held };
}

/** Parts of the score by what the person had; parts that speak against it are left out of the shares. */
function because(model: ColdStartModel, user: number, item: number, most: number): readonly Because[] {
  const { starts, neighbours, content, wants, share } = model;
  const parts: { item: number; weight: number }[] = [];
  let sum = 0;
  for (let e = starts.offsets[user]!; e < starts.offsets[user + 1]!; e++) {
    const had = starts.indices[e]!;
    let guess = 0;
    for (let f = content.offsets[item]!; f < content.offsets[item + 1]!; f++)
      guess += content.values[f]! * wants[had * content.columns + content.indices[f]!]!;
    const weight = starts.values[e]! * (share[item]! * cell(neighbours, had, item) + (1 - share[item]!) * guess);
    if (weight <= 0) continue;
    parts.push({ item: had, weight });
    sum += weight;
  }
  parts.sort((a, b) => b.weight - a.weight || a.item - b.item);
  return parts.slice(0, most).map(({ item: had, weight }): Because => ({ item: had, share: weight / sum }));
}
