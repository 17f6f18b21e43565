/** Messages that wait on the shop's own pages: a page asks for those of its visitor, and what it gets counts as shown. */
import { dayNumber } from '#kernels/local-time.ts';
import { gate, put, type Row, reserve, type Watch } from './checks.ts';
import type { Message } from './message.ts';
import type { Outbox } from './outbox.ts';
import type { PeopleNow } from './person.ts';
import { type Rendered, renderedOf } from './template.ts';

export interface PendingOptions extends Watch {
  readonly now: number;
  readonly people: PeopleNow;
  readonly shop: { readonly name: string; readonly timeZone: string };
  readonly unsubscribe?: (customerId: string) => string;
  /** Most messages given at once; default 1. */
  readonly most?: number;
}

export interface Pending extends Rendered {
  readonly key: string;
  readonly campaignId?: string;
  readonly decisionId?: string;
}

/**
 * The messages for a customer at a place of the page, the longest waiting first; quiet hours don't count, since the customer
 * is there. Each is given once: to ask again gives the next.
 */
export async function pending(
  outbox: Outbox,
  { customerId, placement }: { readonly customerId: string; readonly placement: string },
  options: PendingOptions,
): Promise<Pending[]> {
  const { now, shop, most = 1 } = options;
  const person = (await options.people([customerId])).get(customerId);
  const timeZone = person?.timeZone ?? shop.timeZone;
  const day = dayNumber(now, timeZone);
  return outbox.db.transaction(() => {
    const { settings } = outbox.settings();
    const asked = { now, day, timeZone, person, settings, quiet: undefined, isKilled: outbox.killSwitch().isOn };
    const given: Pending[] = [];
    for (const row of waiting(outbox, customerId, now)) {
      if (given.length === most) break;
      const message = JSON.parse(row.document) as Message;
      if (message.placement !== undefined && message.placement !== placement) continue;
      const stop = gate(outbox, { message, row }, asked, options);
      if (stop !== undefined) {
        if (stop.at === undefined && stop.stop !== 'cap') put(outbox, row.key, 'held', stop);
        continue;
      }
      reserve(outbox, row, { now, day, worker: 'page' });
      outbox.db.write(
        `update messages set state = 'sent', sent_at = ?, provider_id = key, worker = null where key = ?`,
        [[now, row.key]],
      );
      given.push(shown(message, person!.language, options));
    }
    return given;
  });
}

const waiting = (outbox: Outbox, customerId: string, now: number): Row[] =>
  outbox.db.rows<Row>(
    `select key, document, customer, channel, purpose, attempts, counted_day from messages
     where customer = ? and channel = 'on-site' and state = 'due' and due_at <= ? order by due_at, key limit 50`,
    customerId,
    now,
  );

function shown(message: Message, language: 'en' | 'zh', { shop, unsubscribe }: PendingOptions): Pending {
  const link = unsubscribe?.(message.customerId);
  const frame = { shop: shop.name, language, ...(link === undefined ? {} : { unsubscribe: link }) };
  return {
    ...renderedOf(message, frame),
    key: message.key,
    ...(message.campaignId === undefined ? {} : { campaignId: message.campaignId }),
    ...(message.decisionId === undefined ? {} : { decisionId: message.decisionId }),
  };
}
