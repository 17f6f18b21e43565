/**
 * The learned ranker: for each candidate the chance that the user buys it within the horizon.
 *
 * It is trained at several moments of the past. At each, candidates and features are made from the interactions before
 * it alone, and what was bought in the `horizonDays` after it is the label. What a user had before (repeat) and what
 * not (explore) have a booster each, since other things tell them apart; both foretell the same chance, so their
 * candidates stand in one list. Negatives are sampled and the chances corrected for it; then they are calibrated on
 * users whom the boosters did not see.
 *
 * The loss is pointwise: on Complete Journey (days 308 to 335) a log loss ranked better than LambdaMART's pairs or a
 * softmax over the user's candidates, and it gives chances.
 */
import { known } from '#errors.ts';
import { split } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { type BoostingModel, boosting, type Calibration, calibrated, fitBoosting } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import { countsOf, filtered, type Interactions, validationCut } from '../data/interactions.ts';
import { type CandidateOptions, type Candidates, candidatesOf } from './candidates.ts';
import { calibrationOf, correctedChances, meanChances } from './chances.ts';
import { rankFeatures } from './features.ts';
import { itemColumns } from './item-columns.ts';
import { type Lessons, lessonsOf } from './lessons.ts';
import { before, type Moment, momentOf, type RankColumns } from './moment.ts';

export interface RankerOptions extends CandidateOptions {
  /** Days after a moment in which a purchase counts. */
  readonly horizonDays: number;
  /** Moments in the past to learn at, a horizon apart; fewer where the data don't reach back. */
  readonly cuts: number;
  /** Users to learn from at each moment. */
  readonly usersPerCut: number;
  /** Share of candidates not bought that are learned from, of each part. */
  readonly repeatNegatives: number;
  readonly exploreNegatives: number;
  readonly trees: number;
  readonly leaves: number;
  readonly learningRate: number;
  /** Boosters of each part, which differ in the features that their trees may use; their log-odds are averaged. */
  readonly bags: number;
  /** Neighbours of each item in the walk. */
  readonly neighbours: number;
}

export const RANKER_DEFAULTS: RankerOptions = {
  horizonDays: 28,
  cuts: 4,
  usersPerCut: 3000,
  repeatMost: 100,
  perSource: 60,
  repeatNegatives: 0.5,
  exploreNegatives: 0.2,
  trees: 150,
  leaves: 31,
  learningRate: 0.07,
  bags: 1,
  neighbours: 300,
};

export interface PartModel {
  readonly boosters: readonly BoostingModel[];
  /** Share of the negatives that it learned from. */
  readonly negativeShare: number;
  readonly calibration: Calibration;
}

export interface RankerModel {
  readonly options: RankerOptions;
  /** Now. */
  readonly moment: Moment;
  /** Absent where the past held too little to learn from. */
  readonly repeat?: PartModel;
  readonly explore?: PartModel;
  /** Moments learned at, in days before now; 0 where there are no ages and pairs were hidden instead. */
  readonly cutAges: readonly number[];
}

export interface RankerRun {
  readonly seed: number;
  readonly threads: number;
  /** Columns as they were known `ageDays` before now; default: the item columns of the interactions' content, no others. Values
   * that later events made (a tier of today, a price of today) must be those of that day. */
  readonly columnsAt?: (ageDays: number) => RankColumns;
}

/**
 * Learns to rank from the interactions and, where given, further columns.
 *
 * @throws INTERACTIONS_EMPTY
 */
export function fitRanker(data: Interactions, options: RankerOptions, run: RankerRun): RankerModel {
  if (data.users.length === 0) throw known('INTERACTIONS_EMPTY', { file: 'the interactions' });
  const columnsAt = run.columnsAt ?? (() => itemColumns(data.content));
  const { cutAges, horizon } = cutsOf(data, options);
  const lessons = lessonsOf(options, run.seed);
  for (const [n, age] of cutAges.entries()) {
    const { history, target } = age > 0 ? cutAt(data, age, horizon) : hiddenPairs(data, run.seed);
    lessons.add(momentOf(history, columnsAt(age), options), target, { newest: n === 0, cut: n });
  }
  const parts = (['repeat', 'explore'] as const).map((part) => partModel(lessons, part, options, run));
  return {
    options,
    moment: momentOf(data, columnsAt(0), options),
    ...(parts[0] === undefined ? {} : { repeat: parts[0] }),
    ...(parts[1] === undefined ? {} : { explore: parts[1] }),
    cutAges,
  };
}

