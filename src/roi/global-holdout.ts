/**
 * The people whom all campaigns leave out: what all marketing together changed, from them. Arm `global-holdout` of the
 * exposures says who they are.
 */
import type { Compute } from '#engines/index.ts';
import { ratioMismatch } from '#experiments/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { readCells } from './cells.ts';
import { lessKnown, slopesOf, type Total, totalOf } from './estimate.ts';
import { BEFORE } from './stage.ts';

export interface GlobalHoldout {
  readonly people: number;
  /** Of all who took part in a campaign, in it or not. */
  readonly share: number;
  readonly since: number;
  /** Margin less contacts that all campaigns since then brought; null where it can't be told. */
  readonly profit: Total | null;
  /** Since then, of both sides, a head and month of 30 days. */
  readonly treatedMonthMinor: number;
  readonly heldMonthMinor: number;
  readonly drift: {
    /** Largest difference of what was before, in standard deviations. */
    readonly largest: number;
    readonly by: (typeof BEFORE)[number];
    /** Chance of shares as unlike between campaigns as these, had one draw made them. */
    readonly sameShareChance: number;
    /** False where the largest is above 0.1 and no chance, or the shares aren't. */
    readonly ok: boolean;
  };
}

const UNLIKE = 0.1;
/** Standard errors that chance goes beyond once in a thousand. */
const NO_CHANCE = 3.3;

/** Undefined where nobody is in a global holdout. Reads what `stageRoi` made. */
export async function globalHoldout(compute: Compute, asOf: number): Promise<GlobalHoldout | undefined> {
  const shares = await compute.rows<{ held: number; n: number; since: number }>(
    `select count(*) filter (is_global) as held, count(*) as n, min(start_at) as since from roi_tmp_contact
     group by campaign_id having bool_or(is_global) order by campaign_id`,
  );
  if (shares.length === 0) return undefined;
  const since = Math.min(...shares.map((row) => row.since));
  await stage(compute, since, asOf);
  const cells = await readCells(compute, 'roi_tmp_global');
  await compute.run('drop table roi_tmp_global');
  const pick = (cell: (typeof cells)[number]) => cell.outcome.margin;
  const side = (treated: boolean) => cells.filter((cell) => cell.treated === treated);
  const [treated, held] = [side(true), side(false)];
  const people = (own: typeof cells) => own.reduce((sum, cell) => sum + cell.people, 0);
  const total = totalOf(cells, pick, slopesOf(cells, pick));
  const contacts = treated.reduce((sum, cell) => sum + cell.contactMinor, 0);
  const months = (asOf - since) / DAY_MS / 30;
  const month = (own: typeof cells) => own.reduce((sum, cell) => sum + pick(cell).sum, 0) / people(own) / months;
  const unlike = BEFORE.map((by, j) => ({ by, size: Math.abs(apart(treated, held, j)) })).sort(
    (a, b) => b.size - a.size,
  )[0]!;
  const error = Math.sqrt(1 / people(treated) + 1 / people(held));
  const sameShareChance = ratioMismatch(
    shares.map((row) => row.held),
    shares.map((row) => row.n),
  ).pValue;
  return {
    people: people(held),
    share: people(held) / (people(held) + people(treated)),
    since,
    profit: total === undefined ? null : lessKnown(total, contacts),
    treatedMonthMinor: month(treated),
    heldMonthMinor: month(held),
    drift: {
      ...{ largest: unlike.size, by: unlike.by, sameShareChance },
      ok: (unlike.size <= UNLIKE || unlike.size <= NO_CHANCE * error) && sameShareChance >= 0.001,
    },
  };
}

type Cells = Awaited<ReturnType<typeof readCells>>;

/** Difference of means from before, in standard deviations of both sides. */
function apart(treated: Cells, held: Cells, j: number): number {
  const [a, b] = [treated, held].map((own) => {
    const people = own.reduce((sum, cell) => sum + cell.people, 0);
    const mean = own.reduce((sum, cell) => sum + cell.before[j]!, 0) / people;
    return { mean, variance: own.reduce((sum, cell) => sum + cell.beforeSquares[j]![j]!, 0) / people - mean ** 2 };
  });
  const deviation = Math.sqrt((a!.variance + b!.variance) / 2);
  return deviation > 0 ? (a!.mean - b!.mean) / deviation : 0;
}

/** One row a person who took part since the holdout began: all that they brought since their first campaign. */
async function stage(compute: Compute, since: number, asOf: number): Promise<void> {
  await compute.run(
    `create or replace table roi_tmp_global as
     with person as (
       select customer_id, bool_or(is_global) as held, min(start_at) as start_at, arg_min(campaign_id, start_at) as first_campaign,
         arg_min(tier, start_at) as tier, sum(cost)::bigint as cost
       from roi_tmp_contact where start_at >= $since group by 1),
     sums as (
       select p.customer_id,
         coalesce(sum(o.margin) filter (o.placed_at < p.start_at), 0)::bigint as margin_before,
         count(*) filter (o.is_order and o.placed_at < p.start_at) as orders_before,
         least(366, (p.start_at - max(o.placed_at) filter (o.placed_at < p.start_at)) // ${DAY_MS})::bigint as silent_days,
         count(*) filter (o.is_order and o.placed_at >= p.start_at) as orders,
         coalesce(sum(o.revenue) filter (o.placed_at >= p.start_at), 0)::bigint as revenue,
         coalesce(sum(o.margin) filter (o.placed_at >= p.start_at), 0)::bigint as margin
       from person p left join roi_tmp_order o on o.customer_id = p.customer_id and o.placed_at <= $asOf group by p.customer_id, p.start_at)
     select 'global' as campaign_id, null::varchar as offer_id, not p.held as treated, p.first_campaign || ' / ' || p.tier as stratum,
       p.tier, p.cost, null::double as propensity, s.* exclude (silent_days, customer_id), coalesce(s.silent_days, 366) as silent_days,
       0::bigint as discount
     from person p join sums s using (customer_id)`,
    { since, asOf },
  );
}
