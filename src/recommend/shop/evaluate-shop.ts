/**
 * The shop's recommender judged on its last days: everything is learned as of a cut in time, the same for all
 * customers, and must find among all products what they bought after it. Beside it the baselines. Products bought
 * before (repeat) and new ones (explore) are also judged apart, since the first are far easier to find.
 *
 * The ranker that is judged has learned from the days before the cut, and was chosen there. The one that is handed on
 * for lists of today learned from the judged days themselves, which nobody is judged on any more.
 */
import type { Compute } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { split } from '#kernels/random.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { numberColumn, numbers, table } from '#table/index.ts';
import { type Audience, readAudience } from './columns.ts';
import { fitRanker, type RankerTrial, trialRanker } from './fit-ranker.ts';
import {
  type Judged,
  type Judging,
  judgeMethods,
  judgeShown,
  type Part,
  rowsOf,
  shownLists,
  spreadModel,
} from './judge-methods.ts';
import { type ListModel, strategyOf } from './lists.ts';
import { type LearnOptions, learn, settled } from './make.ts';
import { dropStage, type Moment, stage, tiersAt } from './pairs.ts';
import { type Ranker, WALK } from './ranker.ts';
import { byTenth } from './spread.ts';

export interface JudgeOptions extends Moment, Omit<LearnOptions, 'ranker'> {
  readonly seed: number;
  /** Days before `asOf` that are to be predicted; default 28. */
  readonly holdDays?: number;
  /** Length of the lists; default 12. */
  readonly k?: number;
  /** Customers judged at most, drawn by seed; default 1,000. */
  readonly usersMax?: number;
  /** `auto` (default): learned where it was better in the days before the cut; `walk`: nothing is learned. */
  readonly ranker?: 'auto' | 'walk';
}

export interface TierJudged {
  /** Null: customers without a tier at the cut. */
  readonly tier: string | null;
  readonly strategy: string;
  readonly parts: Readonly<Record<Part, Judged>>;
}

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
  /**
   * shown: lists with all rules, as customers get them; ranked: the ranker's order without strategies, where it was
   * learned; blend: the walk without rules; the rest: baselines.
   */
  readonly methods: Readonly<Record<string, Readonly<Record<Part, Judged>>>>;
  /** The shown lists by tier. */
  readonly tiers: readonly TierJudged[];
  /** [10] each: shares of what was shown and of what was bought by tenths of the products, the most bought first. */
  readonly popularity: { readonly shown: readonly number[]; readonly bought: readonly number[] };
  /** How the ranker was chosen before the cut. */
  readonly trial: RankerTrial['validation'];
  /** Ranker for lists as of `asOf`. */
  readonly ranker: Ranker;
  readonly notes: readonly string[];
}

/** Judges the recommender of `makeRecommendations` and its baselines, and chooses and fits its ranker. */
export async function evaluateRecommendations(compute: Compute, options: JudgeOptions): Promise<ShopRecommendReport> {
  const { asOf, seed, holdDays = 28, k = 12, ranker: asked = 'auto' } = options;
  const cutAt = asOf - holdDays * DAY_MS;
  try {
    const trial: RankerTrial =
      asked === 'walk'
        ? { ranker: WALK, validation: null }
        : await at(compute, options, cutAt - holdDays * DAY_MS, WALK, ({ model }) =>
            trialRanker(compute, model, { cutAt: cutAt - holdDays * DAY_MS, until: cutAt, seed, k }),
          );
    return await at(compute, options, cutAt, trial.ranker, async ({ model, everyNth, tiered }) => {
      const report = await judgedAt(compute, options, { model, everyNth, tiered, cutAt, k, holdDays });
      const ranker =
        trial.ranker.kind === 'walk' ? WALK : await fitRanker(compute, model, { cutAt, until: asOf, seed, k });
      return { ...report, trial: trial.validation, ranker };
    });
  } finally {
    await compute.run('drop table if exists recommend_tmp_judged');
  }
}

interface Learned {
  readonly model: ListModel;
  readonly everyNth: number;
  /** Are tiers known at the moment? */
  readonly tiered: boolean;
}

