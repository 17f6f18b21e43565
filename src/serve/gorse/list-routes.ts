/** Routes of lists: for users, sessions, items, and for everybody. */
import { z } from 'zod';
import { known } from '#errors.ts';
import type { Catalogue } from './catalogue.ts';
import type { FeedbackTable } from './feedback.ts';
import type { GorseLists, Slice } from './lists.ts';
import { isPositive } from './live.ts';
import { type AddRoute, needed } from './router.ts';
import { durationMs, Params, RecommendSliceQuery, SessionBody, SliceQuery } from './schemas.ts';

export interface ListSources {
  readonly lists: () => GorseLists;
  readonly items: () => Catalogue;
  readonly table: FeedbackTable;
  readonly now: () => number;
}

export function listRoutes(route: AddRoute, { lists, items, table, now }: ListSources): void {
  const item = (id: string) => needed(items().item(id), 'PRODUCT_UNKNOWN', id);
  const sliceOf = ({ n, offset, category }: z.infer<typeof SliceQuery>, inPath?: string): Slice => {
    const all = category === undefined ? [inPath ?? ''] : [category].flat();
    return { n, offset, categories: all.filter((one) => one !== '') };
  };
  const category = z.object({ category: z.string().max(300).optional() });
  for (const path of ['', '/:category']) {
    route(
      'get',
      `/recommend/:user${path}`,
      'Item ids for a user; with X-API-Version: 2 also scores',
      { params: Params.user.extend(category.shape), query: RecommendSliceQuery },
      ({ params, query, headers }) => {
        const found = lists().recommend(params.user, sliceOf(query, params.category));
        const type = query['write-back-type'];
        if (type !== undefined && type !== '') {
          const at = now() + durationMs(query['write-back-delay'] ?? '0');
          const rows = found.map(({ Id }) => ({ FeedbackType: type, UserId: params.user, ItemId: Id, Timestamp: at }));
          table.put(rows, false);
        }
        return headers['x-api-version'] === '2' ? found : found.map(({ Id }) => Id);
      },
    );
    route(
      'post',
      `/session/recommend${path}`,
      'Items for the feedback of an open session',
      { params: category, query: SliceQuery, body: SessionBody },
      ({ params, query, body }) => {
        const byTime = body.toSorted((a, b) => (a.Timestamp ?? 0) - (b.Timestamp ?? 0));
        const liked = byTime.filter(({ FeedbackType }) => !FeedbackType || isPositive(FeedbackType));
        return lists().session(
          liked.map(({ ItemId }) => ItemId),
          sliceOf(query, params.category),
        );
      },
    );
    route('get', `/popular${path}`, 'Popular items', { params: category, query: SliceQuery }, ({ params, query }) =>
      lists().popular(sliceOf(query, params.category), query['user-id']),
    );
    route('get', `/latest${path}`, 'The newest items', { params: category, query: SliceQuery }, ({ params, query }) =>
      lists().latest(sliceOf(query, params.category), query['user-id']),
    );
    route(
      'get',
      `/item/:item/neighbors${path}`,
      'Neighbours of an item',
      { params: Params.item.extend(category.shape), query: SliceQuery },
      ({ params, query }) => {
        item(params.item);
        return lists().neighbours(params.item, sliceOf(query, params.category), 'neighbours') ?? [];
      },
    );
  }
  route(
    'get',
    '/non-personalized/:name',
    'popular or latest',
    { params: Params.named, query: SliceQuery },
    ({ params, query }) => {
      if (params.name === 'popular') return lists().popular(sliceOf(query), query['user-id']);
      if (params.name === 'latest') return lists().latest(sliceOf(query), query['user-id']);
      throw known('NOT_OFFERED', {
        what: `the list ${JSON.stringify(params.name)}`,
        instead: 'there are popular and latest',
      });
    },
  );
  const KINDS = ['neighbours', 'neighbors', 'similar', 'complementary'];
  route(
    'get',
    '/item-to-item/:name/:item',
    'neighbors, similar or complementary items',
    { params: Params.namedItem, query: SliceQuery },
    ({ params, query }) => {
      if (!KINDS.includes(params.name))
        throw known('NOT_OFFERED', {
          what: `the list ${JSON.stringify(params.name)}`,
          instead: `there are ${KINDS.slice(1).join(', ')}`,
        });
      item(params.item);
      const kind = params.name === 'similar' || params.name === 'complementary' ? params.name : 'neighbours';
      return lists().neighbours(params.item, sliceOf(query), kind) ?? [];
    },
  );
}
