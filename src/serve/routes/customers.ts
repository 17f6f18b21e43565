/** Customers: the list and one customer. */
import type { FastifyReply } from 'fastify';
import { type App, type Current, failures, jsonOrCsv } from '../app-type.ts';
import { customerOf, recommendationsOf } from '../customer.ts';
import { allCustomers, customerColumns, listCustomers } from '../customers.ts';
import {
  CustomerParams,
  CustomerReply,
  CustomersQuery,
  CustomersReply,
  RecommendationsReply,
  TimelineQuery,
  TimelineReply,
} from '../schemas.ts';
import { sendCsv } from '../send.ts';
import { timelineOf } from '../timeline.ts';

export function customerRoutes(app: App, store: Current): void {
  app.get(
    '/api/v1/customers',
    {
      schema: {
        operationId: 'listCustomers',
        tags: ['customers'],
        summary: 'Customers by filter, a page at a time or all as CSV',
        querystring: CustomersQuery,
        response: { 200: jsonOrCsv(CustomersReply), ...failures },
      },
    },
    async (request, reply) => {
      const now = store();
      if (request.query.format === 'json') return listCustomers(now, request.query);
      return sendCsv(plain(reply), 'customers', customerColumns(now), allCustomers(now, request.query));
    },
  );
  const one = { params: CustomerParams, tags: ['customers'] };
  app.get(
    '/api/v1/customers/:id',
    {
      schema: {
        ...one,
        operationId: 'getCustomer',
        summary: 'One customer: traits, tier and why, value with interval, history',
        response: { 200: CustomerReply, ...failures },
      },
    },
    async (request) => customerOf(store(), request.params.id),
  );
  app.get(
    '/api/v1/customers/:id/timeline',
    {
      schema: {
        ...one,
        operationId: 'getCustomerTimeline',
        summary: 'What happened to a customer, newest first',
        querystring: TimelineQuery,
        response: { 200: TimelineReply, ...failures },
      },
    },
    async (request) => timelineOf(store(), request.params.id, request.query),
  );
  app.get(
    '/api/v1/customers/:id/recommendations',
    {
      schema: {
        ...one,
        operationId: 'getCustomerRecommendations',
        summary: 'Products recommended to a customer, each with its reason',
        response: { 200: RecommendationsReply, ...failures },
      },
    },
    async (request) => recommendationsOf(store(), request.params.id),
  );
}

// The typed reply only takes the schema's own type; a stream is not checked against it.
const plain = (reply: unknown): FastifyReply => reply as FastifyReply;
