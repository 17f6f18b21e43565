/**
 * Who gets which offer.
 *
 * 1. By lots alone, before any effect is looked at: a share of the eligible of each tier is held out, and a share explores:
 *    each explorer is dealt one of the offers at random, all with one chance.
 * 2. Places that are scarce (by tier, offer, channel, in all) get prices from the dual of the multiple-choice knapsack.
 * 3. Everybody else's offers, less the prices of their places, make steps (from nothing to the first offer, from that to a
 *    dearer one that brings more), taken from the best return down while budget, return and places allow; what is then left
 *    is offered round again without prices.
 *
 * The walk is the same for a held-out customer, who takes up no money and no place: whether somebody is reached, and by
 * which offer, hangs on everybody else and never on the own lot. So those who are given an offer and those held out for
 * whom the same offer was meant differ by the draw alone, with one offer and with many.
 *
 * @see Sinha and Zoltners (1979), Operations Research 27(3), for the walk over incremental returns
 */
import { hashUniform } from '#kernels/random.ts';
import { priced } from './allocation/allocate.ts';
import type { Options } from './allocation/options.ts';
import { REASON_CODES, type ReasonCode } from './reasons.ts';
import { stepsOf, walkOrder } from './steps.ts';

/** Columns [people] of one offer: minor units; the cost is whole and never below 0. */
export interface OfferColumns {
  /** What the choice looks at: profit, and what other aims are worth. */
  readonly valueMinor: Float64Array;
  readonly profitMinor: Float64Array;
  readonly costMinor: Float64Array;
}

export interface Candidates {
  readonly count: number;
  readonly id: (index: number) => string;
  /** [people] tier code, -1: none */
  readonly tier: Int32Array;
  readonly offers: readonly OfferColumns[];
  /** [people] reason against, or undefined where eligible */
  readonly refused: readonly (ReasonCode | undefined)[];
}

export interface Choosing {
  readonly campaignId: string;
  readonly seed: number;
  readonly budgetMinor: number;
  /** 0 to below 1 */
  readonly holdoutShare: number;
  /** 0 to 1: of the eligible, and of the budget at most. */
  readonly explorationShare: number;
  /** Value of all that is chosen over its cost, at least; 0: no bound. Explorers are not counted. */
  readonly minRoi: number;
  readonly maxPeople: number;
  /** People of a tier code at most. */
  readonly perTier: (tier: number) => number;
  /** [offers] people at most */
  readonly perOffer: readonly number[];
  /** [offers] code of the channel, and [channels] people at most */
  readonly channel: readonly number[];
  readonly perChannel: readonly number[];
}

export const ARMS = ['none', 'holdout', 'offer'] as const;

export interface Chosen {
  /** [people] index into ARMS */
  readonly arm: Uint8Array;
  /** [people] the offer given, or of the held out the one they would have got; -1: none */
  readonly offer: Int16Array;
  /** [people] the offer that the walk came to, for explorers too; -1: none */
  readonly meant: Int16Array;
  /** [people] 1: dealt an offer (or held out from it) by exploration */
  readonly explores: Uint8Array;
  /** [people] index into REASON_CODES */
  readonly reason: Uint8Array;
  /** Chance of the eligible to explore, as it came out. */
  readonly explorationShare: number;
  readonly spentMinor: number;
  /** Value of one more minor unit of budget: the return of the best step that money did not reach; 0 where it reached all. */
  readonly shadowPrice: number;
}

const codeOf = (code: ReasonCode): number => REASON_CODES.indexOf(code);

