/** Stored campaign plans: who gets what, what it costs, what it should bring and, once measured, did bring. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { type Compute, literal, type Scalar } from '#engines/index.ts';
import { known } from '#errors.ts';
import { type CsvColumn, majorUnits } from './csv.ts';
import { at, readJson, readReport, textAt, wholeAt } from './facts.ts';
import { recordsOf } from './records.ts';
import type { CampaignReply, CampaignSummary, CampaignTotals, PeopleQuery, PeopleReply, PersonRow } from './schemas.ts';
import { CampaignParams } from './schemas.ts';
import type { Store } from './store.ts';

type Totals = z.infer<typeof CampaignTotals>;
type Summary = z.infer<typeof CampaignSummary>;
type Person = z.infer<typeof PersonRow>;

export interface Plan {
  readonly id: string;
  /** plan.parquet, one row a customer. */
  readonly file: string;
  /** campaign.json, as it is. */
  readonly document: unknown;
  readonly changedMs: number;
}

const EXPORT_BATCH = 20_000;
const CURVE_STEPS = 40;

/** The plan of the run and the drafts in campaigns/, newest first. */
export function plansOf({ dir, runPlan, facts }: Store): Plan[] {
  const root = join(dir, 'campaigns');
  const saved = (existsSync(root) ? readdirSync(root) : [])
    .filter((id) => CampaignParams.safeParse({ id }).success && id !== runPlan?.id)
    .flatMap((id) => {
      const file = join(root, id, 'plan.parquet');
      if (!existsSync(file)) return [];
      const document = readJson(join(root, id, 'campaign.json'));
      return [{ id, file, document, changedMs: statSync(file).mtimeMs }];
    });
  const ofRun = runPlan === null ? [] : [{ ...runPlan, document: readReport(dir, 'campaign'), changedMs: facts.asOf }];
  return [...ofRun, ...saved].sort(
    (a, b) => (createdAt(b) ?? b.changedMs) - (createdAt(a) ?? a.changedMs) || (a.id < b.id ? -1 : 1),
  );
}

export const campaignName = ({ id, document }: Plan): string => textAt(document, 'name') ?? id;
const createdAt = ({ document }: Plan): number | null => wholeAt(document, 'createdAt');

export async function campaignSummaries(store: Store): Promise<Summary[]> {
  return Promise.all(plansOf(store).map((plan) => summaryOf(store, plan)));
}

async function summaryOf(store: Store, plan: Plan): Promise<Summary> {
  const { audience, offered, holdout, costMinor, expectedProfitMinor } = await totalsOfPlan(store, plan);
  const { measured } = resultOf(store, plan);
  return {
    campaignId: plan.id,
    name: campaignName(plan),
    status: measured !== null ? 'measured' : textAt(plan.document, 'status') === 'draft' ? 'draft' : 'planned',
    createdAt: createdAt(plan),
    audience,
    offered,
    holdout,
    costMinor,
    expectedProfitMinor,
    measuredProfitMinor: wholeAt(measured, 'incrementalProfitMinor'),
  };
}

/** The measured and the true result of a plan: in its own document, or in the report of the run. */
function resultOf(store: Store, plan: Plan): { measured: unknown; truth: unknown } {
  const report = readReport(store.dir, 'campaign');
  const isOfPlan = (textAt(report, 'campaignId') ?? textAt(report, 'campaign_id')) === plan.id;
  const find = (key: string) => at(plan.document, key) ?? (isOfPlan ? at(report, key) : undefined) ?? null;
  return { measured: find('measured'), truth: find('truth') };
}

/** @throws CAMPAIGN_UNKNOWN */
export function planOf(store: Store, id: string): Plan {
  const plan = plansOf(store).find((one) => one.id === id);
  if (plan === undefined) throw known('CAMPAIGN_UNKNOWN', { id });
  return plan;
}

/**
 * One campaign with its totals.
 *
 * @throws CAMPAIGN_UNKNOWN
 */
