/** Recommendations of the moment. */
import type { FastifyReply } from 'fastify';
import { type App, type Current, failures } from '../app-type.ts';
import type { Live } from '../gorse/live.ts';
import { checkAsked, neededOnline, recommend } from '../online.ts';
import { RecommendQuery, RecommendReply } from '../schemas-recommend.ts';

export function recommendationRoutes(app: App, store: Current, live: () => Live): void {
  app.get(
    '/api/v1/recommendations',
    {
      schema: {
        operationId: 'getRecommendations',
        tags: ['recommendations'],
        summary: 'Products for a customer, an open session, a basket or a product page, each with its reason',
        description:
          'An unknown customer gets `known: false` and what goes with the session, else what is popular; an unknown productId is 404.',
        querystring: RecommendQuery,
        response: { 200: RecommendReply, ...failures },
      },
    },
    async (request, reply) => {
      checkAsked(request.query);
      const bytes = recommend(neededOnline(store().online), request.query, live());
      // Written by hand: no serializer looks at it.
      return (reply as unknown as FastifyReply).type('application/json; charset=utf-8').send(bytes);
    },
  );
}
