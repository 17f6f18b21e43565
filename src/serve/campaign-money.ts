/** The ledger as campaigns use it: money is set aside when one is approved, and comes back when it ends. */
import type { Money } from '#campaigns/index.ts';
import { budgetOf, type Held, hold, type Ledger, openBudget, release } from '#offers/index.ts';

/**
 * A campaign that names a budget holds its money there. One that names none gets a budget of its own, which its coupon pools
 * may pay from; what is left in that stays in it.
 */
export function ledgerMoney(ledger: Ledger, currency: () => string): Money {
  const keyOf = (campaignId: string, version: number): string => `${campaignId}:${version}`;
  // A refusal is kept under its key, so what was refused while money was short is asked anew under the next one.
  const heldFor = (of: Parameters<Money['giveBack']>[0], now: number): Held => {
    const { campaignId, version, amountMinor, until, budget } = of;
    for (let attempt = 0; ; attempt++) {
      const key = `campaign:${keyOf(campaignId, version)}:${attempt}`;
      const held = hold(ledger, { key, budget, amountMinor, expiresAt: until }, now);
      if (held.ok) return held;
      const { freeMinor } = budgetOf(ledger, budget);
      if (freeMinor < amountMinor || attempt === ATTEMPTS_MAX) return { ...held, freeMinor };
    }
  };
  return {
    reserve: ({ budget, actor, ...asked }, now) => {
      if (budget === null) {
        const { campaignId, version, amountMinor } = asked;
        const id = keyOf(campaignId, version);
        openBudget(ledger, { id, campaign: campaignId, amountMinor, currency: currency(), actor }, now);
        return { ok: true, budget: id };
      }
      const held = heldFor({ ...asked, budget }, now);
      return held.ok ? { ok: true, budget } : { ok: false, budget, freeMinor: held.freeMinor };
    },
    giveBack: (reservation, now) => {
      const { campaignId, version, budget } = reservation;
      if (budget === keyOf(campaignId, version)) return;
      // the same hold asked for again is the same hold: so its number is found
      const held = heldFor(reservation, now);
      if (held.ok) release(ledger, { hold: held.hold }, now);
    },
  };
}

const ATTEMPTS_MAX = 1000;
