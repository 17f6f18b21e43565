/** What else a shop might do with the same money, and what could be done by one who knew the truth. */
import { random, split } from '#kernels/random.ts';
import type { CrowdWindow, Offer } from '#simulate/index.ts';
import type { OfferEffects } from './effects.ts';
import type { Standing } from './people.ts';

export const RIVALS = ['random', 'top-value', 'top-churn', 'response'] as const;
export type Rival = (typeof RIVALS)[number];

/** True expected effects and costs of offers, [people x offers]; money in minor units. */
export function truthOf(
  window: CrowdWindow,
  people: number,
  offers: readonly Offer[],
): Pick<OfferEffects, 'profit' | 'cost'> {
  const [profit, cost] = [new Float64Array(people * offers.length), new Float64Array(people * offers.length)];
  for (let i = 0; i < people; i++)
    for (const [o, offer] of offers.entries()) {
      const { with: given, without } = window.expected(i, offer);
      profit[i * offers.length + o] = given.margin - without.margin;
      cost[i * offers.length + o] = given.discount + (offer.cost ?? 0);
    }
  return { profit, cost };
}

export interface Rivalry {
  readonly consent: Uint8Array;
  readonly standing: Standing;
  readonly offers: readonly Offer[];
  /** The offer that a rival with a rule for people gives them. */
  readonly house: number;
  /** What is thought that offers cost. */
  readonly effects: OfferEffects;
  /** [people] orders expected with the house offer, by a model of the response. */
  readonly response: Float64Array;
  /** For everybody meant for an offer. */
  readonly budget: number;
  readonly seed: number;
  readonly round: number;
}

/** [people] offer that a rival means for each: the first by its rule until the money is spent. */
export function rivalOffers(rival: Rival, about: Rivalry): Int32Array {
  const { consent, standing, offers, house, effects, response, budget, seed, round } = about;
  const draw = random(split(seed, 'random rival', round));
  const byLot = Float64Array.from(consent, () => draw.uniform());
  const score = (i: number): number => {
    if (rival === 'random') return byLot[i]!;
    if (rival === 'top-value') return standing.orders[i]! * standing.margin[i]!;
    if (rival === 'top-churn') return standing.traits.at(-1)![i] === 1 ? -1 : 1 - standing.alive[i]!;
    return response[i]!;
  };
  const scores = Float64Array.from({ length: consent.length }, (_, i) => score(i));
  const order = [...consent.keys()].filter((i) => consent[i] === 1).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const meant = new Int32Array(consent.length).fill(-1);
  let spent = 0;
  for (const i of order) {
    const offer = rival === 'random' ? draw.integer(offers.length) : house;
    const cost = effects.cost[i * offers.length + offer]!;
    if (spent + cost > budget) break;
    spent += cost;
    meant[i] = offer;
  }
  return meant;
}
