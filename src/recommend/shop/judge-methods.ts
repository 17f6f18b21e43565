/** The shop's lists and plainer methods beside them, on the same customers and purchases. */
import { fromTriples, rowNormalised, type Sparse } from '#kernels/sparse.ts';
import { emptyTop, offer, sortTop } from '#kernels/top-k.ts';
import { type Evaluation, evaluateShown, rank, type Scorer } from '../judge/evaluate.ts';
import { tieOf } from '../methods/popularity.ts';
import { addWalk } from '../methods/rp3beta.ts';
import { byCategory } from '../rerank/similarity.ts';
import { type Audience, strengthOf } from './columns.ts';
import { eachPool, type ListModel, listsFor } from './lists.ts';
import { popularityPlaces, type Spread, type SpreadModel, spreadOf } from './spread.ts';

export const PARTS = ['all', 'repeat', 'explore'] as const;
export type Part = (typeof PARTS)[number];

export interface Judged {
  readonly users: number;
  readonly metrics: Evaluation['metrics'] & Spread;
  readonly intervals: Evaluation['intervals'];
}

/** What is judged on whom. */
export interface Judging {
  readonly audience: Audience;
  /** [customers x products] bought before */
  readonly seen: Sparse;
  /** [customers x products] bought afterwards */
  readonly relevant: Sparse;
  readonly model: ListModel;
  readonly spread: SpreadModel;
  readonly k: number;
  readonly seed: number;
}

export const WANTED = {
  all: { keepSeen: true },
  repeat: { keepSeen: true, onlySeen: true },
  explore: { keepSeen: false },
} as const;

export const spreadModel = ({ products }: ListModel, customers: number): SpreadModel => ({
  similarity: byCategory(products.paths),
  buyers: products.buyers,
  places: popularityPlaces(products.buyers),
  customers,
});

/** [customers x k] lists of the shop with all rules, as customers get them; product codes, -1 where shorter. */
export function shownLists(audience: Audience, model: ListModel, k: number): Int32Array {
  const lists = listsFor(audience, model, k);
  const place = new Map(Array.from(audience.code, (code, i) => [code, i]));
  const out = new Int32Array(audience.code.length * k).fill(-1);
  for (let r = 0; r < lists.length; r++)
    out[place.get(lists.customer[r]!)! * k + lists.rank[r]! - 1] = lists.product[r]!;
  return out;
}

/** Judges by part: all, what was bought before, and what was not; a finished list gives each part what it holds of it. */
export function judgeShown(judging: Judging, shown: Int32Array): Record<Part, Judged> {
  return byPart(judging, (part) => partOf(shown, part, judging));
}

export function judgeMethods(judging: Judging, shown: Int32Array): Readonly<Record<string, Record<Part, Judged>>> {
  const { audience, model } = judging;
  const products = model.products.count;
  const { pairs } = audience;
  const own = rowNormalised(rowsOf(audience, products, (e) => pairs.weight[e]!));
  const starts = rowNormalised(
    rowsOf(audience, products, (e) => strengthOf(pairs.weight[e]!, pairs.views[e]!, model.weights.viewWeight)),
  );
  const tie = tieOf(model.products.buyers, 1e-9);
  const { step } = model.weights;
  const scorer =
    (ownPart: number, walkPart: number): Scorer =>
    (users) => {
      const out = new Float64Array(users.length * products);
      for (const [row, user] of users.entries()) {
        const scores = out.subarray(row * products, (row + 1) * products);
        scores.set(tie);
        if (ownPart > 0)
          for (let e = own.offsets[user]!; e < own.offsets[user + 1]!; e++)
            scores[own.indices[e]!]! += ownPart * own.values[e]!;
        if (walkPart > 0) addWalk(scores, starts, user, model.neighbours, walkPart);
      }
      return out;
    };
  const ranked = (score: Scorer) => {
    const lists = rankParts(score, judging);
    return byPart(judging, (part) => lists[part]);
  };
  return {
    shown: judgeShown(judging, shown),
    ...(model.ranker.kind === 'learned' ? { ranked: byPart(judging, (part) => rankedPool(judging, part)) } : {}),
    blend: ranked(scorer(1 - step, step)),
    personal: ranked(scorer(1, 0)),
    rp3beta: ranked(scorer(0, 1)),
    popularity: ranked(scorer(0, 0)),
  };
}

