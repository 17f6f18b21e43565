/** Delivery over HTTP, and the worker that sends what is due while the server runs. */
import { createHmac, randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { type Campaign, campaignIn, planFileOf } from '#campaigns/index.ts';
import {
  audienceOf,
  type Channel,
  campaignDelivery,
  channelsOf,
  type DeliverOptions,
  deliver,
  type Outbox,
  outboxCounts,
  peopleOf,
  tryOut,
  withoutSecrets,
} from '#delivery/index.ts';
import { KnownError } from '#errors.ts';
import { isHeldOut, readHoldout } from '#experiments/index.ts';
import { libraryOf, membersSql, parseCondition } from '#segments/index.ts';
import type { Current } from './app-type.ts';
import type { CsvColumn } from './csv.ts';
import type { AudienceBody, ChannelTestBody, DeliveryReply, OutboxReply } from './schemas-delivery.ts';
import type { Store } from './store.ts';
import { localText } from './zone.ts';

/** The outbox of the workspace with its channels, as routes, campaigns and the worker share them. */
export interface Desk {
  readonly outbox: Outbox;
  readonly store: Current;
  channels(): ReadonlyMap<string, Channel>;
}

export function deskOf(outbox: Outbox, store: Current): Desk {
  let made: { version: number; channels: Map<string, Channel> } | undefined;
  return {
    outbox,
    store,
    channels: () => {
      const { version, settings } = outbox.settings();
      if (made?.version !== version) {
        const { dir, shop } = store();
        made = { version, channels: channelsOf(settings, dir, shop) };
      }
      return made.channels;
    },
  };
}

/** What campaigns hand their messages to. */
export const deliveryOfCampaigns = ({ outbox, store, channels }: Desk) =>
  campaignDelivery(outbox, { channels, shop: { name: store().shop.name } });

const languageOf = ({ shop }: Store): 'en' | 'zh' => (shop.language === 'en' ? 'en' : 'zh');
export const peopleNow = (store: Store) => peopleOf(store.compute, languageOf(store));

export function overview({ outbox, store, channels }: Desk): z.infer<typeof DeliveryReply> {
  const { version, settings } = outbox.settings();
  void store;
  const made = channels();
  return {
    killSwitch: outbox.killSwitch(),
    version,
    settings: withoutSecrets(settings) as unknown as Record<string, unknown>,
    counts: outboxCounts(outbox) as z.infer<typeof DeliveryReply>['counts'],
    channels: Object.entries(settings.channels).map(([name, { kind }]) => ({
      name,
      kind,
      address: made.get(name)?.can.address ?? 'customer',
      isIdempotent: made.get(name)?.can.idempotent ?? false,
    })),
  };
}

const TEST_WORDS = {
  en: { subject: '{{shop}}: test', body: 'This is a test message of {{shop}}.' },
  zh: { subject: '{{shop}}：测试', body: '这是一条来自{{shop}}的测试消息。' },
} as const;

export const testChannel = (
  { outbox, store, channels }: Desk,
  channel: string,
  { to, language }: z.infer<typeof ChannelTestBody>,
  now: number,
): Promise<string> =>
  tryOut(outbox, channels(), {
    ...{ channel, to, language, words: TEST_WORDS, fields: {}, now, key: `test/${now}` },
    shop: { name: store().shop.name },
  });

/** The CSV of an audience. @throws AUDIENCE_TOO_SMALL, the errors of conditions */
export async function audienceCsv(
  { outbox, store }: Desk,
  { condition, by }: z.infer<typeof AudienceBody>,
  now: number,
): Promise<string> {
  const { compute, dir, facts } = store();
  const ground = { asOf: facts.asOf, timeZone: facts.shop.timeZone, library: libraryOf(dir) };
  const { sql, params } = membersSql(parseCondition(condition), ground);
  const rows = await compute.rows<{ id: string }>(`select customer_id as id from (${sql}) order by 1`, params);
  const secret = outbox.secret('audience', randomBytes(32).toString('hex'));
  const ids = rows.map(({ id }) => id);
  return (await audienceOf(outbox, ids, { now, people: peopleNow(store()), by, secret, isHeldOut: heldOutOfAll(dir) }))
    .csv;
}

type MessageRow = z.infer<typeof OutboxReply>['rows'][number];

export const messageColumns = ({ shop }: Store): CsvColumn<MessageRow>[] => [
  { name: 'key', cell: (row) => row.key },
  { name: 'customer_id', cell: (row) => row.customerId },
  { name: 'channel', cell: (row) => row.channel },
  { name: 'purpose', cell: (row) => row.purpose },
  { name: 'campaign_id', cell: (row) => row.campaignId },
  { name: 'journey_id', cell: (row) => row.journeyId },
  { name: 'decision_id', cell: (row) => row.decisionId },
  { name: 'state', cell: (row) => row.state },
  { name: 'stop', cell: (row) => row.stop },
  { name: 'rule', cell: (row) => row.rule },
  { name: 'attempts', cell: (row) => row.attempts },
  { name: 'queued_at', cell: (row) => localText(row.queuedAt, shop.timeZone) },
  { name: 'sent_at', cell: (row) => (row.sentAt === null ? null : localText(row.sentAt, shop.timeZone)) },
];

/** What stands between a campaign and its messages at this moment; a campaign that is not known sends nothing. */
function stateOf(dir: string, campaignId: string): 'running' | 'paused' | 'ended' | null {
  try {
    const { status } = campaignIn(dir, campaignId);
    return status === 'running' || status === 'paused' ? status : 'ended';
  } catch (error) {
    if (error instanceof KnownError && error.code === 'CAMPAIGN_UNKNOWN') return null;
    throw error;
  }
}

/** Whether a customer is in the holdout of everything, as the workspace says now. */
function heldOutOfAll(dir: string): (customerId: string) => boolean {
  const holdout = readHoldout(dir);
  return holdout === undefined ? () => false : (customerId) => isHeldOut(holdout, customerId);
}

/** Customers whom the plans of campaigns hold out, read once a plan. */
function heldOutOf(store: Current) {
  const known = new Map<string, ReadonlySet<string>>();
  const fileOf = (dir: string, campaignId: string): string | undefined => {
    try {
      return planFileOf(dir, campaignIn(dir, campaignId) as Pick<Campaign, 'campaignId' | 'planFile'>);
    } catch {
      return undefined;
    }
  };
  return {
    load: async (campaignIds: readonly string[]): Promise<void> => {
      const { dir, compute } = store();
      for (const campaignId of campaignIds) {
        const file = fileOf(dir, campaignId);
        if (file === undefined || known.has(`${campaignId}/${file}`)) continue;
        const rows = await compute.rows<{ id: string }>(
          `select customer_id as id from read_parquet($file) where arm = 'holdout'`,
          { file },
        );
        known.set(`${campaignId}/${file}`, new Set(rows.map(({ id }) => id)));
      }
    },
    isHeldOut: (campaignId: string, customerId: string): boolean => {
      const file = fileOf(store().dir, campaignId);
      return file !== undefined && (known.get(`${campaignId}/${file}`)?.has(customerId) ?? false);
    },
  };
}

/** Fills the shop's address for unsubscribing: {{customer}} and a {{token}} that only this workspace can make. */
function unsubscribeOf(outbox: Outbox): ((customerId: string) => string) | undefined {
  const { unsubscribeUrl } = outbox.settings().settings;
  if (unsubscribeUrl === undefined) return undefined;
  const secret = outbox.secret('unsubscribe', randomBytes(32).toString('hex'));
  return (customerId) =>
    decodeURI(unsubscribeUrl)
      .replaceAll('{{customer}}', encodeURIComponent(customerId))
      .replaceAll('{{token}}', createHmac('sha256', secret).update(customerId).digest('base64url'));
}

/** What a worker of this server is handed. */
export function workerOf({ outbox, store, channels }: Desk, now: () => number) {
  const held = heldOutOf(store);
  return {
    options: (): DeliverOptions => {
      const own = store();
      const unsubscribe = unsubscribeOf(outbox);
      return {
        ...(unsubscribe === undefined ? {} : { unsubscribe }),
        now,
        ...{ worker: `serve-${process.pid}`, seed: 1, people: peopleNow(own), channels: channels() },
        shop: { name: own.shop.name, timeZone: own.shop.timeZone },
        campaignState: (campaignId) => stateOf(own.dir, campaignId),
        isHeldOut: held.isHeldOut,
        isHeldOutOfAll: heldOutOfAll(own.dir),
      };
    },
    load: () =>
      held.load(
        outbox.db
          .rows<{ id: string }>(
            `select distinct campaign as id from messages where state = 'due' and campaign is not null`,
          )
          .map(({ id }) => id),
      ),
  };
}

/** Sends what is due at each look; one look at a time. Answers how to stop. */
export function watchTheOutbox(desk: Desk, everyMs: number, log: (line: string) => void): () => void {
  const worker = workerOf(desk, Date.now);
  let isLooking = false;
  let isStopped = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await worker.load();
      while (!isStopped && (await deliver(desk.outbox, worker.options())).taken > 0);
    } catch (error) {
      log(`delivery: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}
