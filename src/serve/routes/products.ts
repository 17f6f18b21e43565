/** Products, their pictures, and the recommender. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type App, type Current, failures, jsonOrCsv } from '../app-type.ts';
import { pictureOf } from '../images.ts';
import { allProducts, listProducts, productColumns, productOf } from '../products.ts';
import { historyOf, recommenderOf } from '../recommender.ts';
import { ProductParams, ProductReply, ProductsQuery, ProductsReply } from '../schemas.ts';
import { HistoryQuery, HistoryReply, RecommenderReply } from '../schemas-recommender.ts';
import { sendCsv, sendPicture } from '../send.ts';

const picture = {
  description: 'the picture',
  content: {
    'image/png': { schema: z.string() },
    'image/jpeg': { schema: z.string() },
    'image/*': { schema: z.string() },
  },
};

export function productRoutes(app: App, store: Current): void {
  const tags = ['products'];
  app.get(
    '/api/v1/products',
    {
      schema: {
        operationId: 'listProducts',
        tags,
        summary: 'Products by filter, a page at a time or all as CSV',
        querystring: ProductsQuery,
        response: { 200: jsonOrCsv(ProductsReply), ...failures },
      },
    },
    async (request, reply) => {
      const now = store();
      if (request.query.format === 'json') return listProducts(now, request.query);
      return sendCsv(
        reply as unknown as FastifyReply,
        'products',
        productColumns(now),
        allProducts(now, request.query),
      );
    },
  );
  app.get(
    '/api/v1/products/:id',
    {
      schema: {
        operationId: 'getProduct',
        tags,
        summary: 'One product with features and neighbours',
        params: ProductParams,
        response: { 200: ProductReply, ...failures },
      },
    },
    async (request) => productOf(store(), request.params.id),
  );
  app.get(
    '/api/v1/products/:id/image',
    {
      schema: {
        operationId: 'getProductImage',
        tags,
        summary: 'The picture of a product',
        params: ProductParams,
        response: { 200: picture, ...failures },
      },
    },
    async (request, reply) =>
      sendPicture(request, reply as unknown as FastifyReply, await pictureOf(store(), request.params.id)),
  );
  app.get(
    '/api/v1/recommender',
    {
      schema: {
        operationId: 'getRecommender',
        tags,
        summary: 'Sources, ranker, strategies, quality and reach of the recommendations',
        response: { 200: RecommenderReply, ...failures },
      },
    },
    async () => recommenderOf(store()),
  );
  app.get(
    '/api/v1/recommender/history',
    {
      schema: {
        operationId: 'getRecommenderHistory',
        tags,
        summary: 'How the recommender did in each run that the workspace remembers',
        querystring: HistoryQuery,
        response: { 200: HistoryReply, ...failures },
      },
    },
    async (request) => historyOf(store(), request.query),
  );
}