/** Ages of the moments, newest first. A third of the span is left as the oldest history. */
function cutsOf(data: Interactions, { horizonDays, cuts }: RankerOptions): { cutAges: number[]; horizon: number } {
  if (data.ageDays === undefined) return { cutAges: [0], horizon: 0 };
  const span = data.ageDays.reduce((most, age) => Math.max(most, age), 0);
  const horizon = Math.min(horizonDays, span / 3);
  if (!(horizon > 0)) return { cutAges: [], horizon: 0 };
  const most = Math.max(1, Math.min(cuts, Math.floor((span * 2) / 3 / horizon)));
  return { cutAges: Array.from({ length: most }, (_, n) => (n + 1) * horizon), horizon };
}

/** What was known at `age`, and what was had in the horizon after it. */
function cutAt(data: Interactions, age: number, horizon: number): { history: Interactions; target: Sparse } {
  const after = filtered(
    data,
    Uint8Array.from(data.ageDays!, (own) => (own < age && own >= age - horizon ? 1 : 0)),
  );
  return { history: before(data, age), target: countsOf(after) };
}

/** Without ages a fifth of the pairs is hidden and to be found: there are no repeats to learn then. */
function hiddenPairs(data: Interactions, seed: number): { history: Interactions; target: Sparse } {
  const { train, held } = validationCut(data, { share: 0.2, seed: split(seed, 'hidden') });
  return { history: train, target: held };
}

/** Rows of either label below which nothing is learned. */
const FEWEST = 30;

function partModel(
  lessons: Lessons,
  part: 'repeat' | 'explore',
  options: RankerOptions,
  { seed, threads }: RankerRun,
): PartModel | undefined {
  const { learn, check } = lessons.of(part);
  const hits = learn.hits.reduce((sum, hit) => sum + hit, 0);
  if (hits < FEWEST || learn.hits.length - hits < FEWEST) return undefined;
  const data: Table = {
    length: learn.table.length,
    columns: { ...learn.table.columns, bought: { kind: 'number', values: learn.hits } },
  };
  const params = {
    ...boosting.defaults,
    task: 'classify',
    label: 'bought',
    trees: options.trees,
    leaves: options.leaves,
    learningRate: options.learningRate,
    minRows: 50,
    featureShare: 0.6,
    lookAhead: 0,
    threads,
  } as const;
  const boosters = Array.from({ length: options.bags }, (_, bag) => fitBoosting(data, params, split(seed, part, bag)));
  const negativeShare = part === 'repeat' ? options.repeatNegatives : options.exploreNegatives;
  const raw = correctedChances(meanChances(boosters, check.table), negativeShare);
  return { boosters, negativeShare, calibration: calibrationOf(raw, check.hits, seed) };
}

/** Candidates with the chance that the user has them within the horizon. */
export interface Ranked extends Candidates {
  /** [rows] 0 to 1 */
  readonly chances: Float64Array;
}

/**
 * Ranks some users' candidates. A part that could not be learned has chances of zero, in the order of the decayed count
 * (repeat) or of the peers and popularity (explore).
 */
export function rankWith(model: RankerModel, users: Int32Array): Ranked {
  const candidates = candidatesOf(model.moment, users, model.options);
  const features = rankFeatures(model.moment, candidates);
  const own = { repeat: chancesOf(model.repeat, features.repeat), explore: chancesOf(model.explore, features.explore) };
  const chances = new Float64Array(candidates.users.length);
  const next = [0, 0];
  for (let row = 0; row < chances.length; row++) {
    const isNew = candidates.isNew[row]!;
    const at = next[isNew]!++;
    chances[row] = isNew === 1 ? own.explore[at]! : own.repeat[at]!;
  }
  return { ...candidates, chances };
}

function chancesOf(part: PartModel | undefined, features: Table): Float64Array {
  if (features.length === 0) return new Float64Array(0);
  if (part === undefined) return unlearned(features);
  const raw = correctedChances(meanChances(part.boosters, features), part.negativeShare);
  const chances = calibrated(part.calibration, raw, 2);
  return Float64Array.from({ length: features.length }, (_, row) => chances[2 * row + 1]!);
}

/** Tiny numbers in the order of what is known without learning. */
function unlearned(features: Table): Float64Array {
  const column = (name: string) => {
    const found = features.columns[name];
    return found?.kind === 'number' ? found.values : new Float64Array(features.length);
  };
  const [own, peers, users] = [column('count_half_56d'), column('peers'), column('item_users')];
  return Float64Array.from({ length: features.length }, (_, row) => {
    const strength = own[row]! + 1e-2 * peers[row]! + 1e-6 * users[row]!;
    return 1e-6 * (strength / (1 + strength));
  });
}
