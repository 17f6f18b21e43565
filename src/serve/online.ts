/** Recommendations of the moment out of the bundle of the last run. */
import { join } from 'node:path';
import type { z } from 'zod';
import { KnownError, known } from '#errors.ts';
import { type Item, makeRecommender, type Recommender, readBundle } from '#recommend/index.ts';
import { type AnswerWriter, answerWriter } from './answer-bytes.ts';
import type { Live } from './gorse/live.ts';
import type { RecommendQuery } from './schemas-recommend.ts';

export interface Online {
  readonly recommender: Recommender;
  readonly writer: AnswerWriter;
}

/** The recommender of a workspace, or why there is none: other answers do not depend on it. */
export async function openOnline(dir: string): Promise<Online | KnownError> {
  try {
    const recommender = makeRecommender(await readBundle(join(dir, 'state', 'recommend.bundle')));
    return { recommender, writer: answerWriter(recommender.bundle) };
  } catch (error) {
    if (error instanceof KnownError) return error;
    throw error;
  }
}

/**
 * @throws WORKSPACE_BROKEN when the bundle could not be read
 */
export function neededOnline(online: Online | KnownError): Online {
  if (online instanceof KnownError) throw online;
  return online;
}

type Query = z.infer<typeof RecommendQuery>;

/**
 * @throws REQUEST_INVALID when a query asks for nothing or for two things
 */
export function checkAsked({ basket, productId, sessionItems, customerId }: Query): void {
  if (basket === undefined && productId === undefined && sessionItems === undefined && customerId === undefined)
    throw invalid('one of customerId, sessionItems, basket and productId is needed');
  if ([basket, productId, sessionItems].filter((one) => one !== undefined).length > 1)
    throw invalid('sessionItems, basket and productId exclude each other');
}

/**
 * The answer to a query, as the bytes of its JSON.
 *
 * @param live what was written since the bundle was made
 * @throws PRODUCT_UNKNOWN, and REQUEST_INVALID for too many ids
 */
export function recommend({ recommender, writer }: Online, query: Query, live?: Live): Buffer {
  const { bundle } = recommender;
  const { basket, productId, sessionItems, customerId } = query;
  const unknown: string[] = [];
  const customer = customerId === undefined ? -1 : (live ?? recommender).customerAt(customerId);
  const ask = {
    length: query.k ?? bundle.about.perCustomer,
    customer,
    filter: {
      category: query.category,
      minPriceMinor: query.minPriceMinor,
      maxPriceMinor: query.maxPriceMinor,
      inStock: query.inStock,
      also: live?.shown(),
      exclude: query.exclude === undefined ? undefined : codesOf(recommender, query.exclude, []),
    },
  };
  const answer = (kind: string, items: readonly Item[]) =>
    writer.write({ kind, customer, unknown, items, lang: query.lang });
  if (basket !== undefined) {
    const products = codesOf(recommender, basket, unknown);
    return answer('basket', recommender.forBasket(products, ask));
  }
  if (productId !== undefined) {
    const product = recommender.productAt(productId);
    if (product < 0) throw known('PRODUCT_UNKNOWN', { id: productId });
    const { kind } = query;
    return answer(
      kind,
      kind === 'similar' ? recommender.similarTo(product, ask) : recommender.complementsOf(product, ask),
    );
  }
  const session = sessionItems === undefined ? [] : codesOf(recommender, sessionItems, unknown);
  const kind = sessionItems === undefined ? 'customer' : 'session';
  const since = customerId === undefined ? [] : (live?.since(customerId) ?? []);
  return answer(kind, recommender.forCustomer(customer, { ...ask, session, since }));
}

const invalid = (what: string) => known('REQUEST_INVALID', { what, where: 'querystring' });
const IDS_MAX = 100;

/** Codes of the ids of a parameter; those without one are added to `unknown`. */
function codesOf(recommender: Recommender, given: string | readonly string[], unknown: string[]): number[] {
  const ids = typeof given === 'string' ? split(recommender, given) : given;
  if (ids.length > IDS_MAX) throw invalid(`${ids.length} products; at most ${IDS_MAX}`);
  const codes: number[] = [];
  for (const id of ids) {
    const code = recommender.productAt(id);
    if (code < 0) unknown.push(id);
    else codes.push(code);
  }
  return codes;
}

const split = (recommender: Recommender, text: string): readonly string[] =>
  !text.includes(',') || recommender.productAt(text) >= 0 ? [text] : text.split(',').filter((id) => id !== '');