/** Draws holdout and explorers and spends the budget. */
export function choose(people: Candidates, options: Choosing): Chosen {
  const held = heldOut(people, options);
  const explorationShare = affordable(people, options);
  const explores = drawn(people, options, explorationShare, '/explore');
  const state = stateOf(people, options);
  for (let i = 0; i < people.count; i++)
    if (people.refused[i] !== undefined) state.reason[i] = codeOf(people.refused[i]!);
  const dealt = explore(state, explores, held);
  const pays = Uint8Array.from(held, (own, i) => (own === 0 && explores[i] === 0 ? 1 : 0));
  const limits = limitsOf(people, options).filter(({ most }) => most.some(Number.isFinite));
  if (limits.length > 0) walk(state, pays, placePrices(state, pays, limits));
  walk(state, pays);
  const offer = state.meant.map((own, i) => (explores[i] === 1 ? dealt[i]! : own));
  for (let i = 0; i < people.count; i++) {
    if (people.refused[i] !== undefined || (explores[i] === 1 && dealt[i]! < 0)) continue;
    if (offer[i]! < 0) {
      state.reason[i] = state.against[i] === 0 ? codeOf('no-profit') : state.against[i]!;
      continue;
    }
    state.arm[i] = held[i] === 1 ? 1 : 2;
    state.reason[i] = codeOf(held[i] === 1 ? 'random-holdout' : explores[i] === 1 ? 'exploration' : 'expected-profit');
  }
  const { arm, meant, reason, spentMinor, shadowPrice } = state;
  return { arm, offer, meant, explores, reason, explorationShare, spentMinor, shadowPrice };
}

/** [people] 1: held out, by the draw that `choose` makes */
export const heldOut = (people: Candidates, options: Choosing): Uint8Array =>
  drawn(people, options, options.holdoutShare, '');

export interface Chances {
  readonly none: number;
  readonly holdout: number;
  /** [offers] */
  readonly offers: readonly number[];
}

/**
 * Chance of every arm for an eligible customer for whom the walk means an offer (-1: none), over both draws: what an
 * analysis that weighs by propensities needs.
 */
export function chancesOf(
  meant: number,
  draws: { holdoutShare: number; explorationShare: number; offers: number },
): Chances {
  const { holdoutShare: h, explorationShare: e, offers } = draws;
  return {
    none: meant >= 0 ? 0 : 1 - e,
    holdout: meant >= 0 ? h : e * h,
    offers: Array.from({ length: offers }, (_, j) => (1 - h) * (e / offers + (meant === j ? 1 - e : 0))),
  };
}

interface State {
  readonly people: Candidates;
  readonly options: Choosing;
  readonly arm: Uint8Array;
  readonly meant: Int16Array;
  readonly reason: Uint8Array;
  /** [people] code of the last reason why a step was refused; 0 none */
  readonly against: Uint8Array;
  readonly inTier: Map<number, number>;
  readonly inOffer: Float64Array;
  readonly inChannel: Float64Array;
  offered: number;
  spentMinor: number;
  /** Of the walk alone, for the return. */
  walkedValue: number;
  walkedCost: number;
  shadowPrice: number;
}

function stateOf(people: Candidates, options: Choosing): State {
  return {
    ...{ people, options },
    arm: new Uint8Array(people.count),
    meant: new Int16Array(people.count).fill(-1),
    reason: new Uint8Array(people.count),
    against: new Uint8Array(people.count),
    inTier: new Map(),
    inOffer: new Float64Array(options.perOffer.length),
    inChannel: new Float64Array(options.perChannel.length),
    ...{ offered: 0, spentMinor: 0, walkedValue: 0, walkedCost: 0, shadowPrice: 0 },
  };
}

interface Move {
  readonly i: number;
  /** -1: nothing so far */
  readonly from: number;
  readonly to: number;
  /** False: neither money nor places were taken by `from`, nor will be by `to`. */
  readonly pays: boolean;
}

/**
 * Why the move can't be made; undefined: it can. Asked of those who don't pay as if `from` had been paid for, so that the
 * answer is the same whether they do.
 */
function refusal({ people, options, ...state }: State, { i, from, to, pays }: Move): ReasonCode | undefined {
  const isIn = pays && from >= 0;
  const tier = people.tier[i]!;
  const channel = options.channel[to]!;
  const places = (used: number, isOwn: boolean) => used + (isIn && isOwn ? 0 : 1);
  if (places(state.offered, true) > options.maxPeople) return 'people-cap';
  if (places(state.inTier.get(tier) ?? 0, true) > options.perTier(tier)) return 'tier-cap';
  if (places(state.inOffer[to]!, from === to) > options.perOffer[to]!) return 'offer-cap';
  if (channel >= 0) {
    const isOwn = from >= 0 && options.channel[from] === channel;
    if (places(state.inChannel[channel]!, isOwn) > options.perChannel[channel]!) return 'channel-cap';
  }
  const paid = isIn ? people.offers[from]!.costMinor[i]! : 0;
  return state.spentMinor - paid + people.offers[to]!.costMinor[i]! > options.budgetMinor ? 'budget' : undefined;
}

