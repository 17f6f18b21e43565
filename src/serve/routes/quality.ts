/** Quality of the imported data. */
import type { FastifyReply } from 'fastify';
import { type App, type Current, failures, jsonOrCsv } from '../app-type.ts';
import { allRejects, qualityOf, rejectsOf } from '../quality.ts';
import { QualityReply, RejectsQuery, RejectsReply } from '../schemas.ts';
import { sendCsv } from '../send.ts';

export function qualityRoutes(app: App, store: Current): void {
  const tags = ['quality'];
  app.get(
    '/api/v1/quality',
    {
      schema: {
        operationId: 'getQuality',
        tags,
        summary: 'Rows read, kept, repaired and set aside, by rule',
        response: { 200: QualityReply, ...failures },
      },
    },
    async () => qualityOf(store()),
  );
  app.get(
    '/api/v1/quality/rejects',
    {
      schema: {
        operationId: 'listRejects',
        tags,
        summary: 'Rows that the import set aside, a page at a time or all as CSV',
        querystring: RejectsQuery,
        response: { 200: jsonOrCsv(RejectsReply), ...failures },
      },
    },
    async (request, reply) => {
      if (request.query.format === 'json') return rejectsOf(store(), request.query);
      const { columns, batches } = await allRejects(store(), request.query);
      return sendCsv(reply as unknown as FastifyReply, 'rejects', columns, batches);
    },
  );
}
