/** Fit and judge a recommender of the next item on any file of histories: what the `recommend next-item` command does. */
import type { Compute } from '#engines/index.ts';
import { fromTriples } from '#kernels/sparse.ts';
import type { Table } from '#table/index.ts';
import { countsOf } from '../data/interactions.ts';
import { type ReadSequences, readSequences, type SequenceFiles } from '../data/read-sequences.ts';
import { type AnySequenceMethod, sequenceMethodOf } from '../methods/sequences/all.ts';
import { historiesAt, historiesOf } from '../methods/sequences/histories.ts';
import { chooseSequence, type SequenceChoice } from './choose-sequence.ts';
import { type Evaluation, evaluate, type Scorer } from './evaluate.ts';
import { listTable } from './list-table.ts';

export interface NextItemOptions extends SequenceFiles {
  /** A name of SEQUENCE_METHOD_NAMES, or 'best': chosen on the last step of each history that is learned from. */
  readonly method: string;
  readonly params?: Readonly<Record<string, number>>;
  readonly k: number;
  /** May items of the history be shown and found? */
  readonly keepSeen: boolean;
  readonly seed: number;
  readonly threads: number;
  /** The caller's clock and memory meter; the core reads neither. */
  readonly meter: { nowMs(): number; peakRssMb(): number };
}

export interface NextItemReport {
  readonly method: string;
  readonly params: Readonly<Record<string, number>>;
  /** Users learned from, items of the catalogue. */
  readonly users: number;
  readonly items: number;
  readonly rows: ReadSequences['rows'];
  /** Users with something to find, and how many of their items nobody had before. */
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
  readonly metrics: Evaluation['metrics'];
  readonly intervals: Evaluation['intervals'];
  readonly candidates?: SequenceChoice['candidates'];
}

export interface NextItemResult {
  readonly report: NextItemReport;
  /** Makes the lists of the test users: user, rank (from 1), item, score. */
  lists(): Table;
}

/**
 * Reads the files, fits, and judges by ranking the whole catalogue.
 *
 * @throws RECOMMENDER_UNKNOWN, RECOMMENDER_PARAMS and the errors of `readSequences`
 */
export async function nextItemTables(compute: Compute, options: NextItemOptions): Promise<NextItemResult> {
  const { k, keepSeen, seed, threads, meter } = options;
  if (options.method !== 'best') sequenceMethodOf(options.method);
  const read = await readSequences(compute, options);
  const start = meter.nowMs();
  const run = { seed, threads };
  const choice = options.method === 'best' ? chooseSequence(read.data, { k, keepSeen, run }) : undefined;
  const chosen = meter.nowMs();
  const method = sequenceMethodOf(choice?.chosen.method ?? options.method);
  const fit = method.fitted(read.data, { ...choice?.chosen.params, ...options.params }, run);
  const trained = meter.nowMs();
  const scorer = scorerOf(read, fit, options.test !== undefined);
  const task = taskOf(read);
  const judgement = evaluate(scorer, task.seen, task.relevant, { k, keepSeen, seed, unknown: task.unknown });
  const judged = meter.nowMs();
  const report: NextItemReport = {
    method: fit.name,
    params: fit.params,
    users: new Set(read.data.users).size,
    items: read.data.itemCount,
    rows: read.rows,
    testUsers: judgement.users,
    testItemsUnknown: task.unknown.reduce((a, b) => a + b, 0),
    ...{ k, keepSeen, seed, threads },
    trainSeconds: (trained - chosen) / 1000,
    chooseSeconds: (chosen - start) / 1000,
    usersPerSecond: Math.round(judgement.users / Math.max((judged - trained) / 1000, 1e-6)),
    peakRssMb: meter.peakRssMb(),
    metrics: judgement.metrics,
    intervals: judgement.intervals,
    ...(choice === undefined ? {} : { candidates: choice.candidates }),
  };
  return { report, lists: () => listsOf(read, scorer, options) };
}

/** Without a test file the present histories are the very ones that were learned from, and are told as such. */
function scorerOf(read: ReadSequences, fit: ReturnType<AnySequenceMethod['fitted']>, open: boolean): Scorer {
  if (!open) return (users) => fit.score(users);
  const present = historiesOf(read.present);
  return (users) => fit.scoreHistories(historiesAt(present, users));
}

function taskOf({ data, present, wanted }: ReadSequences) {
  const users = Int32Array.from(wanted.keys()).filter((user) => wanted[user]! >= 0);
  return {
    seen: countsOf({
      userCount: data.userCount,
      itemCount: data.itemCount,
      users: present.users,
      items: present.items,
    }),
    relevant: fromTriples({
      ...{ rows: data.userCount, columns: data.itemCount, rowOf: users },
      columnOf: users.map((user) => wanted[user]!),
    }),
    unknown: wanted.map((item) => (item === -2 ? 1 : 0)),
  };
}

function listsOf(read: ReadSequences, scorer: Scorer, { k, keepSeen }: { k: number; keepSeen: boolean }): Table {
  const { wanted, userIds, itemIds } = read;
  const users = Int32Array.from(wanted.keys()).filter((user) => wanted[user] !== -1);
  return listTable({ users, userIds, itemIds, ...(keepSeen ? {} : { hidden: taskOf(read).seen }) }, scorer, k);
}
