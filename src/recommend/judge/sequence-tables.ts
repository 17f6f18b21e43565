/** Fit and judge a recommender of the next item on any file of histories: what the `recommend next-item` command does. */
import type { Compute } from '#engines/index.ts';
import { fromTriples } from '#kernels/sparse.ts';
import { emptyTop } from '#kernels/top-k.ts';
import { numbers, type Table, table } from '#table/index.ts';
import { countsOf } from '../data/interactions.ts';
import { type ReadSequences, readSequences, type SequenceFiles } from '../data/read-sequences.ts';
import { type AnySequenceMethod, sequenceMethodOf } from '../methods/sequences/all.ts';
import { historiesAt, historiesOf } from '../methods/sequences/histories.ts';
import { chooseSequence, type SequenceChoice } from './choose-sequence.ts';
import { type Evaluation, evaluate, rank, type Scorer } from './evaluate.ts';

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
  return { report, lists: () => listTable(read, scorer, options) };
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

function listTable(read: ReadSequences, scorer: Scorer, { k, keepSeen }: { k: number; keepSeen: boolean }): Table {
  const { seen } = taskOf(read);
  const users = Int32Array.from(read.wanted.keys()).filter((user) => read.wanted[user] !== -1);
  const top = emptyTop(k);
  const [who, what, place, score]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let from = 0; from < users.length; from += 64) {
    const part = users.subarray(from, from + 64);
    const scores = scorer(part);
    for (const [row, user] of part.entries()) {
      rank(top, scores, { row, user }, seen, { keepSeen });
      for (let r = 0; r < top.size; r++) {
        who.push(user);
        what.push(top.indices[r]!);
        place.push(r + 1);
        score.push(top.scores[r]!);
      }
    }
  }
  const named = (codes: number[], ids: ReadSequences['userIds']) =>
    ({ kind: 'text', codes: Int32Array.from(codes, (c) => ids.codes[c]!), dictionary: ids.dictionary }) as const;
  return table({
    user: named(who, read.userIds),
    rank: numbers(place, 'count'),
    item: named(what, read.itemIds),
    score: numbers(score),
  });
}
