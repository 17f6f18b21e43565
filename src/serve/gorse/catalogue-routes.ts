/** Routes of users and items. */
import type { z } from 'zod';
import { type Catalogue, isoOf } from './catalogue.ts';
import { type AddRoute, affected, needed } from './router.ts';
import {
  CursorQuery,
  cursorOf,
  ItemBody,
  ItemPatchBody,
  ItemsBody,
  Params,
  UserBody,
  UserPatchBody,
  UsersBody,
} from './schemas.ts';

export function userRoutes(route: AddRoute, users: () => Catalogue): void {
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
}

export function itemRoutes(route: AddRoute, items: () => Catalogue): void {
  const itemOf = ({ Timestamp, ...rest }: z.infer<typeof ItemPatchBody>) => ({
    ...rest,
    Timestamp: Timestamp === undefined || Timestamp === null ? undefined : isoOf(Timestamp),
  });
  route('post', '/item', 'Insert or replace an item', { body: ItemBody }, ({ body }) =>
    affected(items().putItems([{ ...itemOf(body), ItemId: body.ItemId }])),
  );
  route('post', '/items', 'Insert or replace items', { body: ItemsBody }, ({ body }) =>
    affected(items().putItems(body.map((one) => ({ ...itemOf(one), ItemId: one.ItemId })))),
  );
  route('get', '/items', 'Items, a page at a time', { query: CursorQuery }, ({ query }) => {
    const { rows, cursor } = items().items(query.n, cursorOf(query));
    return { Cursor: cursor, Items: rows };
  });
  const item = (id: string) => needed(items().item(id), 'PRODUCT_UNKNOWN', id);
  route('get', '/item/:item', 'One item', { params: Params.item }, ({ params }) => item(params.item));
  route('patch', '/item/:item', 'Change an item', { params: Params.item, body: ItemPatchBody }, ({ params, body }) => {
    item(params.item);
    return affected(items().putItems([{ ...itemOf(body), ItemId: params.item }]));
  });
  route('delete', '/item/:item', 'Delete an item: it is not shown again', { params: Params.item }, ({ params }) =>
    affected(Number(items().deleteItem(params.item))),
  );
  const categories = (id: string, change: (own: readonly string[]) => string[]) =>
    affected(items().putItems([{ ItemId: id, Categories: change(item(id).Categories) }]));
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
}
