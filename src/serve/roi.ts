/** What campaigns brought, as replies and as CSV; reckoned once for each question and run. */
import type { z } from 'zod';
import { known } from '#errors.ts';
import {
  type CampaignRoi,
  campaignVersions,
  type Measured,
  type RoiReport,
  roiCosts,
  roiReport,
  type Total,
} from '#roi/index.ts';
import { readCampaignTruth } from '#simulate/index.ts';
import { type CsvColumn, majorUnits } from './csv.ts';
import type { RoiCampaign, RoiCampaignReply, RoiMeasured, RoiOneQuery, RoiQuery, RoiReply } from './schemas-roi.ts';
import type { Store } from './store.ts';

type Asked = Partial<Omit<z.output<typeof RoiQuery>, 'table' | 'format'>>;

function reportOf(store: Store, { from, to, clickDays = 7, viewDays = 1 }: Asked): Promise<RoiReport> {
  const { compute, facts } = store;
  const asked = [from, to, clickDays, viewDays, campaignVersions(store.dir)];
  return store.memo(`roi ${JSON.stringify(asked)}`, () =>
    store.exclusive(async () => {
      const truth = facts.dataDir === null ? undefined : await readCampaignTruth(compute, facts.dataDir);
      return roiReport(compute, {
        ...roiCosts(facts.shop),
        asOf: facts.asOf,
        workspaceDir: store.dir,
        attribution: { clickDays, viewDays },
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(truth === undefined ? {} : { truth }),
      });
    }),
  );
}

export async function roiOf(store: Store, asked: Asked): Promise<z.infer<typeof RoiReply>> {
  const { asOf, attribution, total, campaigns, byTier, byOffer, pooled, globalHoldout, advice } = await reportOf(
    store,
    asked,
  );
  return {
    ...{ asOf, attribution },
    total: measuredReply(total),
    campaigns: campaigns.map(campaignReply),
    byTier: byTier.map(({ tier, ...row }) => ({ tier, ...measuredReply(row) })),
    byOffer: byOffer.map(({ campaignId, offer, ...row }) => ({ campaignId, offer, ...measuredReply(row) })),
    pooled:
      pooled === null
        ? null
        : {
            campaigns: pooled.campaigns,
            ...{ meanMinor: pooled.mean, lowMinor: pooled.low, highMinor: pooled.high, betweenMinor: pooled.between },
            ...{ sameChance: pooled.sameChance, next: pooled.next === null ? null : [...pooled.next] },
          },
    globalHoldout: globalHoldout === null ? null : { ...globalHoldout, profit: totalReply(globalHoldout.profit) },
    advice: adviceReply(advice),
  };
}

/** @throws CAMPAIGN_UNKNOWN */
export async function roiOfCampaign(
  store: Store,
  id: string,
  asked: z.output<typeof RoiOneQuery>,
): Promise<z.infer<typeof RoiCampaignReply>> {
  const campaign = (await reportOf(store, asked)).campaigns.find(({ campaignId }) => campaignId === id);
  if (campaign === undefined) throw known('CAMPAIGN_UNKNOWN', { id });
  return {
    ...campaignReply(campaign),
    byTier: campaign.byTier.map(({ tier, ...row }) => ({ tier, ...measuredReply(row) })),
    byOffer: campaign.byOffer.map(({ offer, ...row }) => ({ offer, ...measuredReply(row) })),
    curve: campaign.curve.map(({ day, total, low, high, treatedMinor, heldMinor }) => ({
      ...{ day, treatedMinor, heldMinor },
      ...{ profitMinor: Math.round(total), lowMinor: Math.round(low), highMinor: Math.round(high) },
    })),
  };
}

