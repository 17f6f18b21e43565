/** Did it pay: each campaign, tier and offer measured against the people whom the draw held out, and what to spend next. */
import type { Compute } from '#engines/index.ts';
import { ratioMismatch } from '#experiments/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { type Advice, adviceOf } from './advice.ts';
import { type Attributed, type AttributionWindows, LAST_TOUCH, readAttributed } from './attribution.ts';
import { type Cell, type DayAdded, readCells, readDays } from './cells.ts';
import { type CurveDay, curveOf, type Payback, paybackOf } from './curve.ts';
import { lessKnown, slopesOf, sumOf, type Total, totalOf } from './estimate.ts';
import { type GlobalHoldout, globalHoldout } from './global-holdout.ts';
import { type Pooled, pooled } from './pooled.ts';
import { dropRoi, OUTCOMES, type OutcomeName, type RoiScope, stageRoi } from './stage.ts';

export const VERDICTS = ['paid', 'lost', 'unproven', 'unmeasured', 'broken'] as const;
/**
 * paid, lost: the interval of the incremental profit is above, below 0. unproven: it holds 0. unmeasured: nobody, or too few,
 * were held out. broken: the sides don't have the sizes that the draw should have made, so the figures say nothing.
 */
export type Verdict = (typeof VERDICTS)[number];

/** Money in minor units, as totals over those who got the offer. */
export interface Measured {
  readonly treated: number;
  readonly held: number;
  readonly cost: { readonly discountMinor: number; readonly contactMinor: number; readonly totalMinor: number };
  readonly orders: Total | null;
  /** Net of what came back. */
  readonly revenue: Total | null;
  /** Margin after discounts, before contacts. */
  readonly margin: Total | null;
  /** Margin less contacts. */
  readonly profit: Total | null;
  /** Profit for one unit of cost. */
  readonly roi: { readonly value: number; readonly low: number; readonly high: number } | null;
  readonly attributed: {
    readonly orders: number;
    readonly revenueMinor: number;
    readonly marginMinor: number;
    /** Margin less contacts. */
    readonly profitMinor: number;
  };
  readonly verdict: Verdict;
  /** What it really brought, where the shop is simulated. */
  readonly trueProfitMinor: number | null;
}

export interface CampaignRoi extends Measured {
  readonly campaignId: string;
  readonly name: string;
  readonly startAt: number;
  readonly until: number;
  readonly isRunning: boolean;
  readonly payback: Payback | null;
  readonly curve: readonly CurveDay[];
  readonly byTier: readonly (Measured & { readonly tier: string })[];
  readonly byOffer: readonly (Measured & { readonly offer: string })[];
  readonly checks: {
    readonly sampleRatio: { readonly pValue: number; readonly ok: boolean } | null;
    /** Held-out people who used the campaign's coupon, and those who got an offer of another campaign at the same time. */
    readonly heldWithCoupon: number;
    readonly heldInOther: number;
  };
}

export interface RoiReport {
  readonly asOf: number;
  readonly attribution: AttributionWindows;
  readonly total: Measured;
  readonly campaigns: readonly CampaignRoi[];
  readonly byTier: readonly (Measured & { readonly tier: string })[];
  readonly byOffer: readonly (Measured & { readonly campaignId: string; readonly offer: string })[];
  /** Incremental profit a head that got the offer, over campaigns; null for fewer than two that were measured. */
  readonly pooled: Pooled | null;
  readonly globalHoldout: GlobalHoldout | null;
  readonly advice: Advice;
}

export interface RoiOptions extends RoiScope {
  readonly attribution?: AttributionWindows;
  /** True profit by `campaign/offer`, where the shop is simulated. */
  readonly truth?: ReadonlyMap<string, number>;
}

/**
 * Reads exposures, campaigns, redemptions, order_lines, products, tier_history, and for the advice profiles and
 * customer_tiers. Makes and drops tables `roi_tmp_...`.
 */
export async function roiReport(compute: Compute, options: RoiOptions): Promise<RoiReport> {
  const { attribution = LAST_TOUCH, asOf } = options;
  try {
    await stageRoi(compute, options);
    const found: Found = {
      cells: await readCells(compute),
      days: await readDays(compute),
      attributed: await readAttributed(compute, attribution),
      truth: options.truth,
    };
    const campaigns = (await readCampaigns(compute)).map((campaign) => campaignRoi(campaign, found));
    const tiers = campaigns.flatMap(({ byTier }) => byTier);
    return {
      ...{ asOf, attribution, campaigns },
      total: added(campaigns),
      byTier: grouped(tiers, ({ tier }) => tier).map(([tier, rows]) => ({ tier, ...added(rows) })),
      byOffer: campaigns.flatMap(({ campaignId, byOffer }) => byOffer.map((row) => ({ campaignId, ...row }))),
      pooled: pooledOf(campaigns) ?? null,
      globalHoldout: (await globalHoldout(compute, asOf)) ?? null,
      advice: await adviceOf(compute, options),
    };
  } finally {
    await dropRoi(compute);
  }
}

