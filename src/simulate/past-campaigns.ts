/** Randomised coupon campaigns in the shop's history: who was in, in which arm, and what was offered. */
import { hashUniform } from '#kernels/random.ts';
import type { Offer } from './offer-effect.ts';
import type { World } from './world.ts';

export interface PastOffer extends Offer {
  readonly id: string;
  readonly code: string;
}

export interface PastCampaign {
  readonly id: string;
  readonly name: string;
  readonly fromDay: number;
  readonly toDay: number;
  /** Share of those who may be contacted that takes part. */
  readonly share: number;
  readonly offers: readonly PastOffer[];
  /** Chance of each offer; the rest is the holdout. */
  readonly chances: readonly number[];
}

interface Plan extends Omit<PastCampaign, 'fromDay' | 'toDay' | 'id'> {
  /** Place of the first day in the history, 0 to 1. */
  readonly at: number;
  readonly days: number;
}

const PLANS: readonly Plan[] = [
  {
    name: 'Autumn tea days 秋日茶会',
    at: 0.45,
    days: 28,
    share: 0.8,
    offers: [{ id: 'F01', code: 'TEA10', percentOff: 10, minSpend: 0, cost: 20 }],
    chances: [0.7],
  },
  {
    name: 'Winter warm-up 暖冬礼券',
    at: 0.62,
    days: 28,
    share: 0.8,
    offers: [
      { id: 'F02', code: 'WARM30', amountOff: 3000, minSpend: 19900, cost: 20 },
      { id: 'F03', code: 'WARM15', percentOff: 15, minSpend: 9900, cost: 20 },
    ],
    chances: [0.4, 0.3],
  },
  {
    name: 'Spring clean 春日焕新',
    at: 0.78,
    days: 28,
    share: 0.75,
    offers: [{ id: 'F04', code: 'SPRING20', percentOff: 20, minSpend: 15000, cost: 20 }],
    chances: [0.5],
  },
  {
    name: 'Early summer 初夏小集',
    at: 0.91,
    days: 21,
    share: 0.85,
    offers: [{ id: 'F05', code: 'SUMMER15', percentOff: 15, minSpend: 9900, cost: 20 }],
    chances: [0.7],
  },
];

export function pastCampaigns(world: World): PastCampaign[] {
  const { startDay, endDay } = world.calendar;
  return PLANS.map(({ at, days, ...plan }, k) => {
    const fromDay = startDay + Math.floor(at * (endDay - startDay));
    return { ...plan, id: `K${String(k + 1).padStart(2, '0')}`, fromDay, toDay: Math.min(fromDay + days, endDay) };
  });
}

/** Whether a customer takes part, and the index of their offer; -1 in the holdout. */
export function assignment(seed: number, campaign: PastCampaign, customerId: string): number | undefined {
  if (hashUniform(seed, `${campaign.id}/part/${customerId}`) >= campaign.share) return undefined;
  let left = hashUniform(seed, `${campaign.id}/arm/${customerId}`);
  for (const [k, chance] of campaign.chances.entries()) {
    left -= chance;
    if (left < 0) return k;
  }
  return -1;
}

/** Coupon codes of `code` in order_lines: none, then the public ones, then those of the past offers in order. */
const PUBLIC_CODES = ['WELCOME10', 'DAILY8'] as const;
export const couponCodes = (campaigns: readonly PastCampaign[]): string[] => [
  ...PUBLIC_CODES,
  ...campaigns.flatMap(({ offers }) => offers.map(({ code }) => code)),
];
