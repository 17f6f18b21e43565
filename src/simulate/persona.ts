/**
 * The hidden truth about one customer. Everything here depends on the seed and the customer's index alone.
 *
 * Buying follows BG/NBD: after the first order, orders come at rate ~ Gamma over customers, and after each of them the
 * customer leaves for good with a chance ~ Beta over customers. A small class of browsers looks and rarely buys.
 *
 * @see Fader, Hardie, Lee (2005), Marketing Science 24(2)
 */
import { type Random, random, split } from '#kernels/random.ts';
import { STYLE_DIMENSIONS } from './catalogue.ts';
import { OCCASIONS } from './lexicon.ts';
import { CITIES } from './names.ts';

/** Of the gamma over rates (shape, days) and the beta over dropout chances. */
export const POPULATION = { r: 0.85, alpha: 62, a: 0.9, b: 3.1, browserShare: 0.07 } as const;

export const ARCHETYPES = ['loyal', 'big-spender', 'deal-seeker', 'occasional', 'browser', 'new'] as const;
export type Archetype = (typeof ARCHETYPES)[number];

export interface Persona {
  readonly index: number;
  readonly browser: boolean;
  /** Orders a day on an average day, while the customer stays; for a browser the rate of every order. */
  readonly rate: number;
  /** Chance to leave for good after a repeat order. */
  readonly dropout: number;
  /** 0 (never minds) to 1 (buys by price). */
  readonly sensitivity: number;
  /** Preferred price level: log of price over the leaf's median. */
  readonly level: number;
  /** Mean number of lines beyond the first. */
  readonly moreLines: number;
  /** Shares of occasions, summing to one, [occasions]. */
  readonly tastes: Float64Array;
  /** Weight on each dimension of brand style. */
  readonly style: readonly number[];
  /** Chance to use a public coupon where no offer is at hand. */
  readonly couponHabit: number;
  /** Chance to open and read a message. */
  readonly opens: number;
  /** Takes messages badly: a sleeping dog. */
  readonly annoyed: boolean;
  /** Sessions without an order, a day. */
  readonly visitRate: number;
  readonly reviewChance: number;
  /** Added to every rating. */
  readonly mood: number;
  readonly language: 'zh' | 'en';
  /** Uniform numbers that place the arrival in the history and the first order after it. */
  readonly arrival: readonly [number, number];
  readonly traits: Traits;
}

export interface Traits {
  readonly age: number;
  readonly gender: 'female' | 'male' | null;
  /** Index into CITIES. */
  readonly city: number;
  readonly incomeBand: 'low' | 'middle' | 'high' | null;
  readonly memberLevel: 'basic' | 'silver' | 'gold';
  readonly household: number;
  readonly channel: 'app' | 'web' | 'mini-program' | 'store';
  readonly consentMarketing: boolean | null;
  readonly consentPersonal: boolean | null;
}

/** The persona of customer `index` (from 0); `kind` tells customers from the guests who come by. */
export function drawPersona(seed: number, index: number, kind: 'customer' | 'guest' = 'customer'): Persona {
  const draw = random(split(seed, 'persona', kind, index));
  const browser = draw.uniform() < POPULATION.browserShare;
  const rate = draw.gamma(POPULATION.r, POPULATION.alpha);
  const dropout = draw.beta(POPULATION.a, POPULATION.b);
  const level = 0.5 * draw.normal();
  const sensitivity = 1 / (1 + Math.exp(0.45 + 1.5 * level - 1.15 * draw.normal()));
  const moreLines = draw.gamma(1.8, 1.8 / 0.95) * (1 + 0.25 * level);
  const annoyed = draw.uniform() < (sensitivity < 0.35 ? 0.13 : 0.02);
  return {
    index,
    browser,
    rate: browser ? 0.0002 + 0.0008 * draw.uniform() : rate,
    dropout: browser ? 0 : dropout,
    sensitivity,
    level,
    moreLines: Math.max(0.05, moreLines),
    tastes: drawTastes(draw),
    style: Array.from({ length: STYLE_DIMENSIONS }, () => 0.75 * draw.normal()),
    couponHabit: Math.max(0, 0.4 * sensitivity - 0.1),
    opens: 0.15 + 0.75 * draw.beta(2, 2),
    annoyed,
    visitRate: browser ? draw.gamma(1.5, 1.5 / 0.03) : draw.gamma(0.9, 0.9 / 0.006) + 0.3 * rate,
    reviewChance: 0.3 * draw.beta(1, 2),
    mood: 0.35 * draw.normal(),
    language: draw.uniform() < 0.7 ? 'zh' : 'en',
    arrival: [draw.uniform(), draw.uniform()],
    traits: drawTraits(draw, { level, rate: browser ? 0 : rate }),
  };
}

function drawTastes(draw: Random): Float64Array {
  const tastes = Float64Array.from(OCCASIONS, () => draw.gamma(0.35));
  const total = tastes.reduce((sum, share) => sum + share, 0);
  return tastes.map((share) => share / total);
}

function drawTraits(draw: Random, { level, rate }: { level: number; rate: number }): Traits {
  const income = level + 0.5 * draw.normal();
  const regular = rate * POPULATION.alpha + 0.6 * draw.normal();
  const pick = draw.uniform();
  return {
    age: Math.round(Math.min(78, Math.max(18, 19 + draw.gamma(2.6, 0.17)))),
    gender: draw.uniform() < 0.06 ? null : draw.uniform() < 0.6 ? 'female' : 'male',
    city: drawCity(draw.uniform()),
    incomeBand: draw.uniform() < 0.12 ? null : income < -0.35 ? 'low' : income < 0.45 ? 'middle' : 'high',
    memberLevel: regular > 2 ? 'gold' : regular > 1 ? 'silver' : 'basic',
    household: 1 + draw.poisson(1.4),
    channel: pick < 0.45 ? 'app' : pick < 0.7 ? 'mini-program' : pick < 0.93 ? 'web' : 'store',
    consentMarketing: flag(draw.uniform(), { yes: 0.78, no: 0.12 }),
    consentPersonal: flag(draw.uniform(), { yes: 0.88, no: 0.06 }),
  };
}

const flag = (u: number, { yes, no }: { yes: number; no: number }): boolean | null =>
  u < yes ? true : u < yes + no ? false : null;

const CITY_TOTAL = CITIES.reduce((sum, [, , weight]) => sum + weight, 0);

function drawCity(u: number): number {
  let left = u * CITY_TOTAL;
  for (const [index, [, , weight]] of CITIES.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return CITIES.length - 1;
}

/** The name that people would give to the customer; `isNew` where the first order is younger than 45 days. */
export function archetypeOf(persona: Persona, isNew: boolean): Archetype {
  if (persona.browser) return 'browser';
  if (isNew) return 'new';
  if (persona.sensitivity > 0.58) return 'deal-seeker';
  if (persona.level + 0.3 * Math.log(1 + persona.moreLines) > 0.62) return 'big-spender';
  if (persona.rate > 0.014 && persona.dropout < 0.3) return 'loyal';
  return 'occasional';
}
