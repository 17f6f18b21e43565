/**
 * What the members of an experiment did, out of the lake: outcomes in the window after each one's entry, covariates from
 * before it, and the tier that they had then. Money in whole minor units.
 */
import { type Compute, literal, quoted } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { numberColumn, type Table } from '#table/index.ts';
import { covariateColumn, type Members, metricColumn, sliceColumn } from '../members.ts';
import type { MetricSpec } from '../metric-spec.ts';
import type { Timeline } from '../over-time.ts';

/** Columns of outcomes that a metric may name, and what each is. */
export const OUTCOMES = [
  { key: 'bought', en: 'placed an order (conversion)', zh: '下单（转化）', needs: null },
  { key: 'orders', en: 'orders', zh: '订单数', needs: null },
  { key: 'revenue', en: 'revenue less returns', zh: '净收入', needs: null },
  { key: 'margin', en: 'margin after discounts', zh: '折后毛利', needs: null },
  { key: 'profit', en: 'margin less contacts', zh: '毛利减触达成本', needs: null },
  { key: 'returns', en: 'lines sent back', zh: '退货行数', needs: null },
  {
    key: 'retained',
    en: 'ordered again in the second half of the window (retention)',
    zh: '窗口后半段再次下单（留存）',
    needs: null,
  },
  { key: 'views', en: 'product views', zh: '商品浏览', needs: null },
  { key: 'carts', en: 'additions to the cart', zh: '加购次数', needs: null },
  { key: 'promotion_views', en: 'promotions seen', zh: '营销曝光', needs: null },
  { key: 'promotion_clicks', en: 'promotions clicked', zh: '营销点击', needs: null },
  {
    key: 'nps',
    en: 'net promoter score: promoters less detractors, of those who answered',
    zh: '净推荐值（NPS，仅答卷者）',
    needs: 'surveys',
  },
  {
    key: 'csat',
    en: 'satisfied (4 or 5 of 5), of those who answered',
    zh: '满意度（CSAT，仅答卷者）',
    needs: 'surveys',
  },
] as const;

export type OutcomeKey = (typeof OUTCOMES)[number]['key'];

const SHORT: Readonly<Record<string, { readonly en: string; readonly zh: string }>> = {
  bought: { en: 'conversion', zh: '转化率' },
  orders: { en: 'orders', zh: '订单数' },
  revenue: { en: 'revenue', zh: '净收入' },
  margin: { en: 'margin', zh: '毛利' },
  profit: { en: 'profit', zh: '利润' },
  returns: { en: 'returns', zh: '退货' },
  retained: { en: 'retention', zh: '留存率' },
  views: { en: 'product views', zh: '商品浏览' },
  carts: { en: 'additions to the cart', zh: '加购次数' },
  promotion_views: { en: 'promotions seen', zh: '营销曝光' },
  promotion_clicks: { en: 'promotions clicked', zh: '营销点击' },
  nps: { en: 'the net promoter score', zh: '净推荐值' },
  csat: { en: 'the share of the satisfied', zh: '满意客户占比' },
};

/** A metric of the lake in words for people. */
export function outcomeWords({ column, denominator, quantile }: MetricSpec): { en: string; zh: string } {
  const one = (key: string) => SHORT[key] ?? { en: key, zh: key };
  const [top, bottom] = [one(column), denominator === undefined ? undefined : one(denominator)];
  const ratio = bottom === undefined ? top : { en: `${top.en} per ${bottom.en}`, zh: `${top.zh}÷${bottom.zh}` };
  if (quantile === undefined) return ratio;
  const share = Number((100 * quantile).toPrecision(4));
  return { en: `the ${share} % quantile of ${ratio.en}`, zh: `${ratio.zh}的 ${share} % 分位数` };
}

/** Covariates of before the entry: 91 days of orders and browsing, days since the last order and since the first. */
export const COVARIATES = ['pre_revenue', 'pre_orders', 'pre_views', 'recency_days', 'tenure_days'] as const;
export const SLICES = ['tier', 'member_level', 'gender'] as const;

export interface OutcomeOptions {
  readonly timeZone: string;
  /** Margin as a share of what was paid, where a product has no unit cost. */
  readonly marginShare: number;
  readonly metrics: readonly MetricSpec[];
}

/** Whether the shop has answers of surveys: a table `surveys` with customer_id, kind (nps, csat), score and answered_at. */
export async function hasSurveys(compute: Compute): Promise<boolean> {
  const rows = await compute.rows<{ name: string }>(
    "select table_name as name from information_schema.tables where table_name = 'surveys'",
  );
  return rows.length > 0;
}

const ENTRY = 'experiment_tmp_entry';
const LINES = 'experiment_tmp_lines';
const PRE_DAYS = 91;

