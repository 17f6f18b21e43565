/**
 * The shop's recommender judged on its last days: everything is learned as of a cut in time, the same for all
 * customers, and must find among all products what they bought after it. Beside it the baselines. Products bought
 * before (repeat) and new ones (explore) are also judged apart, since the first are far easier to find.
 */
import type { Compute } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { split } from '#kernels/random.ts';
import { fromTriples, rowNormalised, type Sparse } from '#kernels/sparse.ts';
import { emptyTop } from '#kernels/top-k.ts';
import { numberColumn, numbers, table } from '#table/index.ts';
import { type Evaluation, evaluateShown, rank, type Scorer } from '../judge/evaluate.ts';
import { tieOf } from '../methods/popularity.ts';
import { addWalk } from '../methods/rp3beta.ts';
import { type Audience, readAudience, strengthOf } from './columns.ts';
import { type ListModel, listsFor } from './lists.ts';
import { learn } from './make.ts';
import { dropStage, type Moment, stage, tiersAt } from './pairs.ts';
import { type RecommendRules, type RecommendWeights, RULES, WEIGHTS } from './rules.ts';

export interface JudgeOptions extends Moment {
  readonly seed: number;
  /** Days before `asOf` that are to be predicted; default 28. */
  readonly holdDays?: number;
  /** Length of the lists; default 12. */
  readonly k?: number;
  /** Customers judged at most, drawn by seed; default 1,000. */
  readonly usersMax?: number;
  readonly rules?: Partial<RecommendRules>;
  readonly weights?: Partial<RecommendWeights>;
}

const PARTS = ['all', 'repeat', 'explore'] as const;
type Part = (typeof PARTS)[number];
type Judged = Pick<Evaluation, 'users' | 'metrics' | 'intervals'>;

export interface ShopRecommendReport {
  readonly asOf: number;
  readonly cutAt: number;
  readonly holdDays: number;
  readonly k: number;
  /** Customers known at the cut that bought after it, and how many of them were judged. */
  readonly buyers: number;
  readonly judged: number;
  readonly products: number;
  readonly seed: number;
  /** shown: lists with all rules, as customers get them; blend: the same scores without rules; the rest: baselines. */
  readonly methods: Readonly<Record<string, Readonly<Record<Part, Judged>>>>;
  readonly notes: readonly string[];
}

/** Judges the blended recommender of `makeRecommendations` and its baselines. */
export async function evaluateRecommendations(compute: Compute, options: JudgeOptions): Promise<ShopRecommendReport> {
  const { asOf, timeZone, seed, holdDays = 28, k = 12, usersMax = 1000 } = options;
  const cutAt = asOf - holdDays * DAY_MS;
  // Stock is known for today only, so it can't be a rule at the cut.
  const rules = { ...RULES, ...options.rules, skipOutOfStock: false };
  const weights = { ...WEIGHTS, ...options.weights };
  const tiers = await tiersAt(compute, cutAt);
  await stage(compute, { asOf: cutAt, timeZone, rules, weights, tiers, onlySold: true });
  try {
    const { model, everyNth } = await learn(compute, { asOf: cutAt, timeZone, rules, weights });
    const { audience, relevant, buyers } = await testCustomers(compute, model, { cutAt, asOf, seed, usersMax });
    return {
      asOf,
      cutAt,
      holdDays,
      k,
      buyers,
      judged: audience.code.length,
      products: model.products.count,
      seed,
      methods: judgeAll(audience, relevant, model, { k, seed }),
      notes: [
        'full ranking over all products; products never sold before the cut count as missed',
        'stock as of the cut is not known and not used',
        ...(rules.skipCategories.length > 0
          ? [`products below ${rules.skipCategories.join(', ')} are never shown, and count as missed where bought`]
          : []),
        ...(everyNth > 1 ? [`neighbours learned from one in ${everyNth} customers`] : []),
        ...(tiers === undefined ? ['no tiers known at the cut: popularity is that of the whole shop'] : []),
      ],
    };
  } finally {
    await dropStage(compute);
    await compute.run('drop table if exists recommend_tmp_judged');
  }
}

interface Drawn {
  readonly audience: Audience;
  readonly relevant: Sparse;
  readonly buyers: number;
}

