/** Routes of feedback. */
import { z } from 'zod';
import type { FeedbackTable } from './feedback.ts';
import { type AddRoute, affected, needed } from './router.ts';
import { CursorQuery, cursorOf, FeedbackBody, Params } from './schemas.ts';

export function feedbackRoutes(route: AddRoute, table: FeedbackTable): void {
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
}