/**
 * Reads the outcomes of the members in table `experiment_tmp_entry`: customer_id, arm, start_at, end_at (epoch ms; outcomes
 * are counted from start_at up to end_at), weight (null: chances are alike) and contact_cost. A row a member; drops it.
 *
 * @returns members without rows and contamination, which the caller knows
 */
export async function outcomesOf(
  compute: Compute,
  options: OutcomeOptions,
): Promise<Pick<Members, 'data' | 'timeline'>> {
  try {
    await stageLines(compute, options.marginShare);
    const surveys = (await hasSurveys(compute)) ? SURVEYS : NO_SURVEYS;
    const hasTiers = await isThere(compute, 'tier_history');
    const data = await compute.table(outcomesSelect(surveys, hasTiers));
    return { data: tidy(data), timeline: await timelineOf(compute, options, data) };
  } finally {
    for (const name of [ENTRY, LINES]) await compute.run(`drop table if exists ${name}`);
  }
}

const isThere = async (compute: Compute, name: string): Promise<boolean> =>
  (await compute.rows(`select 1 from information_schema.tables where table_name = ${literal(name)}`)).length > 0;

/** Lines of the members, each with its sign and margin. */
async function stageLines(compute: Compute, marginShare: number): Promise<void> {
  await compute.run(
    `create or replace table ${LINES} as
     select l.customer_id, l.order_id, l.ordered_at, l.status, if(l.status = 'paid', 1, -1) * l.paid as paid,
       if(l.status = 'paid', 1, -1) * (case when p.unit_cost is null then round(l.paid * ${Number(marginShare)})::bigint
         else l.paid - round(p.unit_cost * l.quantity)::bigint end) as margin
     from order_lines l left join products p using (product_id)
     where l.status in ('paid', 'refunded') and l.customer_id in (select customer_id from ${ENTRY})`,
  );
}

const SURVEYS = `select e.customer_id,
    avg(case when s.score between 0 and 10 then if(s.score >= 9, 100, if(s.score <= 6, -100, 0)) end) filter (s.kind = 'nps') as nps,
    avg(case when s.score between 1 and 5 then (s.score >= 4)::integer end) filter (s.kind = 'csat') as csat
  from ${ENTRY} e join surveys s on s.customer_id = e.customer_id and s.answered_at >= e.start_at and s.answered_at < e.end_at
  group by 1`;
const NO_SURVEYS = 'select null::varchar as customer_id, null::double as nps, null::double as csat where false';

