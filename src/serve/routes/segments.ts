/** Segments: conditions tried, saved, counted, and the people behind them. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type App, type Current, failures, jsonOrCsv } from '../app-type.ts';
import { allCustomers, customerColumns, listCustomers } from '../customers.ts';
import { CustomersQuery, CustomersReply } from '../schemas.ts';
import {
  ListBody,
  ListDeleteBody,
  ListReply,
  ListsReply,
  OverlapQuery,
  OverlapReply,
  SegmentBody,
  SegmentChangeBody,
  SegmentDeleteBody,
  SegmentFieldsReply,
  SegmentOneReply,
  SegmentParams,
  SegmentPeopleQuery,
  SegmentPreviewBody,
  SegmentPreviewReply,
  SegmentReply,
  SegmentSaidBody,
  SegmentSaidReply,
  SegmentsReply,
  SegmentWordsBody,
  SegmentWordsReply,
  TemplatesReply,
} from '../schemas-segments.ts';
import { fieldsReply } from '../segment-names.ts';
import {
  changed,
  created,
  listRemoved,
  listRows,
  overlapReply,
  previewReply,
  removed,
  saidReply,
  segmentOf,
  segmentRows,
  templatesReply,
  uploaded,
  wordsReply,
} from '../segments.ts';
import { sendCsv } from '../send.ts';

const tags = ['segments'];
const Removed = z.object({ id: z.string() });

export function segmentRoutes(app: App, store: Current): void {
  askRoutes(app, store);
  saidRoute(app, store);
  savedRoutes(app, store);
  listRoutes(app, store);
}

function askRoutes(app: App, store: Current): void {
  app.get(
    '/api/v1/segments/fields',
    {
      schema: {
        ...{ operationId: 'listSegmentFields', tags },
        summary: 'What conditions may ask in this shop: fields, events, properties, values to pick, words',
        response: { 200: SegmentFieldsReply, ...failures },
      },
    },
    async () => fieldsReply(store()),
  );
  app.get(
    '/api/v1/segments/templates',
    {
      schema: {
        ...{ operationId: 'listSegmentTemplates', tags },
        summary: 'Segments to begin with, and how many people each would hold',
        response: { 200: TemplatesReply, ...failures },
      },
    },
    async () => templatesReply(store()),
  );
  app.get(
    '/api/v1/segments/overlap',
    {
      schema: {
        ...{ operationId: 'getSegmentOverlap', tags },
        summary: 'How many people segments have in common, by pair and by exact combination',
        querystring: OverlapQuery,
        response: { 200: OverlapReply, ...failures },
      },
    },
    async (request) => overlapReply(store(), request.query.ids),
  );
  app.post(
    '/api/v1/segments/preview',
    {
      schema: {
        ...{ operationId: 'previewSegment', tags },
        summary: 'Whom a condition holds: count, share, value, tiers and a sample with reasons; writes nothing',
        body: SegmentPreviewBody,
        response: { 200: SegmentPreviewReply, ...failures },
      },
    },
    async (request) => previewReply(store(), request.body),
  );
  app.post(
    '/api/v1/segments/words',
    {
      schema: {
        ...{ operationId: 'tellCondition', tags },
        summary: 'A condition in words, in English and Chinese',
        body: SegmentWordsBody,
        response: { 200: SegmentWordsReply, ...failures },
      },
    },
    async (request) => wordsReply(store(), request.body.condition),
  );
}

function saidRoute(app: App, store: Current): void {
  app.post(
    '/api/v1/segments/read',
    {
      schema: {
        ...{ operationId: 'readSegmentSentence', tags },
        summary: 'A sentence as a condition, by fixed forms; what is not read is named, nothing is guessed',
        body: SegmentSaidBody,
        response: { 200: SegmentSaidReply, ...failures },
      },
    },
    async (request) => saidReply(store(), request.body.text),
  );
}

function savedRoutes(app: App, store: Current): void {
  app.get(
    '/api/v1/segments',
    {
      schema: {
        ...{ operationId: 'listSegments', tags },
        summary: 'Saved segments: rule in words, people now, and over the runs',
        response: { 200: SegmentsReply, ...failures },
      },
    },
    async () => segmentRows(store()),
  );
  app.post(
    '/api/v1/segments',
    {
      schema: {
        ...{ operationId: 'createSegment', tags },
        summary: 'Saves a segment',
        body: SegmentBody,
        response: { 201: SegmentReply, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await created(store(), request.body, Date.now())),
  );
  const one = { params: SegmentParams, tags };
  app.get(
    '/api/v1/segments/:id',
    {
      schema: {
        ...{ ...one, operationId: 'getSegment' },
        summary: 'One segment with its history',
        response: { 200: SegmentOneReply, ...failures },
      },
    },
    async (request) => segmentOf(store(), request.params.id),
  );
  app.put(
    '/api/v1/segments/:id',
    {
      schema: {
        ...{ ...one, operationId: 'changeSegment' },
        summary: 'Changes a segment; what it was stays in its history',
        body: SegmentChangeBody,
        response: { 200: SegmentReply, ...failures },
      },
    },
    async (request) => changed(store(), request.params.id, request.body, Date.now()),
  );
  app.delete(
    '/api/v1/segments/:id',
    {
      schema: {
        ...{ ...one, operationId: 'deleteSegment' },
        summary: 'Deletes a segment that nothing uses',
        body: SegmentDeleteBody,
        response: { 200: Removed, ...failures },
      },
    },
    async (request) => removed(store(), request.params.id, request.body, Date.now()),
  );
  app.get(
    '/api/v1/segments/:id/people',
    {
      schema: {
        ...{ ...one, operationId: 'listSegmentPeople' },
        summary:
          'Who is in a segment, by value, a page at a time or all as CSV; GET /customers?inSegment= filters and sorts',
        querystring: SegmentPeopleQuery,
        response: { 200: jsonOrCsv(CustomersReply), ...failures },
      },
    },
    async (request, reply) => {
      const now = store();
      const { id } = request.params;
      const query = { ...CustomersQuery.parse({ inSegment: id }), ...request.query };
      if (query.format === 'json') return listCustomers(now, query);
      return sendCsv(reply as unknown as FastifyReply, `segment-${id}`, customerColumns(now), allCustomers(now, query));
    },
  );
}

function listRoutes(app: App, store: Current): void {
  app.get(
    '/api/v1/segments/lists',
    {
      schema: {
        ...{ operationId: 'listUploadedLists', tags },
        summary: 'Uploaded lists of customers, newest first',
        response: { 200: ListsReply, ...failures },
      },
    },
    async () => listRows(store()),
  );
  app.post(
    '/api/v1/segments/lists',
    {
      schema: {
        ...{ operationId: 'uploadList', tags },
        summary: 'Keeps a list of customer ids; duplicates and ids of nobody are counted',
        body: ListBody,
        response: { 201: ListReply, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await uploaded(store(), request.body, Date.now())),
  );
  app.delete(
    '/api/v1/segments/lists/:id',
    {
      schema: {
        ...{ operationId: 'deleteUploadedList', tags },
        summary: 'Deletes a list that nothing uses',
        params: SegmentParams,
        body: ListDeleteBody,
        response: { 200: Removed, ...failures },
      },
    },
    async (request) => listRemoved(store(), request.params.id),
  );
}
