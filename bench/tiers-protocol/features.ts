/**
 * What is known of a household at the end of day `cut` - 1, of the 182 days before: 138 features, most of them levels of spend
 * that forget at different speeds. No row of `cut` or later is read.
 */
import type { Compute } from '#engines/index.ts';
import { numberColumn, numbers, type Table } from '#table/index.ts';
import { type BgNbd, chanceAlive, fitBgNbd, type Histories } from '#value/index.ts';
import { DAYS, WINDOW } from './lines.ts';

const HALF_LIVES = [7, 14, 28, 56, 84, 112] as const;
const WEEKS = WINDOW / 7;

/** Departments that are told apart. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  grocery: ['GROCERY'],
  drug: ['DRUG GM'],
  produce: ['PRODUCE'],
  fuel: ['FUEL'],
  meat: ['MEAT', 'MEAT-PCKGD', 'SEAFOOD', 'SEAFOOD-PCKGD'],
  deli: ['DELI', 'SALAD BAR', 'PASTRY', 'CHEF SHOPPE', 'RESTAURANT'],
  misc: ['MISCELLANEOUS'],
};
const DECAYED_GROUPS = ['grocery', 'drug', 'produce', 'fuel', 'meat', 'deli'] as const;

const inGroup = (group: string): string => `department in (${GROUPS[group]!.map((name) => `'${name}'`).join(', ')})`;
const pick = (value: string, condition: string): string => `coalesce(sum(${value}) filter (${condition}), 0)`;
const list = (parts: readonly string[]): string => parts.join(', ');

/**
 * Weights of a day by its age: k<h> halves every h days and adds up to 182 over the window, so that a decayed sum is a sum of 26
 * weeks; m<h> is the share of that mass on days no older.
 */
const kernels = (): string => {
  const raw = HALF_LIVES.map((h) => `pow(0.5, (ago + 0.5) / ${h}) as p${h}`);
  const scaled = HALF_LIVES.map(
    (h) =>
      `p${h} / sum(p${h}) over () * ${WINDOW} as k${h}, sum(p${h}) over (order by ago) / sum(p${h}) over () as m${h}`,
  );
  return `select ago, ${list(scaled)} from (select ago, ${list(raw)} from range(${WINDOW}) t(ago))`;
};

/** By lines: money by department, brand and hour, discounts, and lines themselves. */
const ofLines =
  (): string => `select h, count(*) as lines, ${list([28, 91].map((d) => `count(*) filter (ago < ${d}) as lines_${d}d`))},
  ${list([28, 56, 112].map((d) => `sum(k${d}) as lines_d${d}`))},
  count(distinct department) as departments, sum(retail_disc) as retail_disc, sum(coupon_disc) as coupon_disc,
  sum(coupon_match) as coupon_match, count(*) filter (coupon_disc > 0) as coupon_lines,
  sum(retail_disc * k56) as disc_d56, sum(coupon_disc * k56) as coup_d56,
  ${pick('spend', "brand = 'Private'")} as private_spend, ${pick('spend * k56', "brand = 'Private'")} as priv_d56,
  ${pick('spend', 'day % 7 in (0, 6)')} as weekend_spend,
  ${list(Object.keys(GROUPS).map((g) => `${pick('spend', inGroup(g))} as ${g}_spend`))},
  ${list(DECAYED_GROUPS.map((g) => `${pick('spend * k56', inGroup(g))} as d56_${g}`))},
  ${pick('spend', "department is distinct from 'FUEL' and ago < 91")} as nofuel91,
  sum(hour * spend) as hour_spend, ${pick('spend', 'hour >= 18')} as evening_spend, ${pick('spend', 'hour < 11')} as morn_spend
  from seen join kernel using (ago) group by h`;

/** By days: levels of spend and of visits, and when the first and the last were. */
const ofDays =
  (): string => `select h, sum(v) as monetary, count(*) as active_days, min(ago) as last, max(ago) as first,
  max(ago) filter (v <> 0) as first_paid,
  ${list(HALF_LIVES.map((d) => `sum(v * k${d}) as dec${d}`))}, ${list([14, 28, 56].map((d) => `sum(k${d}) as decd${d}`))},
  ${list([7, 14, 28, 56, 91, 45].map((d) => `${pick('v', `ago < ${d}`)} as spend_${d}d`))}
  from shopped join kernel using (ago) group by h`;

