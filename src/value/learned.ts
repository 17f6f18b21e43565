/**
 * Lifetime value learned from the log itself: boosted trees on what customers looked like at earlier days, trained on what
 * they then did, all inside the calibration period.
 *
 * 1. Cut-offs. A history of S days asked about the next H is best rehearsed by one of S - h days asked about h, with
 *    (S - h) / h = S / H; three cut-offs about there are learned from together.
 * 2. Order. Three guesses are multiplied (geometric mean): trees with Tweedie loss on spend, which know the large
 *    spenders; trees on the root of spend, which are not led by them; and past spend as it is, which cannot overfit. Trees
 *    may rise only with what speaks for a customer. Further trees learn the number of purchases.
 * 3. Total. Learned from shorter lives, the sum comes out too low or too high by a share that is much the same wherever
 *    the recipe is tried: so it is tried at three earlier days, and the mean miss is taken out.
 *
 * A small network in place of the trees (`by: 'network'`) reads the same features: spend is zero with a chance and else
 * lognormal, purchases are Poisson. It answers by itself, without the other guesses of step 2.
 *
 * @see Wang, Liu, Miao (2019), A Deep Probabilistic Model for Customer Lifetime Value Prediction, for the network's loss
 */
import { mean } from '#kernels/metrics.ts';
import { split } from '#kernels/random.ts';
import { boosting, fitBoosting, fitNetwork, network, predictEnsemble } from '#learners/index.ts';
import { type Column, numbers, type Table, take } from '#table/index.ts';
import { type CustomerHistories, historiesAt, outcomesAfter, type PurchaseDays } from './histories.ts';
import { RISING, snapshotOf } from './snapshot.ts';

export interface Learned {
  /** [customers] over the horizon. */
  readonly purchases: Float64Array;
  readonly spend: Float64Array;
  /** Foretold over actual totals at the days where the recipe was tried, and how many these were. */
  readonly parameters: Readonly<Record<'spendMiss' | 'purchaseMiss' | 'trials', number>>;
}

/** Horizons of the cut-offs, in those of step 1; and of the days at which the recipe is tried. */
const CUTS = [0.87, 1, 1.13] as const;
const TRIALS = [0.6, 0.8, 1] as const;
/** Customers and buyers without whom nothing is learned; rows of a cut-off beyond which a share is learned from. */
const CUSTOMERS_MIN = 200;
const BUYERS_MIN = 40;
const ROWS_MAX = 60_000;
/** Buyers whose evidence on the total weighs as much as that of no miss. */
const BUYERS_DOUBT = 40;
const TREES = {
  ...boosting.defaults,
  task: 'regress',
  label: 'target',
  trees: 120,
  leaves: 4,
  learningRate: 0.05,
  rowShare: 0.7,
  featureShare: 0.5,
  l2: 5,
  lookAhead: 0,
  tweediePower: 1.5,
  monotone: { ...Object.fromEntries(RISING.map((name) => [name, 1 as const])), silence: -1 as const },
} as const;
const LEAF_ROWS = 100;
const NETWORK = {
  ...network.defaults,
  task: 'regress',
  label: 'target',
  layers: [64, 32],
  members: 4,
  epochs: 40,
  patience: 6,
  batch: 512,
} as const;

/** What learns. */
export type By = 'trees' | 'network';

/** An earlier day at which methods are tried: what was known then, and what happened within `horizon` days after. */
export interface Trial {
  readonly seen: CustomerHistories;
  readonly horizon: number;
  readonly actual: { readonly purchases: Float64Array; readonly spend: Float64Array };
  /** Absent where there is too little to learn from. */
  readonly learned: RawLearned | undefined;
}

export interface RawLearned {
  /** [customers] */
  readonly purchases: Float64Array;
  /** [customers] spend up to a factor; and the total that the Tweedie trees give it. */
  readonly order: Float64Array;
  readonly total: number;
}

/** Days inside the calibration period at which methods can be tried; those with ten customers and some spend after. */
export async function trialsOf(
  days: PurchaseDays,
  seen: CustomerHistories,
  horizonDays: number,
  { seed, by = 'trees' }: { readonly seed: number; readonly by?: By },
): Promise<Trial[]> {
  const inner = innerHorizon(seen, horizonDays);
  const horizons = [...new Set(TRIALS.map((share) => Math.max(1, Math.round(share * inner))))];
  const trials: Trial[] = [];
  for (const [k, horizon] of horizons.entries()) {
    const then = historiesAt(days, seen.seenDay - horizon);
    const actual = outcomesAfter(days, then, horizon);
    if (then.customers.length < 10 || total(actual.spend) <= 0) continue;
    const learned = await learnOnce(days, then, horizon, { seed: split(seed, 'trial', k), repeats: 1, by });
    trials.push({ seen: then, horizon, actual, learned });
  }
  return trials;
}

