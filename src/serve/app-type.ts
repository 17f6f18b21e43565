/** The server instance as the route files see it. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ErrorReply } from './schemas.ts';
import type { Store } from './store.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The store that answers now; a finished run puts another in its place. */
export type Current = () => Store;

/** Responses of every route beside its own. */
export const failures = { '4xx': ErrorReply, '5xx': ErrorReply } as const;

/** A list that may also leave as CSV. */
export const jsonOrCsv = <Schema extends z.ZodType>(schema: Schema) => ({
  description: 'a page of rows, or with format=csv every matching row',
  content: { 'application/json': { schema }, 'text/csv': { schema: z.string() } },
});