interface Found {
  readonly cells: readonly Cell[];
  readonly days: ReadonlyMap<string, readonly DayAdded[]>;
  readonly attributed: readonly Attributed[];
  readonly truth: ReadonlyMap<string, number> | undefined;
}

interface Campaign {
  readonly id: string;
  readonly name: string;
  readonly startAt: number;
  readonly until: number;
  readonly isRunning: boolean;
  readonly heldWithCoupon: number;
  readonly heldInOther: number;
}

function readCampaigns(compute: Compute): Promise<Campaign[]> {
  return compute.rows<{ [Key in keyof Campaign]: Campaign[Key] }>(
    `with held as (from roi_tmp_contact where not treated),
     used as (
       select h.campaign_id, count(distinct h.customer_id) as n from held h join redemptions r
         on r.campaign_id = h.campaign_id and r.customer_id = h.customer_id group by 1),
     other as (
       select h.campaign_id, count(distinct h.customer_id) as n from held h join roi_tmp_contact c
         on c.customer_id = h.customer_id and c.campaign_id <> h.campaign_id and c.treated
           and c.start_at <= h.until and c.until >= h.start_at group by 1)
     select k.campaign_id as id, k.name, k.start_at as "startAt", k.until, k.is_running as "isRunning",
       coalesce(u.n, 0) as "heldWithCoupon", coalesce(o.n, 0) as "heldInOther"
     from roi_tmp_campaign k left join used u using (campaign_id) left join other o using (campaign_id)
     order by k.start_at desc, k.campaign_id`,
  );
}

function campaignRoi(campaign: Campaign, found: Found): CampaignRoi {
  const cells = found.cells.filter((cell) => cell.campaign === campaign.id);
  const attributed = found.attributed.filter((own) => own.campaign === campaign.id);
  const slopes = Object.fromEntries(
    OUTCOMES.map((name) => [name, slopesOf(cells, (cell) => cell.outcome[name])]),
  ) as Record<OutcomeName, number[]>;
  const sampleRatio = ratioOf(cells);
  const isBroken = sampleRatio?.ok === false;
  const truthOf = (offers: readonly string[]): number | null => {
    const known = offers.map((offer) => found.truth?.get(`${campaign.id}/${offer}`));
    return known.length > 0 && known.every((own) => own !== undefined) ? known.reduce((a, b) => a + b, 0) : null;
  };
  const offers = [
    ...new Set(cells.flatMap((cell) => (cell.treated && cell.offer !== null ? [cell.offer] : []))),
  ].sort();
  const tiers = [...new Set(cells.map(({ tier }) => tier))].sort();
  const measure = (own: readonly Cell[], touched: readonly Attributed[], trueProfitMinor: number | null) =>
    measured({ cells: own, slopes, attributed: touched, isBroken, trueProfitMinor });
  const whole = measure(cells, attributed, truthOf(offers));
  const days = Math.max(1, Math.ceil((campaign.until + 1 - campaign.startAt) / DAY_MS));
  const curve =
    whole.profit === null ? [] : curveOf(cells, found.days, { days, contactMinor: whole.cost.contactMinor });
  return {
    ...{ campaignId: campaign.id, name: campaign.name, startAt: campaign.startAt, until: campaign.until },
    ...{ isRunning: campaign.isRunning, ...whole },
    payback: curve.length === 0 ? null : paybackOf(curve),
    curve,
    byTier: tiers.map((tier) => ({
      tier,
      ...measure(
        cells.filter((cell) => cell.tier === tier),
        attributed.filter((own) => own.tier === tier),
        null,
      ),
    })),
    byOffer: offers.map((offer) => ({
      offer,
      ...measure(
        cells.filter((cell) => !cell.treated || cell.offer === offer),
        attributed.filter((own) => own.offer === offer),
        truthOf([offer]),
      ),
    })),
    checks: { sampleRatio, heldWithCoupon: campaign.heldWithCoupon, heldInOther: campaign.heldInOther },
  };
}

interface Asked {
  readonly cells: readonly Cell[];
  readonly slopes: Readonly<Record<OutcomeName, readonly number[]>>;
  readonly attributed: readonly Attributed[];
  readonly isBroken: boolean;
  readonly trueProfitMinor: number | null;
}

