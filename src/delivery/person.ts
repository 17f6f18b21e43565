/** What delivery has to know of a customer at the moment of sending. */
import type { Compute } from '#engines/index.ts';

export interface Person {
  readonly customerId: string;
  /** IANA name; undefined where not known: the shop's then. */
  readonly timeZone?: string;
  readonly language: 'en' | 'zh';
  /** null: was not asked. */
  readonly consent: { readonly marketing: boolean | null; readonly personal: boolean | null };
  /** Addresses by kind, those that are known. */
  readonly addresses: { readonly email?: string; readonly phone?: string; readonly wechat?: string };
}

/** People by id as they are now; who is missing is not known to the shop (any more). */
export type PeopleNow = (ids: readonly string[]) => Promise<ReadonlyMap<string, Person>>;

interface Row {
  readonly customer_id: string;
  readonly language: string | null;
  readonly marketing: boolean | null;
  readonly personal: boolean | null;
  readonly zone: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly wechat: string | null;
}

/**
 * People of the table `customers`. Zone and addresses come from the traits `time_zone`, `email`, `phone`, `wechat`; a zone
 * that the platform does not know counts as not known.
 */
export const peopleOf =
  (compute: Compute, language: 'en' | 'zh'): PeopleNow =>
  async (ids) => {
    if (ids.length === 0) return new Map();
    const params = Object.fromEntries(ids.map((each, i) => [`i${i}`, each]));
    const trait = (key: string) => `json_extract_string(traits, '$.${key}')`;
    const rows = await compute.rows<Row>(
      `select customer_id, language, consent_marketing as marketing, consent_personal as personal, ${trait('time_zone')} as zone,
         ${trait('email')} as email, ${trait('phone')} as phone, ${trait('wechat')} as wechat
       from customers where customer_id in (${ids.map((_, i) => `$i${i}`).join(', ')})`,
      params,
    );
    return new Map(rows.map((row) => [row.customer_id, personOf(row, language)]));
  };

function personOf(row: Row, language: 'en' | 'zh'): Person {
  const own = row.language?.slice(0, 2).toLowerCase();
  return {
    customerId: row.customer_id,
    ...(row.zone !== null && isZone(row.zone) ? { timeZone: row.zone } : {}),
    language: own === 'zh' || own === 'en' ? own : language,
    consent: { marketing: row.marketing, personal: row.personal },
    addresses: {
      ...(row.email === null ? {} : { email: row.email }),
      ...(row.phone === null ? {} : { phone: row.phone }),
      ...(row.wechat === null ? {} : { wechat: row.wechat }),
    },
  };
}

const zones = new Map<string, boolean>();

/** Whether the platform knows a time zone of this name. */
export function isZone(name: string): boolean {
  let is = zones.get(name);
  if (is === undefined) {
    try {
      is = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
    } catch {
      is = false;
    }
    if (zones.size < 1000) zones.set(name, is);
  }
  return is;
}
