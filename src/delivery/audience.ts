/** An audience for an advertising system: hashed ids of those who may be shown personal ads, and never of a few. */
import { createHash, createHmac } from 'node:crypto';
import { known } from '#errors.ts';
import type { Outbox } from './outbox.ts';
import type { PeopleNow, Person } from './person.ts';

/** Fewer people than this are not exported: single ones could be told. */
export const AUDIENCE_LEAST = 100;

export interface AudienceOptions {
  readonly now: number;
  readonly people: PeopleNow;
  /**
   * What the other side knows people by: `email` and `phone` as SHA-256 of the address in the form that advertising systems
   * agree on (small letters, no spaces; digits with country code and plus), `customer` as HMAC-SHA256 under `secret`.
   */
  readonly by: 'email' | 'phone' | 'customer';
  readonly secret: string;
  readonly isHeldOut?: (customerId: string) => boolean;
}

export interface Audience {
  /** One column with a head, lines ended by CR LF, sorted by hash: the order tells nothing of anybody. */
  readonly csv: string;
  readonly exported: number;
  /** Left out, by reason. */
  readonly leftOut: Readonly<Record<'unknown' | 'erased' | 'no-consent' | 'holdout' | 'no-address', number>>;
}

const BATCH = 1000;

/** @throws AUDIENCE_TOO_SMALL */
export async function audienceOf(
  outbox: Outbox,
  customerIds: readonly string[],
  options: AudienceOptions,
): Promise<Audience> {
  const leftOut = { unknown: 0, erased: 0, 'no-consent': 0, holdout: 0, 'no-address': 0 };
  const hashes = new Set<string>();
  const ids = [...new Set(customerIds)];
  for (let from = 0; from < ids.length; from += BATCH) {
    const part = ids.slice(from, from + BATCH);
    const people = await options.people(part);
    for (const id of part) {
      const person = people.get(id);
      const why = person === undefined ? 'unknown' : whyNot(outbox, person, options);
      const hash = person === undefined || why !== undefined ? undefined : hashed(person, options);
      if (hash === undefined) leftOut[why ?? 'no-address']++;
      else hashes.add(hash);
    }
  }
  if (hashes.size < AUDIENCE_LEAST) throw known('AUDIENCE_TOO_SMALL', { people: hashes.size, least: AUDIENCE_LEAST });
  const rows = [...hashes].sort();
  return { csv: `${[`${options.by}_sha256`, ...rows].join('\r\n')}\r\n`, exported: rows.length, leftOut };
}

function whyNot(
  outbox: Outbox,
  { customerId, consent }: Person,
  { isHeldOut }: AudienceOptions,
): keyof Audience['leftOut'] | undefined {
  const { settings } = outbox.settings();
  const blocks = outbox.db.rows<{ purpose: string }>('select purpose from blocks where customer = ?', customerId);
  if (blocks.some(({ purpose }) => purpose === '*')) return 'erased';
  const denied = (own: boolean | null) => own === false || (own === null && settings.consentUnknown === 'deny');
  if (blocks.length > 0 || denied(consent.marketing) || denied(consent.personal)) return 'no-consent';
  return isHeldOut?.(customerId) === true ? 'holdout' : undefined;
}

/** Undefined where the customer has no address of the kind. */
export function hashed(
  { customerId, addresses }: Person,
  { by, secret }: Pick<AudienceOptions, 'by' | 'secret'>,
): string | undefined {
  if (by === 'customer') return createHmac('sha256', secret).update(customerId).digest('hex');
  const own = by === 'email' ? addresses.email?.trim().toLowerCase() : phoneOf(addresses.phone);
  return own === undefined || own === '' ? undefined : createHash('sha256').update(own).digest('hex');
}

/** +8613812345678; undefined without a country code. */
function phoneOf(phone: string | undefined): string | undefined {
  const bare = phone?.replaceAll(/[\s().-]/g, '').replace(/^00/, '+');
  return bare !== undefined && /^\+[1-9]\d{6,14}$/.test(bare) ? bare : undefined;
}
