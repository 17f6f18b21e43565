/**
 * The closed loop on a made-up shop: eight campaigns one after the other, from a random start. Each round has what the shop
 * knows as of its first day, what it has learned of offers, an allocation under a budget with a holdout and some people in
 * whom offers are tried by lot, what the customers then do, and what that says of the profit; and so on to the next.
 *
 * Rounds are windows of 28 days, one after the other, behind the end of the shop's data. The made-up customers do in each
 * window what they would have done, offers or not, and one order more or less by the offer of that window; an offer does not
 * change what they do in later windows. What the shop sees (orders, discounts, coupons used) does change what it knows.
 *
 * Others plan each round with the same money, on what the learner knows: rules of thumb, and one who knows the true effects of
 * each person and offer. Their plans are valued by the true expected effects and not carried out.
 */
import { split } from '#kernels/random.ts';
import type { Total } from '#roi/index.ts';
import { type CrowdWindow, meetCrowd, type Offer } from '#simulate/index.ts';
import type { Method } from '#uplift/index.ts';
import { effectLearner, type OfferEffects } from './effects.ts';
import { measureRound } from './measure.ts';
import { MENU, termsOf } from './offers.ts';
import { type Happened, peopleOf, type Standing } from './people.ts';
import { bestOffers, type Planning, planRound, type RoundPlan } from './plan.ts';
import { type Rival, rivalOffers, truthOf } from './policies.ts';
import { taught } from './taught.ts';
import { upliftLearner } from './uplift-learner.ts';

export interface RoundsOptions {
  readonly seed: number;
  readonly customers: number;
  /** Default 8. */
  readonly rounds?: number;
  /** Products of the shop; default 96. */
  readonly products?: number;
  readonly offers?: readonly Offer[];
  /** Minor units a round; default a share of what was paid in the last 91 days of the data. */
  readonly budget?: number;
  /** Of that, where no budget is given; default 0.003. */
  readonly budgetShare?: number;
  /** Learn by this method of #uplift instead of by the parts of a profit. */
  readonly uplift?: Method;
  /** Also say what could be done by one who knew true effects as far as they follow from what is seen; default false. */
  readonly ceiling?: boolean;
  /** Of those meant for an offer; default 0.2. */
  readonly holdout?: number;
  /** Share of people with offers by lot in round k, from 0; the first is all by lot. */
  readonly exploration?: (round: number) => number;
}

/** True expected profit of a plan, and its true expected cost, of those not held out; minor units. */
export interface Worth {
  readonly profit: number;
  readonly cost: number;
}

export interface RoundReport {
  readonly round: number;
  readonly budget: number;
  readonly treated: number;
  readonly held: number;
  /** From the holdout; null where too few were held out. */
  readonly measured: Total | null;
  /** What the treated really brought: in this future, and expected over all. */
  readonly realised: number;
  readonly expected: number;
  /** What was carried out, and the same without the people by lot. */
  readonly carried: Worth;
  readonly learner: Worth;
  /** One who knows each person's true effects; one who knows true effects as far as they follow from what is seen. */
  readonly oracle: Worth;
  readonly seen: Worth | null;
  readonly rivals: Readonly<Record<Rival, Worth>>;
}

const DAYS = 28;
/** So that money is scarce: one who knows the truth could spend about twice as much at a profit. */
const BUDGET_SHARE = 0.003;
const HOLDOUT = 0.2;
const LOTS = [1, 0.3, 0.2, 0.1, 0.1, 0.05] as const;
/** What rivals with a rule for people give: the second of the menu, 10 % off; of a menu of one, that. */
const HOUSE = 1;
const houseOf = (offers: readonly Offer[]): number => Math.min(HOUSE, offers.length - 1);
const lots = (round: number): number => LOTS[Math.min(round, LOTS.length - 1)]!;