/**
 * Foretells the `horizonDays` after `seen.seenDay` from the days up to it; undefined where there is too little to learn
 * from: fewer than 200 customers, or 40 who bought again, at a cut-off, or inner horizons under a week.
 *
 * @param trials of `trialsOf` with the same arguments
 */
export async function learn(
  days: PurchaseDays,
  seen: CustomerHistories,
  horizonDays: number,
  { seed, trials, by = 'trees' }: { readonly seed: number; readonly trials: readonly Trial[]; readonly by?: By },
): Promise<Learned | undefined> {
  const raw = await learnOnce(days, seen, horizonDays, { seed, repeats: 2, by });
  if (raw === undefined) return undefined;
  const misses = { spend: 0, purchases: 0 };
  let [tried, buyers] = [0, 0];
  for (const { actual, learned } of trials) {
    if (learned === undefined) continue;
    tried++;
    buyers += actual.purchases.reduce((n, x) => n + (x > 0 ? 1 : 0), 0);
    misses.spend += Math.log(learned.total / total(actual.spend));
    misses.purchases += Math.log(total(learned.purchases) / total(actual.purchases));
  }
  const trust = tried === 0 ? 0 : buyers / (buyers + tried * BUYERS_DOUBT) / tried;
  const past = lastOf(days, seen, horizonDays);
  return {
    purchases: scaledTo(raw.purchases, corrected(total(raw.purchases), trust * misses.purchases, past.purchases)),
    spend: scaledTo(raw.order, corrected(raw.total, trust * misses.spend, past.spend)),
    parameters: {
      spendMiss: Math.exp(trust * misses.spend),
      purchaseMiss: Math.exp(trust * misses.purchases),
      trials: tried,
    },
  };
}

/** Horizon h of an inner origin as far into its own past as the outer one is: h = S H / (S + H). */
export function innerHorizon(seen: CustomerHistories, horizonDays: number): number {
  const first = seen.firstDay.reduce((a, b) => Math.min(a, b), seen.seenDay);
  const span = seen.seenDay - first + 1;
  return (span * horizonDays) / (span + horizonDays);
}

/**
 * A total with its miss taken out. Upwards no further than to what these customers spent on repeat orders in the last
 * period of the same length: as some leave, a group that is known comes to spend less, not more.
 */
function corrected(sum: number, logMiss: number, past: number): number {
  const wanted = sum / Math.exp(logMiss);
  return wanted <= sum ? wanted : Math.max(sum, Math.min(wanted, past));
}

/** Repeat orders of the last `horizonDays`, stretched where the log is shorter. */
function lastOf(days: PurchaseDays, seen: CustomerHistories, horizonDays: number) {
  let [spend, purchases, before] = [0, 0, -1];
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; i < days.day.length; i++) {
    if (days.day[i]! > seen.seenDay) continue;
    first = Math.min(first, days.day[i]!);
    if (days.customer[i] === before && days.day[i]! > seen.seenDay - horizonDays) {
      spend += days.spend[i]!;
      purchases += 1;
    }
    before = days.customer[i]!;
  }
  const stretch = Math.max(1, horizonDays / Math.max(1, seen.seenDay - first + 1));
  return { spend: spend * stretch, purchases: purchases * stretch };
}

interface Recipe {
  readonly seed: number;
  /** Models of each kind whose mean counts. */
  readonly repeats: number;
  readonly by: By;
}

async function learnOnce(
  days: PurchaseDays,
  seen: CustomerHistories,
  horizonDays: number,
  recipe: Recipe,
): Promise<RawLearned | undefined> {
  const inner = innerHorizon(seen, horizonDays);
  if (inner < 7 || seen.customers.length < CUSTOMERS_MIN) return undefined;
  const lessons: Lesson[] = [];
  for (const horizon of new Set(CUTS.map((share) => Math.round(share * inner)))) {
    const lesson = lessonOf(days, seen.seenDay - horizon, horizon);
    if (lesson === undefined) return undefined;
    lessons.push(lesson);
  }
  const data = stacked(lessons);
  const now = snapshotOf(days, seen, horizonDays);
  if (recipe.by === 'network') return await byNetwork(data, now, recipe.seed);
  const foretold = (loss: 'tweedie' | 'l2' | 'poisson', target: Float64Array) =>
    meanOfModels(withTarget(data.features, target), now, loss, recipe);
  const spend = foretold('tweedie', data.spend);
  const roots = foretold('l2', data.spend.map(Math.sqrt));
  const least = Math.max(1e-9, 1e-4 * mean(spend));
  // A root foretold to be below zero stands for next to nothing.
  const guesses = [spend, roots.map((root) => Math.max(0, root) ** 2), seen.spendAll];
  return {
    purchases: foretold('poisson', data.purchases),
    order: geometricMean(guesses, least),
    total: total(spend),
  };
}

