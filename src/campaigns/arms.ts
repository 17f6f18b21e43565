/** What a campaign may give: its offers, each an arm with a name, a channel and places of its own. */
import { z } from 'zod';
import { known } from '#errors.ts';
import { discountOf, type Offer, parseOffer } from '#offers/index.ts';
import type { Content } from './life/parts.ts';

export interface PlanOffer {
  /** Unique within the plan; what people, reports and logs call the arm. */
  readonly id: string;
  readonly name?: { readonly en: string; readonly zh: string };
  /** What its message says. */
  readonly content?: { readonly en: Content; readonly zh: Content };
  /** How it reaches people, e.g. email; limits may be set by it. */
  readonly channel?: string;
  readonly offer: Offer;
}

const OFFERS_MAX = 20;
const text = z.string().trim().min(1).max(200);
const CONTENT = z.strictObject({ title: z.string().trim().max(200), text: z.string().trim().max(4000) });
const HEAD = z.looseObject({
  id: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u, 'an id of letters, digits, dot, dash and underscore')
    .optional(),
  name: z.strictObject({ en: text, zh: text }).optional(),
  channel: text.optional(),
  content: z.strictObject({ en: CONTENT, zh: CONTENT }).optional(),
});

/**
 * The offers of a plan: `offers`, a list of offers each with an id and where wanted a name and a channel, or one `offer`.
 * Offers without an id are called A, B, C ...
 *
 * @throws CAMPAIGN_INVALID: none, more than 20, an id twice, or what parseOffer refuses
 */
export function parseOffers(one: unknown, several: unknown): PlanOffer[] {
  if (several === undefined) return [{ id: 'offer', ...armOf(one, 'offer') }];
  const refuse = (expected: string, where = 'offers') => known('CAMPAIGN_INVALID', { where, expected });
  if (one !== undefined) throw refuse('either offer or offers');
  if (!Array.isArray(several) || several.length === 0 || several.length > OFFERS_MAX)
    throw refuse(`a list of 1 to ${OFFERS_MAX} offers`);
  const arms = several.map((each: unknown, k) => ({
    id: String.fromCharCode(65 + k),
    ...armOf(each, `offers.${k}`),
  }));
  for (const [k, { id }] of arms.entries())
    if (arms.findIndex((arm) => arm.id === id) !== k)
      throw refuse(`an id that no other offer has; got ${id} twice`, `offers.${k}.id`);
  return arms;
}

function armOf(input: unknown, where: string): Omit<PlanOffer, 'id'> & { id?: string } {
  const head = HEAD.safeParse(input);
  if (!head.success) {
    const [issue] = head.error.issues;
    throw known('CAMPAIGN_INVALID', {
      where: [where, ...(issue?.path ?? [])].join('.'),
      expected: issue?.message ?? 'an offer',
    });
  }
  const { id, name, channel, content, ...offer } = head.data;
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(channel === undefined ? {} : { channel }),
    ...(content === undefined ? {} : { content }),
    offer: parseOffer(offer),
  };
}

/** What an offer is worth to a customer who uses it on an order of `orderMinor`: as a mean for planning, not rounded. */
export function worthOf(offer: Offer, orderMinor: number): number {
  const { points, gift, shippingCostMinor = 0 } = offer;
  const back = points === undefined ? 0 : (points.worthMinor ?? ((points.percentBack ?? 0) / 100) * orderMinor);
  const given = gift === undefined ? 0 : gift.unitCostMinor * (gift.quantity ?? 1);
  return discountOf(offer, orderMinor) + back + given + shippingCostMinor;
}

/** What a minor unit of that costs the shop: of points less than one. */
export const costShareOf = ({ points }: Offer): number => points?.costShare ?? 1;