/** Runs the rounds of one shop. */
export function runRounds(options: RoundsOptions): RoundReport[] {
  const { seed, customers, rounds = 8, products = 96, offers = MENU, exploration = lots } = options;
  const crowd = meetCrowd({ seed, products }, customers, rounds * DAYS);
  const people = peopleOf(crowd.seen, crowd.endDay);
  const learner =
    options.uplift === undefined ? effectLearner(offers) : upliftLearner(offers, { method: options.uplift, seed });
  const budget = options.budget ?? people.lately * (options.budgetShare ?? BUDGET_SHARE);
  const house = offers[houseOf(offers)]!;
  const reports: RoundReport[] = [];
  for (let round = 0; round < rounds; round++) {
    const fromDay = crowd.endDay + round * DAYS;
    const standing = people.asOf(fromDay, DAYS);
    const window = crowd.window(fromDay, fromDay + DAYS);
    const effects = learner.effects(standing, offers);
    const planning = {
      ...{ consent: people.consent, offers: offers.length, budget, holdout: options.holdout ?? HOLDOUT },
      ...{ exploration: exploration(round), seed: split(seed, 'rounds'), round },
    };
    const plan = planRound(effects, planning);
    const truth = truthOf(window, customers, offers);
    const worth = (meant: Int32Array) => worthOf(meant, truth, offers.length, 1 - planning.holdout);
    const awaited = (i: number, offer: Offer) => learner.coupons(standing, i, offer);
    const { happened, realised, expected } = carryOut(plan, { window, offers, standing, truth, awaited });
    reports.push({
      ...{ round, budget, realised, expected },
      rivals: rivalsWorth({ standing, offers, effects, planning, response: learner.response(standing, house) }, worth),
      treated: plan.meant.reduce((n, offer, i) => n + (offer >= 0 && plan.held[i] !== 1 ? 1 : 0), 0),
      held: plan.held.reduce((sum, one) => sum + one, 0),
      measured:
        measureRound(
          plan,
          standing,
          happened,
          offers.map(({ cost = 0 }) => cost),
        ) ?? null,
      carried: worth(plan.meant),
      learner: worth(plan.best),
      oracle: worth(bestOffers(truth, planning)),
      seen:
        options.ceiling === true ? seenWorth(taught(standing, offers, truth, people.consent), truth, planning) : null,
    });
    learner.learn(standing, happened, people.consent);
    people.learn(happened, fromDay, DAYS);
  }
  return reports;
}

interface Doing {
  readonly window: CrowdWindow;
  readonly offers: readonly Offer[];
  readonly standing: Standing;
  readonly truth: Pick<OfferEffects, 'profit'>;
  awaited(customer: number, offer: Offer): number;
}

function carryOut(plan: RoundPlan, { window, offers, standing, truth, awaited }: Doing) {
  let [realised, expected] = [0, 0];
  const happened = Array.from(plan.meant, (meant, i): Happened => {
    const offer = plan.held[i] === 1 ? undefined : offers[meant];
    const both = window.happens(i, offer ?? NOTHING, 0);
    if (offer === undefined) return { offer: -1, ...both.without, coupons: 0, awaited: 0 };
    realised += both.with.margin - both.without.margin;
    expected += truth.profit[i * offers.length + meant]!;
    const coupons = couponsOf(both.with, termsOf(offer, standing.order[i]!).off);
    return { offer: meant, ...both.with, coupons, awaited: awaited(i, offer) };
  });
  return { happened, realised, expected };
}

const NOTHING: Offer = {};

/** How many of the orders used the coupon: as many as the discount speaks for, and one at least. */
function couponsOf(
  { orders, redeemed, discount }: Omit<Happened, 'offer' | 'coupons' | 'awaited'>,
  off: number,
): number {
  return redeemed ? Math.min(orders, Math.max(1, Math.round(discount / Math.max(1, off)))) : 0;
}

interface Rivals {
  readonly standing: Standing;
  readonly offers: readonly Offer[];
  readonly effects: OfferEffects;
  readonly planning: Planning;
  readonly response: Float64Array;
}

function rivalsWorth(
  { planning, offers, ...about }: Rivals,
  worth: (meant: Int32Array) => Worth,
): Readonly<Record<Rival, Worth>> {
  const { consent, holdout, seed, round } = planning;
  const rivalry = {
    ...about,
    offers,
    house: houseOf(offers),
    consent,
    budget: planning.budget / (1 - holdout),
    seed,
    round,
  };
  const each = (rival: Rival) => worth(rivalOffers(rival, rivalry));
  return {
    random: each('random'),
    'top-value': each('top-value'),
    'top-churn': each('top-churn'),
    response: each('response'),
  };
}

/** Costs are put right until the plan truly costs the budget, so that it is neither helped nor hurt by them. */
function seenWorth(
  known: Pick<OfferEffects, 'profit' | 'cost'>,
  truth: Pick<OfferEffects, 'profit' | 'cost'>,
  planning: Planning,
): Worth {
  let { cost } = known;
  for (let round = 0; ; round++) {
    const meant = bestOffers({ profit: known.profit, cost }, planning);
    const worth = worthOf(meant, truth, planning.offers, 1 - planning.holdout);
    if (round === 2 || worth.cost <= planning.budget) return worth;
    const over = worth.cost / planning.budget;
    cost = cost.map((own) => own * over);
  }
}

function worthOf(
  meant: Int32Array,
  truth: Pick<OfferEffects, 'profit' | 'cost'>,
  offers: number,
  share: number,
): Worth {
  let [profit, cost] = [0, 0];
  for (const [i, offer] of meant.entries()) {
    if (offer < 0) continue;
    profit += share * truth.profit[i * offers + offer]!;
    cost += share * truth.cost[i * offers + offer]!;
  }
  return { profit, cost };
}