async function byNetwork(data: Lesson, now: Table, seed: number): Promise<RawLearned> {
  const foretold = async (loss: 'zero-inflated-lognormal' | 'poisson', target: Float64Array) => {
    const model = await fitNetwork(withTarget(data.features, target), { ...NETWORK, loss }, split(seed, loss));
    return network.predict(model, now);
  };
  const order = await foretold('zero-inflated-lognormal', data.spend);
  return { purchases: await foretold('poisson', data.purchases), order, total: total(order) };
}

/** [customers] of columns of guesses, each held above `least`. */
export function geometricMean(guesses: readonly Float64Array[], least: number): Float64Array {
  return Float64Array.from(guesses[0]!, (_, i) => {
    let sum = 0;
    for (const guess of guesses) sum += Math.log(Math.max(guess[i]!, least));
    return Math.exp(sum / guesses.length);
  });
}

interface Lesson {
  readonly features: Table;
  readonly spend: Float64Array;
  readonly purchases: Float64Array;
}

function lessonOf(days: PurchaseDays, day: number, horizon: number): Lesson | undefined {
  const then = historiesAt(days, day);
  if (then.customers.length < CUSTOMERS_MIN) return undefined;
  const actual = outcomesAfter(days, then, horizon);
  if (actual.purchases.reduce((n, x) => n + (x > 0 ? 1 : 0), 0) < BUYERS_MIN) return undefined;
  const features = snapshotOf(days, then, horizon);
  const step = Math.ceil(then.customers.length / ROWS_MAX);
  const rows = Int32Array.from({ length: Math.ceil(then.customers.length / step) }, (_, i) => i * step);
  return {
    features: step === 1 ? features : take(features, rows),
    spend: Float64Array.from(rows, (i) => Math.max(0, actual.spend[i]!)),
    purchases: Float64Array.from(rows, (i) => actual.purchases[i]!),
  };
}

function stacked(lessons: readonly Lesson[]): Lesson {
  const columns = Object.keys(lessons[0]!.features.columns).map((name) => [
    name,
    stackedColumn(lessons.map(({ features }) => features.columns[name]!)),
  ]);
  return {
    features: {
      length: lessons.reduce((n, { spend }) => n + spend.length, 0),
      columns: Object.fromEntries(columns) as Table['columns'],
    },
    spend: joined(lessons.map(({ spend }) => spend)),
    purchases: joined(lessons.map(({ purchases }) => purchases)),
  };
}

function joined(columns: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(columns.reduce((n, column) => n + column.length, 0));
  let at = 0;
  for (const column of columns) {
    out.set(column, at);
    at += column.length;
  }
  return out;
}

/** Text columns of one log share their dictionary. */
function stackedColumn(parts: readonly Column[]): Column {
  const [first] = parts;
  if (first?.kind === 'text') {
    const codes = parts.flatMap((part) => (part.kind === 'text' ? [...part.codes] : []));
    return { ...first, codes: Int32Array.from(codes) };
  }
  const own = parts.filter((part) => part.kind === 'number');
  const values = joined(own.map((part) => part.values));
  let at = 0;
  for (const { values: some, valid } of own) {
    if (valid !== undefined) for (let i = 0; i < some.length; i++) if (valid[i] === 0) values[at + i] = Number.NaN;
    at += some.length;
  }
  return numbers(values);
}

const withTarget = (features: Table, target: Float64Array): Table => ({
  length: features.length,
  columns: { ...features.columns, target: numbers(target) },
});

function meanOfModels(
  data: Table,
  now: Table,
  loss: 'tweedie' | 'l2' | 'poisson',
  { seed, repeats }: Recipe,
): Float64Array {
  const out = new Float64Array(now.length);
  const minRows = Math.min(LEAF_ROWS, Math.max(10, Math.floor(data.length / 30)));
  for (let k = 0; k < repeats; k++) {
    const model = fitBoosting(data, { ...TREES, minRows, loss }, split(seed, loss, k));
    const own = predictEnsemble(model, now);
    for (let i = 0; i < out.length; i++) out[i]! += own[i]! / repeats;
  }
  return out;
}

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

/** The same shares of another sum. */
export function scaledTo(values: Float64Array, sum: number): Float64Array {
  const factor = sum / Math.max(1e-300, total(values));
  return values.map((own) => own * factor);
}
