/**
 * Value tiers of Complete Journey (simulated by its publisher's account) by the peers' protocol, shared/peers/README.md
 * section 1: 35 features of 26 weeks, five tiers of the next 26 weeks' spend, five folds by the hash of the household.
 * Peers there: scikit-learn's logistic regression macro F1 .5196, kappa .7834, Gini .8664; rfm .4395, .7160, .7701;
 * past_spend .5489, .7899, .8635. `npm run bench -- tiers`
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { confusion, gini, mean, quantile, spearman, tierMetrics } from '#kernels/metrics.ts';
import { fitLogistic, foldOf, logistic, spreads } from '#learners/index.ts';
import { numberColumn, numbers, type Table } from '#table/index.ts';

const DATA = new URL('../../shared/data/completejourney/', import.meta.url).pathname;
const TIERS = 5;
const FOLDS = 5;

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
if (existsSync(DATA)) await main();
else console.log('skipped: no ../shared/data here');

async function main(): Promise<void> {
  const compute = await openDuckdb();
  const data = await households(compute);
  await compute.close();
  compareSums(data);
  const rows = (['logistic', 'rfm', 'past_spend'] as const).map((method) => {
    const from = process.cpuUsage();
    const folds = Array.from({ length: FOLDS }, (_, fold) => judged(data, fold, method));
    const { user, system } = process.cpuUsage(from);
    const figures = Object.entries(spreads(folds)).map(([name, { mean: m, sd }]) => [
      name,
      `${m.toFixed(4)} ±${sd.toFixed(4)}`,
    ]);
    return { method, ...Object.fromEntries(figures), cpuSeconds: ((user + system) / 1e6).toFixed(2) };
  });
  console.table(rows);
}

/** One row a household with a line in the calibration: id, the 35 features, y. */
async function households(compute: Compute): Promise<Table> {
  const pick = (condition: string) => `coalesce(sum(sales_value) filter (${condition}), 0)`;
  const share = (condition: string) => `${pick(condition)} / if(sum(sales_value) > 0, sum(sales_value), 1)`;
  const spend = [7, 14, 28, 56, 91].map((w) => `${pick(`day >= ${182 - w}`)} as spend_${w}d`);
  const baskets = [28, 56, 91].map((w) => `count(distinct basket_id) filter (day >= ${182 - w}) as baskets_${w}d`);
  await compute.run(
    `create table t as select t.*, floor(epoch(transaction_timestamp - timestamp '2017-01-01') / 86400)::integer as day, department, brand
       from '${DATA}transactions.parquet' t left join (select product_id, department, brand from '${DATA}products.parquet') using (product_id);
     create table c as select * from t where day < 182`,
  );
  return compute.table(
    `with b as (select household_id, sum(sales_value) as s from c group by household_id, basket_id),
       basket as (select household_id, avg(s) as basket_mean, stddev_pop(s) as basket_std, max(s) as basket_max from b group by all),
       d as (select distinct household_id, day from c),
       gap as (select household_id, avg(g) as gap_mean, stddev_pop(g) as gap_std from
         (select household_id, day - lag(day) over (partition by household_id order by day) as g from d) where g is not null group by all),
       sent as (select household_id, count(*) as n from '${DATA}campaigns.parquet' join '${DATA}campaign_descriptions.parquet' using (campaign_id)
         where start_date < date '2017-07-02' group by all),
       used as (select household_id, count(*) as n from '${DATA}coupon_redemptions.parquet' where redemption_date < date '2017-07-02' group by all),
       later as (select household_id, sum(sales_value) as y from t where day between 182 and 363 group by all),
       f as (select household_id, 182 - max(day) as recency, count(distinct basket_id) as frequency, sum(sales_value) as monetary, 182 - min(day) as tenure,
         count(*) as lines, count(distinct product_id) as products, count(distinct department) as departments, count(distinct store_id) as stores,
         sum(retail_disc) as retail_disc, sum(coupon_disc) as coupon_disc, sum(coupon_match_disc) as coupon_match,
         coalesce(sum(retail_disc + coupon_disc + coupon_match_disc) / nullif(sum(retail_disc + coupon_disc + coupon_match_disc + sales_value), 0), 0) as disc_share,
         ${share("brand = 'Private'")} as private_share, ${share('day % 7 in (0, 6)')} as weekend_share, ${share("department = 'GROCERY'")} as grocery_share,
         ${share("department = 'PRODUCE'")} as produce_share, ${share("department = 'MEAT'")} as meat_share, count(distinct day) as active_days,
         count(distinct day // 7) as active_weeks, ${[...spend, ...baskets].join(', ')}
         from c group by household_id)
     select f.household_id::varchar as id, recency, frequency, monetary, tenure, basket_mean, basket_std, basket_max, lines, products, departments, stores,
       retail_disc, coupon_disc, coupon_match, disc_share, private_share, weekend_share, grocery_share, produce_share, meat_share,
       coalesce(gap_mean, 182) as gap_mean, coalesce(gap_std, 0) as gap_std, active_days, active_weeks, spend_7d, spend_14d, spend_28d, spend_56d, spend_91d,
       baskets_28d, baskets_56d, baskets_91d, 2 * spend_91d - monetary as trend, coalesce(sent.n, 0) as campaigns, coalesce(used.n, 0) as redemptions,
       coalesce(later.y, 0) as y
     from f left join basket using (household_id) left join gap using (household_id) left join sent using (household_id)
       left join used using (household_id) left join later using (household_id) order by f.household_id`,
  );
}

