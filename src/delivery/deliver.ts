/**
 * One step of a worker: takes messages that are due, asks the gate about each at the moment of sending, hands them to their
 * channels and records what came of it. Any number of workers, in any number of processes, may do this at once.
 *
 * Order of records: (1) in one transaction a message is checked, counted under the caps and marked as being sent, with a
 * lease; (2) the channel sends it; (3) the outcome is recorded. A worker that dies between 1 and 3 leaves a message whose
 * outcome nobody knows: when the lease is over, a channel that can tell twice from once gets it again under the same key;
 * for any other it ends as `unknown`.
 */
import { dayNumber } from '#kernels/local-time.ts';
import { hashUniform } from '#kernels/random.ts';
import { type Channel, type Outgoing, SendFailure } from './channels/channel.ts';
import { gate, put, type Row, release, reserve, type Stopped, type Watch } from './checks.ts';
import type { Message } from './message.ts';
import type { Outbox } from './outbox.ts';
import type { PeopleNow, Person } from './person.ts';
import { nextMinute } from './quiet-hours.ts';
import { type DeliverySettings, quietOf } from './settings.ts';
import { type Frame, renderedOf } from './template.ts';

export interface DeliverOptions extends Watch {
  /** Epoch ms, asked anew for each message. */
  readonly now: () => number;
  /** Name of the worker, unique among those alive. */
  readonly worker: string;
  /** Of the jitter of retries. */
  readonly seed: number;
  readonly people: PeopleNow;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly shop: { readonly name: string; readonly timeZone: string };
  /** Told of each message once it is sent, or will never be: to spend or to release its hold. May be told twice. */
  readonly settle?: (message: Message, wasSent: boolean) => Promise<void> | void;
  /** The unsubscribe link of a customer, where there is a page for it. */
  readonly unsubscribe?: (customerId: string) => string;
  /** Most messages taken in one step; default 64. */
  readonly batch?: number;
}

export interface DeliverCounts {
  readonly taken: number;
  readonly sent: number;
  readonly held: number;
  readonly later: number;
  readonly failed: number;
}

/** How long a check holds: what changes meanwhile counts from then on. The kill switch is asked before every message. */
const CHECK_MS = 1000;

interface Ready {
  readonly message: Message;
  readonly person: Person;
  readonly attempt: number;
  /** Epoch ms until which the check holds. */
  readonly until: number;
  /** Whether this try took a place under the caps, which it gives back when it comes to nothing. */
  readonly isCounted: boolean;
}

/** Does one step; the answer counts what was done, `taken` 0 when nothing was due. */
export async function deliver(outbox: Outbox, options: DeliverOptions): Promise<DeliverCounts> {
  const { settings } = outbox.settings();
  recover(outbox, options);
  const totals = { taken: 0, sent: 0, held: 0, later: 0, failed: 0 };
  if (outbox.killSwitch().isOn) return totals;
  const rows = dueRows(outbox, options);
  const people = await options.people([...new Set(rows.map((row) => row.customer))]);
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.channel, [...(groups.get(row.channel) ?? []), row]);
  for (const [name, all] of groups) {
    const channel = options.channels.get(name);
    const size = channel?.can.idempotent === false ? 1 : Math.max(1, channel?.can.parallel ?? 1) * 16;
    for (let from = 0; from < all.length; from += size) {
      const checked = check(outbox, all.slice(from, from + size), { ...options, settings, people, channel });
      for (const [kind, count] of Object.entries(checked.counts)) totals[kind as keyof typeof totals] += count;
      const done = channel === undefined ? [] : await sendAll(outbox, checked.ready, { ...options, channel });
      record(outbox, done, { ...options, settings });
      for (const { outcome } of done) {
        totals.sent += outcome.kind === 'sent' ? 1 : 0;
        totals.failed += outcome.kind === 'failed' ? 1 : 0;
      }
    }
  }
  await settleAll(outbox, options);
  return totals;
}

const dueRows = (outbox: Outbox, { now, batch = 64 }: DeliverOptions): Row[] =>
  outbox.db.rows<Row>(
    `select key, document, customer, channel, purpose, attempts, counted_day from messages
     where state = 'due' and due_at <= ? and channel <> 'on-site' order by due_at, key limit ?`,
    now(),
    batch,
  );

