/**
 * Faults as real exports have them, planted on purpose and counted by the rule of cleaning that should find them.
 * Faulty rows are added to the true ones, so what is left after cleaning is the truth; only repairs touch true rows.
 */
import { random, split } from '#kernels/random.ts';
import { type BookName, type Books, LAYOUT } from './books.ts';
import { dayStart, momentOf } from './calendar.ts';
import type { World } from './world.ts';

/** Chance of each fault, a customer. */
const CHANCE = 0.004;
/** Plainly not yet: later than any clock that reads this. */
const FUTURE = Date.UTC(2099, 0, 1);
/** Numbers of order lines that no true order reaches. */
const ODD_SEQ = 900;

const at = (table: BookName, name: string): number => (LAYOUT[table] as readonly string[]).indexOf(name);
const ORDER = { paid: at('order_lines', 'paid'), units: at('order_lines', 'units'), seq: at('order_lines', 'seq') };
const LINE = {
  product: at('order_lines', 'product'),
  at: at('order_lines', 'moment'),
  status: at('order_lines', 'status'),
};
const NONE = Number.NaN;

type Changes = (k: number) => Readonly<Record<number, number>>;

/** Order lines that repeat a customer's last line with something wrong, by rule (and column, where one rule has two). */
const WRONG_LINES: Readonly<Record<string, Changes>> = {
  'duplicate-row': () => ({}),
  'duplicate-key': () => ({ [ORDER.paid]: 1 }),
  'missing-key/order_id': () => ({ [ORDER.seq]: NONE }),
  'missing-key/product_id': (k) => ({ [ORDER.seq]: ODD_SEQ + k, [LINE.product]: NONE }),
  'negative-money': (k) => ({ [ORDER.seq]: ODD_SEQ + k, [ORDER.paid]: -4900 }),
  'future-time': (k) => ({ [ORDER.seq]: ODD_SEQ + k, [LINE.at]: FUTURE }),
  'negative-quantity': (k) => ({ [ORDER.seq]: ODD_SEQ + k, [ORDER.units]: -2 }),
  'absurd-quantity': (k) => ({ [ORDER.seq]: ODD_SEQ + k, [ORDER.units]: 5_000_000 }),
  'nothing-sold': (k) => ({ [ORDER.seq]: ODD_SEQ + k, [ORDER.units]: 0, [ORDER.paid]: 0 }),
  'unknown-status': (k) => ({ [ORDER.seq]: ODD_SEQ + k, [LINE.status]: 3 }),
};

/**
 * Plants faults next to the rows that the customer has just written.
 *
 * @param before row counts of the books before the customer's first row
 */
export function soil(world: World, into: Books, index: number, before: Readonly<Record<BookName, number>>): void {
  const draw = random(split(world.seed, 'dirt', index));
  const grew = (table: BookName) => into.rows[table].count > before[table];
  for (const [k, [rule, changes]] of Object.entries(WRONG_LINES).entries()) {
    if (draw.uniform() >= CHANCE || !grew('order_lines')) continue;
    into.rows.order_lines.repeat(changes(k));
    note(into, 'order_lines', rule);
    // The next fault starts from a row that may be wrong already; one fault a customer keeps the counts plain.
    break;
  }
  if (draw.uniform() < 2 * CHANCE && grew('events')) {
    into.rows.events.repeat();
    note(into, 'events', 'duplicate-row');
  }
  if (draw.uniform() < CHANCE) strayEvent(world, into, index, [draw.uniform(), draw.uniform(), draw.uniform()]);
  if (draw.uniform() < 2 * CHANCE && grew('reviews')) {
    into.rows.reviews.repeat();
    into.reviewTexts.push(into.reviewTexts.at(-1)!);
    note(into, 'reviews', 'duplicate-row');
  }
  if (draw.uniform() < CHANCE) {
    into.rows.customers.repeat();
    note(into, 'customers', 'duplicate-row');
  }
}

/** Whether a customer's city is written with spaces around it: a true row that cleaning should mend. */
export const isUntidy = (world: World, index: number): boolean =>
  random(split(world.seed, 'untidy', index)).uniform() < CHANCE;

/** An event that nobody is said to have caused, or from the future. */
function strayEvent({ calendar }: World, into: Books, owner: number, [u, v, w]: readonly number[]): void {
  const day = calendar.startDay + Math.floor(u! * (calendar.endDay - calendar.startDay));
  const nameless = v! < 0.5;
  const moment = nameless ? momentOf(day, w!, v!) : FUTURE;
  into.rows.events.add(
    owner,
    nameless ? 3 : 0,
    90_000,
    5,
    moment,
    Math.max(moment, dayStart(day)),
    1,
    NONE,
    NONE,
    NONE,
    NONE,
  );
  note(into, 'events', nameless ? 'missing-customer' : 'future-time');
}

export function note(into: Books, table: string, rule: string): void {
  const key = `${table}.${rule}`;
  into.dirt.set(key, (into.dirt.get(key) ?? 0) + 1);
}
