/** The tiers of the past as a table, and that table read back so that other policies can be tried on it. */
import { type Compute, quoted } from '#engines/index.ts';
import { numberColumn, numbers, table, texts } from '#table/index.ts';
import { realisedBetween, type ValueDays } from '#value/index.ts';
import type { Doubt } from './doubt.ts';
import type { Policy } from './policy.ts';
import { type Moment, movesOf } from './replay.ts';
import { moveWords } from './words.ts';

/**
 * Writes `tier_history` (a row a moment and customer: tier, value, how sure it is, and the margin that the horizon after
 * the moment brought, null where that is not over) and `tier_moves`.
 */
export async function writeHistory(
  compute: Compute,
  days: ValueDays,
  history: readonly Moment[],
  { policy, horizonDays }: { readonly policy: Policy; readonly horizonDays: number },
): Promise<void> {
  const key = (index: number) => policy.tiers[index]!.key;
  await compute.run(
    `create or replace table tier_history (as_of bigint, customer_id varchar, tier varchar, tier_index integer, value_minor bigint,
       alive real, spread real, realised_minor bigint)`,
  );
  for (const { at, day, doubt, assignment } of history) {
    const { customers, tierIndex, valueMinor } = assignment;
    const isOver = day + horizonDays <= days.lastDay;
    const realised = isOver
      ? (await realisedBetween(compute, days, customers, day, day + horizonDays)).margin
      : undefined;
    await compute.load(
      'tiers_tmp_chunk',
      table({
        customer_id: texts(customers),
        tier: texts(Array.from(tierIndex, key)),
        tier_index: numbers(tierIndex),
        value_minor: numbers(valueMinor),
        alive: numbers(doubt.alive),
        spread: numbers(doubt.spread),
        realised: numbers(realised ?? new Float64Array(customers.length)),
      }),
    );
    await compute.run(
      `insert into tier_history select ${at}, customer_id, tier, tier_index::integer, value_minor::bigint, alive::real, spread::real,
         ${isOver ? 'realised::bigint' : 'null'} from tiers_tmp_chunk order by customer_id`,
    );
  }
  await writeMoves(compute, history, policy);
}

async function writeMoves(compute: Compute, history: readonly Moment[], policy: Policy): Promise<void> {
  const key = (index: number) => policy.tiers[index]!.key;
  const all = movesOf(history);
  const words = all.map(({ why, from, to }) => moveWords(policy, why, from, to));
  await compute.load(
    'tiers_tmp_chunk',
    table({
      customer_id: texts(all.map((m) => m.customerId)),
      from_tier: texts(all.map((m) => key(m.from))),
      to_tier: texts(all.map((m) => key(m.to))),
      from_at: numbers(all.map((m) => m.fromAt)),
      to_at: numbers(all.map((m) => m.toAt)),
      why: texts(all.map((m) => m.why)),
      why_en: texts(words.map(({ en }) => en)),
      why_zh: texts(words.map(({ zh }) => zh)),
    }),
  );
  await compute.run(
    `create or replace table tier_moves as select customer_id, from_tier, to_tier, from_at::bigint from_at, to_at::bigint to_at, why, why_en, why_zh
     from tiers_tmp_chunk order by to_at, customer_id; drop table tiers_tmp_chunk`,
  );
}

/** Values at one moment of the past; columns [customers then]. */
export interface PastMoment {
  /** Epoch ms. */
  readonly at: number;
  /** Numbers of the customers, 0 to `customers` - 1 of the history. */
  readonly customer: Int32Array;
  readonly valueMinor: Float64Array;
  /** Absent in workspaces that were filled before it was kept. */
  readonly doubt?: Doubt;
  /** Margin of the horizon that followed; absent where it is not over, or was not kept. */
  readonly realisedMinor?: Float64Array;
  /** Tier that the policy of the run gave. */
  readonly tierIndex: Int32Array;
}

export interface TierHistory {
  /** How many customers there are at any moment. */
  readonly customers: number;
  /** Oldest first. */
  readonly moments: readonly PastMoment[];
}

/** @param name a table or view of the shape of `tier_history`; the newer columns may be missing */
export async function readHistory(compute: Compute, name: string): Promise<TierHistory> {
  const described = await compute.rows<{ column_name: string }>(`describe ${quoted(name)}`);
  const has = (column: string) => described.some((each) => each.column_name === column);
  const [withDoubt, withRealised] = [has('alive') && has('spread'), has('realised_minor')];
  const ids = `select customer_id, row_number() over (order by customer_id) - 1 as n from (select distinct customer_id from ${quoted(name)})`;
  const dates = await compute.rows<{ at: number; realised: number }>(
    `select as_of as at, ${withRealised ? 'count(realised_minor)' : '0'} as realised from ${quoted(name)} group by 1 order by 1`,
  );
  const [all] = await compute.rows<{ n: number }>(`select count(distinct customer_id) as n from ${quoted(name)}`);
  const moments: PastMoment[] = [];
  for (const { at, realised } of dates) {
    const read = await compute.table(
      `select i.n::double as customer, h.value_minor::double as value_minor, h.tier_index::double as tier_index
         ${withDoubt ? ', h.alive::double as alive, h.spread::double as spread' : ''}
         ${realised > 0 ? ', h.realised_minor::double as realised_minor' : ''}
       from ${quoted(name)} h join (${ids}) i using (customer_id) where h.as_of = $at order by i.n`,
      { at },
    );
    const column = (of: string) => numberColumn(read, of).values;
    moments.push({
      at,
      customer: Int32Array.from(column('customer')),
      valueMinor: column('value_minor'),
      tierIndex: Int32Array.from(column('tier_index')),
      ...(withDoubt ? { doubt: { alive: column('alive'), spread: column('spread') } } : {}),
      ...(realised > 0 ? { realisedMinor: column('realised_minor') } : {}),
    });
  }
  return { customers: all?.n ?? 0, moments };
}
