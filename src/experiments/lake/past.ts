/**
 * The shop's past campaigns that drew their arms: each is an experiment that has ended, with results of its own. Arms and
 * chances come from the exposures; who was drawn into several arms, or was held out and used the coupon all the same, is left
 * out and counted.
 */
import type { Compute } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import type { Members } from '../members.ts';
import { isDaily, type OutcomeOptions, outcomesOf } from './outcomes.ts';

export interface PastExperiment {
  readonly id: string;
  readonly name: string;
  readonly kind: string | null;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly hasEnded: boolean;
  /** The held out first. */
  readonly arms: readonly PastArm[];
  readonly control: string;
  /** Chances differ between members of an arm: results are weighted by one over the chance. */
  readonly isWeighted: boolean;
}

export interface PastArm {
  readonly name: string;
  readonly members: number;
  /** Mean chance; null where the exposures do not say it. */
  readonly share: number | null;
}

const CONTROLS = ['holdout', 'control'] as const;
/** Of a campaign without an end. */
const WINDOW_DAYS = 28;

/**
 * Campaigns with a held-out arm and another one, newest first.
 *
 * @param asOf moment of the run: what came later is not known
 */
export async function pastExperiments(compute: Compute, asOf: number): Promise<PastExperiment[]> {
  const rows = await compute.rows<Row>(
    `select e.campaign_id as id, any_value(c.name) as name, any_value(c.kind) as kind, e.arm,
       coalesce(any_value(c.starts_at), min(e.shown_at)) as "startsAt", any_value(c.ends_at) as "endsAt",
       count(distinct e.customer_id) as members, avg(e.propensity) as share,
       (count(e.propensity) = count(*) and max(e.propensity) - min(e.propensity) > 1e-9) as varies
     from exposures e left join campaigns c using (campaign_id) where e.arm is not null group by e.campaign_id, e.arm order by 1, 4`,
  );
  const byId = new Map<string, Row[]>();
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
  const found = [...byId.values()].flatMap((arms) => experimentOf(arms, asOf));
  return found.sort((a, b) => b.startsAt - a.startsAt || (a.id < b.id ? -1 : 1));
}

interface Row {
  readonly id: string;
  readonly name: string | null;
  readonly kind: string | null;
  readonly arm: string;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly members: number;
  readonly share: number | null;
  readonly varies: boolean;
}

function experimentOf(arms: readonly Row[], asOf: number): PastExperiment[] {
  const control = CONTROLS.find((name) => arms.some(({ arm }) => arm === name));
  const starts = arms.flatMap(({ startsAt }) => (startsAt === null ? [] : [startsAt]));
  if (control === undefined || arms.length < 2 || starts.length === 0) return [];
  const startsAt = Math.min(...starts);
  const endsAt = arms[0]!.endsAt ?? startsAt + WINDOW_DAYS * DAY_MS;
  // a clock that jumped: an end before its start has no window
  if (!(endsAt > startsAt) || startsAt > asOf) return [];
  const own = [...arms].sort(
    (a, b) => Number(b.arm === control) - Number(a.arm === control) || (a.arm < b.arm ? -1 : 1),
  );
  return [
    {
      ...{ id: arms[0]!.id, name: arms[0]!.name ?? arms[0]!.id, kind: arms[0]!.kind, startsAt, endsAt },
      ...{ hasEnded: endsAt <= asOf, control, isWeighted: arms.some(({ varies }) => varies) },
      arms: own.map(({ arm, members, share }) => ({ name: arm, members, share })),
    },
  ];
}

/**
 * The members of a past experiment with what they did.
 *
 * @param asOf outcomes after it are not counted
 */
export async function pastMembers(
  compute: Compute,
  { id, startsAt, endsAt, control, isWeighted }: PastExperiment,
  asOf: number,
  options: OutcomeOptions,
): Promise<Members> {
  const until = Math.min(endsAt + 1, asOf + 1);
  await compute.run(
    `create or replace table experiment_tmp_seen as
     with one as (
       select customer_id, min(arm) as arm, count(distinct arm) as arms, max(propensity) as propensity, sum(coalesce("cost", 0)) as "cost"
       from exposures where campaign_id = $id and arm is not null and customer_id is not null group by 1),
     used as (select distinct customer_id from redemptions where campaign_id = $id and redeemed_at < ${until})
     select o.*, (o.arms > 1 or (o.arm = $control and u.customer_id is not null)) as mixed
     from one o left join used u using (customer_id)`,
    { id, control },
  );
  try {
    const [counts] = await compute.rows<{ mixed: number; n: number }>(
      'select count(*) filter (mixed) as mixed, count(*) as n from experiment_tmp_seen',
    );
    await compute.run(
      `create or replace table experiment_tmp_entry as
       select customer_id, arm, ${startsAt}::bigint as start_at, ${until}::bigint as end_at, "cost" as contact_cost,
         ${isWeighted ? '1 / propensity' : 'null'}::double as weight
       from experiment_tmp_seen where not mixed${isWeighted ? ' and propensity > 0' : ''}`,
    );
    const { data, timeline } = await outcomesOf(compute, options);
    return {
      data,
      ...(timeline !== undefined && options.metrics.slice(0, 1).every(isDaily) ? { timeline } : {}),
      rows: { read: counts!.n, withoutArm: 0, notNumbers: 0 },
      contaminated: counts!.mixed,
    };
  } finally {
    await compute.run('drop table if exists experiment_tmp_seen');
  }
}
