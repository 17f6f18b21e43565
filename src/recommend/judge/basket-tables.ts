/**
 * Fit and judge a recommender of the next basket on any table of baskets: what `recommend next-basket` does. The last
 * basket of each user is to be found; `best` is chosen on the one before. Over the whole catalogue, repeats allowed.
 */
import type { Compute } from '#engines/index.ts';
import type { Table } from '#table/index.ts';
import { countsOf, type Interactions } from '../data/interactions.ts';
import { type BasketFiles, type ReadBaskets, readBaskets } from '../data/read-baskets.ts';
import { fitMethod, methodOf } from '../methods/all.ts';
import { lastBasketCut } from '../methods/baskets/last-basket.ts';
import { BASKET_SPACES } from '../methods/baskets/spaces.ts';
import type { FittedMethod, Numbers } from '../methods/method.ts';
import { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.ts';
import { listTable } from './list-table.ts';

export interface NextBasketOptions extends BasketFiles {
  /** A name of METHOD_NAMES, or 'best': chosen on the last basket of what is learned from. */
  readonly method: string;
  readonly params?: Numbers;
  readonly k: number;
  readonly seed: number;
  readonly threads: number;
  /** The caller's clock and memory meter; the core reads neither. */
  readonly meter: { nowMs(): number; peakRssMb(): number };
}

export interface BasketCandidate {
  readonly method: string;
  readonly params: Numbers;
  /** At k on the basket before the last. */
  readonly recall: number;
  readonly ndcg: number;
}

export interface BasketPart {
  /** Users with something to find. */
  readonly users: number;
  readonly metrics: Evaluation['metrics'];
  readonly intervals: Evaluation['intervals'];
}

export interface NextBasketReport {
  readonly method: string;
  readonly params: Numbers;
  readonly users: number;
  readonly items: number;
  readonly baskets: number;
  readonly rows: ReadBaskets['rows'];
  /** Users with several baskets, whose last is to be found. */
  readonly testUsers: number;
  readonly k: number;
  readonly seed: number;
  readonly trainSeconds: number;
  readonly chooseSeconds: number;
  readonly usersPerSecond: number;
  readonly peakRssMb: number;
  readonly metrics: Evaluation['metrics'];
  readonly intervals: Evaluation['intervals'];
  /** Only what the user has had before is ranked and to be found, and only what not. */
  readonly parts: { readonly repeat: BasketPart; readonly explore: BasketPart };
  readonly candidates?: readonly BasketCandidate[];
}

export interface NextBasketResult {
  readonly report: NextBasketReport;
  /** Makes the lists of the test users: user, rank (from 1), item, score. */
  lists(): Table;
}

/**
 * Reads the baskets, fits on all but each user's last and judges on it by full ranking.
 *
 * @throws RECOMMENDER_UNKNOWN, RECOMMENDER_PARAMS and the errors of `readBaskets`
 */
export async function nextBasketTables(compute: Compute, options: NextBasketOptions): Promise<NextBasketResult> {
  const { k, seed, threads, meter } = options;
  if (options.method !== 'best') methodOf(options.method);
  const read = await readBaskets(compute, options);
  const { train, held } = lastBasketCut(read.data);
  const start = meter.nowMs();
  const candidates = options.method === 'best' ? tryAll(train, options) : undefined;
  const best = candidates?.reduce((a, b) => (b.ndcg > a.ndcg ? b : a));
  const chosen = meter.nowMs();
  const params = { ...best?.params, ...options.params };
  const fit = fitMethod(best?.method ?? options.method, train, { params, seed, threads });
  const trained = meter.nowMs();
  const seen = countsOf(train);
  const judge = (way: Pick<EvaluateOptions, 'keepSeen' | 'onlySeen'>) =>
    evaluate((users) => fit.score(users), seen, held, { k, seed, ...way });
  const all = judge({ keepSeen: true });
  const judged = meter.nowMs();
  const report: NextBasketReport = {
    method: fit.name,
    params: fit.params,
    users: read.data.userCount,
    items: read.data.itemCount,
    baskets: new Set(read.data.baskets).size,
    rows: read.rows,
    testUsers: all.users,
    k,
    seed,
    trainSeconds: (trained - chosen) / 1000,
    chooseSeconds: (chosen - start) / 1000,
    usersPerSecond: Math.round(all.users / Math.max((judged - trained) / 1000, 1e-6)),
    peakRssMb: meter.peakRssMb(),
    metrics: all.metrics,
    intervals: all.intervals,
    parts: { repeat: partOf(judge({ keepSeen: true, onlySeen: true })), explore: partOf(judge({ keepSeen: false })) },
    ...(candidates === undefined ? {} : { candidates }),
  };
  return { report, lists: () => listsOf(read, held.offsets, fit, k) };
}

const partOf = ({ users, metrics, intervals }: Evaluation): BasketPart => ({ users, metrics, intervals });

/** Users of the validation basket that are judged. */
const USERS_MAX = 3000;

/** Every setting of the methods for baskets on the basket before the last, with the data before that. */
function tryAll(data: Interactions, { k, seed, threads }: NextBasketOptions): BasketCandidate[] {
  const { train, held } = lastBasketCut(data);
  const seen = countsOf(train);
  return Object.entries(BASKET_SPACES).flatMap(([method, settings]) =>
    settings.map((params) => {
      const fit = fitMethod(method, train, { params, seed, threads });
      const options = { k, keepSeen: true, seed, resamples: 0, usersMax: USERS_MAX };
      const { recall, ndcg } = evaluate((users) => fit.score(users), seen, held, options).metrics;
      return { method, params: fit.params, recall, ndcg };
    }),
  );
}

function listsOf({ userIds, itemIds }: ReadBaskets, held: Int32Array, fit: FittedMethod, k: number): Table {
  const users = Int32Array.from({ length: held.length - 1 }, (_, user) => user).filter(
    (user) => held[user + 1]! > held[user]!,
  );
  return listTable({ users, userIds, itemIds }, (part) => fit.score(part), k);
}
