/** Campaigns that were run from the workspace, as contacts: who was drawn for which arm, whether or not a message came through. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { type Campaign, campaignIds, planFileOf, readCampaign } from '#campaigns/index.ts';
import { type Compute, literal } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';

/** What of a plan is needed; a plan without it has nothing to measure by. */
const PLAN = z.object({
  holdoutShare: z.number(),
  windowDays: z.number(),
  offers: z.array(z.object({ id: z.string(), offer: z.object({ contactCostMinor: z.number().default(0) }) })),
});

const RAN: readonly Campaign['status'][] = ['running', 'paused', 'finished', 'stopped'];

/** Campaigns that began by `asOf` and gave something to somebody, or may have. */
function ranBy(dir: string, asOf: number): { campaign: Campaign; startAt: number; plan: z.output<typeof PLAN> }[] {
  return campaignIds(dir).flatMap((id) => {
    const campaign = readCampaign(dir, id);
    if (campaign === undefined || !RAN.includes(campaign.status)) return [];
    const { startAt, handed, status } = campaign;
    const plan = PLAN.safeParse(campaign.plan);
    if (startAt === null || startAt > asOf || !plan.success || !existsSync(planFileOf(dir, campaign))) return [];
    // stopped before anything left the house
    if (status === 'stopped' && handed === null) return [];
    return [{ campaign, startAt, plan: plan.data }];
  });
}

/** What changes when a campaign of the workspace does: for whoever keeps answers. */
export const campaignVersions = (dir: string): string =>
  campaignIds(dir)
    .map((id) => `${id}@${readCampaign(dir, id)?.version ?? 0}`)
    .join(' ');

/**
 * Makes the table `into` with a row a person and campaign that ran in the workspace.
 *
 * People count as drawn: who was meant for an offer and whose message was held back later still is of its side, since what held
 * it back would have held back that of a held-out person too. The chance that is told is that of the draw between the sides.
 */
export async function stageWorkspaceContacts(
  compute: Compute,
  { dir, asOf, into }: { readonly dir: string; readonly asOf: number; readonly into: string },
): Promise<void> {
  await compute.run(
    `create or replace table ${into} (campaign_id varchar, name varchar, customer_id varchar, offer_id varchar, arm varchar,
       propensity double, shown_at bigint, clicked_at bigint, cost bigint, starts_at bigint, ends_at bigint)`,
  );
  for (const { campaign, startAt, plan } of ranBy(dir, asOf)) {
    const cost = plan.offers.map(({ id, offer }) => `when ${literal(id)} then ${Math.round(offer.contactCostMinor)}`);
    const shownAt = campaign.handed?.at ?? startAt;
    await compute.run(
      `insert into ${into} select $id, $name, customer_id, coalesce(offer_id, 'offer'), if(arm = 'offer', coalesce(offer_id, 'offer'), 'holdout'),
         if(arm = 'offer', 1 - $share, $share), if(arm = 'offer', $shownAt, null), null,
         if(arm = 'offer', case offer_id ${cost.join(' ')} else 0 end, 0), $startAt, $endAt
       from read_parquet(${literal(planFileOf(dir, campaign))}) where arm in ('offer', 'holdout')`,
      {
        ...{ id: campaign.campaignId, name: campaign.name, share: plan.holdoutShare, shownAt, startAt },
        endAt: campaign.endAt ?? startAt + Math.round(plan.windowDays * DAY_MS) - 1,
      },
    );
  }
}