function measured({ cells, slopes, attributed, isBroken, trueProfitMinor }: Asked): Measured {
  const treated = cells.filter((cell) => cell.treated);
  const sum = (rows: readonly Cell[], of: (cell: Cell) => number) => rows.reduce((all, cell) => all + of(cell), 0);
  const discountMinor = sum(treated, (cell) => cell.discountMinor);
  const contactMinor = sum(treated, (cell) => cell.contactMinor);
  const total = (name: OutcomeName) => totalOf(cells, (cell) => cell.outcome[name], slopes[name]) ?? null;
  const margin = total('margin');
  const people = (rows: readonly Cell[]) => sum(rows, (cell) => cell.people);
  const touched = (of: (own: Attributed) => number) => attributed.reduce((all, own) => all + of(own), 0);
  return finished({
    treated: people(treated),
    held: people(cells.filter((cell) => !cell.treated)),
    cost: { discountMinor, contactMinor, totalMinor: discountMinor + contactMinor },
    ...{ orders: total('orders'), revenue: total('revenue'), margin },
    profit: margin === null ? null : lessKnown(margin, contactMinor),
    attributed: {
      orders: touched(({ orders }) => orders),
      revenueMinor: touched(({ revenueMinor }) => revenueMinor),
      marginMinor: touched(({ marginMinor }) => marginMinor),
      profitMinor: touched(({ marginMinor }) => marginMinor) - contactMinor,
    },
    ...{ isBroken, trueProfitMinor },
  });
}

function finished({ isBroken, ...row }: Omit<Measured, 'roi' | 'verdict'> & { readonly isBroken: boolean }): Measured {
  const { profit, cost } = row;
  const per = (money: number) => money / cost.totalMinor;
  const verdict: Verdict = isBroken
    ? 'broken'
    : profit === null
      ? 'unmeasured'
      : profit.low > 0
        ? 'paid'
        : profit.high < 0
          ? 'lost'
          : 'unproven';
  return {
    ...row,
    roi:
      profit === null || cost.totalMinor <= 0
        ? null
        : { value: per(profit.total), low: per(profit.low), high: per(profit.high) },
    verdict,
  };
}

/** Rows of different campaigns taken together; what wasn't measured in one of them isn't in the sum's estimates. */
function added(rows: readonly Measured[]): Measured {
  const sum = (of: (row: Measured) => number) => rows.reduce((all, row) => all + of(row), 0);
  const known = rows.filter(({ profit, verdict }) => profit !== null && verdict !== 'broken');
  const total = (of: (row: Measured) => Total | null) => {
    const totals = known.flatMap((row) => of(row) ?? []);
    return totals.length === 0 ? null : sumOf(totals);
  };
  const truth = known.map(({ trueProfitMinor }) => trueProfitMinor);
  return finished({
    treated: sum(({ treated }) => treated),
    held: sum(({ held }) => held),
    cost: {
      discountMinor: sum(({ cost }) => cost.discountMinor),
      contactMinor: sum(({ cost }) => cost.contactMinor),
      totalMinor: sum(({ cost }) => cost.totalMinor),
    },
    orders: total(({ orders }) => orders),
    revenue: total(({ revenue }) => revenue),
    margin: total(({ margin }) => margin),
    profit: total(({ profit }) => profit),
    attributed: {
      orders: sum(({ attributed }) => attributed.orders),
      revenueMinor: sum(({ attributed }) => attributed.revenueMinor),
      marginMinor: sum(({ attributed }) => attributed.marginMinor),
      profitMinor: sum(({ attributed }) => attributed.profitMinor),
    },
    isBroken: rows.length > 0 && rows.every(({ verdict }) => verdict === 'broken'),
    trueProfitMinor:
      truth.length > 0 && truth.every((own) => own !== null) ? truth.reduce((a, b) => a + (b ?? 0), 0) : null,
  });
}

function grouped<Row>(rows: readonly Row[], key: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Counts of arms against the chances that were logged; null where they weren't. */
function ratioOf(cells: readonly Cell[]): { pValue: number; ok: boolean } | null {
  const isMeant = cells.some((cell) => !cell.treated && cell.offer !== null);
  const arms = grouped(cells, (cell) => (cell.treated ? (isMeant ? 'treated' : `offer ${cell.offer}`) : 'held')).map(
    ([, own]) => ({
      people: own.reduce((sum, cell) => sum + cell.people, 0),
      chanceSum: own.reduce((sum, cell) => sum + cell.chanceSum, 0),
      chances: own.reduce((sum, cell) => sum + cell.chances, 0),
    }),
  );
  if (arms.length < 2 || arms.some(({ chances }) => chances === 0)) return null;
  const shares = arms.map(({ chanceSum, chances }) => chanceSum / chances);
  const { pValue, ok } = ratioMismatch(
    arms.map(({ people }) => people),
    shares,
  );
  return { pValue, ok };
}

function pooledOf(campaigns: readonly CampaignRoi[]): Pooled | undefined {
  return pooled(
    campaigns.flatMap(({ profit, treated, verdict }) =>
      profit === null || verdict === 'broken' || !(profit.standardError > 0)
        ? []
        : [{ effect: profit.total / treated, standardError: profit.standardError / treated }],
    ),
  );
}
