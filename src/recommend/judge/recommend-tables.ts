/** Fit and judge a recommender on any interaction table: what the `recommend` command does. */
import type { Compute } from '#engines/index.ts';
import { emptyTop, topOf } from '#kernels/top-k.ts';
import { numbers, type Table, table } from '#table/index.ts';
import { countsOf } from '../data/interactions.ts';
import { type InteractionFiles, type ReadInteractions, readInteractions } from '../data/read-interactions.ts';
import { fitMethod, methodOf } from '../methods/all.ts';
import type { FittedMethod } from '../methods/method.ts';
import { type Choice, chooseMethod } from './choose.ts';
import { type Evaluation, evaluate } from './evaluate.ts';

export interface RecommendOptions extends InteractionFiles {
  /** A name of METHOD_NAMES, or 'best': chosen on a part of the training file. */
  readonly method: string;
  readonly params?: Readonly<Record<string, number>>;
  readonly k: number;
  readonly keepSeen: boolean;
  readonly seed: number;
  /** The caller's clock and memory meter; the core reads neither. */
  readonly meter: { nowMs(): number; peakRssMb(): number };
}

export interface RecommendReport {
  readonly method: string;
  readonly params: Readonly<Record<string, number>>;
  /** Users and items of the training file. */
  readonly users: number;
  readonly items: number;
  readonly rows: ReadInteractions['rows'];
  /** Users with something to find, and how many of their items training doesn't have. */
  readonly testUsers: number;
  readonly testItemsUnknown: number;
  readonly k: number;
  readonly keepSeen: boolean;
  readonly seed: number;
  readonly threads: 1;
  readonly trainSeconds: number;
  readonly chooseSeconds: number;
  readonly usersPerSecond: number;
  readonly peakRssMb: number;
  readonly metrics: Evaluation['metrics'];
  readonly intervals: Evaluation['intervals'];
  readonly chosenOn?: Choice['cut'];
  readonly candidates?: Choice['candidates'];
}

export interface Recommended {
  readonly report: RecommendReport;
  /** Makes the lists of the test users: user, rank (from 1), item, score. */
  lists(): Table;
}

/**
 * Reads both files, fits on the first and judges on the second by full ranking.
 *
 * @throws RECOMMENDER_UNKNOWN and the errors of `readInteractions`
 */
export async function recommendTables(compute: Compute, options: RecommendOptions): Promise<Recommended> {
  const { k, keepSeen, seed, meter } = options;
  if (options.method !== 'best') methodOf(options.method);
  const read = await readInteractions(compute, options);
  const start = meter.nowMs();
  const choice = options.method === 'best' ? chooseMethod(read.data, { k, keepSeen, seed }) : undefined;
  const chosen = meter.nowMs();
  const params = { ...choice?.chosen.params, ...options.params };
  const fit = fitMethod(choice?.chosen.method ?? options.method, read.data, { params, seed });
  const trained = meter.nowMs();
  const counts = countsOf(read.data);
  const judgement = evaluate((users) => fit.score(users), counts, read.relevant, {
    k,
    keepSeen,
    seed,
    unknown: read.unknown,
  });
  const judged = meter.nowMs();
  const report: RecommendReport = {
    method: fit.name,
    params: fit.params,
    users: read.trainUsers,
    items: read.data.itemCount,
    rows: read.rows,
    testUsers: judgement.users,
    testItemsUnknown: read.unknown.reduce((a, b) => a + b, 0),
    k,
    keepSeen,
    seed,
    threads: 1,
    trainSeconds: (trained - chosen) / 1000,
    chooseSeconds: (chosen - start) / 1000,
    usersPerSecond: Math.round(judgement.users / Math.max((judged - trained) / 1000, 1e-6)),
    peakRssMb: meter.peakRssMb(),
    metrics: judgement.metrics,
    intervals: judgement.intervals,
    ...(choice === undefined ? {} : { chosenOn: choice.cut, candidates: choice.candidates }),
  };
  return { report, lists: () => listTable(read, fit, options) };
}

function listTable(
  read: ReadInteractions,
  fit: FittedMethod,
  { k, keepSeen }: { k: number; keepSeen: boolean },
): Table {
  const { relevant, data } = read;
  const seen = countsOf(data);
  const users: number[] = [];
  for (let user = 0; user < relevant.rows; user++)
    if (relevant.offsets[user + 1]! > relevant.offsets[user]! || read.unknown[user]! > 0) users.push(user);
  const top = emptyTop(k);
  const [who, what, rank, score]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let from = 0; from < users.length; from += 64) {
    const part = Int32Array.from(users.slice(from, from + 64));
    const scores = fit.score(part);
    for (const [row, user] of part.entries()) {
      if (!keepSeen)
        for (let e = seen.offsets[user]!; e < seen.offsets[user + 1]!; e++)
          scores[row * data.itemCount + seen.indices[e]!] = Number.NEGATIVE_INFINITY;
      topOf(top, scores, row * data.itemCount, data.itemCount);
      for (let r = 0; r < top.size; r++) {
        who.push(user);
        what.push(top.indices[r]!);
        rank.push(r + 1);
        score.push(top.scores[r]!);
      }
    }
  }
  const named = (codes: number[], ids: ReadInteractions['userIds']) =>
    ({ kind: 'text', codes: Int32Array.from(codes, (c) => ids.codes[c]!), dictionary: ids.dictionary }) as const;
  return table({
    user: named(who, read.userIds),
    rank: numbers(rank, 'count'),
    item: named(what, read.itemIds),
    score: numbers(score),
  });
}
