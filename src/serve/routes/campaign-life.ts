/** The life of a campaign: edit, review, approve, schedule, run, stop; its history and its overlaps. */
import { type Action, act, type Office } from '#campaigns/index.ts';
import { type App, type Current, failures } from '../app-type.ts';
import { historyOf, overlapsWith, sendTest } from '../campaign-life.ts';
import { editOf, type Planner } from '../planning.ts';
import { campaignOf } from '../plans.ts';
import { CampaignParams, CampaignReply } from '../schemas.ts';
import {
  ActBody,
  EditBody,
  HistoryReply,
  OverlapsReply,
  ScheduleBody,
  TestBody,
  TestReply,
} from '../schemas-campaign-life.ts';

/** What is done with nothing but a name and a note. */
const PLAIN = {
  submit: 'Hands the campaign to review',
  approve: 'Approves it and sets its budget aside; refused for its authors',
  reject: 'Sends it back to draft; the note says why',
  start: 'Starts it now, or lets it go on after a pause: its people are handed to delivery, once',
  pause: 'Lets what is not sent yet wait',
  finish: 'Ends it; what is not sent yet is not sent, and money that was not spent is given back',
  stop: 'Ends it before its time, for good',
} as const satisfies Partial<Record<Action, string>>;

export function campaignLifeRoutes(app: App, store: Current, planner: Planner, office: () => Office): void {
  const tags = ['campaigns'];
  const response = { 200: CampaignReply, ...failures };
  const params = CampaignParams;
  app.put(
    '/api/v1/campaigns/:id',
    {
      schema: {
        operationId: 'editCampaign',
        tags,
        summary: 'Plans the campaign anew; an approval is taken back',
        params,
        body: EditBody,
        response,
      },
    },
    async (request) => {
      const { id } = request.params;
      await editOf({ ...office(), store: store() }, planner, { id, ...request.body }, Date.now());
      return campaignOf(store(), id);
    },
  );
  for (const action of Object.keys(PLAIN) as (keyof typeof PLAIN)[])
    app.post(
      `/api/v1/campaigns/:id/${action}`,
      {
        schema: {
          operationId: `${action}Campaign`,
          tags,
          summary: PLAIN[action],
          params,
          body: ActBody,
          response,
        },
      },
      async (request) => {
        const { id } = request.params;
        await act(office(), id, action, { ...request.body, at: Date.now() });
        return campaignOf(store(), id);
      },
    );
  app.post(
    '/api/v1/campaigns/:id/schedule',
    {
      schema: {
        operationId: 'scheduleCampaign',
        tags,
        summary: 'Sets when an approved campaign starts and ends',
        params,
        body: ScheduleBody,
        response,
      },
    },
    async (request) => {
      const { id } = request.params;
      const { startAt, endAt = null, ...doing } = request.body;
      await act(office(), id, 'schedule', { ...doing, at: Date.now() }, { startAt, endAt });
      return campaignOf(store(), id);
    },
  );
  app.post(
    '/api/v1/campaigns/:id/test',
    {
      schema: {
        operationId: 'testCampaign',
        tags,
        summary: 'Sends one message of the campaign to one address',
        params,
        body: TestBody,
        response: { 200: TestReply, ...failures },
      },
    },
    async (request) => {
      await sendTest(office(), request.params.id, request.body, Date.now());
      return { sent: true };
    },
  );
  app.get(
    '/api/v1/campaigns/:id/history',
    {
      schema: {
        operationId: 'listCampaignChanges',
        tags,
        summary: 'Every change with who, when, before and after',
        params,
        response: { 200: HistoryReply, ...failures },
      },
    },
    async (request) => historyOf(store(), request.params.id),
  );
  app.get(
    '/api/v1/campaigns/:id/overlaps',
    {
      schema: {
        operationId: 'listCampaignOverlaps',
        tags,
        summary: 'Active campaigns that share people with this one, and spoiled holdouts',
        params,
        response: { 200: OverlapsReply, ...failures },
      },
    },
    async (request) => overlapsWith(store(), request.params.id),
  );
}
