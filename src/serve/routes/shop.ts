/** The shop and its first page. */
import { type App, type Current, failures } from '../app-type.ts';
import { homeOf } from '../home.ts';
import { lifecycleOf } from '../lifecycle.ts';
import { HomeQuery, HomeReply, LifecycleQuery, LifecycleReply, ShopReply } from '../schemas.ts';

export function shopRoutes(app: App, store: Current): void {
  app.get(
    '/api/v1/shop',
    {
      schema: {
        operationId: 'getShop',
        tags: ['shop'],
        summary: 'Facts about the shop, and the names of tiers, tags and segments',
        response: { 200: ShopReply, ...failures },
      },
    },
    async () => store().shop,
  );
  app.get(
    '/api/v1/home',
    {
      schema: {
        operationId: 'getHome',
        tags: ['shop'],
        summary: 'Figures of a period beside those of the period before',
        querystring: HomeQuery,
        response: { 200: HomeReply, ...failures },
      },
    },
    async (request) => homeOf(store(), request.query),
  );
  app.get(
    '/api/v1/lifecycle',
    {
      schema: {
        operationId: 'getLifecycle',
        tags: ['shop'],
        summary: 'States of customers, who went from which to which, and who of the best is slipping away',
        querystring: LifecycleQuery,
        response: { 200: LifecycleReply, ...failures },
      },
    },
    async (request) => lifecycleOf(store(), request.query),
  );
}