function take(state: State, { i, from, to }: Move): void {
  const { people, options } = state;
  const tier = people.tier[i]!;
  if (from < 0) {
    state.offered++;
    state.inTier.set(tier, (state.inTier.get(tier) ?? 0) + 1);
  }
  for (const [offer, sign] of [
    [from, -1],
    [to, 1],
  ] as const) {
    if (offer < 0) continue;
    state.inOffer[offer]! += sign;
    const channel = options.channel[offer]!;
    if (channel >= 0) state.inChannel[channel]! += sign;
    state.spentMinor += sign * people.offers[offer]!.costMinor[i]!;
  }
}

/** Share of explorers whose offers cost no more than that share of the budget, as far as can be told before the draw. */
function affordable(people: Candidates, { explorationShare, holdoutShare, budgetMinor }: Choosing): number {
  if (explorationShare <= 0 || people.offers.length === 0) return 0;
  let cost = 0;
  for (let i = 0; i < people.count; i++)
    if (people.refused[i] === undefined)
      for (const { costMinor } of people.offers) cost += costMinor[i]! / people.offers.length;
  const all = (1 - holdoutShare) * cost;
  return all > 0 ? Math.min(explorationShare, (explorationShare * budgetMinor) / all) : explorationShare;
}

/**
 * Gives explorers the offers that are dealt to them, in the order of their lots, as far as money and places reach.
 *
 * @returns [people] the offer dealt, -1: not an explorer, or not reached
 */
function explore(state: State, explores: Uint8Array, held: Uint8Array): Int16Array {
  const { people, options } = state;
  const dealt = new Int16Array(people.count).fill(-1);
  const explorers: { i: number; lot: number }[] = [];
  for (let i = 0; i < people.count; i++)
    if (explores[i] === 1) explorers.push({ i, lot: lotOf(people, i, options, '/explore') });
  explorers.sort((a, b) => a.lot - b.lot || a.i - b.i);
  for (const { i } of explorers) {
    const to = Math.floor(lotOf(people, i, options, '/arm') * people.offers.length);
    const move = { i, to, from: -1, pays: held[i] === 0 };
    const against = refusal(state, move);
    if (against !== undefined) {
      state.reason[i] = codeOf(against);
      continue;
    }
    dealt[i] = to;
    if (move.pays) take(state, move);
  }
  return dealt;
}

type Price = (i: number, offer: number) => number;

/** Walks from the best return down. @param price of each offer's places for each person, taken off its value */
function walk(state: State, pays: Uint8Array, price?: Price): void {
  const { people, options } = state;
  const isEligible = (i: number) => people.refused[i] === undefined;
  const steps = stepsOf(people.offers, people.count, isEligible, price);
  const lots = Float64Array.from({ length: people.count }, (_, i) =>
    isEligible(i) ? lotOf(people, i, options, '/order') : 0,
  );
  for (const s of walkOrder(steps, lots)) {
    const i = steps.person[s]!;
    const move = { i, from: state.meant[i]!, to: steps.offer[s]!, pays: pays[i] === 1 };
    const to = people.offers[move.to]!;
    const from = move.from < 0 ? undefined : people.offers[move.from]!;
    if (from !== undefined && to.valueMinor[i]! <= from.valueMinor[i]!) continue;
    const paid = move.pays ? from : undefined;
    const value = to.valueMinor[i]! - (paid?.valueMinor[i] ?? 0);
    const cost = to.costMinor[i]! - (paid?.costMinor[i] ?? 0);
    const isTooLittle = options.minRoi > 0 && state.walkedValue + value < options.minRoi * (state.walkedCost + cost);
    const against = isTooLittle ? 'return' : refusal(state, move);
    if (against !== undefined) {
      state.against[i] = codeOf(against);
      const isCostly = against === 'budget' && cost > 0;
      if (isCostly && price === undefined) state.shadowPrice = Math.max(state.shadowPrice, steps.ratio[s]!);
      continue;
    }
    state.meant[i] = move.to;
    if (!move.pays) continue;
    take(state, move);
    state.walkedValue += value;
    state.walkedCost += cost;
  }
}

