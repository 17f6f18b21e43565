/** What other budgets, other aims and simpler targeting would bring: read off the same effects and the same draw. */
import type { Compute } from '#engines/index.ts';
import { type Chosen, choose } from './choose.ts';
import type { Basis, Given } from './effects.ts';
import { expected, givenOf, type OfferTotals, summary, type Totals } from './plan-table.ts';
import { type PlanOptions, prepare } from './prepare.ts';
import { reasonWords } from './reasons.ts';
import { TARGETINGS, type Targeting, targeted } from './targeting.ts';
import { thinned } from './thinned.ts';

/** Expected of some people who get offers; money in minor units. */
export interface Prospect {
  readonly customers: number;
  readonly costMinor: number;
  readonly expectedProfitMinor: number;
  /** 95 %, from what the effects rest on. */
  readonly interval: readonly [number, number];
  /** Customers more who buy within the window. */
  readonly expectedKept: number;
}

export interface Simulation {
  readonly plan: Totals & {
    readonly interval: readonly [number, number];
    readonly byTier: readonly (Totals & { readonly tier: string })[];
    readonly byOffer: readonly OfferTotals[];
    readonly shadowPrice: number;
    readonly budgetMinor: number;
  };
  readonly basis: Basis;
  /** By rising budget. */
  readonly curve: readonly (Prospect & { readonly budgetMinor: number; readonly shadowPrice: number })[];
  /** Each with the one offer that does best under it. */
  readonly comparisons: readonly (Prospect & {
    readonly targeting: Targeting;
    readonly offerId: string;
    readonly withinBudget: boolean;
    /** Profit of the plan less that of this, with its 95 % interval. */
    readonly lessMinor: number;
    readonly lessInterval: readonly [number, number];
  })[];
  /** By rising worth of a customer kept; none of them is better in both profit and customers kept than another. */
  readonly pareto: readonly (Prospect & { readonly retentionMinor: number })[];
  /** One in so many customers was looked at for curve, comparisons and front. */
  readonly sampledEvery: number;
}

/**
 * A plan and what surrounds it; writes nothing.
 *
 * @throws as `prepare`
 */
export async function simulateCampaign(compute: Compute, options: PlanOptions): Promise<Simulation> {
  const prepared = await prepare(compute, options);
  const chosen = choose(prepared.candidates, prepared.choosing);
  const words = reasonWords({ days: 0, assumed: prepared.effects.kind === 'assumption' });
  const { reasons: _, ...totals } = summary({ ...prepared, chosen, words });
  const small = thinned(prepared);
  const own = small.every === 1 ? chosen : choose(small.candidates, small.choosing);
  return {
    plan: { ...totals, shadowPrice: chosen.shadowPrice, budgetMinor: prepared.asked.budgetMinor },
    basis: prepared.effects.basis,
    curve: curveOf(small),
    comparisons: comparisonsOf(small, own),
    pareto: frontOf(small),
    sampledEvery: small.every,
  };
}

type Small = ReturnType<typeof thinned>;

/** Of the whole audience, from what a sample of it comes to. */
function prospect({ candidates, effects, every }: Small, given: Given): Prospect {
  const { customers, costMinor, expectedProfitMinor, expectedKept, interval } = expected(
    { candidates, effects },
    given,
  );
  const whole = (own: number) => Math.round(own * every);
  return {
    customers: whole(customers),
    costMinor: whole(costMinor),
    expectedProfitMinor: whole(expectedProfitMinor),
    expectedKept: expectedKept * every,
    interval: [whole(interval[0]), whole(interval[1])],
  };
}

const prospectOf = (small: Small, chosen: Chosen): Prospect =>
  prospect(small, givenOf(chosen, small.candidates.offers.length));

const STEPS = 16;
/** The curve goes on to so many times the budget asked for, or to where more money brings nothing. */
const BEYOND = 3;

function curveOf(small: Small): Simulation['curve'] {
  const { candidates, choosing, every } = small;
  const budgeted = (budgetMinor: number) => choose(candidates, { ...choosing, budgetMinor });
  const need = budgeted(Number.MAX_SAFE_INTEGER).spentMinor;
  const asked = choosing.budgetMinor;
  const top = asked > 0 ? Math.min(need, BEYOND * asked) : need;
  const budgets = [
    ...Array.from({ length: STEPS + 1 }, (_, k) => Math.round((top * k) / STEPS)),
    ...(asked <= top ? [asked] : []),
  ];
  return [...new Set(budgets)]
    .sort((a, b) => a - b)
    .map((budgetMinor) => {
      const chosen = budgeted(budgetMinor);
      return {
        budgetMinor: Math.round(budgetMinor * every),
        shadowPrice: chosen.shadowPrice,
        ...prospectOf(small, chosen),
      };
    });
}

function comparisonsOf(small: Small, plan: Chosen): Simulation['comparisons'] {
  const { candidates, choosing, audience, asked, effects, every } = small;
  const own = givenOf(plan, candidates.offers.length);
  const ownProfit = expected(small, own).expectedProfitMinor;
  return TARGETINGS.map((targeting) => {
    const tried = asked.offers.map((_, j) => targeted(candidates, choosing, audience, targeting, j));
    const profits = tried.map((given) => expected(small, given).expectedProfitMinor);
    const best = profits.indexOf(Math.max(...profits));
    const error = effects.standardError(own, tried[best]!);
    const half = Number.isFinite(error) ? 1.96 * error : 0;
    const less = ownProfit - profits[best]!;
    const found = prospect(small, tried[best]!);
    return {
      ...{ targeting, offerId: asked.offers[best]!.id, ...found },
      withinBudget: found.costMinor <= choosing.budgetMinor * every,
      lessMinor: Math.round(less * every),
      lessInterval: [Math.round((less - half) * every), Math.round((less + half) * every)] as const,
    };
  });
}

/** Worths of a customer kept that are tried, beside what one is worth by the profit of the offers alone. */
const WORTHS = [0, 0.25, 0.5, 1, 2, 4, 8, 16, 64];

/**
 * The front of profit against customers kept: the choice is made again for a sweep of weights. Every point is the best for
 * its weight, so the front's convex part is found.
 */
function frontOf(small: Small): Simulation['pareto'] {
  const { candidates, choosing, effects } = small;
  let [profit, kept] = [0, 0];
  for (const [j, { profitMinor }] of candidates.offers.entries())
    for (let i = 0; i < candidates.count; i++) {
      profit += Math.abs(profitMinor[i]!);
      kept += Math.abs(effects.offers[j]!.keptShare[i]!);
    }
  if (!(kept > 0)) return [];
  const points = WORTHS.map((worth) => {
    const retentionMinor = Math.round((worth * profit) / kept);
    const offers = candidates.offers.map((offer, j) => ({
      ...offer,
      valueMinor: offer.profitMinor.map((own, i) => own + retentionMinor * effects.offers[j]!.keptShare[i]!),
    }));
    return { retentionMinor, ...prospectOf(small, choose({ ...candidates, offers }, choosing)) };
  });
  const isBeaten = (one: Prospect) =>
    points.some(
      (other) =>
        other.expectedProfitMinor >= one.expectedProfitMinor &&
        other.expectedKept >= one.expectedKept &&
        (other.expectedProfitMinor > one.expectedProfitMinor || other.expectedKept > one.expectedKept),
    );
  return points.filter(
    (point, k) =>
      !isBeaten(point) &&
      points.findIndex(
        (other) => other.expectedProfitMinor === point.expectedProfitMinor && other.expectedKept === point.expectedKept,
      ) === k,
  );
}
