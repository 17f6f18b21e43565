/** Whether campaigns paid. */
import type { FastifyReply } from 'fastify';
import { type App, type Current, failures, jsonOrCsv } from '../app-type.ts';
import { roiOf, roiOfCampaign, roiTable } from '../roi.ts';
import { RoiCampaignReply, RoiOneQuery, RoiParams, RoiQuery, RoiReply } from '../schemas-roi.ts';
import { sendCsv } from '../send.ts';

export function roiRoutes(app: App, store: Current): void {
  const tags = ['roi'];
  app.get(
    '/api/v1/roi',
    {
      schema: {
        operationId: 'getRoi',
        tags,
        summary:
          'Incremental revenue and profit of campaigns, from their holdouts, beside last-touch attribution; advice on the next budget',
        querystring: RoiQuery,
        response: { 200: jsonOrCsv(RoiReply), ...failures },
      },
    },
    async (request, reply) => {
      const { format, ...asked } = request.query;
      if (format === 'json') return roiOf(store(), asked);
      const { columns, rows } = await roiTable(store(), asked);
      async function* batches() {
        yield rows;
      }
      return sendCsv(reply as unknown as FastifyReply, `roi-${asked.table}`, columns, batches());
    },
  );
  app.get(
    '/api/v1/roi/campaigns/:id',
    {
      schema: {
        operationId: 'getCampaignRoi',
        tags,
        summary: 'One campaign: what it brought by tier, by offer and day by day',
        params: RoiParams,
        querystring: RoiOneQuery,
        response: { 200: RoiCampaignReply, ...failures },
      },
    },
    async (request) => roiOfCampaign(store(), request.params.id, request.query),
  );
}