/** By days between visits; one visit has none. */
const ofGaps = `select h, avg(gap) as gap_mean, stddev_pop(gap) as gap_std, max(gap) as gap_max from
  (select h, lag(ago) over (partition by h order by ago desc) - ago as gap from shopped) where gap is not null group by h`;

/** By baskets, in whole cents, so that one of 50.00 is one of 50. */
const ofBaskets = `select h, count(*) as frequency,
  ${list([28, 56, 91].map((d) => `count(*) filter (ago < ${d}) as baskets_${d}d`))},
  avg(v) as basket_mean, stddev_pop(v) as basket_std, max(v) as basket_max, median(v) as basket_med,
  count(*) filter (v >= 50) as big_baskets, sum(least(v, 100)) as spend_capped, sum(k56) as trips_d56,
  ${list([30, 60, 120].map((cap) => `sum(least(v, ${cap}) * k56) as cap${cap}_d56`))},
  sum(sqrt(greatest(v, 0)) * k56) as sqrtb_d56, ${pick('k56', 'v >= 60')} as big_d56, ${pick('k56', 'v < 15')} as small_d56
  from (select h, round(sum(spend), 2) as v, min(ago) as ago from seen group by h, basket) join kernel using (ago) group by h`;

/** By products, and how many baskets each was in. */
const ofProducts = `select h, count(*) as products, count(*) filter (n >= 3) as n_staples,
  ${list([2, 3, 5].map((n) => `${pick('v', `n >= ${n}`)} as rep${n}_spend, ${pick('d', `n >= ${n}`)} as rep${n}_d56`))},
  ${pick('d', 'n = 1')} as one_d56
  from (select h, count(distinct basket) as n, sum(spend) as v, sum(spend * k56) as d from seen join kernel using (ago)
    group by h, product) group by h`;

const ofStores = `select h, count(*) as stores, max(v) as top_store from (select h, sum(spend) as v from seen group by h, store) group by h`;

/** By all weeks, those without a visit too; week 0 is the last. */
const ofWeeks = `select h, pow(avg(sqrt(v)), 2) * ${WEEKS} as wk_sqrt, (exp(avg(ln(1 + v))) - 1) * ${WEEKS} as wk_log,
  avg(v) filter (place between 3 and ${WEEKS - 2}) * ${WEEKS} as wk_trim, median(v) as wk_med,
  count(*) filter (v > 0) as active_weeks, count(*) filter (v > 0 and i < 8) as aw8,
  stddev_pop(v) / greatest(avg(v), 1e-9) as wk_cv,
  sum(least(v, 2.5 * coalesce(usual, 0) + 1e-9) * pow(0.5, (i + 0.5) / 8)) / sum(pow(0.5, (i + 0.5) / 8)) * ${WEEKS} as wins_d56,
  ${pick('pow(0.5, (i + 0.5) / 8)', 'v > 0')} / sum(pow(0.5, (i + 0.5) / 8)) as aw_d56,
  ${pick('pow(0.5, (i + 0.5) / 4)', 'v > 0')} / sum(pow(0.5, (i + 0.5) / 4)) as aw_d28
  from (select *, median(v) filter (v > 0) over (partition by h) as usual, row_number() over (partition by h order by v) as place
    from week) group by h`;

/** By six times four weeks; month 0 is the last. */
const ofMonths = `select h, median(v) as mo_med, min(v) as mo_min, max(v) as mo_max, (exp(avg(ln(1 + v))) - 1) * 6 as mo_log,
  stddev_pop(ln(1 + v)) as mo_logsd, sum(ln(1 + v) * (2.5 - m)) / 17.5 as mo_slope, pow(avg(sqrt(v)), 2) * 6 as mo_sqrt,
  ${list([0, 1, 2, 3, 4, 5].map((m) => `sum(v) filter (m = ${m}) as mo${m}`))}
  from (select h, i // 4 as m, sum(v) as v from week where i < 24 group by all) group by h`;

