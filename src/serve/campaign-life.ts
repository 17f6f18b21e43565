/** What routes and the clock do with the life of campaigns. */
import type { z } from 'zod';
import {
  campaignIn,
  changesOf,
  lookAtTheClock,
  type Office,
  overlapsOf,
  type PlanOffer,
  planFileOf,
  spoiledSince,
} from '#campaigns/index.ts';
import { known } from '#errors.ts';
import { activeCampaigns } from './planning.ts';
import type { HistoryReply, OverlapsReply, TestBody } from './schemas-campaign-life.ts';
import type { Store } from './store.ts';

/** @throws CAMPAIGN_UNKNOWN */
export function historyOf(store: Store, id: string): z.infer<typeof HistoryReply> {
  campaignIn(store.dir, id);
  const rows = changesOf(store.dir, id).map(({ changed, ...change }) => ({
    ...change,
    changed: Object.fromEntries(Object.entries(changed).map(([field, [before, after]]) => [field, [before, after]])),
  }));
  return { rows: rows.reverse() };
}

/** @throws CAMPAIGN_UNKNOWN */
export async function overlapsWith(store: Store, id: string): Promise<z.infer<typeof OverlapsReply>> {
  const { dir, compute } = store;
  const campaign = campaignIn(dir, id);
  const others = activeCampaigns(dir).filter(({ campaignId }) => campaignId !== id);
  const own = { campaignId: id, file: planFileOf(dir, campaign) };
  const found = await overlapsOf(
    compute,
    own,
    others.map((other) => ({ campaignId: other.campaignId, file: planFileOf(dir, other) })),
  );
  const rows = found.map((overlap, i) => {
    const { name, status, priority, exclusive } = others[i]!;
    return { ...overlap, name, status, priority, exclusive };
  });
  const { handed, endAt } = campaign;
  return {
    rows: rows
      .filter((row) => row.offered + row.holdoutSpoiled + row.spoilsHoldout > 0)
      .sort((a, b) => b.offered - a.offered || (a.campaignId < b.campaignId ? -1 : 1)),
    spoiledSoFar:
      handed === null
        ? 0
        : await spoiledSince(compute, own, { from: handed.at, until: endAt ?? Number.MAX_SAFE_INTEGER }),
  };
}

/**
 * Sends one message of a campaign to one address.
 *
 * @throws CAMPAIGN_UNKNOWN, CAMPAIGN_INVALID for an offer that it lacks, CAMPAIGN_NO_DELIVERY
 */
export async function sendTest(
  { delivery, dir }: Office,
  id: string,
  { to, offerId, language, channel }: z.infer<typeof TestBody>,
  now: number,
): Promise<void> {
  const { plan } = campaignIn(dir, id);
  const offers = (plan as { offers?: readonly PlanOffer[] }).offers ?? [];
  const offer = offers.find((each) => each.id === offerId);
  if (offer === undefined)
    throw known('CAMPAIGN_INVALID', {
      where: 'offerId',
      expected: `one of ${offers.map((each) => each.id).join(', ')}`,
    });
  if (delivery === undefined) throw known('CAMPAIGN_NO_DELIVERY', { what: 'a test message' });
  const message = {
    campaignId: id,
    offerId,
    channel: channel ?? offer.channel ?? null,
    content: offer.content ?? null,
  };
  await delivery.test({ ...message, to, language }, now);
}

/** Starts and ends campaigns by their schedule, at each look; one look at a time. */
export function watchTheClock(office: () => Office, everyMs: number, log: (line: string) => void): () => void {
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await lookAtTheClock(office(), Date.now(), (id, error) =>
        log(`campaign ${id}: ${error instanceof Error ? error.message : String(error)}`),
      );
    } catch (error) {
      log(`campaigns: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
