/**
 * What is like what the person had: nearest neighbours over content vectors. Every item, one that nobody has had among
 * them, has its k likest items that people have had; the score of j for u is sum_i r_ui S_ji over those of them that u had.
 *
 * @see Lops, de Gemmis, Semeraro (2011), Recommender Systems Handbook, chapter 3; the frozen graph of several sources:
 *      Zhou and Shen (2023), FREEDOM, ACM MM
 */
import { itemGraph } from '#embeddings/index.ts';
import { mapped, rowNormalised, type Sparse, transpose } from '#kernels/sparse.ts';
import { countsOf, decayedCountsOf, usersPerItem } from '../../data/interactions.ts';
import type { Because, Method } from '../method.ts';
import { tieOf } from '../popularity.ts';
import { addWalk } from '../rp3beta.ts';
import { fusedContent, SOURCE_DEFAULTS, SOURCE_RANGES, type SourceWeights } from './sources.ts';

export interface ContentParams extends SourceWeights {
  /** Neighbours of each item. */
  readonly k: number;
  /** Likeness counts to this power. */
  readonly power: number;
  /** Days in which what the user had loses half its weight; 0: it doesn't. */
  readonly halfLifeDays: number;
}

export interface ContentModel {
  /** Sources and their gates, which add up to one. */
  readonly sources: readonly string[];
  readonly gates: readonly number[];
  /** [users x items] */
  readonly starts: Sparse;
  /** [items x items], row i: items that have i among their neighbours, and how like they are */
  readonly likes: Sparse;
  /** [items] */
  readonly tie: Float64Array;
}

export const CONTENT: Method<ContentParams, ContentModel> = {
  name: 'content',
  defaults: { k: 200, power: 2, halfLifeDays: 0, ...SOURCE_DEFAULTS },
  ranges: { k: [1, 10_000], power: [0.1, 20], halfLifeDays: [0, 100_000], ...SOURCE_RANGES },
  source: 'Lops, de Gemmis, Semeraro (2011), Recommender Systems Handbook, chapter 3',
  fit: (data, params, { seed, threads }) => {
    const counts = countsOf(data);
    const strengths = mapped(counts, Math.log1p);
    const users = usersPerItem(counts);
    const { names, gates, vectors } = fusedContent(data.content, strengths, params, seed);
    const ends = Uint8Array.from(users, (count) => (count > 0 ? 1 : 0));
    const graph = itemGraph([{ name: 'fused', vectors }], [1], { k: params.k, ends, threads, weighting: 'cosine' });
    const likeness = rowNormalised(mapped(graph, (value) => value ** params.power));
    return {
      sources: names,
      gates,
      starts: params.halfLifeDays > 0 ? mapped(decayedCountsOf(data, params.halfLifeDays), Math.log1p) : strengths,
      likes: transpose(likeness),
      tie: tieOf(users, 1e-9),
    };
  },
  score: (model, users) => scored(model, model.starts, users),
  scoreRows: (model, rows) => {
    const strengths = mapped(rows, Math.log1p);
    return scored(
      model,
      strengths,
      Int32Array.from({ length: rows.rows }, (_, i) => i),
    );
  },
  because: ({ starts, likes }, user, item, most) => {
    const parts: { item: number; weight: number }[] = [];
    let sum = 0;
    for (let e = starts.offsets[user]!; e < starts.offsets[user + 1]!; e++) {
      const own = starts.indices[e]!;
      const weight = starts.values[e]! * cell(likes, own, item);
      if (weight <= 0) continue;
      parts.push({ item: own, weight });
      sum += weight;
    }
    parts.sort((a, b) => b.weight - a.weight || a.item - b.item);
    return parts.slice(0, most).map(({ item: own, weight }): Because => ({ item: own, share: weight / sum }));
  },
};

function scored({ likes, tie }: ContentModel, starts: Sparse, users: Int32Array): Float64Array {
  const out = new Float64Array(users.length * likes.columns);
  for (let row = 0; row < users.length; row++) {
    const scores = out.subarray(row * likes.columns, (row + 1) * likes.columns);
    scores.set(tie);
    addWalk(scores, starts, users[row]!, likes, 1);
  }
  return out;
}

/** The cell of a matrix whose columns rise within a row; 0 where there is none. */
export function cell({ offsets, indices, values }: Sparse, row: number, column: number): number {
  let [low, high] = [offsets[row]!, offsets[row + 1]! - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = indices[middle]!;
    if (found === column) return values[middle]!;
    if (found < column) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}
