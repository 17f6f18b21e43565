/**
 * What a campaign really changed: those who got the offer beside those whom the draw held out. Where spend before the
 * campaign is given, its chance differences are taken out (CUPED).
 *
 * @see Deng, Xu, Kohavi, Walker (2013), WSDM: y - theta (x - mean x) with theta = cov(x, y) / var(x)
 */
import { numberColumn, type Table, textAt, textColumn } from '#table/index.ts';
import type { CampaignPlan } from './plan.ts';
import { type Difference, momentsOf, type RatioCheck, ratioCheck, welch } from './welch.ts';

/** A total over the offered, with its 95 % interval. Money in minor units. */
export interface Lift {
  readonly total: number;
  readonly interval: readonly [number, number];
  readonly perCustomer: number;
  readonly pValue: number;
}

export interface Measured {
  readonly offered: number;
  readonly holdout: number;
  /** Undefined figures: an arm has fewer than 2 customers. */
  readonly orders?: Lift;
  readonly revenue?: Lift;
  readonly margin?: Lift;
  /** Margin less contacts, over the offered. */
  readonly incrementalProfitMinor: number | null;
  readonly interval: readonly [number, number] | null;
  readonly pValue: number | null;
  /** What was spent: discounts and contacts. */
  readonly costMinor: number;
  /** Incremental profit per unit spent; null where nothing was spent. */
  readonly roi: number | null;
  readonly roiInterval: readonly [number, number] | null;
}

export interface CampaignResult extends Measured {
  readonly campaignId: string;
  readonly srm: RatioCheck;
  /** Share of the variance of profit that spend before the campaign explains; null where it isn't given. */
  readonly cuped: { readonly theta: number; readonly varianceRemoved: number } | null;
  readonly byTier: readonly (Measured & { readonly tier: string })[];
}

/**
 * Measures a campaign.
 *
 * @param outcomes a row a customer in columns customer_id, arm (offer or holdout; others are left out), tier (missing: none), orders,
 *   revenue_minor, margin_minor (after discounts, before contacts), discount_minor, contact_cost_minor, and where known
 *   pre_spend_minor (spend before the start)
 * @param plan what was planned: its holdout share is what the counts are checked against
 */
export function measureCampaign(outcomes: Table, plan: CampaignPlan): CampaignResult {
  const arm = textColumn(outcomes, 'arm');
  const tier = textColumn(outcomes, 'tier');
  const rows = Array.from({ length: outcomes.length }, (_, i) => i).filter((i) =>
    ['offer', 'holdout'].includes(textAt(arm, i) ?? ''),
  );
  const isOffered = Uint8Array.from({ length: outcomes.length }, (_, i) => (textAt(arm, i) === 'offer' ? 1 : 0));
  const columns = columnsOf(outcomes);
  const before = outcomes.columns.pre_spend_minor === undefined ? undefined : numberColumn(outcomes, 'pre_spend_minor');
  const adjusted = before === undefined ? columns : adjust(columns, before.values, rows, isOffered);
  const cuped = before === undefined ? null : gain(columns.profit, before.values, rows, isOffered);
  const whole = measured(rows, isOffered, adjusted);
  const tierOf = (i: number) => textAt(tier, i) ?? 'none';
  const tiers = [...new Set(rows.map(tierOf))].sort();
  return {
    campaignId: plan.campaignId,
    ...whole,
    srm: ratioCheck({ offered: whole.offered, holdout: whole.holdout }, plan.plan.holdoutShare),
    cuped,
    byTier: tiers.map((name) => ({
      tier: name,
      ...measured(
        rows.filter((i) => tierOf(i) === name),
        isOffered,
        adjusted,
      ),
    })),
  };
}

interface Columns {
  readonly orders: Float64Array;
  readonly revenue: Float64Array;
  readonly margin: Float64Array;
  readonly profit: Float64Array;
  /** Never adjusted: money that was spent. */
  readonly cost: Float64Array;
}