/** Stages and learns a past moment, hands it to `use`, and clears it away. */
async function at<T>(
  compute: Compute,
  options: JudgeOptions,
  moment: number,
  ranker: Ranker,
  use: (learned: Learned) => Promise<T>,
): Promise<T> {
  const { timeZone } = options;
  const { rules, weights } = settled({ ...options, ranker });
  // Stock is known for today only, so it can't be a rule in the past.
  const past = { ...options, ranker, weights, rules: { ...rules, skipOutOfStock: false }, asOf: moment, timeZone };
  const tiers = await tiersAt(compute, moment);
  await stage(compute, { ...past, tiers, onlySold: true });
  try {
    return await use({ ...(await learn(compute, past)), tiered: tiers !== undefined });
  } finally {
    await dropStage(compute);
  }
}

async function judgedAt(
  compute: Compute,
  { asOf, seed, usersMax = 1000 }: JudgeOptions,
  { model, everyNth, tiered, cutAt, k, holdDays }: Learned & { cutAt: number; k: number; holdDays: number },
): Promise<Omit<ShopRecommendReport, 'trial' | 'ranker'>> {
  const { audience, relevant, buyers } = await testCustomers(compute, model, { cutAt, asOf, seed, usersMax });
  const { pairs } = audience;
  const seen = rowsOf(audience, model.products.count, (e) => (pairs.buys[e]! > 0 ? 1 : 0));
  const [customers] = await compute.rows<{ n: number }>(
    'select count(distinct customer) n from recommend_tmp_pair where buys > 0',
  );
  const spread = spreadModel(model, customers!.n);
  const judging: Judging = { audience, seen, relevant, model, spread, k, seed };
  const shown = shownLists(audience, model, k);
  return {
    ...{ asOf, cutAt, holdDays, k, buyers, judged: audience.code.length, products: model.products.count, seed },
    methods: judgeMethods(judging, shown),
    tiers: await byTier(compute, judging, shown),
    popularity: {
      shown: byTenth(
        shown.filter((product) => product >= 0),
        spread.places,
      ),
      bought: byTenth(
        relevant.indices.filter((product) => product < model.products.count),
        spread.places,
      ),
    },
    notes: notesOf(model, everyNth, tiered),
  };
}

function notesOf({ rules }: ListModel, everyNth: number, tiered: boolean): string[] {
  return [
    'full ranking over all products; products never sold before the cut count as missed',
    'stock as of the cut is not known and not used; prices and costs are those of today',
    ...(rules.skipCategories.length > 0
      ? [`products below ${rules.skipCategories.join(', ')} are never shown, and count as missed where bought`]
      : []),
    ...(everyNth > 1 ? [`neighbours learned from one in ${everyNth} customers`] : []),
    ...(tiered ? [] : ['no tiers known at the cut: popularity is that of the whole shop']),
  ];
}

/** The shown lists judged among the customers of each tier. */
async function byTier(compute: Compute, judging: Judging, shown: Int32Array): Promise<TierJudged[]> {
  const { audience, model, seen, relevant, k } = judging;
  const names = await compute.rows<{ tier: string; at: number }>(
    'select distinct tier, tier_index as "at" from recommend_tmp_customer where tier is not null',
  );
  const codes = [...new Set(audience.tier)].sort((a, b) => b - a);
  return codes.map((tier) => {
    const rows = Int32Array.from(audience.tier.keys()).filter((row) => audience.tier[row] === tier);
    const lists = Int32Array.from(
      { length: rows.length * k },
      (_, i) => shown[rows[Math.floor(i / k)]! * k + (i % k)]!,
    );
    const own = { ...judging, seen: rowsAt(seen, rows), relevant: rowsAt(relevant, rows) };
    return {
      tier: names.find((name) => name.at === tier)?.tier ?? null,
      strategy: model.strategies[strategyOf(model, tier)]!.key,
      parts: judgeShown(own, lists),
    };
  });
}

function rowsAt(m: Sparse, rows: Int32Array): Sparse {
  const [rowOf, columnOf]: [number[], number[]] = [[], []];
  for (const [place, row] of rows.entries())
    for (let e = m.offsets[row]!; e < m.offsets[row + 1]!; e++) {
      rowOf.push(place);
      columnOf.push(m.indices[e]!);
    }
  const at = { rows: rows.length, columns: m.columns };
  return fromTriples({ ...at, rowOf: Int32Array.from(rowOf), columnOf: Int32Array.from(columnOf) });
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