export async function campaignOf(store: Store, id: string): Promise<z.infer<typeof CampaignReply>> {
  const plan = planOf(store, id);
  const [summary, totals] = await Promise.all([summaryOf(store, plan), totalsOfPlan(store, plan)]);
  return { ...summary, definition: plan.document, totals, ...resultOf(store, plan) };
}

const totalsOfPlan = (store: Store, plan: Plan): Promise<Totals> =>
  store.memo(`plan ${plan.id} ${plan.changedMs}`, () => totalsOf(store, `read_parquet(${literal(plan.file)})`));

const SUMS = `count(*) as audience, count(*) filter (arm = 'offer') as offered, count(*) filter (arm = 'holdout') as holdout,
  count(*) filter (arm = 'none') as "none", coalesce(sum(cost_minor) filter (arm = 'offer'), 0)::bigint as "costMinor",
  coalesce(sum(expected_profit_minor) filter (arm = 'offer'), 0)::bigint as "expectedProfitMinor"`;

/** Totals of a plan that lies in `from`, a table or a table function of SQL. */
export async function totalsOf(store: Store, from: string): Promise<Totals> {
  const { compute, shop } = store;
  const [all] = await compute.rows<Omit<Totals, 'byTier' | 'reasons' | 'curve'>>(`select ${SUMS} from ${from}`);
  const tiers = await compute.rows<Totals['byTier'][number]>(
    `select coalesce(tier, 'none') as tier, ${SUMS} from ${from} group by 1 order by 1`,
  );
  const reasons = await compute.rows<Totals['reasons'][number]>(
    `select arm, coalesce(reason, '') as code, coalesce(any_value(reason_en order by reason_en), '') as en, coalesce(any_value(reason_zh order by reason_zh), '') as zh,
       count(*) as customers from ${from} group by 1, 2 order by customers desc, 1, 2 limit 50`,
  );
  const index = (key: string) => shop.tiers.findIndex((tier) => tier.key === key);
  if (all === undefined) throw new Error('count without a row');
  return {
    ...all,
    byTier: tiers.sort((a, b) => index(a.tier) - index(b.tier)),
    reasons,
    curve: await curveOf(compute, from),
  };
}

/** Running cost and profit when offers go to the best customers first, at some forty points. */
async function curveOf(compute: Compute, from: string): Promise<Totals['curve']> {
  return compute.rows<Totals['curve'][number]>(
    `with chosen as (
       select cost_minor, expected_profit_minor, row_number() over (order by expected_profit_minor desc, customer_id) as i, count(*) over () as n
       from ${from} where arm = 'offer'),
     steps as (
       select ((i * ${CURVE_STEPS} + n - 1) // n)::integer as step, count(*) as k, sum(cost_minor) as cost, sum(expected_profit_minor) as profit
       from chosen group by 1)
     select (sum(k) over w)::bigint as offers, coalesce(sum(cost) over w, 0)::bigint as "costMinor",
       coalesce(sum(profit) over w, 0)::bigint as "expectedProfitMinor"
     from steps window w as (order by step) order by step`,
  );
}

interface StoredPerson {
  readonly customer_id: string;
  readonly arm: Person['arm'];
  readonly tier: string | null;
  readonly score: number | null;
  readonly expected_profit_minor: number | null;
  readonly cost_minor: number | null;
  readonly propensity: number | null;
  readonly reason: string | null;
  readonly reason_en: string;
  readonly reason_zh: string;
}

/**
 * People of a plan, by score from high to low.
 *
 * @throws CAMPAIGN_UNKNOWN
 */
export async function peopleOf(
  store: Store,
  id: string,
  query: z.infer<typeof PeopleQuery>,
): Promise<z.infer<typeof PeopleReply>> {
  const { sql, params } = peopleWhere(store, id, query);
  const [counted] = await store.compute.rows<{ n: number }>(
    `select count(*) as n from read_parquet($file) where ${sql}`,
    params,
  );
  return {
    total: counted?.n ?? 0,
    rows: await peoplePage(store, sql, { ...params, limit: query.limit, offset: query.offset }),
  };
}

