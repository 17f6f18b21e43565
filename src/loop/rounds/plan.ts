/** Who is meant for which offer in a round: the allocation, with a share of people in whom offers are tried at random. */
import { allocate } from '#campaigns/index.ts';
import { random, split } from '#kernels/random.ts';
import type { OfferEffects } from './effects.ts';

export interface RoundPlan {
  /** [people] the offer that the allocation gives, -1 for none */
  readonly best: Int32Array;
  /** [people] index of the offer meant, -1 for none; a held-out person is meant for one too */
  readonly meant: Int32Array;
  /** [people] 1: held out of it by the draw */
  readonly held: Uint8Array;
  /** [people] chance of what was drawn: that offer given, or that offer meant and held out, or none */
  readonly propensity: Float64Array;
}

export interface Planning {
  /** [people] 1: may be contacted */
  readonly consent: Uint8Array;
  readonly offers: number;
  /** What the treated may cost, expected, in minor units. */
  readonly budget: number;
  /** Of those meant for an offer, 0 to below 1. */
  readonly holdout: number;
  /** Share of people who get an offer by lot, 0 to 1. */
  readonly exploration: number;
  readonly seed: number;
  readonly round: number;
}

/** Values are what is thought of the offers; only options of a value above 0 are planned. */
export function planRound({ profit, cost }: Pick<OfferEffects, 'profit' | 'cost'>, planning: Planning): RoundPlan {
  const { consent, offers, holdout, exploration, seed, round } = planning;
  const people = consent.length;
  const best = bestOffers({ profit, cost }, planning);
  const lot = lotChance(cost, planning);
  const meant = new Int32Array(people).fill(-1);
  const held = new Uint8Array(people);
  const propensity = new Float64Array(people).fill(1);
  const draw = random(split(seed, 'plan', round));
  for (let i = 0; i < people; i++) {
    // the same draws for everybody, whatever comes of them
    const [isLot, isGiven, which, isHeld] = [draw.uniform(), draw.uniform(), draw.integer(offers), draw.uniform()];
    if (consent[i] !== 1) continue;
    meant[i] = isLot < exploration ? (isGiven < lot ? which : -1) : best[i]!;
    const own = meant[i]!;
    const chance = (own === best[i] ? 1 - exploration : 0) + exploration * (own < 0 ? 1 - lot : lot / offers);
    held[i] = own >= 0 && isHeld < holdout ? 1 : 0;
    propensity[i] = own < 0 ? chance : chance * (held[i] === 1 ? holdout : 1 - holdout);
  }
  return { best, meant, held, propensity };
}

/** [people] the offer that the allocation gives, -1 for none; the held-out part of the budget goes to others. */
export function bestOffers({ profit, cost }: Pick<OfferEffects, 'profit' | 'cost'>, planning: Planning): Int32Array {
  const { consent, offers, budget, holdout } = planning;
  const people = consent.length;
  const offsets = new Int32Array(people + 1);
  for (let i = 0; i < people; i++) offsets[i + 1] = offsets[i]! + (consent[i] === 1 ? offers : 0);
  const rows = offsets[people]!;
  const [value, price] = [new Float64Array(rows), new Float64Array(rows)];
  for (let i = 0; i < people; i++)
    for (let k = offsets[i]!, o = 0; k < offsets[i + 1]!; k++, o++) {
      value[k] = profit[i * offers + o]!;
      price[k] = Math.max(1, Math.round(cost[i * offers + o]!));
    }
  const { given } = allocate(
    { customers: people, offsets, value, cost: price, kinds: [] },
    { budget: budget / (1 - holdout) },
  );
  return given.map((row, i) => (row < 0 ? -1 : row - offsets[i]!));
}

/** Chance with which a person who is drawn for the lot gets an offer, so that lots keep to the budget. */
function lotChance(cost: Float64Array, { consent, offers, budget, holdout }: Planning): number {
  let mean = 0;
  for (let k = 0; k < cost.length; k++) if (consent[Math.floor(k / offers)] === 1) mean += cost[k]! / offers;
  return mean > 0 ? Math.min(1, budget / (1 - holdout) / mean) : 1;
}