/** Messages whose worker is gone: again, or left for a person, by what their channel can. On-site ones only expire. */
function recover(outbox: Outbox, { now, channels }: DeliverOptions): void {
  const open = outbox.db.rows<{ key: string; channel: string }>(
    `select key, channel from messages where state = 'sending' and lease_until < ?`,
    now(),
  );
  if (open.length > 0) {
    const again = (name: string): boolean => channels.get(name)?.can.idempotent ?? false;
    outbox.db.transaction(() => {
      for (const { key, channel } of open)
        outbox.db.write(
          again(channel)
            ? `update messages set state = 'due', worker = null, due_at = ? where key = ? and state = 'sending' and lease_until < ?`
            : `update messages set state = 'unknown', stop = 'outcome-unknown', rule = 'at most once', worker = null, sent_at = ?
               where key = ? and state = 'sending' and lease_until < ?`,
          [[now(), key, now()]],
        );
    });
  }
  const missed = `state = 'due' and channel = 'on-site' and expires_at <= ?`;
  if (outbox.db.rows(`select 1 from messages where ${missed} limit 1`, now()).length > 0)
    outbox.db.write(`update messages set state = 'held', stop = 'expired', rule = 'not seen in time' where ${missed}`, [
      [now()],
    ]);
}

type CheckOptions = Omit<DeliverOptions, 'people'> & {
  readonly settings: DeliverySettings;
  readonly people: ReadonlyMap<string, Person>;
  readonly channel: Channel | undefined;
};

/** Checks messages in one transaction; those that may go out are counted under the caps and marked as being sent. */
function check(
  outbox: Outbox,
  rows: readonly Row[],
  options: CheckOptions,
): { ready: Ready[]; counts: Record<'taken' | 'held' | 'later', number> } {
  const { db } = outbox;
  const counts = { taken: 0, held: 0, later: 0 };
  const ready: Ready[] = [];
  const quiet = quietOf(options.settings);
  db.transaction(() => {
    const isKilled = outbox.killSwitch().isOn;
    for (const row of rows) {
      const now = options.now();
      const [still] = db.rows(`select 1 from messages where key = ? and state = 'due'`, row.key);
      if (still === undefined) continue;
      counts.taken++;
      const message = JSON.parse(row.document) as Message;
      const person = options.people.get(row.customer);
      const timeZone = person?.timeZone ?? options.shop.timeZone;
      const day = dayNumber(now, timeZone);
      const asked = { now, day, timeZone, isKilled, person, quiet, settings: options.settings };
      const stop = gate(outbox, { message, row }, asked, options) ?? noWay(options.channel, message, person);
      if (stop === undefined) {
        const isCounted = reserve(outbox, row, { now, day, worker: options.worker });
        const until = Math.min(now + CHECK_MS, nextMinute(now));
        ready.push({ message, person: person!, attempt: row.attempts + 1, until, isCounted });
      } else if (stop.at === undefined) {
        counts.held++;
        put(outbox, row.key, 'held', stop);
      } else {
        counts.later++;
        db.write(`update messages set due_at = ?, stop = ?, rule = ? where key = ?`, [
          [stop.at, stop.stop, stop.rule, row.key],
        ]);
      }
    }
  });
  return { ready, counts };
}

function noWay(channel: Channel | undefined, message: Message, person: Person | undefined): Stopped | undefined {
  if (channel === undefined) return { stop: 'no-channel', rule: `channel ${message.channel}` };
  if (person !== undefined && addressOf(channel, person) === undefined)
    return { stop: 'no-address', rule: `${channel.can.address} of the customer` };
  return undefined;
}

const addressOf = ({ can }: Channel, person: Person): string | undefined =>
  can.address === 'customer' ? person.customerId : person.addresses[can.address];

type Outcome =
  | { readonly kind: 'sent'; readonly providerId: string; readonly at: number }
  | { readonly kind: 'failed'; readonly failure: SendFailure; readonly at: number }
  /** It was not handed over: the check no longer held. */
  | { readonly kind: 'unasked' };
interface Done {
  readonly ready: Ready;
  readonly outcome: Outcome;
}

async function sendAll(
  outbox: Outbox,
  ready: readonly Ready[],
  options: DeliverOptions & { readonly channel: Channel },
): Promise<Done[]> {
  const done: Done[] = [];
  const { parallel } = options.channel.can;
  for (let from = 0; from < ready.length; from += parallel) {
    const part = ready.slice(from, from + parallel);
    done.push(
      ...(await Promise.all(
        part.map(async (each) => ({ ready: each, outcome: await sendOne(outbox, each, options) })),
      )),
    );
  }
  return done;
}

async function sendOne(
  outbox: Outbox,
  { message, person, attempt, until }: Ready,
  { now, channel, shop, unsubscribe }: DeliverOptions & { readonly channel: Channel },
): Promise<Outcome> {
  const at = now();
  if (at >= until || outbox.killSwitch().isOn) return { kind: 'unasked' };
  const link = unsubscribe?.(message.customerId);
  try {
    const providerId = await channel.send(outgoing(message, { person, attempt, at, channel, shop, link }));
    return { kind: 'sent', providerId, at };
  } catch (error) {
    const failure =
      error instanceof SendFailure
        ? error
        : new SendFailure('unknown', error instanceof Error ? error.message : '', error);
    return { kind: 'failed', failure, at };
  }
}

