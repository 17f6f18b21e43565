/**
 * The REST API of gorse (https://gorse.io), so that its clients work against this server: base `<base>/api`, header
 * X-API-Key. Users, items and feedback that clients write lie over those of the last run; see docs/gorse.md.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { known } from '#errors.ts';
import type { App, Current } from '../app-type.ts';
import { neededOnline, type Online } from '../online.ts';
import { type Catalogue, catalogueOf, isoOf } from './catalogue.ts';
import { feedbackTable } from './feedback.ts';
import type { FeedbackStore } from './feedback-store.ts';
import { type GorseLists, gorseLists, type Slice } from './lists.ts';
import { isPositive, type Live, liveOf } from './live.ts';
import {
  CursorQuery,
  durationMs,
  FeedbackBody,
  ItemBody,
  ItemPatchBody,
  ItemsBody,
  Params,
  RecommendSliceQuery,
  SessionBody,
  SliceQuery,
  UserBody,
  UserPatchBody,
  UsersBody,
} from './schemas.ts';

export interface GorseOptions {
  readonly store: Current;
  readonly feedback: FeedbackStore;
  /** Path before `/api`, e.g. `/gorse`; '' puts it beside this server's own API. */
  readonly base: string;
  /** The key that clients must send; undefined: none. */
  readonly key: string | undefined;
  /** Epoch ms. */
  readonly now: () => number;
}

interface Parts {
  readonly live: Live;
  readonly lists: GorseLists;
  readonly catalogue: Catalogue;
}

/** The live view of the recommender that answers now; made once a bundle. */
export function liveParts({ store, feedback, now }: Pick<GorseOptions, 'store' | 'feedback' | 'now'>): () => Parts {
  let of: Online | undefined;
  let parts: Parts | undefined;
  return () => {
    const online = neededOnline(store().online);
    if (parts === undefined || of !== online) {
      of = online;
      const live = liveOf(feedback, online.recommender, now);
      const lists = gorseLists(feedback, online.recommender, live);
      parts = { live, lists, catalogue: catalogueOf(feedback, online.recommender) };
    }
    return parts;
  };
}

type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';