const ofCampaigns = (cut: number): string => `select h, count(*) as campaigns,
  ${list(['A', 'B', 'C'].map((type) => `count(*) filter (type = 'Type ${type}') as camp${type}`))}
  from sent where day < ${cut} group by h`;

const PLAIN = [
  ...['monetary', 'dec7', 'decd14', 'dec14', 'dec28', 'decd28', 'dec56', 'decd56', 'dec84', 'dec112'],
  ...['spend_7d', 'spend_14d', 'spend_28d', 'spend_56d', 'spend_91d', 'wk_sqrt', 'wk_log', 'wk_trim', 'wk_med'],
  ...[
    'mo_med',
    'mo_min',
    'mo_max',
    'mo_log',
    'mo_logsd',
    'mo_slope',
    'mo_sqrt',
    'mo0',
    'mo1',
    'mo2',
    'mo3',
    'mo4',
    'mo5',
  ],
  ...[
    'active_weeks',
    'aw8',
    'wk_cv',
    'active_days',
    'gap_std',
    'frequency',
    'baskets_28d',
    'baskets_56d',
    'baskets_91d',
  ],
  ...['basket_mean', 'basket_std', 'basket_max', 'basket_med', 'big_baskets', 'spend_capped', 'lines', 'products'],
  ...['departments', 'stores', 'lines_28d', 'lines_91d', 'retail_disc', 'coupon_disc', 'coupon_match', 'coupon_lines'],
  ...Object.keys(GROUPS).map((group) => `${group}_spend`),
  ...['nofuel91', 'campaigns', 'campA', 'campB', 'campC', 'redemptions'],
  ...DECAYED_GROUPS.map((group) => `d56_${group}`),
  ...['rep2_spend', 'rep2_d56', 'rep3_spend', 'rep3_d56', 'rep5_spend', 'rep5_d56', 'one_d56', 'n_staples'],
  ...['lines_d28', 'lines_d56', 'lines_d112', 'disc_d56', 'priv_d56', 'coup_d56', 'trips_d56'],
  ...['cap30_d56', 'cap60_d56', 'cap120_d56', 'sqrtb_d56', 'big_d56', 'small_d56', 'wins_d56', 'aw_d56', 'aw_d28'],
];

const FIRST = 'coalesce(first, 0)';
const LAST = `coalesce(last, ${WINDOW})`;
const PAID = 'if(monetary > 0, monetary, 1)';
const DISCOUNT = '(retail_disc + coupon_disc + coupon_match)';
const tenureOf = (daysMin: number) => `monetary / greatest(${FIRST} + 1, ${daysMin}) * ${WINDOW}`;

/** Of what is missing where a household has no line in the window, 0 counts. */
const made: Readonly<Record<string, string>> = {
  ...Object.fromEntries(PLAIN.map((name) => [name, name])),
  recency: `${LAST} + 1`,
  tenure: `${FIRST} + 1`,
  rate: tenureOf(28),
  rate56: tenureOf(56),
  spend_per_aw: 'monetary / greatest(active_weeks, 1)',
  aw_frac: `active_weeks / ceil((${FIRST} + 1) / 7)`,
  half_ratio: 'ln(1 + coalesce(spend_91d, 0)) - ln(1 + greatest(0, coalesce(monetary - spend_91d, 0)))',
  q_ratio: 'ln(1 + 3 * coalesce(spend_45d, 0)) - ln(1 + greatest(0, coalesce(monetary - spend_45d, 0)))',
  gap_mean: `coalesce(gap_mean, ${WINDOW})`,
  gap_max: `coalesce(gap_max, ${WINDOW})`,
  rec_gap: `(${LAST} + 1) / coalesce(gap_mean, ${WINDOW})`,
  rec_gapmax: `(${LAST} + 1) / coalesce(gap_max, ${WINDOW})`,
  max_share: `basket_max / ${PAID}`,
  prod_per_line: 'products / greatest(lines, 1)',
  avg_price: 'monetary / greatest(lines, 1)',
  store_share: `top_store / ${PAID}`,
  disc_share: `${DISCOUNT} / greatest(${DISCOUNT} + monetary, 1e-9)`,
  private_share: `private_spend / ${PAID}`,
  weekend_share: `weekend_spend / ${PAID}`,
  ...Object.fromEntries(Object.keys(GROUPS).map((group) => [`${group}_share`, `${group}_spend / ${PAID}`])),
  nofuel: 'monetary - fuel_spend',
  hour: `hour_spend / ${PAID}`,
  evening_share: `evening_spend / ${PAID}`,
  morn_share: `morn_spend / ${PAID}`,
  rep_share: 'rep3_spend / greatest(monetary, 1)',
  spb_d56: 'cap120_d56 / greatest(trips_d56, 0.05)',
  tc56: 'dec56 / reached.m56',
  tc112: 'dec112 / reached.m112',
  late: 'greatest(0, 150 - coalesce(first_paid, 0))',
};

