/** Who is in which arm of a campaign, and why. */
import type { z } from 'zod';
import type { Scalar } from '#engines/index.ts';
import { type CsvColumn, majorUnits } from './csv.ts';
import { planOf } from './plans.ts';
import { recordsOf } from './records.ts';
import type { PeopleQuery, PeopleReply, PersonRow } from './schemas.ts';
import type { Store } from './store.ts';

type Person = z.infer<typeof PersonRow>;

const EXPORT_BATCH = 20_000;

interface StoredPerson {
  readonly customer_id: string;
  readonly arm: Person['arm'];
  readonly offer_id: string | null;
  readonly tier: string | null;
  readonly score: number | null;
  readonly expected_profit_minor: number | null;
  readonly cost_minor: number | null;
  readonly propensity: number | null;
  readonly reason: string | null;
  readonly reason_en: string;
  readonly reason_zh: string;
}

/**
 * People of a plan, by score from high to low.
 *
 * @throws CAMPAIGN_UNKNOWN
 */
export async function peopleOf(
  store: Store,
  id: string,
  query: z.infer<typeof PeopleQuery>,
): Promise<z.infer<typeof PeopleReply>> {
  const { sql, params } = peopleWhere(store, id, query);
  const [counted] = await store.compute.rows<{ n: number }>(
    `select count(*) as n from read_parquet($file) where ${sql}`,
    params,
  );
  return {
    total: counted?.n ?? 0,
    rows: await peoplePage(store, sql, { ...params, limit: query.limit, offset: query.offset }),
  };
}

/**
 * All of them, in batches; each begins after the last row of the one before.
 *
 * @throws CAMPAIGN_UNKNOWN
 */
export function allPeople(store: Store, id: string, query: z.infer<typeof PeopleQuery>): AsyncGenerator<Person[]> {
  const { sql, params } = peopleWhere(store, id, query);
  async function* batches(): AsyncGenerator<Person[]> {
    let last: StoredPerson | undefined;
    do {
      const place: Record<string, Scalar> = last === undefined ? {} : { score: last.score, after: last.customer_id };
      const found = await store.compute.table(
        `${PEOPLE} where ${sql} and ${last === undefined ? 'true' : AFTER} ${PEOPLE_ORDER} limit ${EXPORT_BATCH}`,
        { ...params, ...place },
      );
      const rows = recordsOf<StoredPerson>(found);
      if (rows.length > 0) yield rows.map(personOf);
      last = rows.length < EXPORT_BATCH ? undefined : rows.at(-1);
    } while (last !== undefined);
  }
  return batches();
}

export function peopleColumns({ shop }: Store): readonly CsvColumn<Person>[] {
  const money = (amount: number | null) => majorUnits(amount, shop.currencyDigits);
  return [
    { name: 'customer_id', cell: (row) => row.customerId },
    { name: 'arm', cell: (row) => row.arm },
    { name: 'offer_id', cell: (row) => row.offerId },
    { name: 'tier', cell: (row) => row.tier },
    { name: 'score', cell: (row) => row.score },
    { name: `expected_profit_${shop.currency}`, cell: (row) => money(row.expectedProfitMinor), isNumeric: true },
    { name: `cost_${shop.currency}`, cell: (row) => money(row.costMinor), isNumeric: true },
    { name: 'propensity', cell: (row) => row.propensity },
    { name: 'reason', cell: (row) => row.reason },
    { name: 'reason_en', cell: (row) => row.reasonEn },
    { name: 'reason_zh', cell: (row) => row.reasonZh },
  ];
}

function peopleWhere(store: Store, id: string, { arm, tier }: z.infer<typeof PeopleQuery>) {
  const params: Record<string, Scalar> = { file: planOf(store, id).file };
  const terms = ['true'];
  if (arm !== undefined) {
    terms.push('arm = $arm');
    params.arm = arm;
  }
  if (tier !== undefined) {
    terms.push('tier = $tier');
    params.tier = tier;
  }
  return { sql: terms.join(' and '), params };
}

/** Plans of earlier versions have no offer_id. */
const PEOPLE = `select customer_id, arm, offer_id, tier, expected_profit_minor, cost_minor, reason, coalesce(reason_en, '') as reason_en,
    coalesce(reason_zh, '') as reason_zh, if(isfinite(propensity), propensity, null) as propensity, finite_score as score
  from (select *, if(isfinite(score), score, null) as finite_score from
    (from read_parquet($file) union all by name select null::varchar as offer_id where false))`;
const PEOPLE_ORDER = 'order by finite_score desc nulls last, customer_id';
const AFTER = `(finite_score < $score or (finite_score is null and $score is not null)
  or (finite_score is not distinct from $score and customer_id > $after))`;

async function peoplePage(store: Store, where: string, params: Record<string, Scalar>): Promise<Person[]> {
  const rows = await store.compute.rows<StoredPerson>(
    `${PEOPLE} where ${where} ${PEOPLE_ORDER} limit $limit offset $offset`,
    params,
  );
  return rows.map(personOf);
}

const personOf = (row: StoredPerson): Person => ({
  customerId: row.customer_id,
  arm: row.arm,
  offerId: row.offer_id,
  tier: row.tier,
  score: row.score,
  expectedProfitMinor: row.expected_profit_minor,
  costMinor: row.cost_minor,
  propensity: row.propensity,
  reason: row.reason,
  reasonEn: row.reason_en,
  reasonZh: row.reason_zh,
});