export function gorseRoutes(app: App, options: GorseOptions, parts: () => Parts): void {
  const { feedback, base, key, now } = options;
  const table = feedbackTable(feedback, now);
  const allowed = async (request: FastifyRequest): Promise<void> => {
    if (key !== undefined && !same(request.headers['x-api-key'], key)) throw known('KEY_REFUSED', {});
  };
  /** One route, with and without a slash at its end: clients put an empty category there. */
  const route = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
    verb: Verb,
    path: string,
    summary: string,
    checks: { readonly params?: P; readonly query?: Q; readonly body?: B },
    answer: (given: {
      params: z.infer<P>;
      query: z.infer<Q>;
      body: z.infer<B>;
      headers: FastifyRequest['headers'];
    }) => unknown,
  ): void => {
    const { params, query, body } = checks;
    const schema = {
      ...{ tags: ['gorse'], summary },
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
    };
    for (const [url, hide] of [
      [`${base}/api${path}`, false],
      [`${base}/api${path}/`, true],
    ] as const)
      app.route({
        method: verb.toUpperCase() as 'GET',
        url,
        schema: hide ? { ...schema, hide } : schema,
        onRequest: allowed,
        handler: async (request) =>
          answer({
            params: request.params as z.infer<P>,
            query: request.query as z.infer<Q>,
            body: request.body as z.infer<B>,
            headers: request.headers,
          }),
      });
  };
  const affected = (count: number) => ({ RowAffected: count });
  const users = () => parts().catalogue;
  const needed = <T>(found: T | undefined, code: 'CUSTOMER_UNKNOWN' | 'PRODUCT_UNKNOWN', id: string): T => {
    if (found === undefined) throw known(code, { id });
    return found;
  };
  const cursorOf = ({ cursor, Cursor }: z.infer<typeof CursorQuery>) => cursor ?? Cursor ?? '';

  route('post', '/user', 'Insert or replace a user', { body: UserBody }, ({ body }) =>
    affected(users().putUsers([body])),
  );
  route('post', '/users', 'Insert or replace users', { body: UsersBody }, ({ body }) =>
    affected(users().putUsers(body)),
  );
  route('get', '/users', 'Users, a page at a time', { query: CursorQuery }, ({ query }) => {
    const { rows, cursor } = users().users(query.n, cursorOf(query));
    return { Cursor: cursor, Users: rows };
  });
  route('get', '/user/:user', 'One user', { params: Params.user }, ({ params }) =>
    needed(users().user(params.user), 'CUSTOMER_UNKNOWN', params.user),
  );
  route('patch', '/user/:user', 'Change a user', { params: Params.user, body: UserPatchBody }, ({ params, body }) => {
    needed(users().user(params.user), 'CUSTOMER_UNKNOWN', params.user);
    return affected(users().putUsers([{ ...body, UserId: params.user }]));
  });
  route(
    'delete',
    '/user/:user',
    'Delete a user: their history is not used again',
    { params: Params.user },
    ({ params }) => affected(Number(users().deleteUser(params.user))),
  );

  const itemOf = ({ Timestamp, ...rest }: z.infer<typeof ItemPatchBody>) => ({
    ...rest,
    Timestamp: Timestamp === undefined || Timestamp === null ? undefined : isoOf(Timestamp),
  });
  route('post', '/item', 'Insert or replace an item', { body: ItemBody }, ({ body }) =>
    affected(users().putItems([{ ...itemOf(body), ItemId: body.ItemId }])),
  );
  route('post', '/items', 'Insert or replace items', { body: ItemsBody }, ({ body }) =>
    affected(users().putItems(body.map((one) => ({ ...itemOf(one), ItemId: one.ItemId })))),
  );
  route('get', '/items', 'Items, a page at a time', { query: CursorQuery }, ({ query }) => {
    const { rows, cursor } = users().items(query.n, cursorOf(query));
    return { Cursor: cursor, Items: rows };
  });
  const item = (id: string) => needed(users().item(id), 'PRODUCT_UNKNOWN', id);
  route('get', '/item/:item', 'One item', { params: Params.item }, ({ params }) => item(params.item));
  route('patch', '/item/:item', 'Change an item', { params: Params.item, body: ItemPatchBody }, ({ params, body }) => {
    item(params.item);
    return affected(users().putItems([{ ...itemOf(body), ItemId: params.item }]));
  });
  route('delete', '/item/:item', 'Delete an item: it is not shown again', { params: Params.item }, ({ params }) =>
    affected(Number(users().deleteItem(params.item))),
  );
  const categories = (id: string, change: (own: readonly string[]) => string[]) =>
    affected(users().putItems([{ ItemId: id, Categories: change(item(id).Categories) }]));
  route('put', '/item/:item/category/:category', 'Add a category', { params: Params.itemCategory }, ({ params }) =>
    categories(params.item, (own) => [...new Set([...own, params.category])]),
  );
  route(
    'delete',
    '/item/:item/category/:category',
    'Remove a category',
    { params: Params.itemCategory },
    ({ params }) => categories(params.item, (own) => own.filter((category) => category !== params.category)),
  );

  route('post', '/feedback', 'Insert feedback; what is there stays', { body: FeedbackBody }, ({ body }) =>
    affected(table.put(body, false)),
  );
  route('put', '/feedback', 'Insert feedback; what is there is replaced', { body: FeedbackBody }, ({ body }) =>
    affected(table.put(body, true)),
  );
  const feedbackPage = (type: string | undefined, query: z.infer<typeof CursorQuery>) => {
    const { rows, cursor } = table.page({ type }, query.n, cursorOf(query));
    return { Cursor: cursor, Feedback: rows };
  };
  route('get', '/feedback', 'Feedback, a page at a time', { query: CursorQuery }, ({ query }) =>
    feedbackPage(undefined, query),
  );
  route(
    'get',
    '/feedback/:type',
    'Feedback of a type',
    { params: Params.type, query: CursorQuery },
    ({ params, query }) => feedbackPage(params.type, query),
  );
  // The first part of this path is a user, that of the shorter one a type: the router wants one name for both.
  const pair = z.object({ type: Params.userItem.shape.user, item: Params.userItem.shape.item });
  route('get', '/feedback/:type/:item', 'Feedback of a user (first) and an item', { params: pair }, ({ params }) =>
    table.list({ user: params.type, item: params.item }),
  );
  route(
    'delete',
    '/feedback/:type/:item',
    'Delete feedback of a user (first) and an item',
    { params: pair },
    ({ params }) => affected(table.remove({ user: params.type, item: params.item })),
  );
  const typed = z.object({ type: pair.shape.type, item: pair.shape.item.describe('the user'), last: pair.shape.item });
  route('get', '/feedback/:type/:item/:last', 'One feedback: type, user, item', { params: typed }, ({ params }) => {
    const [one] = table.list({ type: params.type, user: params.item, item: params.last });
    return needed(one, 'PRODUCT_UNKNOWN', params.last);
  });
  route(
    'delete',
    '/feedback/:type/:item/:last',
    'Delete one feedback: type, user, item',
    { params: typed },
    ({ params }) => affected(table.remove({ type: params.type, user: params.item, item: params.last })),
  );
  route('get', '/user/:user/feedback', 'Feedback of a user', { params: Params.user }, ({ params }) =>
    table.list(params),
  );
  route('get', '/user/:user/feedback/:type', 'Feedback of a user and type', { params: Params.userType }, ({ params }) =>
    table.list(params),
  );
  route('get', '/item/:item/feedback', 'Feedback on an item', { params: Params.item }, ({ params }) =>
    table.list(params),
  );
  route(
    'get',
    '/item/:item/feedback/:type',
    'Feedback on an item of a type',
    { params: Params.itemType },
    ({ params }) => table.list(params),
  );

  const lists = () => parts().lists;
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
  const health = () => {
    const why = options.store().online instanceof Error ? String(options.store().online) : null;
    return {
      Ready: why === null,
      DataStoreError: why,
      CacheStoreError: null,
      DataStoreConnected: why === null,
      CacheStoreConnected: true,
    };
  };
  route('get', '/health/live', 'Is the server there?', {}, health);
  route('get', '/health/ready', 'Can it recommend?', {}, health);
  notOffered(route);
}

