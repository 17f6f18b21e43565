/** Delivery: kill switch, settings, outbox, channels, messages on the shop's own pages. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { outboxPage, pending } from '#delivery/index.ts';
import { type App, failures, jsonOrCsv } from '../app-type.ts';
import { audienceCsv, type Desk, messageColumns, overview, peopleNow, testChannel, workerOf } from '../delivery.ts';
import * as schemas from '../schemas-delivery.ts';
import { sendCsv } from '../send.ts';

const tags = ['delivery'];

/** Rows of one batch of an export. */
const BATCH = 1000;

export function deliveryRoutes(app: App, desk: Desk, now: () => number): void {
  settingsRoutes(app, desk, now);
  messageRoutes(app, desk, now);
  channelRoutes(app, desk, now);
}

function settingsRoutes(app: App, desk: Desk, now: () => number): void {
  const { outbox } = desk;
  app.get(
    '/api/v1/delivery',
    {
      schema: {
        operationId: 'getDelivery',
        tags,
        summary: 'Kill switch, settings, channels, and messages by state and by what stopped them',
        response: { 200: schemas.DeliveryReply, ...failures },
      },
    },
    async () => overview(desk),
  );
  app.post(
    '/api/v1/delivery/kill-switch',
    {
      schema: {
        operationId: 'setKillSwitch',
        tags,
        summary: 'Stops everything that is sent, or lets it go on',
        body: schemas.KillSwitchBody,
        response: { 200: schemas.KillSwitchReply, ...failures },
      },
    },
    async ({ body: { isOn, actor, reason } }) => outbox.setKillSwitch(isOn, { actor, reason, now: now() }),
  );
  app.put(
    '/api/v1/delivery/settings',
    {
      schema: {
        operationId: 'putDeliverySettings',
        tags,
        summary: 'Caps, quiet hours, holdout, retries, channels',
        body: schemas.DeliverySettingsBody,
        response: { 200: schemas.DeliverySettingsReply, ...failures },
      },
    },
    async ({ body: { settings, version, actor } }) => ({
      version: outbox.setSettings(settings, { version, actor, now: now() }),
    }),
  );
}

function messageRoutes(app: App, desk: Desk, now: () => number): void {
  const { outbox, store } = desk;
  app.get(
    '/api/v1/delivery/outbox',
    {
      schema: {
        operationId: 'listMessages',
        tags,
        summary: 'Messages, the last queued first, with what stopped them',
        querystring: schemas.OutboxParameters,
        response: { 200: jsonOrCsv(schemas.OutboxReply), ...failures },
      },
    },
    async ({ query: { format, ...query } }, reply) => {
      const given = Object.fromEntries(Object.entries(query).filter(([, own]) => own !== undefined)) as typeof query & {
        limit: number;
        offset: number;
      };
      const at = (limit: number, offset: number) => outboxPage(outbox, { ...given, limit, offset } as never);
      if (format === 'json') return at(given.limit, given.offset);
      async function* all() {
        for (let offset = 0; ; offset += BATCH) {
          const { rows } = at(BATCH, offset);
          if (rows.length === 0) return;
          yield rows;
        }
      }
      return sendCsv(reply as unknown as FastifyReply, 'outbox', messageColumns(store()), all());
    },
  );
  app.post(
    '/api/v1/delivery/messages',
    {
      schema: {
        operationId: 'queueMessages',
        tags,
        summary: 'Queues messages, all or none; a key queued before is the same message',
        body: schemas.MessagesBody,
        response: { 200: schemas.MessagesReply, ...failures },
      },
    },
    async ({ body }) => {
      const { queued, repeated, conflicts } = outbox.enqueue(body.messages, now());
      return { queued, repeated, conflicts: [...conflicts] };
    },
  );
  app.post(
    '/api/v1/delivery/on-site',
    {
      schema: {
        operationId: 'takeOnSiteMessages',
        tags,
        summary: 'Messages that wait for a visitor at a place of the page; each is given once and counts as shown',
        body: schemas.PendingBody,
        response: { 200: schemas.PendingReply, ...failures },
      },
    },
    async ({ body: { customerId, placement, most } }) => {
      const worker = workerOf(desk, now);
      await worker.load();
      const { isHeldOut, campaignState, unsubscribe, shop } = worker.options();
      const options = { now: now(), people: peopleNow(store()), shop, most };
      const watch = {
        ...(isHeldOut === undefined ? {} : { isHeldOut }),
        ...(campaignState === undefined ? {} : { campaignState }),
        ...(unsubscribe === undefined ? {} : { unsubscribe }),
      };
      return { rows: await pending(outbox, { customerId, placement }, { ...options, ...watch }) };
    },
  );
  app.post(
    '/api/v1/delivery/consent',
    {
      schema: {
        operationId: 'setConsent',
        tags,
        summary: 'A customer withdraws consent at once, or takes the withdrawal back',
        body: schemas.ConsentBody,
        response: { 200: schemas.ConsentReply, ...failures },
      },
    },
    async ({ body: { customerId, purpose, isGiven, source } }) => {
      if (isGiven) outbox.allow(customerId, purpose);
      else outbox.withdraw(customerId, purpose, { now: now(), source });
      return { customerId, isWithdrawn: !isGiven };
    },
  );
}

function channelRoutes(app: App, desk: Desk, now: () => number): void {
  app.post(
    '/api/v1/delivery/channels/:name/test',
    {
      schema: {
        operationId: 'testChannel',
        tags,
        summary: 'Sends a test message to one address',
        params: schemas.ChannelParams,
        body: schemas.ChannelTestBody,
        response: { 200: schemas.ChannelTestReply, ...failures },
      },
    },
    async ({ params: { name }, body }) => ({ providerId: await testChannel(desk, name, body, now()) }),
  );
  app.post(
    '/api/v1/delivery/audience',
    {
      schema: {
        operationId: 'exportAudience',
        tags,
        summary: 'Hashed ids of those who may be shown ads, as CSV; at least a hundred',
        body: schemas.AudienceBody,
        response: {
          200: { content: { 'text/csv': { schema: z.string() } }, description: 'one hash a line' },
          ...failures,
        },
      },
    },
    async ({ body }, reply) => {
      const csv = await audienceCsv(desk, body, now());
      return (reply as unknown as FastifyReply)
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="audience.csv"')
        .send(csv);
    },
  );
}