function outgoing(
  message: Message,
  about: {
    readonly person: Person;
    readonly attempt: number;
    readonly at: number;
    readonly channel: Channel;
    readonly shop: DeliverOptions['shop'];
    readonly link: string | undefined;
  },
): Outgoing {
  const { key, customerId, purpose, campaignId, decisionId } = message;
  const { person, attempt, at, channel, shop, link } = about;
  const frame: Frame = {
    shop: shop.name,
    language: person.language,
    ...(link === undefined ? {} : { unsubscribe: link }),
  };
  return {
    ...renderedOf(message, frame),
    ...{ key, attempt, at, customerId, purpose, to: addressOf(channel, person)! },
    ...(campaignId === undefined ? {} : { campaignId }),
    ...(decisionId === undefined ? {} : { decisionId }),
    ...(link === undefined ? {} : { unsubscribe: link }),
  };
}

function record(
  outbox: Outbox,
  done: readonly Done[],
  options: DeliverOptions & { readonly settings: DeliverySettings },
): void {
  if (done.length === 0) return;
  outbox.db.transaction(() => {
    for (const { ready, outcome } of done) {
      const { key, customerId: customer, channel } = ready.message;
      const [mine] = outbox.db.rows(
        `select 1 from messages where key = ? and state = 'sending' and worker = ?`,
        key,
        options.worker,
      );
      if (mine === undefined) continue;
      if (outcome.kind === 'sent') {
        outbox.db.write(
          `update messages set state = 'sent', sent_at = ?, provider_id = ?, said = null, worker = null where key = ?`,
          [[outcome.at, outcome.providerId.slice(0, 500), key]],
        );
      } else if (outcome.kind === 'unasked') {
        if (ready.isCounted) release(outbox, { key, customer, channel });
        outbox.db.write(
          `update messages set state = 'due', attempts = attempts - 1, worker = null, due_at = ? where key = ?`,
          [[options.now(), key]],
        );
      } else failed(outbox, ready, outcome, options);
    }
  });
}

function failed(
  outbox: Outbox,
  { message, attempt, isCounted }: Ready,
  { failure, at }: { failure: SendFailure; at: number },
  { settings, channels, seed }: DeliverOptions & { readonly settings: DeliverySettings },
): void {
  const { key, customerId: customer, channel } = message;
  const said = failure.message.slice(0, 500);
  outbox.db.write('update messages set said = ? where key = ?', [[said, key]]);
  const isOpen = failure.kind === 'unknown';
  if (isOpen && channels.get(channel)?.can.idempotent !== true) {
    put(outbox, key, 'unknown', { stop: 'outcome-unknown', rule: 'at most once' });
    return;
  }
  // where it may have gone out its place under the caps stays taken
  if (!isOpen && isCounted) release(outbox, { key, customer, channel });
  if (failure.kind === 'never') put(outbox, key, 'dead', { stop: 'refused', rule: said });
  else if (attempt >= settings.retry.attempts)
    put(outbox, key, 'dead', { stop: 'failed', rule: `${attempt} of ${settings.retry.attempts} tries` });
  else
    outbox.db.write(`update messages set state = 'due', worker = null, due_at = ? where key = ?`, [
      [at + retryMs(settings.retry, attempt, hashUniform(seed, `${key}/${attempt}`)), key],
    ]);
}

/** Milliseconds to the next try: doubled each time up to a most, of which a share between a half and all, by `draw`. */
export const retryMs = ({ firstMs, mostMs }: DeliverySettings['retry'], attempt: number, draw: number): number =>
  Math.max(1, Math.round(Math.min(mostMs, firstMs * 2 ** (attempt - 1)) * (0.5 + draw / 2)));

/** Tells of the messages that are over and not told yet; a crash in between tells again. */
async function settleAll(outbox: Outbox, { settle }: DeliverOptions): Promise<void> {
  if (settle === undefined) return;
  const over = outbox.db.rows<{ key: string; document: string; state: string }>(
    `select key, document, state from messages where settled = 0 and state in ('sent', 'held', 'dead', 'unknown') limit 1000`,
  );
  for (const { document, state } of over) {
    const message = JSON.parse(document) as Message;
    if (message.key !== undefined) await settle(message, state === 'sent' || state === 'unknown');
  }
  if (over.length > 0)
    outbox.db.write(
      'update messages set settled = 1 where key = ?',
      over.map(({ key }) => [key]),
    );
}
