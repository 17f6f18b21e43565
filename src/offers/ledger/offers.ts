/** Offers as documents with versions: one that was used keeps its terms; a change makes the next version. */
import { known } from '#errors.ts';
import { type Offer, parseOffer } from '../offer.ts';
import { actorOf, deed, type Ledger } from './ledger.ts';

export interface KeptOffer {
  readonly id: string;
  /** From 1 up. */
  readonly version: number;
  readonly offer: Offer;
  /** Given to somebody or bound to a pool: its terms stay. */
  readonly isUsed: boolean;
  /** Epoch ms of this version. */
  readonly at: number;
}

interface Row {
  readonly id: string;
  readonly version: number;
  readonly terms: string;
  readonly used: number;
  readonly at: number;
}

const kept = ({ id, version, terms, used, at }: Row): KeptOffer => ({
  id,
  version,
  offer: JSON.parse(terms) as Offer,
  isUsed: used === 1,
  at,
});

/**
 * Keeps an offer under its id. The terms of the last version again change nothing; other terms take the place of a
 * version that was not used, and else make a new one.
 *
 * @param input unchecked; needs an id and a name
 * @throws CAMPAIGN_INVALID
 */
export function putOffer(ledger: Ledger, input: unknown, { actor, now }: { actor?: string; now: number }): KeptOffer {
  const offer = parseOffer(input);
  const { id, name } = offer;
  if (id === undefined)
    throw known('CAMPAIGN_INVALID', { where: 'offer.id', expected: 'given, since the offer is kept' });
  if (name === undefined)
    throw known('CAMPAIGN_INVALID', { where: 'offer.name', expected: 'given in en and zh, since the offer is kept' });
  const terms = JSON.stringify(offer);
  return deed(ledger, now, (at) => {
    const [last] = ledger.db.rows<Row>('select * from offers where id = ? order by version desc limit 1', id);
    if (last?.terms === terms) return kept(last);
    const person = actorOf(ledger, actor);
    if (last !== undefined && last.used === 0)
      ledger.db.write('update offers set terms = ?, at = ?, person = ? where id = ? and version = ?', [
        [terms, at, person, id, last.version],
      ]);
    else
      ledger.db.write('insert into offers (id, version, terms, at, person) values (?, ?, ?, ?, ?)', [
        [id, (last?.version ?? 0) + 1, terms, at, person],
      ]);
    return offerOf(ledger, id);
  });
}

/** @param version missing: the last @throws OFFER_UNKNOWN */
export function offerOf({ db }: Ledger, id: string, version?: number): KeptOffer {
  const [row] = db.rows<Row>(
    'select * from offers where id = ?1 and (?2 is null or version = ?2) order by version desc limit 1',
    id,
    version ?? null,
  );
  if (row === undefined) throw known('OFFER_UNKNOWN', { id, ...(version === undefined ? {} : { version }) });
  return kept(row);
}

/** The last version of each offer, by id. */
export const offersOf = ({ db }: Ledger): KeptOffer[] =>
  db
    .rows<Row>(
      'select * from offers o where version = (select max(version) from offers i where i.id = o.id) order by id',
    )
    .map(kept);

/** All versions of an offer, the newest first. @throws OFFER_UNKNOWN */
export function versionsOf({ db }: Ledger, id: string): KeptOffer[] {
  const rows = db.rows<Row>('select * from offers where id = ? order by version desc', id);
  if (rows.length === 0) throw known('OFFER_UNKNOWN', { id });
  return rows.map(kept);
}

/** From now on the terms of this version stay. @throws OFFER_UNKNOWN */
export function bindOffer(ledger: Ledger, { id, version }: { id: string; version: number }, now: number): void {
  deed(ledger, now, () => {
    offerOf(ledger, id, version);
    ledger.db.write('update offers set used = 1 where id = ? and version = ? and used = 0', [[id, version]]);
  });
}
