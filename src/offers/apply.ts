/**
 * Offers at the till: one after the other in the order given, each on what is left of the lines that it is for. Whole
 * minor units throughout; percentages round down for all lines together.
 */
import { type Cart, type CartLine, checkCart, isInScope } from './cart.ts';
import type { Denial } from './denials.ts';
import { leastPrice, shareDown, shareUp, splitBy } from './exact.ts';
import type { Offer, OfferKind } from './offer.ts';

/** What one offer did to the cart. */
export interface AppliedOffer {
  readonly offer: Offer;
  /** Why it does not count; missing where it does. All amounts are then 0. */
  readonly denied?: Denial;
  /** Off the goods, and off the shipping. */
  readonly discountMinor: number;
  readonly shippingMinor: number;
  /** What points are worth to the customer. */
  readonly pointsMinor: number;
  /** What it takes from the shop's margin on this order, without contact and ads: discount, shipping, points, gift. */
  readonly costMinor: number;
  /** A margin floor let it take less than it says. */
  readonly isCut: boolean;
}

export interface AppliedCart {
  readonly offers: readonly AppliedOffer[];
  /** [lines] price after offers */
  readonly linesMinor: readonly number[];
  /** Prices of all goods before and after. */
  readonly goodsBeforeMinor: number;
  readonly goodsMinor: number;
  /** Prices less what goods cost, before, and after offers with what they give; without shipping, contact and ads. */
  readonly marginBeforeMinor: number;
  readonly marginMinor: number;
}

interface Till {
  readonly lines: readonly CartLine[];
  /** [lines] what is left of the prices */
  readonly left: number[];
  readonly costMinor: number;
  /** What accepted offers cost beside discounts. */
  givenMinor: number;
  /** The strictest floor of those accepted. */
  floorShare: number | undefined;
  readonly accepted: Offer[];
}

const FREE: ReadonlySet<OfferKind> = new Set(['ad', 'message', 'nothing']);
const NONE = { discountMinor: 0, shippingMinor: 0, pointsMinor: 0, costMinor: 0, isCut: false };

/** Whether two offers may be used in one order. */
export const canStack = (a: Offer, b: Offer): boolean =>
  FREE.has(a.kind) ||
  FREE.has(b.kind) ||
  ((a.stacksWith?.includes(b.kind) ?? false) && (b.stacksWith?.includes(a.kind) ?? false));

/**
 * Applies offers to a cart.
 *
 * @param offers in the order in which they count
 * @param now epoch ms, for the time in which they are valid
 * @throws MONEY_INVALID for a cart that cannot be counted exactly
 */
export function applyOffers(offers: readonly Offer[], cart: Cart, now: number): AppliedCart {
  checkCart(cart);
  const sum = (values: readonly number[]): number => values.reduce((total, own) => total + own, 0);
  const before = cart.lines.map((line) => line.priceMinor);
  const till: Till = {
    lines: cart.lines,
    left: [...before],
    costMinor: sum(cart.lines.map((line) => line.costMinor)),
    givenMinor: 0,
    floorShare: undefined,
    accepted: [],
  };
  const applied = offers.map((offer): AppliedOffer => {
    const denied = refusal(offer, cart, till, now);
    if (denied !== undefined) return { offer, denied, ...NONE };
    const result = take(offer, cart, till);
    if (result.denied === undefined) accept(offer, till);
    return { offer, ...result };
  });
  const goodsMinor = sum(till.left);
  const goodsBeforeMinor = sum(before);
  return {
    offers: applied,
    linesMinor: till.left,
    goodsBeforeMinor,
    goodsMinor,
    marginBeforeMinor: goodsBeforeMinor - till.costMinor,
    marginMinor: goodsMinor - till.costMinor - till.givenMinor,
  };
}

function refusal(offer: Offer, cart: Cart, till: Till, now: number): Denial | undefined {
  if (offer.currency !== undefined && offer.currency !== cart.currency) return 'currency';
  if (offer.validFrom !== undefined && now < offer.validFrom) return 'not-yet';
  if (offer.validTo !== undefined && now >= offer.validTo) return 'over';
  if (offer.channel !== undefined && cart.channel !== undefined && offer.channel !== cart.channel) return 'channel';
  if (till.accepted.some((other) => !canStack(offer, other))) return 'stacking';
  const own = till.lines.flatMap((line, i) => (isInScope(line, offer.scope) ? [till.left[i]!] : []));
  if (own.length === 0 && !FREE.has(offer.kind)) return 'out-of-scope';
  if (own.reduce((total, price) => total + price, 0) < offer.minSpendMinor) return 'min-spend';
  return undefined;
}

function accept(offer: Offer, till: Till): void {
  till.accepted.push(offer);
  till.floorShare = floorWith(offer, till);
}