function outcomesSelect(surveys: string, hasTiers: boolean): string {
  const m = (name: string, sql: string): string => `${sql}::double as ${quoted(metricColumn(name))}`;
  const x = (name: string, sql: string): string => `${sql}::double as ${quoted(covariateColumn(name))}`;
  const tier = hasTiers
    ? 'select e.customer_id, arg_max(h.tier, h.as_of) as tier from ' +
      `${ENTRY} e join tier_history h on h.customer_id = e.customer_id and h.as_of <= e.start_at group by 1`
    : 'select null::varchar as customer_id, null::varchar as tier where false';
  return `with during as (
      select e.customer_id, count(distinct l.order_id) filter (l.status = 'paid') as orders, sum(l.paid) as revenue,
        sum(l.margin) as margin, count(*) filter (l.status = 'refunded') as returns,
        bool_or(l.status = 'paid' and l.ordered_at >= e.start_at + (e.end_at - e.start_at) // 2) as retained
      from ${ENTRY} e join ${LINES} l on l.customer_id = e.customer_id and l.ordered_at >= e.start_at and l.ordered_at < e.end_at
      group by 1),
    before as (
      select e.customer_id, sum(l.paid) filter (l.ordered_at >= e.start_at - ${PRE_DAYS * DAY_MS}) as revenue,
        count(distinct l.order_id) filter (l.status = 'paid' and l.ordered_at >= e.start_at - ${PRE_DAYS * DAY_MS}) as orders,
        max(l.ordered_at) filter (l.status = 'paid') as last_at, min(l.ordered_at) filter (l.status = 'paid') as first_at
      from ${ENTRY} e join ${LINES} l on l.customer_id = e.customer_id and l.ordered_at < e.start_at group by 1),
    seen as (
      select e.customer_id,
        count(*) filter (v.name = 'Product Viewed' and v.occurred_at >= e.start_at) as views,
        count(*) filter (v.name = 'Product Added' and v.occurred_at >= e.start_at) as carts,
        count(*) filter (v.name = 'Promotion Viewed' and v.occurred_at >= e.start_at) as promotion_views,
        count(*) filter (v.name = 'Promotion Clicked' and v.occurred_at >= e.start_at) as promotion_clicks,
        count(*) filter (v.name = 'Product Viewed' and v.occurred_at < e.start_at) as pre_views
      from ${ENTRY} e join events v on v.customer_id = e.customer_id
        and v.occurred_at >= e.start_at - ${PRE_DAYS * DAY_MS} and v.occurred_at < e.end_at
      where v.name in ('Product Viewed', 'Product Added', 'Promotion Viewed', 'Promotion Clicked') group by 1),
    answered as (${surveys}),
    tiers as (${tier})
    select e.arm, e.weight, e.start_at, ${[
      m('bought', '(coalesce(d.orders, 0) > 0)::integer'),
      m('orders', 'coalesce(d.orders, 0)'),
      m('revenue', 'coalesce(d.revenue, 0)'),
      m('margin', 'coalesce(d.margin, 0)'),
      m('profit', '(coalesce(d.margin, 0) - coalesce(e.contact_cost, 0))'),
      m('returns', 'coalesce(d.returns, 0)'),
      m('retained', 'coalesce(d.retained, false)::integer'),
      m('views', 'coalesce(s.views, 0)'),
      m('carts', 'coalesce(s.carts, 0)'),
      m('promotion_views', 'coalesce(s.promotion_views, 0)'),
      m('promotion_clicks', 'coalesce(s.promotion_clicks, 0)'),
      m('nps', 'a.nps'),
      m('csat', 'a.csat'),
      x('pre_revenue', 'coalesce(b.revenue, 0)'),
      x('pre_orders', 'coalesce(b.orders, 0)'),
      x('pre_views', 'coalesce(s.pre_views, 0)'),
      x('recency_days', `((e.start_at - b.last_at) // ${DAY_MS})`),
      x('tenure_days', `((e.start_at - b.first_at) // ${DAY_MS})`),
    ].join(', ')},
      coalesce(t.tier, 'none') as ${quoted(sliceColumn('tier'))},
      coalesce(c.member_level, 'none') as ${quoted(sliceColumn('member_level'))},
      coalesce(c.gender, 'none') as ${quoted(sliceColumn('gender'))}
    from ${ENTRY} e left join during d using (customer_id) left join before b using (customer_id)
      left join seen s using (customer_id) left join answered a using (customer_id) left join tiers t using (customer_id)
      left join customers c using (customer_id)
    order by e.customer_id`;
}

/** Without a weight where chances are alike; and what only the days need. */
function tidy(data: Table): Table {
  const { weight, start_at: _, ...columns } = data.columns;
  const isWeighted = weight?.kind === 'number' && !weight.valid;
  return { length: data.length, columns: isWeighted ? { ...columns, weight } : columns };
}

/** SQL of what the primary metric counts a line as; undefined where it is not told by days. */
const PIECES: Readonly<Record<string, string>> = {
  revenue: 'sum(l.paid)',
  margin: 'sum(l.margin)',
  profit: 'sum(l.margin)',
  orders: "count(distinct l.order_id) filter (l.status = 'paid')",
};

async function timelineOf(compute: Compute, { timeZone, metrics }: OutcomeOptions, data: Table): Promise<Timeline> {
  const day = (ms: string): string =>
    `(timezone(${literal(timeZone)}, make_timestamptz((${ms}) * 1000))::date - date '1970-01-01')::integer`;
  const column = metrics[0]?.column ?? 'revenue';
  // bought: the first order alone
  const pieces =
    column === 'bought'
      ? `select place, min("day") as "day", 1.0 as "value" from piece where paid group by 1`
      : `select place, "day", "value" from piece`;
  const rows = await compute.table(
    `with entry as (select *, row_number() over (order by customer_id) - 1 as place from ${ENTRY}),
     piece as (
       select e.place, ${day('l.ordered_at')} as "day", (${PIECES[column] ?? 'count(*)'})::double as "value",
         bool_or(l.status = 'paid') as paid
       from entry e join ${LINES} l on l.customer_id = e.customer_id and l.ordered_at >= e.start_at and l.ordered_at < e.end_at
       group by 1, 2)
     ${pieces} order by 1, 2`,
  );
  const entries = await compute.table(`select ${day('start_at')} as "day" from ${ENTRY} order by customer_id`);
  if (entries.length !== data.length) throw new RangeError('an experiment has a customer twice');
  return {
    member: Int32Array.from(numberColumn(rows, 'place').values),
    day: Int32Array.from(numberColumn(rows, 'day').values),
    value: numberColumn(rows, 'value').values,
    entryDay: Int32Array.from(numberColumn(entries, 'day').values),
  };
}

/** Whether the days of a metric can be told. */
export const isDaily = ({ column, denominator, quantile }: MetricSpec): boolean =>
  denominator === undefined && quantile === undefined && (column === 'bought' || PIECES[column] !== undefined);