async function testCustomers(
  compute: Compute,
  model: ListModel,
  { cutAt, asOf, seed, usersMax }: { cutAt: number; asOf: number; seed: number; usersMax: number },
): Promise<Drawn> {
  const sold = `order_lines l join recommend_tmp_customer c using (customer_id)
    where l.status = 'paid' and l.ordered_at > $cutAt and l.ordered_at <= $asOf
      and exists (from recommend_tmp_pair t where t.customer = c.code and t.buys > 0)`;
  const all = await compute.table(`select distinct c.code from ${sold} order by 1`, { cutAt, asOf });
  let codes = Array.from(numberColumn(all, 'code').values);
  if (codes.length > usersMax) {
    const key = (code: number) => split(seed, 'judged', code);
    codes = codes.sort((a, b) => key(a) - key(b) || a - b).slice(0, usersMax);
  }
  await compute.load('recommend_tmp_judged', table({ code: numbers(codes) }));
  const audience = await readAudience(compute, 'c.code in (select code::integer from recommend_tmp_judged)');
  // A product first seen after the cut has no code: it gets one past the end, so it counts and is never found.
  const bought = await compute.table(
    `with s as (select distinct c.code, l.product_id from ${sold} and c.code in (select code::integer from recommend_tmp_judged))
    select s.code, coalesce(p.code, ${model.products.count} + (dense_rank() over (order by s.product_id)))::integer as product
    from s left join recommend_tmp_product p using (product_id) order by 1, 2`,
    { cutAt, asOf },
  );
  const place = new Map(Array.from(audience.code, (code, i) => [code, i]));
  const columnOf = Int32Array.from(numberColumn(bought, 'product').values);
  const relevant = fromTriples({
    rows: audience.code.length,
    columns: columnOf.reduce((a, b) => Math.max(a, b + 1), model.products.count),
    rowOf: Int32Array.from(numberColumn(bought, 'code').values, (code) => place.get(code)!),
    columnOf,
  });
  return { audience, relevant, buyers: all.length };
}

function judgeAll(
  audience: Audience,
  relevant: Sparse,
  model: ListModel,
  { k, seed }: { k: number; seed: number },
): ShopRecommendReport['methods'] {
  const { pairs } = audience;
  const products = model.products.count;
  const seen = rowsOf(audience, products, (e) => (pairs.buys[e]! > 0 ? 1 : 0));
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
  const parts = (lists: (part: Part) => Int32Array) =>
    Object.fromEntries(
      PARTS.map((part) => [part, brief(evaluateShown(lists(part), seen, relevant, { ...WANTED[part], k, seed }))]),
    ) as Record<Part, Judged>;
  const ranked = (score: Scorer) => {
    const lists = rankParts(score, seen, k);
    return parts((part) => lists[part]);
  };
  const shown = shownLists(audience, model, k);
  return {
    shown: parts(() => shown),
    blend: ranked(scorer(1 - step, step)),
    personal: ranked(scorer(1, 0)),
    rp3beta: ranked(scorer(0, 1)),
    popularity: ranked(scorer(0, 0)),
  };
}

const WANTED = {
  all: { keepSeen: true },
  repeat: { keepSeen: true, onlySeen: true },
  explore: { keepSeen: false },
} as const;

/** The k best of all products, of those bought before and of the others, for every customer [customers x k]. */
function rankParts(score: Scorer, seen: Sparse, k: number): Record<Part, Int32Array> {
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

const brief = ({ users, metrics, intervals }: Evaluation): Judged => ({ users, metrics, intervals });

/** [customers x products] of the pairs whose value is above 0. */
function rowsOf({ pairs }: Audience, products: number, value: (e: number) => number): Sparse {
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

/** [customers x k] product codes, -1 where a list is shorter. */
function shownLists(audience: Audience, model: ListModel, k: number): Int32Array {
  const lists = listsFor(audience, model, k);
  const place = new Map(Array.from(audience.code, (code, i) => [code, i]));
  const out = new Int32Array(audience.code.length * k).fill(-1);
  for (let r = 0; r < lists.length; r++)
    out[place.get(lists.customer[r]!)! * k + lists.rank[r]! - 1] = lists.product[r]!;
  return out;
}