/** The peers' own sums of each feature say whether ours are the same features. */
function compareSums(data: Table): void {
  const file = new URL('../../shared/peers/ref/tier_info.json', import.meta.url);
  const { feature_sums: sums } = JSON.parse(readFileSync(file, 'utf8')) as { feature_sums: Record<string, number> };
  const off = Object.entries(sums).filter(([name, want]) => {
    const got = numberColumn(data, name).values.reduce((a, b) => a + b, 0);
    return Math.abs(got - want) > 1e-6 * Math.max(1, Math.abs(want)) + 0.01;
  });
  console.log(
    `${data.length} households, ${Object.keys(sums).length} features, sums differ from the peers': ${off.map(([name]) => name).join(', ') || 'none'}`,
  );
}

function judged(data: Table, fold: number, method: 'logistic' | 'rfm' | 'past_spend') {
  const ids = data.columns.id!;
  if (ids.kind !== 'text') throw new TypeError('id is text');
  const foldOfRow = Array.from(ids.codes, (code) => foldOf(ids.dictionary[code]!, FOLDS));
  const train = foldOfRow.flatMap((own, i) => (own === fold ? [] : [i]));
  const test = foldOfRow.flatMap((own, i) => (own === fold ? [i] : []));
  const y = numberColumn(data, 'y').values;
  const tier = (values: Float64Array) => {
    const sorted = Float64Array.from(train, (i) => values[i]!).sort();
    const cuts = [0.2, 0.4, 0.6, 0.8].map((share) => quantile(sorted, share));
    return values.map((v) => cuts.filter((cut) => v > cut).length);
  };
  const actual = tier(y);
  const { guess, score } = method === 'logistic' ? learned(data, actual, y, train) : ruled(data, method, tier);
  const of = (values: ArrayLike<number>) => Float64Array.from(test, (i) => values[i]!);
  const metrics = tierMetrics(confusion(of(actual), of(guess), TIERS), TIERS);
  return { ...metrics, gini: gini(of(y), of(score)), spearman: spearman(of(y), of(score)) };
}

function ruled(data: Table, method: 'rfm' | 'past_spend', tier: (values: Float64Array) => Float64Array) {
  const column = (name: string) => numberColumn(data, name).values;
  const parts = [column('recency').map((d) => -d), column('frequency'), column('monetary')].map(tier);
  const score =
    method === 'past_spend' ? column('monetary') : parts[0]!.map((r, i) => r + parts[1]![i]! + parts[2]![i]!);
  return { guess: tier(score), score };
}

function learned(data: Table, actual: Float64Array, y: Float64Array, train: readonly number[]) {
  const names = Object.keys(data.columns).filter((name) => name !== 'id' && name !== 'y');
  const at = (rows: readonly number[]): Table => ({
    length: rows.length,
    columns: {
      ...Object.fromEntries(names.map((name) => [name, numbers(rows.map((i) => numberColumn(data, name).values[i]!))])),
      label: numbers(rows.map((i) => actual[i]!)),
    },
  });
  const model = fitLogistic(at(train), { ...logistic.defaults, signedLog: true, features: names });
  const chances = logistic.predict(model, at([...actual.keys()]));
  const means = Array.from({ length: TIERS }, (_, k) => mean(train.filter((i) => actual[i] === k).map((i) => y[i]!)));
  const row = (i: number) => chances.subarray(i * TIERS, (i + 1) * TIERS);
  return {
    guess: actual.map((_, i) => row(i).indexOf(Math.max(...row(i)))),
    score: actual.map((_, i) => row(i).reduce((sum, p, k) => sum + p * means[k]!, 0)),
  };
}