interface Limit {
  /** Code of the place that an offer to somebody takes; -1: none */
  readonly code: (i: number, offer: number) => number;
  /** [codes] */
  readonly most: readonly number[];
}

function limitsOf({ tier }: Candidates, options: Choosing): Limit[] {
  const tiers = [...new Set(tier)];
  const at = new Map(tiers.map((code, k) => [code, k]));
  return [
    { code: () => 0, most: [options.maxPeople] },
    { code: (i) => at.get(tier[i]!)!, most: tiers.map(options.perTier) },
    { code: (_, offer) => offer, most: options.perOffer },
    { code: (_, offer) => options.channel[offer]!, most: options.perChannel },
  ];
}

/**
 * What a place costs each person and offer, from the dual over those who pay. Explorers' places are not taken off: there
 * are few of them, and the walk counts every place.
 */
function placePrices({ people, options, spentMinor }: State, pays: Uint8Array, limits: readonly Limit[]): Price {
  const walkers = Int32Array.from(people.refused.keys()).filter(
    (i) => people.refused[i] === undefined && pays[i] === 1,
  );
  const offers = people.offers.length;
  const column = (of: (i: number, offer: number) => number) =>
    Float64Array.from({ length: walkers.length * offers }, (_, row) =>
      of(walkers[Math.floor(row / offers)]!, row % offers),
    );
  const allocation: Options = {
    customers: walkers.length,
    offsets: Int32Array.from({ length: walkers.length + 1 }, (_, c) => c * offers),
    value: column((i, j) => people.offers[j]!.valueMinor[i]!),
    cost: column((i, j) => people.offers[j]!.costMinor[i]!),
    kinds: limits.map(({ code, most }) => ({ of: Int32Array.from(column(code)), most: Float64Array.from(most) })),
  };
  const { prices } = priced(allocation, {
    budget: Math.max(0, options.budgetMinor - spentMinor),
    ...(options.minRoi > 0 ? { minRoi: options.minRoi } : {}),
  });
  return (i, offer) =>
    limits.reduce((sum, { code }, k) => {
      const own = code(i, offer);
      return own < 0 ? sum : sum + prices.limits[k]![own]!;
    }, 0) /
    (1 + prices.roi);
}

/** Products that are whole in truth may fall short by so much. */
const WHOLE = 1e-9;

/** A number of one customer, campaign and purpose, the same whoever else is in. */
export const lotOf = (
  people: Pick<Candidates, 'id'>,
  i: number,
  { seed, campaignId }: Pick<Choosing, 'seed' | 'campaignId'>,
  purpose: string,
): number => hashUniform(seed, `${campaignId}${purpose}/${people.id(i)}`);

/**
 * In each tier the eligible with the lowest lots are drawn, as many as the share says. A fraction of a person is rounded up
 * or down by a lot of the tier's own, so that everybody's chance is the share: were small tiers rounded to the nearest, arms
 * that are compared as wholes would differ in tiers.
 *
 * @returns [people] 1: drawn
 */
function drawn(people: Candidates, options: Choosing, share: number, purpose: string): Uint8Array {
  const out = new Uint8Array(people.count);
  const members = new Map<number, { i: number; lot: number }[]>();
  if (share <= 0) return out;
  for (let i = 0; i < people.count; i++) {
    if (people.refused[i] !== undefined) continue;
    const list = members.get(people.tier[i]!) ?? [];
    list.push({ i, lot: lotOf(people, i, options, purpose) });
    members.set(people.tier[i]!, list);
  }
  for (const list of members.values()) {
    list.sort((a, b) => a.lot - b.lot || a.i - b.i);
    const exact = share * list.length;
    const whole = Math.floor(exact + WHOLE);
    const first = people.id(list[0]!.i);
    const up = hashUniform(options.seed, `${options.campaignId}${purpose}/rounding/${first}`) < exact - whole;
    const count = whole + (up ? 1 : 0);
    for (const { i } of list.slice(0, count)) out[i] = 1;
  }
  return out;
}