/**
 * All of them, in batches; each begins after the last row of the one before.
 *
 * @throws CAMPAIGN_UNKNOWN
 */
export function allPeople(store: Store, id: string, query: z.infer<typeof PeopleQuery>): AsyncGenerator<Person[]> {
  const { sql, params } = peopleWhere(store, id, query);
  async function* batches(): AsyncGenerator<Person[]> {
    let last: StoredPerson | undefined;
    do {
      const place: Record<string, Scalar> = last === undefined ? {} : { score: last.score, after: last.customer_id };
      const found = await store.compute.table(
        `${PEOPLE} where ${sql} and ${last === undefined ? 'true' : AFTER} ${PEOPLE_ORDER} limit ${EXPORT_BATCH}`,
        { ...params, ...place },
      );
      const rows = recordsOf<StoredPerson>(found);
      if (rows.length > 0) yield rows.map(personOf);
      last = rows.length < EXPORT_BATCH ? undefined : rows.at(-1);
    } while (last !== undefined);
  }
  return batches();
}

export function peopleColumns({ shop }: Store): readonly CsvColumn<Person>[] {
  const money = (amount: number | null) => majorUnits(amount, shop.currencyDigits);
  return [
    { name: 'customer_id', cell: (row) => row.customerId },
    { name: 'arm', cell: (row) => row.arm },
    { name: 'tier', cell: (row) => row.tier },
    { name: 'score', cell: (row) => row.score },
    { name: `expected_profit_${shop.currency}`, cell: (row) => money(row.expectedProfitMinor), isNumeric: true },
    { name: `cost_${shop.currency}`, cell: (row) => money(row.costMinor), isNumeric: true },
    { name: 'propensity', cell: (row) => row.propensity },
    { name: 'reason', cell: (row) => row.reason },
    { name: 'reason_en', cell: (row) => row.reasonEn },
    { name: 'reason_zh', cell: (row) => row.reasonZh },
  ];
}

function peopleWhere(store: Store, id: string, { arm, tier }: z.infer<typeof PeopleQuery>) {
  const params: Record<string, Scalar> = { file: planOf(store, id).file };
  const terms = ['true'];
  if (arm !== undefined) {
    terms.push('arm = $arm');
    params.arm = arm;
  }
  if (tier !== undefined) {
    terms.push('tier = $tier');
    params.tier = tier;
  }
  return { sql: terms.join(' and '), params };
}

const PEOPLE = `select customer_id, arm, tier, expected_profit_minor, cost_minor, reason, coalesce(reason_en, '') as reason_en,
    coalesce(reason_zh, '') as reason_zh, if(isfinite(propensity), propensity, null) as propensity, finite_score as score
  from (select *, if(isfinite(score), score, null) as finite_score from read_parquet($file))`;
const PEOPLE_ORDER = 'order by finite_score desc nulls last, customer_id';
const AFTER = `(finite_score < $score or (finite_score is null and $score is not null)
  or (finite_score is not distinct from $score and customer_id > $after))`;

async function peoplePage(store: Store, where: string, params: Record<string, Scalar>): Promise<Person[]> {
  const rows = await store.compute.rows<StoredPerson>(
    `${PEOPLE} where ${where} ${PEOPLE_ORDER} limit $limit offset $offset`,
    params,
  );
  return rows.map(personOf);
}

const personOf = (row: StoredPerson): Person => ({
  customerId: row.customer_id,
  arm: row.arm,
  tier: row.tier,
  score: row.score,
  expectedProfitMinor: row.expected_profit_minor,
  costMinor: row.cost_minor,
  propensity: row.propensity,
  reason: row.reason,
  reasonEn: row.reason_en,
  reasonZh: row.reason_zh,
});
