/** Who is in two campaigns at once, and whose holdout other offers have spoiled. */
import { type Compute, literal } from '#engines/index.ts';

export interface PlanFile {
  readonly campaignId: string;
  readonly file: string;
}

export interface Overlap {
  readonly campaignId: string;
  /** Get an offer in both. */
  readonly offered: number;
  /** Held out here and get an offer there: they no longer show what happens without one. */
  readonly holdoutSpoiled: number;
  /** Held out there and get an offer here. */
  readonly spoilsHoldout: number;
}

/** People of `own` who are in each of the others. */
export async function overlapsOf(compute: Compute, own: PlanFile, others: readonly PlanFile[]): Promise<Overlap[]> {
  const found: Overlap[] = [];
  for (const { campaignId, file } of others) {
    const [row] = await compute.rows<Omit<Overlap, 'campaignId'>>(
      `select count(*) filter (o.arm = 'offer' and t.arm = 'offer') as offered,
        count(*) filter (o.arm = 'holdout' and t.arm = 'offer') as "holdoutSpoiled",
        count(*) filter (o.arm = 'offer' and t.arm = 'holdout') as "spoilsHoldout"
      from ${from(own.file)} o join ${from(file)} t using (customer_id)`,
    );
    found.push({ campaignId, ...row! });
  }
  return found;
}

/** People whom a campaign may not have since another comes first: those who get an offer or are held out there. */
export async function takenBy(compute: Compute, others: readonly PlanFile[]): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  for (const { file } of others)
    for (const { id } of await compute.rows<{ id: string }>(
      `select customer_id as id from ${from(file)} where arm in ('offer', 'holdout') order by 1`,
    ))
      taken.add(id);
  return taken;
}

/** Held-out people of a campaign who were sent another campaign's offer since it began. */
export async function spoiledSince(
  compute: Compute,
  { campaignId, file }: PlanFile,
  { from: since, until }: { from: number; until: number },
): Promise<number> {
  const [row] = await compute.rows<{ n: number }>(
    `select count(distinct customer_id) as n from ${from(file)} p join exposures e using (customer_id)
    where p.arm = 'holdout' and e.campaign_id <> $campaignId and e.shown_at >= $since and e.shown_at < $until
      and coalesce(e.arm, 'offer') not in ('holdout', 'control', 'none')`,
    { campaignId, since, until },
  );
  return row?.n ?? 0;
}

const from = (file: string): string => `read_parquet(${literal(file)})`;

/** Does `other` come before `own` for people whom both want? */
export const comesFirst = (
  other: { readonly priority: number; readonly exclusive: boolean },
  own: { readonly priority: number; readonly exclusive: boolean },
): boolean => (other.exclusive || own.exclusive ? other.priority >= own.priority : other.priority > own.priority);
