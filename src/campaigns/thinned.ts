/** A plan's people thinned to a sample, with money and places that shrink alike. */
import type { EffectSource, Given } from './effects.ts';
import type { Prepared } from './prepare.ts';
import type { Known } from './targeting.ts';

export interface Thinned extends Pick<Prepared, 'asked' | 'candidates' | 'choosing' | 'effects'> {
  readonly audience: Known;
  /** One in so many is in. */
  readonly every: number;
}

/** Customers looked at, at most. */
const SAMPLE = 20_000;

/** Every n-th customer, so that no more than 20,000 are in; all of them where there are no more. */
export function thinned({ asked, audience, candidates, choosing, effects }: Prepared): Thinned {
  const every = Math.max(1, Math.ceil(candidates.count / SAMPLE));
  if (every === 1) return { asked, audience, candidates, choosing, effects, every };
  const count = Math.ceil(candidates.count / every);
  const some = (column: Float64Array) => Float64Array.from({ length: count }, (_, k) => column[k * every]!);
  return {
    asked,
    every,
    audience: { valueMinor: some(audience.valueMinor), pAlive: some(audience.pAlive) },
    candidates: {
      count,
      id: (k) => candidates.id(k * every),
      tier: Int32Array.from({ length: count }, (_, k) => candidates.tier[k * every]!),
      refused: Array.from({ length: count }, (_, k) => candidates.refused[k * every]),
      offers: candidates.offers.map(({ valueMinor, profitMinor, costMinor }) => ({
        valueMinor: some(valueMinor),
        profitMinor: some(profitMinor),
        costMinor: some(costMinor),
      })),
    },
    choosing: {
      ...choosing,
      budgetMinor: Math.floor(choosing.budgetMinor / every),
      maxPeople: choosing.maxPeople / every,
      perTier: (tier) => choosing.perTier(tier) / every,
      perOffer: choosing.perOffer.map((most) => most / every),
      perChannel: choosing.perChannel.map((most) => most / every),
    },
    effects: thinnedEffects(effects, count, every),
  };
}

function thinnedEffects(effects: EffectSource, count: number, every: number): EffectSource {
  const some = (column: Float64Array) => Float64Array.from({ length: count }, (_, k) => column[k * every]!);
  const places = (given: Given): Given => given.map((members) => Int32Array.from(members, (k) => k * every));
  return {
    ...effects,
    offers: effects.offers.map(({ effectMinor, discountMinor, keptShare }) => ({
      effectMinor: some(effectMinor),
      discountMinor: some(discountMinor),
      keptShare: some(keptShare),
    })),
    group: Array.from({ length: count }, (_, k) => effects.group[k * every]!),
    standardError: (given, instead) =>
      instead === undefined
        ? effects.standardError(places(given))
        : effects.standardError(places(given), places(instead)),
  };
}
