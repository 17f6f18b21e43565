/** Journeys: drawing, starting, figures, and the events that move people. */
import {
  checkDefinition,
  createJourney,
  type Engine,
  editJourney,
  moveJourney,
  startJourney,
  TEMPLATES,
} from '#journeys/index.ts';
import { type App, failures } from '../app-type.ts';
import { journeyList, journeyOf, placeOf, type Stage } from '../journeys.ts';
import * as schemas from '../schemas-journeys.ts';

const tags = ['journeys'];

export function journeyRoutes(app: App, stage: Stage, engine: () => Promise<Engine>, now: () => number): void {
  readRoutes(app, stage);
  writeRoutes(app, stage, now);
  app.post(
    '/api/v1/journeys/events',
    {
      schema: {
        operationId: 'tellJourneys',
        tags,
        summary: 'Events as they happen, in their order; the same id is told once',
        body: schemas.JourneyEventsBody,
        response: { 200: schemas.JourneyEventsReply, ...failures },
      },
    },
    async ({ body: { events } }) => {
      const own = await engine();
      const ordered = events.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
      const told = stage.journeys.db.transaction(
        () =>
          ordered.filter(({ orderId, productId, cartId, ...event }) =>
            own.onEvent({
              ...event,
              ...(orderId === undefined ? {} : { orderId }),
              ...(productId === undefined ? {} : { productId }),
              ...(cartId === undefined ? {} : { cartId }),
            }),
          ).length,
      );
      return { told, repeated: events.length - told };
    },
  );
}

function readRoutes(app: App, stage: Stage): void {
  app.get(
    '/api/v1/journeys',
    {
      schema: {
        operationId: 'listJourneys',
        tags,
        summary: 'Journeys with how many entered, are inside and reached the goal',
        response: { 200: schemas.JourneysReply, ...failures },
      },
    },
    async () => ({ rows: journeyList(stage) }),
  );
  app.get(
    '/api/v1/journeys/templates',
    {
      schema: {
        operationId: 'listJourneyTemplates',
        tags,
        summary: 'Journeys to begin with',
        response: { 200: schemas.JourneyTemplatesReply, ...failures },
      },
    },
    async () => ({
      rows: TEMPLATES.map(({ key, about, definition }) => ({
        key,
        about,
        definition: definition as Record<string, unknown>,
      })),
    }),
  );
  app.get(
    '/api/v1/journeys/:id',
    {
      schema: {
        operationId: 'getJourney',
        tags,
        summary:
          'One journey: draft with faults by node, versions, counts on nodes and edges, goal against the holdout',
        params: schemas.JourneyParams,
        querystring: schemas.JourneyQuery,
        response: { 200: schemas.JourneyReply, ...failures },
      },
    },
    async ({ params, query }) => journeyOf(stage, params.id, query.version),
  );
  app.post(
    '/api/v1/journeys/check',
    {
      schema: {
        operationId: 'checkJourney',
        tags,
        summary: 'What is wrong with a journey, by node; writes nothing',
        body: schemas.JourneyCheckBody,
        response: { 200: schemas.JourneyCheckReply, ...failures },
      },
    },
    async ({ body }) => ({ faults: checkDefinition(body.definition).faults }),
  );
}

function writeRoutes(app: App, stage: Stage, now: () => number): void {
  app.post(
    '/api/v1/journeys',
    {
      schema: {
        operationId: 'createJourney',
        tags,
        summary: 'Keeps a new journey as a draft; nobody enters',
        body: schemas.JourneyBody,
        response: { 201: schemas.JourneyReply, ...failures },
      },
    },
    async ({ body: { id, definition, isDry, actor } }, reply) => {
      createJourney(placeOf(stage), { id, draft: definition, isDry }, { actor, now: now() });
      return reply.code(201).send(journeyOf(stage, id));
    },
  );
  app.put(
    '/api/v1/journeys/:id',
    {
      schema: {
        operationId: 'editJourney',
        tags,
        summary: 'Replaces the draft; those inside go on in their version',
        params: schemas.JourneyParams,
        body: schemas.JourneyEditBody,
        response: { 200: schemas.JourneyReply, ...failures },
      },
    },
    async ({ params: { id }, body: { definition, revision, actor } }) => {
      editJourney(placeOf(stage), { id, revision }, definition, { actor, now: now() });
      return journeyOf(stage, id);
    },
  );
  app.post(
    '/api/v1/journeys/:id/:act',
    {
      schema: {
        operationId: 'actOnJourney',
        tags,
        summary: 'start makes the draft the version that people enter; pause, resume, end',
        params: schemas.JourneyActParams,
        body: schemas.JourneyActBody,
        response: { 200: schemas.JourneyReply, ...failures },
      },
    },
    async ({ params: { id, act }, body: { revision, actor } }) => {
      const place = placeOf(stage);
      if (act === 'start') startJourney(place, { id, revision }, { actor, now: now() });
      else moveJourney(place, { id, revision }, act, { actor, now: now() });
      return journeyOf(stage, id);
    },
  );
}