/** What gorse has and this server has not, so that a client is told rather than left to guess. */
function notOffered(
  route: (verb: Verb, path: string, summary: string, checks: object, answer: () => unknown) => void,
): void {
  const lacks: readonly (readonly [path: string, instead: string, verbs: readonly Verb[]])[] = [
    ['/user/:user/neighbors', 'similar customers are told by GET /api/v1/customers/ID', ['get']],
    ['/user-to-user/:name/:user', 'similar customers are told by GET /api/v1/customers/ID', ['get']],
    ['/collaborative-filtering/:user', 'GET recommend/USER blends all sources', ['get']],
    ['/intermediate/recommend/:user', 'GET recommend/USER blends all sources', ['get']],
    ['/measurements/:name', 'reports/recommend.json holds the figures, GET /api/v1/recommender shows them', ['get']],
    ['/bulk/users', 'POST users takes lists of up to 10,000', ['get', 'post']],
    ['/bulk/items', 'POST items takes lists of up to 10,000', ['get', 'post']],
    ['/bulk/feedback', 'POST feedback takes lists of up to 10,000', ['get', 'post']],
  ];
  for (const [path, instead, verbs] of lacks)
    for (const verb of verbs)
      route(verb, path, 'not offered', {}, () => {
        throw known('NOT_OFFERED', { what: `${verb.toUpperCase()} ${path.slice(1)}`, instead });
      });
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const same = (given: string | string[] | undefined, key: string): boolean =>
  timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(key));