function columnsOf(outcomes: Table): Columns {
  const values = (name: string) => numberColumn(outcomes, name).values;
  const margin = values('margin_minor');
  const contact = values('contact_cost_minor');
  const discount = values('discount_minor');
  return {
    orders: values('orders'),
    revenue: values('revenue_minor'),
    margin,
    profit: margin.map((own, i) => own - contact[i]!),
    cost: discount.map((own, i) => own + contact[i]!),
  };
}

/** Slope of y on x within arms, so that the effect itself doesn't enter. */
function slope(y: Float64Array, x: Float64Array, rows: readonly number[], isOffered: Uint8Array): number {
  let [covariance, variance] = [0, 0];
  for (const side of [0, 1]) {
    const members = rows.filter((i) => isOffered[i] === side);
    const [my, mx] = [momentsOf(y, members).mean, momentsOf(x, members).mean];
    for (const i of members) {
      covariance += (x[i]! - mx) * (y[i]! - my);
      variance += (x[i]! - mx) ** 2;
    }
  }
  return variance === 0 ? 0 : covariance / variance;
}

function without(y: Float64Array, x: Float64Array, rows: readonly number[], isOffered: Uint8Array): Float64Array {
  const theta = slope(y, x, rows, isOffered);
  const { mean } = momentsOf(x, rows);
  return y.map((own, i) => own - theta * (x[i]! - mean));
}

function adjust(columns: Columns, x: Float64Array, rows: readonly number[], isOffered: Uint8Array): Columns {
  const free = (y: Float64Array) => without(y, x, rows, isOffered);
  const { orders, revenue, margin, profit, cost } = columns;
  return { orders: free(orders), revenue: free(revenue), margin: free(margin), profit: free(profit), cost };
}

function gain(y: Float64Array, x: Float64Array, rows: readonly number[], isOffered: Uint8Array) {
  const held = rows.filter((i) => isOffered[i] === 0);
  const own = momentsOf(y, held).variance;
  const left = momentsOf(without(y, x, rows, isOffered), held).variance;
  return { theta: slope(y, x, rows, isOffered), varianceRemoved: own === 0 ? 0 : 1 - left / own };
}

function measured(rows: readonly number[], isOffered: Uint8Array, columns: Columns): Measured {
  const offered = rows.filter((i) => isOffered[i] === 1);
  const held = rows.filter((i) => isOffered[i] === 0);
  const lift = (y: Float64Array) => total(welch(momentsOf(y, offered), momentsOf(y, held)), offered.length);
  const [orders, revenue, margin, profit] = [
    lift(columns.orders),
    lift(columns.revenue),
    lift(columns.margin),
    lift(columns.profit),
  ];
  const costMinor = Math.round(offered.reduce((sum, i) => sum + columns.cost[i]!, 0));
  const per = (money: number) => money / costMinor;
  const known = profit !== undefined;
  return {
    offered: offered.length,
    holdout: held.length,
    ...(orders === undefined ? {} : { orders }),
    ...(revenue === undefined ? {} : { revenue }),
    ...(margin === undefined ? {} : { margin }),
    incrementalProfitMinor: known ? Math.round(profit.total) : null,
    interval: known ? [Math.round(profit.interval[0]), Math.round(profit.interval[1])] : null,
    pValue: known ? profit.pValue : null,
    costMinor,
    roi: known && costMinor > 0 ? per(profit.total) : null,
    roiInterval: known && costMinor > 0 ? [per(profit.interval[0]), per(profit.interval[1])] : null,
  };
}

function total(difference: Difference | undefined, offered: number): Lift | undefined {
  if (difference === undefined) return undefined;
  return {
    total: difference.difference * offered,
    interval: [difference.interval[0] * offered, difference.interval[1] * offered],
    perCustomer: difference.difference,
    pValue: difference.pValue,
  };
}