export interface Moment {
  /** One row a household, by its number; features alone. */
  readonly features: Table;
  /** [rows] spend of days `cut`..363, as of 182 days. */
  readonly future: Float64Array;
}

/**
 * The features of all households at one cut-off, and their future.
 *
 * @param lives a BG/NBD model fitted earlier; without it, one is fitted to the histories of this window
 */
export async function featuresAt(compute: Compute, cut: number, lives?: BgNbd): Promise<Moment & { lives: BgNbd }> {
  await compute.run(
    `create or replace temp table kernel as ${kernels()};
     create or replace temp table seen as select *, ${cut} - 1 - day as ago from line where day >= ${cut - WINDOW} and day < ${cut};
     create or replace temp table shopped as select h, ago, sum(spend) as v from seen group by h, ago;
     create or replace temp table week as select h, i, coalesce(v, 0) as v from household cross join range(${WEEKS}) t(i)
       left join (select h, ago // 7 as i, sum(v) as v from shopped group by all) using (h, i)`,
  );
  const columns = Object.entries(made).map(([name, sql]) => `coalesce(${sql}, 0)::double as ${name}`);
  const data = await compute.table(
    `with of_lines as (${ofLines()}), of_days as (${ofDays()}), of_gaps as (${ofGaps}), of_baskets as (${ofBaskets}),
       of_products as (${ofProducts}), of_stores as (${ofStores}), of_weeks as (${ofWeeks}), of_months as (${ofMonths}),
       of_campaigns as (${ofCampaigns(cut)}), of_coupons as (select h, count(*) as redemptions from used where day < ${cut} group by h),
       later as (select h, sum(spend) / ${DAYS - cut} * ${WINDOW} as future from line where day >= ${cut} group by h)
     select ${list(columns)}, coalesce(future, 0)::double as future
     from household left join of_lines using (h) left join of_days using (h) left join of_gaps using (h)
       left join of_baskets using (h) left join of_products using (h) left join of_stores using (h) left join of_weeks using (h)
       left join of_months using (h) left join of_campaigns using (h) left join of_coupons using (h) left join later using (h)
       left join kernel reached on reached.ago = greatest(coalesce(first_paid, 0), 27)
     order by h`,
  );
  const { future, ...features } = data.columns;
  if (future?.kind !== 'number') throw new TypeError('future is a number');
  const found = lifeFeatures({ length: data.length, columns: features }, lives);
  return {
    features: { length: data.length, columns: { ...features, ...found.columns } },
    future: future.values,
    lives: found.lives,
  };
}

/** BG/NBD in weeks: the chance that a household still comes, how often it would, and what it would spend. */
function lifeFeatures(data: Table, lives: BgNbd | undefined) {
  const of = (name: string) => numberColumn(data, name).values;
  const [days, tenure, recency, monetary] = ['active_days', 'tenure', 'recency', 'monetary'].map(of);
  const histories: Histories = {
    repeats: days!.map((n) => Math.max(0, n - 1)),
    recency: tenure!.map((age, i) => Math.max(0, age - recency![i]!) / 7),
    age: tenure!.map((age) => age / 7),
  };
  const model = lives ?? fitBgNbd(histories);
  const alive = chanceAlive(model, histories);
  const rate = histories.repeats.map((x, i) => (model.r + x) / (model.alpha + histories.age[i]!));
  const spend = alive.map((p, i) => (p * rate[i]! * (monetary![i]! + 30)) / (days![i]! + 1));
  return { lives: model, columns: { palive: numbers(alive), bg_rate: numbers(rate), bg_spend: numbers(spend) } };
}