/** The floor that holds once `offer` is accepted too. */
function floorWith({ marginFloorShare }: Offer, { floorShare }: Till): number | undefined {
  if (marginFloorShare === undefined || floorShare === undefined) return marginFloorShare ?? floorShare;
  return Math.max(marginFloorShare, floorShare);
}

type Taken = Omit<AppliedOffer, 'offer'>;

function take(offer: Offer, cart: Cart, till: Till): Taken {
  switch (offer.kind) {
    case 'discount':
    case 'coupon':
      return takeOff(offer, till);
    case 'free-shipping':
      return give(offer, till, { shippingMinor: cart.shippingMinor ?? offer.shippingCostMinor ?? 0 });
    case 'gift':
      return give(offer, till, {}, (offer.gift?.unitCostMinor ?? 0) * (offer.gift?.quantity ?? 1));
    case 'points': {
      const pointsMinor = pointsOf(offer, till);
      return give(offer, till, { pointsMinor }, shareUp(pointsMinor, offer.points?.costShare ?? 1));
    }
    case 'ad':
    case 'message':
    case 'nothing':
      return NONE;
    default:
      return offer.kind satisfies never;
  }
}

function pointsOf({ points, scope }: Offer, till: Till): number {
  if (points?.percentBack === undefined) return points?.worthMinor ?? 0;
  const paid = till.lines.reduce((sum, line, i) => sum + (isInScope(line, scope) ? till.left[i]! : 0), 0);
  return shareDown(paid, points.percentBack / 100);
}

/** What is still to be had of the goods before the floor is reached: by line, and in all. */
function roomOf(offer: Offer, till: Till): { byLine: number[]; inAll: number } {
  const floor = floorWith(offer, till);
  const inScope = till.lines.map((line) => isInScope(line, offer.scope));
  const goods = till.left.reduce((sum, own) => sum + own, 0);
  return {
    byLine: till.left.map((left, i) =>
      !inScope[i] ? 0 : floor === undefined ? left : Math.max(0, left - leastPrice(till.lines[i]!.costMinor, floor)),
    ),
    inAll: floor === undefined ? goods : Math.max(0, goods - leastPrice(till.costMinor + till.givenMinor, floor)),
  };
}

/** A percentage keeps to its share line by line; of an amount, what one line cannot bear goes to the others. */
function takeOff(offer: Offer, till: Till): Taken {
  const weights = till.left.map((left, i) => (isInScope(till.lines[i]!, offer.scope) ? left : 0));
  const whole = weights.reduce((sum, own) => sum + own, 0);
  const asked =
    offer.percentOff === undefined
      ? Math.min(offer.amountOffMinor ?? 0, whole)
      : shareDown(whole, offer.percentOff / 100);
  if (asked === 0) return { ...NONE, denied: 'takes-nothing' };
  const { byLine, inAll } = roomOf(offer, till);
  const parts = splitBy(asked, weights).map((part, i) => Math.min(part, byLine[i]!));
  if (offer.percentOff === undefined) spread(parts, byLine, asked);
  trim(parts, inAll);
  const discountMinor = parts.reduce((sum, own) => sum + own, 0);
  if (discountMinor === 0) return { ...NONE, denied: 'margin-floor' };
  for (const [i, part] of parts.entries()) till.left[i]! -= part;
  return { ...NONE, discountMinor, costMinor: discountMinor, isCut: discountMinor < asked };
}

/** Adds what is missing to `total`, first line first, as far as there is room. */
function spread(parts: number[], room: readonly number[], total: number): void {
  let missing = total - parts.reduce((sum, own) => sum + own, 0);
  for (let i = 0; i < parts.length && missing > 0; i++) {
    const more = Math.min(missing, room[i]! - parts[i]!);
    parts[i]! += more;
    missing -= more;
  }
}

/** Takes away what is above `most`, from all in proportion. */
function trim(parts: number[], most: number): void {
  const total = parts.reduce((sum, own) => sum + own, 0);
  if (total <= most) return;
  for (const [i, part] of splitBy(most, parts).entries()) parts[i] = part;
}

/** Things that cannot be cut: all or nothing under the floor. */
function give(
  offer: Offer,
  till: Till,
  { shippingMinor = 0, pointsMinor = 0 }: { shippingMinor?: number; pointsMinor?: number },
  otherCostMinor = 0,
): Taken {
  const costMinor = shippingMinor + otherCostMinor;
  const floor = floorWith(offer, till);
  const goods = till.left.reduce((sum, own) => sum + own, 0);
  if (floor !== undefined && goods < leastPrice(till.costMinor + till.givenMinor + costMinor, floor))
    return { ...NONE, denied: 'margin-floor' };
  if ((offer.kind === 'points' && pointsMinor === 0) || (offer.kind === 'free-shipping' && shippingMinor === 0))
    return { ...NONE, denied: 'takes-nothing' };
  till.givenMinor += costMinor;
  return { ...NONE, shippingMinor, pointsMinor, costMinor };
}
