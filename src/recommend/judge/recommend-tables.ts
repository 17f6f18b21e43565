/** Fit and judge a recommender on any interaction table: what the `recommend` command does. */
import type { Compute } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { Sparse } from '#kernels/sparse.ts';
import type { Table } from '#table/index.ts';
import { countsOf } from '../data/interactions.ts';
import { type InteractionFiles, type ReadInteractions, readInteractions } from '../data/read-interactions.ts';
import type { SplitReport } from '../data/split.ts';
import { fitMethod, METHODS, methodOf } from '../methods/all.ts';
import type { FittedMethod } from '../methods/method.ts';
import { mixed } from '../methods/mix.ts';
import { SPACES } from '../methods/spaces.ts';
import { type Choice, type Chosen, chooseMethod } from './choose.ts';
import { type EvaluateOptions, type Evaluation, evaluateLists, judged, ranked } from './evaluate.ts';
import { listTable } from './list-table.ts';
import { judgeLists, type ListJudgement } from './lists.ts';
import { type Difference, paired } from './paired.ts';
import { judgeParts, type Parts, rankedParts } from './parts.ts';

export interface RecommendOptions extends InteractionFiles {
  /** A name of METHOD_NAMES, or 'best': chosen on a part of the training rows. */
  readonly method: string;
  readonly params?: Readonly<Record<string, number>>;
  readonly k: number;
  readonly keepSeen: boolean;
  readonly seed: number;
  /** Default 1; the figures don't depend on it. */
  readonly threads?: number;
  /** Of `best`: for the choice and the fit on all training rows; default no limit. */
  readonly minutes?: number;
  /** Of `best`: methods to choose from; default all. */
  readonly among?: readonly string[];
  /** Methods, with their own settings, to compare with on the same users. */
  readonly compare?: readonly string[];
  /** The caller's clock and memory meter; the core reads neither. */
  readonly meter: { nowMs(): number; peakRssMb(): number };
}

export interface Compared {
  readonly method: string;
  readonly params: Readonly<Record<string, number>>;
  readonly metrics: Evaluation['metrics'];
  /** The judged method less this one. */
  readonly difference: Difference;
}

export interface RecommendReport {
  readonly method: string;
  readonly params: Readonly<Record<string, number>>;
  /** Users and items of the training rows; with a file of items also those that nobody has had. */
  readonly users: number;
  readonly items: number;
  readonly rows: ReadInteractions['rows'];
  readonly split: SplitReport;
  /** Users with something to find, and how many of their items neither training nor the file of items has. */
  readonly testUsers: number;
  readonly testItemsUnknown: number;
  readonly k: number;
  readonly keepSeen: boolean;
  readonly seed: number;
  readonly threads: number;
  readonly trainSeconds: number;
  readonly chooseSeconds: number;
  readonly usersPerSecond: number;
  readonly peakRssMb: number;
  readonly metrics: Evaluation['metrics'] & ListJudgement['metrics'];
  readonly intervals: Evaluation['intervals'] & ListJudgement['intervals'];
  readonly diversityBy: ListJudgement['diversityBy'];
  readonly parts: Parts;
  readonly compared?: readonly Compared[];
  /** Of a mixture: its parts. */
  readonly mixOf?: readonly Chosen[];
  readonly chosenOn?: Choice['cut'];
  readonly candidates?: Choice['candidates'];
  readonly skipped?: Choice['skipped'];
  readonly mix?: Choice['mix'];
  readonly noMix?: string;
}

export interface Recommended {
  readonly report: RecommendReport;
  /** Makes the lists of the test users: user, rank (from 1), item, score. */
  lists(): Table;
}

/**
 * Reads the files, fits on the training rows and judges on the others by full ranking.
 *
 * @throws RECOMMENDER_UNKNOWN, RECOMMENDER_PARAMS, INTERACTIONS_FOUND and the errors of `readInteractions`
 */
