/** What somebody is about to buy, or bought. */
import { known } from '#errors.ts';
import type { Scope } from './offer.ts';

export interface CartLine {
  readonly productId: string;
  /** Path from wide to narrow, parted by ` > `. */
  readonly category?: string;
  readonly brand?: string;
  /** Of the whole line, all pieces: price before offers, and what the goods cost the shop. */
  readonly priceMinor: number;
  readonly costMinor: number;
}

export interface Cart {
  /** ISO 4217 */
  readonly currency: string;
  readonly lines: readonly CartLine[];
  /** What the customer would pay for shipping; missing: not known. */
  readonly shippingMinor?: number;
  readonly channel?: string;
}

/**
 * Refuses money that cannot be counted exactly.
 *
 * @throws MONEY_INVALID for amounts below 0, not whole, or that add up beyond 2^53 - 1
 */
export function checkCart({ lines, shippingMinor = 0 }: Cart): void {
  let [price, cost] = [shippingMinor, 0];
  for (const line of lines) {
    checkMoney(line.priceMinor, `the price of ${line.productId}`);
    checkMoney(line.costMinor, `the cost of ${line.productId}`);
    price += line.priceMinor;
    cost += line.costMinor;
  }
  checkMoney(shippingMinor, 'the shipping');
  checkMoney(price, 'the whole cart');
  checkMoney(cost, 'the cost of the whole cart');
}

/** @throws MONEY_INVALID unless the amount is whole minor units from `least` to 2^53 - 1 */
export function checkMoney(amountMinor: number, what: string, least = 0): number {
  if (!Number.isSafeInteger(amountMinor) || amountMinor < least)
    throw known('MONEY_INVALID', { what, came: String(amountMinor), least });
  return amountMinor;
}

/** Whether a line is named by a scope; no scope names all. */
export function isInScope(line: CartLine, scope: Scope | undefined): boolean {
  if (scope === undefined) return true;
  const { category = '', brand } = line;
  return (
    (scope.products?.includes(line.productId) ?? false) ||
    (scope.categories?.some((path) => category === path || category.startsWith(`${path} > `)) ?? false) ||
    (brand !== undefined && (scope.brands?.includes(brand) ?? false))
  );
}
