/** Value tiers. */
import { type App, type Current, failures } from '../app-type.ts';
import {
  LorenzReply,
  MigrationQuery,
  MigrationReply,
  RfmReply,
  TiersReply,
  WhatIfBody,
  WhatIfReply,
} from '../schemas.ts';
import { whatIfOf } from '../tier-trial.ts';
import { lorenzOf, migrationOf, rfmOf, tiersOf } from '../tier-views.ts';

export function tierRoutes(app: App, store: Current): void {
  const tags = ['tiers'];
  app.get(
    '/api/v1/tiers',
    {
      schema: {
        operationId: 'getTiers',
        tags,
        summary: 'Size, share and medians of each tier; the policy and how well it predicts',
        response: { 200: TiersReply, ...failures },
      },
    },
    async () => tiersOf(store()),
  );
  app.get(
    '/api/v1/tiers/migration',
    {
      schema: {
        operationId: 'getTierMigration',
        tags,
        summary: 'Customers from tier to tier between two dates',
        querystring: MigrationQuery,
        response: { 200: MigrationReply, ...failures },
      },
    },
    async (request) => migrationOf(store(), request.query),
  );
  app.get(
    '/api/v1/tiers/rfm',
    {
      schema: {
        operationId: 'getRfm',
        tags,
        summary: 'Customers by recency and frequency score',
        response: { 200: RfmReply, ...failures },
      },
    },
    async () => rfmOf(store()),
  );
  app.get(
    '/api/v1/tiers/lorenz',
    {
      schema: {
        operationId: 'getLorenz',
        tags,
        summary: 'How concentrated spend and value are',
        response: { 200: LorenzReply, ...failures },
      },
    },
    async () => lorenzOf(store()),
  );
  app.post(
    '/api/v1/tiers/what-if',
    {
      schema: {
        operationId: 'tryTierPolicy',
        tags,
        summary: 'What a tier policy would have done on the past, beside the one in force; writes nothing',
        body: WhatIfBody,
        response: { 200: WhatIfReply, ...failures },
      },
    },
    async (request) => whatIfOf(store(), request.body),
  );
}
