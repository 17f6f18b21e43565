/** The gate, asked with what the outbox holds: within a transaction, so that what was asked stays true until it ends. */
import { type CampaignNow, type Stop, verdictOf } from './gate.ts';
import type { Message } from './message.ts';
import type { Outbox } from './outbox.ts';
import type { Person } from './person.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { DeliverySettings } from './settings.ts';

/** How long the outcome of a message may stay open before another worker takes it on. */
export const LEASE_MS = 60_000;

/** A message as the outbox holds it. */
export interface Row {
  readonly key: string;
  readonly document: string;
  readonly customer: string;
  readonly channel: string;
  readonly purpose: string;
  readonly attempts: number;
  readonly counted_day: number | null;
}

/** What others know of campaigns and budgets. */
export interface Watch {
  /** Who is held out of a campaign, as planned; default: nobody. */
  readonly isHeldOut?: (campaignId: string, customerId: string) => boolean;
  /** Who gets no marketing at all; default: nobody. */
  readonly isHeldOutOfAll?: (customerId: string) => boolean;
  /** Whether a campaign runs, beyond what `setCampaign` said; null: not known; default: as `setCampaign` said. */
  readonly campaignState?: (campaignId: string) => CampaignNow['state'] | null;
  /** Whether a hold on a budget still stands; default: yes. */
  readonly isPaid?: (message: Message) => boolean;
}

export interface Asked {
  readonly now: number;
  /** Local day of the customer. */
  readonly day: number;
  readonly timeZone: string;
  readonly isKilled: boolean;
  readonly person: Person | undefined;
  readonly quiet: QuietHours | undefined;
  readonly settings: DeliverySettings;
}

export interface Stopped {
  readonly stop: Stop;
  readonly rule: string;
  /** When to ask again; undefined: never. */
  readonly at?: number;
}

/** Why a message may not go out now; undefined when it may. */
export function gate(
  outbox: Outbox,
  { message, row }: { readonly message: Message; readonly row: Row },
  { day, ...asked }: Asked,
  watch: Watch,
): Stopped | undefined {
  const { campaignId } = message;
  const verdict = verdictOf(message, {
    ...asked,
    blocked: blockedOf(outbox, row.customer),
    campaign: campaignId === undefined ? undefined : campaignNow(outbox, campaignId, watch),
    isHeldOutOfAll: watch.isHeldOutOfAll?.(message.customerId) ?? false,
    isPaid: watch.isPaid?.(message) ?? true,
    sentIn: (channel, days) =>
      sentIn(outbox, row.customer, { channel, day, days }) - own(row, message, { channel, day, days }),
  });
  return verdict.kind === 'send' ? undefined : verdict;
}

/** A message that is counted already, from a try whose outcome was lost, does not stand in its own way. */
const own = (
  row: Row,
  message: Message,
  { channel, day, days }: { channel: string; day: number; days: number },
): number =>
  row.counted_day !== null && row.counted_day > day - days && (channel === 'any' || channel === message.channel)
    ? 1
    : 0;

const blockedOf = (outbox: Outbox, customer: string): ReadonlySet<string> =>
  new Set(
    outbox.db
      .rows<{ purpose: string }>('select purpose from blocks where customer = ?', customer)
      .map((row) => row.purpose),
  );

/** Days after `day` count too: clocks that went back must not open a second day. */
const sentIn = (
  outbox: Outbox,
  customer: string,
  { channel, day, days }: { channel: string; day: number; days: number },
): number =>
  outbox.db.rows<{ sent: number }>(
    `select coalesce(sum(sent), 0) as sent from counts where customer = ? and day > ? and (? = 'any' or channel = ?)`,
    customer,
    day - days,
    channel,
    channel,
  )[0]?.sent ?? 0;

function campaignNow(outbox: Outbox, campaignId: string, { campaignState, isHeldOut }: Watch): CampaignNow | null {
  const [row] = outbox.db.rows<{ state: CampaignNow['state'] }>(
    'select state from campaigns where campaign = ?',
    campaignId,
  );
  const told = campaignState === undefined ? 'running' : campaignState(campaignId);
  if (told === null) return null;
  const strictest = [row?.state ?? 'running', told];
  return {
    state: strictest.includes('ended') ? 'ended' : strictest.includes('paused') ? 'paused' : 'running',
    isHoldout: (customerId) => isHeldOut?.(campaignId, customerId) ?? false,
  };
}

/** Marks a message as being sent and counts it, unless it is counted today already; answers whether it did count it. */
export function reserve(
  outbox: Outbox,
  row: Row,
  { now, day, worker }: { now: number; day: number; worker: string },
): boolean {
  const isService = row.purpose === 'service';
  const counts = !isService && row.counted_day !== day;
  if (counts)
    outbox.db.write(
      `insert into counts (customer, channel, day, sent) values (?, ?, ?, 1)
       on conflict (customer, channel, day) do update set sent = sent + 1`,
      [[row.customer, row.channel, day]],
    );
  outbox.db.write(
    `update messages set state = 'sending', stop = null, rule = null, attempts = attempts + 1, worker = ?, lease_until = ?,
       counted_day = ? where key = ?`,
    [[worker, now + LEASE_MS, isService ? null : day, row.key]],
  );
  return counts;
}

/** Gives back the place under the caps of a message that did not go out. */
export function release(outbox: Outbox, { key, customer, channel }: Pick<Row, 'key' | 'customer' | 'channel'>): void {
  const [row] = outbox.db.rows<{ counted_day: number | null }>('select counted_day from messages where key = ?', key);
  if (row === undefined || row.counted_day === null) return;
  outbox.db.write('update counts set sent = sent - 1 where customer = ? and channel = ? and day = ? and sent > 0', [
    [customer, channel, row.counted_day],
  ]);
  outbox.db.write('update messages set counted_day = null where key = ?', [[key]]);
}

export function put(outbox: Outbox, key: string, state: 'held' | 'dead' | 'unknown', { stop, rule }: Stopped): void {
  outbox.db.write(`update messages set state = ?, stop = ?, rule = ?, worker = null where key = ?`, [
    [state, stop, rule, key],
  ]);
}
