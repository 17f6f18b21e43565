/** Campaign plans: those stored, and new ones. */
import type { FastifyReply } from 'fastify';
import { type App, type Current, failures, jsonOrCsv } from '../app-type.ts';
import { allPeople, peopleColumns, peopleOf } from '../people.ts';
import { draftOf, type Planner, previewOf } from '../planning.ts';
import { campaignOf, campaignSummaries } from '../plans.ts';
import {
  CampaignBody,
  CampaignParams,
  CampaignReply,
  CampaignSummary,
  CampaignsReply,
  CampaignTotals,
  PeopleQuery,
  PeopleReply,
  PreviewBody,
} from '../schemas.ts';
import { sendCsv } from '../send.ts';

export function campaignRoutes(app: App, store: Current, planner: Planner): void {
  const tags = ['campaigns'];
  app.get(
    '/api/v1/campaigns',
    {
      schema: {
        operationId: 'listCampaigns',
        tags,
        summary: 'Campaigns, newest first',
        response: { 200: CampaignsReply, ...failures },
      },
    },
    async () => ({ rows: await campaignSummaries(store()) }),
  );
  app.get(
    '/api/v1/campaigns/:id',
    {
      schema: {
        operationId: 'getCampaign',
        tags,
        summary: 'One campaign: definition, totals, measured result',
        params: CampaignParams,
        response: { 200: CampaignReply, ...failures },
      },
    },
    async (request) => campaignOf(store(), request.params.id),
  );
  app.get(
    '/api/v1/campaigns/:id/people',
    {
      schema: {
        operationId: 'listCampaignPeople',
        tags,
        summary: 'Who is in which arm and why, a page at a time or all as CSV',
        params: CampaignParams,
        querystring: PeopleQuery,
        response: { 200: jsonOrCsv(PeopleReply), ...failures },
      },
    },
    async (request, reply) => {
      const now = store();
      const { id } = request.params;
      if (request.query.format === 'json') return peopleOf(now, id, request.query);
      return sendCsv(
        reply as unknown as FastifyReply,
        `campaign-${id}`,
        peopleColumns(now),
        allPeople(now, id, request.query),
      );
    },
  );
  app.post(
    '/api/v1/campaigns/preview',
    {
      schema: {
        operationId: 'previewCampaign',
        tags,
        summary: 'What a plan would come to; writes nothing',
        body: PreviewBody,
        response: { 200: CampaignTotals, ...failures },
      },
    },
    async (request) => previewOf(store(), planner, request.body),
  );
  app.post(
    '/api/v1/campaigns',
    {
      schema: {
        operationId: 'createCampaign',
        tags,
        summary: 'Makes a plan and keeps it as a draft; nothing is sent to anyone',
        body: CampaignBody,
        response: { 201: CampaignSummary, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await draftOf(store(), planner, request.body, Date.now())),
  );
}
