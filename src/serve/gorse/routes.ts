/**
 * The REST API of gorse (https://gorse.io), so that its clients work against this server: base `<base>/api`, header
 * X-API-Key. Users, items and feedback that clients write lie over those of the last run. `GET <base>/apidocs` lists the
 * endpoints; they are another product's contract, so /openapi.json leaves them out.
 */
import type { Sqlite } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { App, Current } from '../app-type.ts';
import { logged } from '../failures.ts';
import { neededOnline, type Online } from '../online.ts';
import { type Catalogue, catalogueOf } from './catalogue.ts';
import { itemRoutes, userRoutes } from './catalogue-routes.ts';
import { feedbackTable } from './feedback.ts';
import { feedbackRoutes } from './feedback-routes.ts';
import { listRoutes } from './list-routes.ts';
import { type GorseLists, gorseLists } from './lists.ts';
import { type Live, liveOf } from './live.ts';
import { type AddRoute, NOT_OFFERED, router, type Verb } from './router.ts';

export interface GorseOptions {
  readonly store: Current;
  readonly feedback: Sqlite;
  /** Path before `/api`, e.g. `/gorse`; '' puts it beside this server's own API. */
  readonly base: string;
  /** The key that clients must send; undefined: none. */
  readonly key: string | undefined;
  /** Epoch ms. */
  readonly now: () => number;
  readonly log: (line: string) => void;
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

/** Adds the routes in a scope of their own: they take what axios sends without a body, and fail in plain text as gorse does. */
export async function gorseRoutes(app: App, options: GorseOptions, parts: () => Parts): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => {
      payload.resume();
      payload.once('end', () => done(null, undefined));
    });
    scope.setErrorHandler((error, request, reply) => {
      const { status, message, fix } = logged(error, request, reply as never, options.log);
      return reply.code(status).type('text/plain; charset=utf-8').send(`${message}; ${fix}`);
    });
    routesIn(scope as App, options, parts);
  });
}

function routesIn(app: App, { feedback, base, key, now, store }: GorseOptions, parts: () => Parts): void {
  const route = router(app, { base, key });
  const table = feedbackTable(feedback, now);
  const catalogue = () => parts().catalogue;
  userRoutes(route, catalogue);
  itemRoutes(route, catalogue);
  feedbackRoutes(route, table);
  listRoutes(route, { lists: () => parts().lists, items: catalogue, table, now });
  const health = () => {
    const why = store().online instanceof Error ? String(store().online) : null;
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
function notOffered(route: AddRoute): void {
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
      route(verb, path, NOT_OFFERED, {}, () => {
        throw known('NOT_OFFERED', { what: `${verb.toUpperCase()} ${path.slice(1)}`, instead });
      });
}
