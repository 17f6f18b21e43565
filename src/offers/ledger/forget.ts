/** Erasure: a customer's id leaves the ledger; what was spent on them, and the chain, stay. */
import { alone, type Ledger } from './ledger.ts';

/**
 * Takes a customer's id out of the ledger, with the ids of their orders and decisions and with the answers that were
 * kept for repeated calls. Their coupons cannot be used any more, by anyone.
 *
 * @returns what was erased; all 0 where the ledger does not know them
 */
export function forget(ledger: Ledger, customer: string): { customers: number; redemptions: number; answers: number } {
  const { db } = ledger;
  const erased = alone(ledger, () => {
    const [found] = db.rows<{ person: number }>('select person from people where customer = ?', customer);
    if (found === undefined) return { customers: 0, redemptions: 0, answers: 0 };
    const who = [[found.person]];
    db.write('update coupons set decision = null where person = ?', who);
    return {
      customers: db.write('update people set customer = null where person = ?', who),
      redemptions: db.write('update redemptions set order_id = null where person = ?', who),
      answers: db.write("update answers set body = x'', answer = '' where person = ?", who),
    };
  });
  // Older pages lie in the write-ahead log until it is emptied.
  if (erased.customers > 0) db.rows('pragma wal_checkpoint(truncate)');
  return erased;
}