function byPart(judging: Judging, lists: (part: Part) => Int32Array): Record<Part, Judged> {
  const { seen, relevant, k, seed, spread } = judging;
  const judged = (part: Part): Judged => {
    const own = lists(part);
    const { users, metrics, intervals } = evaluateShown(own, seen, relevant, { ...WANTED[part], k, seed });
    return { users, metrics: { ...metrics, ...spreadOf(own, k, spread), coverage: metrics.coverage }, intervals };
  };
  return Object.fromEntries(PARTS.map((part) => [part, judged(part)])) as Record<Part, Judged>;
}

/** What of finished lists was bought before, or was not, moved up. */
function partOf(lists: Int32Array, part: Part, { seen, k }: Judging): Int32Array {
  if (part === 'all') return lists;
  const out = new Int32Array(lists.length).fill(-1);
  for (let row = 0; row < seen.rows; row++) {
    const had = new Set(seen.indices.subarray(seen.offsets[row]!, seen.offsets[row + 1]!));
    const kept = lists
      .subarray(row * k, (row + 1) * k)
      .filter((product) => product >= 0 && had.has(product) === (part === 'repeat'));
    out.set(kept, row * k);
  }
  return out;
}

/** The ranker's best of the pool without any strategy. */
function rankedPool({ audience, model, k }: Judging, part: Part): Int32Array {
  const out = new Int32Array(audience.code.length * k).fill(-1);
  const top = emptyTop(k);
  eachPool(audience, model, (c, _asked, pool) => {
    top.size = 0;
    for (let i = 0; i < pool.count; i++) {
      const product = pool.product[i]!;
      const isAgain = pool.bought[product]! > 0;
      if (part === 'all' || isAgain === (part === 'repeat')) offer(top, pool.chance[i]!, product);
    }
    sortTop(top);
    out.set(top.indices.subarray(0, top.size), c * k);
  });
  return out;
}

/** The k best of all products, of those bought before and of the others, for every customer [customers x k]. */
function rankParts(score: Scorer, { seen, k }: Judging): Record<Part, Int32Array> {
  const empty = () => new Int32Array(seen.rows * k).fill(-1);
  const lists = { all: empty(), repeat: empty(), explore: empty() };
  const top = emptyTop(k);
  const batch = Math.max(1, Math.floor(2_000_000 / Math.max(seen.columns, 1)));
  for (let from = 0; from < seen.rows; from += batch) {
    const users = Int32Array.from({ length: Math.min(batch, seen.rows - from) }, (_, i) => from + i);
    const scores = score(users);
    for (const [row, user] of users.entries()) {
      // 'explore' comes last: it overwrites the scores of what was bought.
      for (const part of PARTS) {
        rank(top, scores, { row, user }, seen, WANTED[part]);
        lists[part].set(top.indices.subarray(0, top.size), user * k);
      }
    }
  }
  return lists;
}

/** [customers x products] of the pairs whose value is above 0. */
export function rowsOf({ pairs }: Audience, products: number, value: (e: number) => number): Sparse {
  const [rowOf, columnOf, values]: [number[], number[], number[]] = [[], [], []];
  for (let c = 0; c < pairs.customers; c++) {
    for (let e = pairs.offsets[c]!; e < pairs.offsets[c + 1]!; e++) {
      const own = value(e);
      if (own <= 0) continue;
      rowOf.push(c);
      columnOf.push(pairs.product[e]!);
      values.push(own);
    }
  }
  return fromTriples({
    rows: pairs.customers,
    columns: products,
    rowOf: Int32Array.from(rowOf),
    columnOf: Int32Array.from(columnOf),
    values: Float64Array.from(values),
  });
}