function adviceReply(advice: RoiReport['advice']): z.infer<typeof RoiReply>['advice'] {
  if (advice.kind === 'unknown')
    return {
      kind: 'unknown',
      ...{ budgetMinor: 0, budgetInterval: [0, 0], profitMinor: 0, interval: [0, 0], people: 0, available: 0 },
      ...{ test: null, campaigns: 0, measuredPeople: 0, windowDays: 0, curve: [] },
    };
  const { budgetInterval, interval, curve, ...rest } = advice;
  return {
    ...rest,
    budgetInterval: [...budgetInterval],
    interval: [...interval],
    curve: curve.map((point) => ({
      ...point,
      traits: [...point.traits],
      perUnitInterval: [...point.perUnitInterval],
      interval: [...point.interval],
    })),
  };
}

function campaignReply(campaign: CampaignRoi): z.infer<typeof RoiCampaign> {
  const { campaignId, name, startAt, until, isRunning, payback, checks } = campaign;
  return {
    ...{ campaignId, name, startAt, until, isRunning, checks },
    payback: payback === null ? null : { days: payback.days, interval: [...payback.interval] },
    ...measuredReply(campaign),
  };
}

function measuredReply(row: Measured): z.infer<typeof RoiMeasured> {
  const { treated, held, cost, orders, revenue, margin, profit, roi, attributed, verdict, trueProfitMinor } = row;
  return {
    ...{ treated, held, cost, roi, attributed, verdict },
    orders: totalReply(orders),
    revenue: totalReply(revenue),
    margin: totalReply(margin),
    profit: totalReply(profit),
    trueProfitMinor: trueProfitMinor === null ? null : Math.round(trueProfitMinor),
  };
}

const totalReply = (total: Total | null) =>
  total === null ? null : { total: total.total, low: total.low, high: total.high, pValue: total.pValue };

type Row = z.infer<typeof RoiMeasured> & { readonly key: string; readonly name: string };

/** One of the tables for spreadsheets. */
export async function roiTable(
  store: Store,
  asked: Asked & { readonly table: 'campaigns' | 'tiers' | 'offers' },
): Promise<{ columns: CsvColumn<Row>[]; rows: Row[] }> {
  const reply = await roiOf(store, asked);
  const rows: Row[] =
    asked.table === 'campaigns'
      ? reply.campaigns.map((row) => ({ ...row, key: row.campaignId }))
      : asked.table === 'tiers'
        ? reply.byTier.map((row) => ({ ...row, key: row.tier, name: row.tier }))
        : reply.byOffer.map((row) => ({ ...row, key: row.offer, name: row.campaignId }));
  return { columns: columnsOf(store.shop.currencyDigits), rows };
}

function columnsOf(digits: number): CsvColumn<Row>[] {
  const money = (name: string, of: (row: Row) => number | null | undefined): CsvColumn<Row> => ({
    name,
    isNumeric: true,
    cell: (row) => {
      const amount = of(row);
      return amount === null || amount === undefined ? '' : majorUnits(Math.round(amount), digits);
    },
  });
  return [
    { name: 'id', cell: (row) => row.key },
    { name: 'name', cell: (row) => row.name },
    { name: 'treated', cell: (row) => row.treated, isNumeric: true },
    { name: 'held_out', cell: (row) => row.held, isNumeric: true },
    money('discount', (row) => row.cost.discountMinor),
    money('contact', (row) => row.cost.contactMinor),
    money('cost', (row) => row.cost.totalMinor),
    money('attributed_revenue', (row) => row.attributed.revenueMinor),
    money('attributed_profit', (row) => row.attributed.profitMinor),
    money('incremental_revenue', (row) => row.revenue?.total),
    money('incremental_revenue_low', (row) => row.revenue?.low),
    money('incremental_revenue_high', (row) => row.revenue?.high),
    money('incremental_profit', (row) => row.profit?.total),
    money('incremental_profit_low', (row) => row.profit?.low),
    money('incremental_profit_high', (row) => row.profit?.high),
    { name: 'roi', cell: (row) => row.roi?.value ?? '', isNumeric: true },
    { name: 'verdict', cell: (row) => row.verdict },
    money('true_profit', (row) => row.trueProfitMinor),
  ];
}
