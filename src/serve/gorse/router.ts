/** One route of the gorse API after the other: key, checks, and the list of what there is. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { known } from '#errors.ts';
import type { App } from '../app-type.ts';

export type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';

interface Checks<P, Q, B> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
}

interface Given<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: z.infer<P>;
  readonly query: z.infer<Q>;
  readonly body: z.infer<B>;
  readonly headers: FastifyRequest['headers'];
}

/** One route, with and without a slash at its end: clients put an empty category there. */
export type AddRoute = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  verb: Verb,
  path: string,
  summary: string,
  checks: Checks<P, Q, B>,
  answer: (given: Given<P, Q, B>) => unknown,
) => void;

/** Summary of routes that only say that there is no such thing. */
export const NOT_OFFERED = 'not offered';

/** @param key what clients must send as X-API-Key; undefined: nothing */
export function router(app: App, { base, key }: { readonly base: string; readonly key: string | undefined }): AddRoute {
  const allowed = async (request: FastifyRequest): Promise<void> => {
    if (key !== undefined && !same(request.headers['x-api-key'], key)) throw known('KEY_REFUSED', {});
  };
  const told: { readonly method: string; readonly path: string; readonly summary: string }[] = [];
  app.get(`${base}/apidocs`, { schema: { hide: true } }, async () => ({
    offered: told.filter(({ summary }) => summary !== NOT_OFFERED),
    notOffered: told.filter(({ summary }) => summary === NOT_OFFERED).map(({ method, path }) => ({ method, path })),
  }));
  return (verb, path, summary, { params, query, body }, answer) => {
    const method = verb.toUpperCase() as 'GET';
    told.push({ method, path: `${base}/api${path}`, summary });
    const schema = {
      hide: true,
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
    };
    for (const url of [`${base}/api${path}`, `${base}/api${path}/`])
      app.route({
        ...{ method, url, schema, onRequest: allowed },
        handler: async (request) => answer(request as unknown as Parameters<typeof answer>[0]),
      });
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const same = (given: string | string[] | undefined, key: string): boolean =>
  timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(key));

export const affected = (count: number) => ({ RowAffected: count });

/**
 * @throws CUSTOMER_UNKNOWN, PRODUCT_UNKNOWN as asked, where nothing was found
 */
export function needed<T>(found: T | undefined, code: 'CUSTOMER_UNKNOWN' | 'PRODUCT_UNKNOWN', id: string): T {
  if (found === undefined) throw known(code, { id });
  return found;
}
