/** Stored campaign plans: who gets what, what it costs, what it should bring and, once measured, did bring. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { actionsOf, readCampaign, STATUSES } from '#campaigns/index.ts';
import { type Compute, literal } from '#engines/index.ts';
import { known } from '#errors.ts';
import { at, numberAt, readJson, readReport, textAt, wholeAt } from './facts.ts';
import type { CampaignLife, CampaignReply, CampaignSummary } from './schemas.ts';
import { CampaignParams, CampaignTotals } from './schemas.ts';
import type { Store } from './store.ts';

type Totals = z.infer<typeof CampaignTotals>;
type Summary = z.infer<typeof CampaignSummary>;

export interface Plan {
  readonly id: string;
  /** plan.parquet, one row a customer. */
  readonly file: string;
  /** campaign.json, as it is. */
  readonly document: unknown;
  readonly changedMs: number;
}

const CURVE_STEPS = 40;

/** The plan of the run and the drafts in campaigns/, newest first. */
export function plansOf({ dir, runPlan, facts }: Store): Plan[] {
  const root = join(dir, 'campaigns');
  const saved = (existsSync(root) ? readdirSync(root) : [])
    .filter((id) => CampaignParams.safeParse({ id }).success && id !== runPlan?.id)
    .flatMap((id) => {
      const document = readCampaign(dir, id) ?? readJson(join(root, id, 'campaign.json'));
      const file = join(root, id, textAt(document, 'planFile') ?? 'plan.parquet');
      return existsSync(file) ? [{ id, file, document, changedMs: statSync(file).mtimeMs }] : [];
    });
  const ofRun = runPlan === null ? [] : [{ ...runPlan, document: readReport(dir, 'campaign'), changedMs: facts.asOf }];
  return [...ofRun, ...saved].sort(
    (a, b) => (createdAt(b) ?? b.changedMs) - (createdAt(a) ?? a.changedMs) || (a.id < b.id ? -1 : 1),
  );
}

export const campaignName = ({ id, document }: Plan): string => textAt(document, 'name') ?? id;
/** A plan of a run is as old as its data. */
const createdAt = ({ document }: Plan): number | null =>
  wholeAt(document, 'createdAt') ?? wholeAt(document, 'plan', 'asOf');

export async function campaignSummaries(store: Store): Promise<Summary[]> {
  return Promise.all(plansOf(store).map((plan) => summaryOf(store, plan)));
}

async function summaryOf(store: Store, plan: Plan): Promise<Summary> {
  const { audience, offered, holdout, costMinor, expectedProfitMinor } = await totalsOfPlan(store, plan);
  const { measured } = resultOf(store, plan);
  const said = textAt(plan.document, 'status');
  return {
    campaignId: plan.id,
    name: campaignName(plan),
    status: measured !== null ? 'measured' : (STATUSES.find((own) => own === said) ?? 'planned'),
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
  return {
    ...summary,
    life: lifeOf(store.dir, id),
    asked: at(plan.document, 'asked') ?? null,
    definition: at(plan.document, 'plan') ?? null,
    totals,
    ...resultOf(store, plan),
  };
}

/** The life of a campaign that has one. */
export function lifeOf(dir: string, id: string): z.infer<typeof CampaignLife> | null {
  const campaign = readCampaign(dir, id);
  if (campaign === undefined) return null;
  const { status, version, authors, approvedBy, startAt, endAt, priority, exclusive, reserved, handed } = campaign;
  return {
    ...{ status, version, authors: [...authors], approvedBy, startAt, endAt, priority, exclusive },
    reserved: reserved === null ? null : { budget: reserved.budget, amountMinor: reserved.amountMinor },
    handed,
    can: actionsOf(status),
  };
}

const totalsOfPlan = (store: Store, plan: Plan): Promise<Totals> =>
  store.memo(`plan ${plan.id} ${plan.changedMs}`, () =>
    totalsOf(store, `read_parquet(${literal(plan.file)})`, plan.document),
  );

const SUMS = `count(*) as audience, count(*) filter (arm = 'offer') as offered, count(*) filter (arm = 'holdout') as holdout,
  count(*) filter (arm = 'none') as "none", coalesce(sum(cost_minor) filter (arm = 'offer'), 0)::bigint as "costMinor",
  coalesce(sum(expected_profit_minor) filter (arm = 'offer'), 0)::bigint as "expectedProfitMinor"`;

/**
 * Totals of a plan.
 *
 * @param from where its people lie: a table or a table function of SQL
 * @param report what the planner said of it
 */
export async function totalsOf(store: Store, from: string, report: unknown): Promise<Totals> {
  const { compute, shop } = store;
  const [all] = await compute.rows<
    Pick<Totals, 'audience' | 'offered' | 'holdout' | 'none' | 'costMinor' | 'expectedProfitMinor'>
  >(`select ${SUMS} from ${from}`);
  const tiers = await compute.rows<Totals['byTier'][number]>(
    `select coalesce(tier, 'none') as tier, ${SUMS} from ${from} group by 1 order by 1`,
  );
  const reasons = await compute.rows<Totals['reasons'][number]>(
    `select arm, coalesce(reason, '') as code, coalesce(any_value(reason_en order by reason_en), '') as en, coalesce(any_value(reason_zh order by reason_zh), '') as zh,
       count(*) as customers from ${from} group by 1, 2 order by customers desc, 1, 2 limit 50`,
  );
  const index = (key: string) => shop.tiers.findIndex((tier) => tier.key === key);
  if (all === undefined) throw new Error('count without a row');
  const byOffer = CampaignTotals.shape.byOffer.safeParse(at(report, 'plan', 'byOffer'));
  return {
    ...all,
    eligible: wholeAt(report, 'plan', 'eligible'),
    expectedProfitInterval: intervalOf(at(report, 'plan', 'interval')),
    byTier: tiers.sort((a, b) => index(a.tier) - index(b.tier)),
    reasons,
    curve: await curveOf(compute, from),
    byOffer: byOffer.success ? byOffer.data : [],
    shadowPrice: numberAt(report, 'plan', 'shadowPrice'),
    expectedKept: numberAt(report, 'plan', 'expectedKept'),
  };
}

function intervalOf(value: unknown): [number, number] | null {
  const [low, high] = Array.isArray(value) ? (value as unknown[]) : [];
  return Number.isSafeInteger(low) && Number.isSafeInteger(high) ? [low as number, high as number] : null;
}

/** Running cost and profit when offers go to the best customers first, at some forty points. */
async function curveOf(compute: Compute, from: string): Promise<Totals['curve']> {
  return compute.rows<Totals['curve'][number]>(
    `with chosen as (
       select cost_minor, expected_profit_minor, row_number() over (order by score desc nulls last, customer_id) as i, count(*) over () as n
       from ${from} where arm = 'offer'),
     steps as (
       select ((i * ${CURVE_STEPS} + n - 1) // n)::integer as step, count(*) as k, sum(cost_minor) as cost, sum(expected_profit_minor) as profit
       from chosen group by 1)
     select (sum(k) over w)::bigint as offers, coalesce(sum(cost) over w, 0)::bigint as "costMinor",
       coalesce(sum(profit) over w, 0)::bigint as "expectedProfitMinor"
     from steps window w as (order by step) order by step`,
  );
}