export async function recommendTables(compute: Compute, options: RecommendOptions): Promise<Recommended> {
  const { k, keepSeen, seed, meter, threads = 1, compare = [], among = [] } = options;
  if (options.method !== 'best') methodOf(options.method);
  for (const name of [...compare, ...among]) methodOf(name);
  const read = await readInteractions(compute, options);
  const seen = countsOf(read.data);
  const judging: EvaluateOptions = { k, keepSeen, seed, unknown: read.unknown };
  if (judged(seen, read.relevant, judging).length === 0)
    throw known('INTERACTIONS_FOUND', { rows: read.rows.test, keepSeen });
  const start = meter.nowMs();
  const choice = options.method === 'best' ? choiceOf(read, options) : undefined;
  const chosen = meter.nowMs();
  const fit = fitted(choice?.chosen ?? [{ method: options.method, params: options.params ?? {}, weight: 1 }], {
    ...{ read, seen, options },
  });
  const trained = meter.nowMs();
  const lists = rankedParts((users) => fit.score(users), seen, read.relevant, judging);
  const done = meter.nowMs();
  const found = evaluateLists(lists.shown, seen, read.relevant, judging);
  const { content } = read.data;
  const like = judgeLists(lists.shown, seen, read.relevant, { seed, resamples: 200, ...(content && { content }) });
  const compared = compare.map((name): Compared => {
    const other = fitMethod(name, read.data, { params: {}, seed, threads });
    const own = ranked((users) => other.score(users), lists.shown.users, seen, judging);
    return {
      method: name,
      params: other.params,
      metrics: evaluateLists(own, seen, read.relevant, { ...judging, resamples: 0 }).metrics,
      difference: paired([lists.shown, own], seen, read.relevant, judging),
    };
  });
  const report: RecommendReport = {
    method: fit.name,
    params: fit.params,
    users: read.trainUsers,
    items: read.data.itemCount,
    rows: read.rows,
    split: read.split,
    testUsers: found.users,
    testItemsUnknown: read.unknown.reduce((a, b) => a + b, 0),
    ...{ k, keepSeen, seed, threads },
    trainSeconds: (trained - chosen) / 1000,
    chooseSeconds: (chosen - start) / 1000,
    usersPerSecond: Math.round(found.users / Math.max((done - trained) / 1000, 1e-6)),
    peakRssMb: meter.peakRssMb(),
    metrics: { ...found.metrics, ...like.metrics },
    intervals: { ...found.intervals, ...like.intervals },
    diversityBy: like.diversityBy,
    parts: judgeParts(lists, seen, read.relevant, judging),
    ...(compared.length > 0 && { compared }),
    ...(choice && reportOf(choice)),
  };
  return { report, lists: () => listsOf(read, seen, fit, options) };
}

function choiceOf({ data, split }: ReadInteractions, options: RecommendOptions): Choice {
  const { k, keepSeen, seed, threads = 1, minutes, meter, among } = options;
  const methods = among === undefined ? METHODS : METHODS.filter(({ name }) => among.includes(name));
  return chooseMethod(data, {
    ...{ k, keepSeen, seed, threads, split: split.kind, methods, spaces: SPACES },
    seconds: minutes === undefined ? Number.POSITIVE_INFINITY : 60 * minutes,
    nowMs: () => meter.nowMs(),
  });
}

const reportOf = ({ chosen, cut, candidates, skipped, mix, noMix }: Choice) => ({
  ...(chosen.length > 1 && { mixOf: chosen }),
  chosenOn: cut,
  candidates,
  skipped,
  ...(mix && { mix }),
  ...(noMix !== undefined && { noMix }),
});

/** What was chosen, fitted on all training rows. */
function fitted(
  chosen: readonly Chosen[],
  { read, seen, options }: { read: ReadInteractions; seen: Sparse; options: RecommendOptions },
): FittedMethod {
  const { seed, threads = 1, keepSeen } = options;
  const parts = chosen.map(({ method, params, weight }) => ({
    fit: fitMethod(method, read.data, { params, seed, threads }),
    weight,
  }));
  return parts.length === 1 ? parts[0]!.fit : mixed(parts, keepSeen ? undefined : seen);
}

function listsOf(
  { relevant, unknown, userIds, itemIds }: ReadInteractions,
  seen: Sparse,
  fit: FittedMethod,
  { k, keepSeen }: { k: number; keepSeen: boolean },
): Table {
  const users = Int32Array.from({ length: relevant.rows }, (_, user) => user).filter(
    (user) => relevant.offsets[user + 1]! > relevant.offsets[user]! || unknown[user]! > 0,
  );
  return listTable({ users, userIds, itemIds, ...(keepSeen ? {} : { hidden: seen }) }, (part) => fit.score(part), k);
}
