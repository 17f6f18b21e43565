/** What would have to be different for a row to reach a goal: the least changes of features that can be acted on. */
import { known } from '#errors.ts';
import { quantile } from '#kernels/metrics.ts';
import { type Column, numbers, type Table, texts } from '#table/index.ts';
import type { Goal } from './goal.ts';
import { valueAt } from './reason-codes.ts';

/** A feature that can be acted on, and how far; all others stay as they are. */
export interface Action {
  readonly feature: string;
  readonly min?: number;
  readonly max?: number;
  /** Default 'any'. */
  readonly direction?: 'up' | 'down' | 'any';
  /** Values lie whole steps from the present one. Without it and without `values`: values of the background rows. */
  readonly step?: number;
  /** The only values that can be taken; of a text feature the texts. */
  readonly values?: readonly (number | string)[];
}

export interface CounterfactualOptions {
  readonly actions: readonly Action[];
  readonly goal: Goal;
  /** Rows that say how much a feature usually differs, and, without `step` and `values`, which values there are. */
  readonly background: Table;
  /** Most features changed at once, 1 to 3; default 3. */
  readonly changesMax?: number;
  /** Most answers; default 3. */
  readonly answers?: number;
  /** Most values tried a feature; default 24. */
  readonly valuesMax?: number;
  /** Most rows predicted; default 50,000. */
  readonly triesMax?: number;
}

export interface Change {
  readonly feature: string;
  readonly from: number | string | null;
  readonly to: number | string;
  /** Size in median absolute deviations of the feature; 1 for texts. */
  readonly size: number;
}

export interface Counterfactual {
  readonly changes: readonly Change[];
  /** Sum of the sizes. */
  readonly cost: number;
  /** Margin of the goal by the model's own prediction of the changed row, >= 0. */
  readonly margin: number;
}

export interface CounterfactualSearch {
  /** 'there' when the row reaches the goal as it is; 'none' when nothing within the limits was found to. */
  readonly found: 'there' | 'some' | 'none';
  /** The cheapest first; no answer changes all the features of a cheaper one. */
  readonly answers: readonly Counterfactual[];
  /** Of the row as it is. */
  readonly margin: number;
  /** Where none is found: the change that came nearest, if any came nearer. */
  readonly nearest?: Counterfactual;
  /** Rows that the model predicted. */
  readonly tries: number;
  /** True where every allowed combination was tried; else 'none' is not a proof, nor the cheapest surely the least. */
  readonly complete: boolean;
}

/** A value of a feature that may be taken: [feature, value]. */
interface Option {
  readonly action: number;
  readonly to: number | string;
  readonly size: number;
}

/** Options of different features, in the order of the actions. */
interface Trial {
  readonly options: readonly Option[];
  readonly cost: number;
  margin: number;
}

/**
 * Searches the changes of one row: all of one feature, then pairs and triples, all of them where `triesMax` allows, else
 * those that build on the most promising. What is found is brought back toward the present values as far as the goal allows.
 *
 * @param predict of a table with the columns of `row`: [rows x outputs]
 * @param row a table of one row
 * @throws EXPLAIN_ACTION (a feature that is not there, is named twice, or has no room), TABLE_EMPTY (background)
 * @see Wachter, Mittelstadt and Russell (2018), Harvard JLT 31(2), for the L1 distance in deviations;
 *   Mothilal, Sharma and Tan (2020), FAT*, for answers that differ
 */
export function counterfactuals(
  predict: (data: Table) => Float64Array,
  row: Table,
  options: CounterfactualOptions,
): CounterfactualSearch {
  const { actions, goal, background, changesMax = 3, answers: most = 3, triesMax = 50_000 } = options;
  if (background.length === 0) throw known('TABLE_EMPTY', { what: 'the background to measure changes by' });
  const allowed = actions.map((action, a) => optionsOf(action, a, row, options));
  const search = searcher(predict, row, actions, goal);
  const [present = Number.NaN] = search.margins([[]]);
  if (present >= 0) return { found: 'there', answers: [], margin: present, tries: search.tries(), complete: true };

  const all: Trial[] = [];
  let complete = true;
  let level: Trial[] = [{ options: [], cost: 0, margin: present }];
  for (let size = 1; size <= Math.min(3, changesMax, actions.length); size++) {
    const left = triesMax - search.tries();
    const { trials, whole } = grown(level, allowed, left);
    complete &&= whole;
    const margins = search.margins(trials.map((trial) => trial.options));
    for (const [i, trial] of trials.entries()) trial.margin = margins[i]!;
    all.push(...trials);
    // What builds on a trial that is there already costs more.
    level = trials.filter((trial) => trial.margin < 0);
  }
  const reached = all.filter((trial) => trial.margin >= 0).sort(byCost);
  const told = (trial: Trial): Counterfactual => ({
    changes: trial.options.map(({ action, to, size }) => {
      const { feature } = actions[action]!;
      return { feature, from: valueAt(row, feature, 0), to, size };
    }),
    cost: trial.cost,
    margin: trial.margin,
  });
  const answers = different(reached, most, (trial) => (complete ? trial : search.refined(trial, allowed)));
  if (answers.length > 0) {
    const margins = search.margins(answers.map((trial) => trial.options));
    const verified = answers.map((trial, i) => ({ ...trial, margin: margins[i]! })).filter(({ margin }) => margin >= 0);
    if (verified.length > 0)
      return { found: 'some', answers: verified.map(told), margin: present, tries: search.tries(), complete };
  }
  const nearest = all.reduce<Trial | undefined>(
    (best, trial) => (trial.margin > (best?.margin ?? present) ? trial : best),
    undefined,
  );
  const near = nearest === undefined ? {} : { nearest: told(nearest) };
  return { found: 'none', answers: [], margin: present, ...near, tries: search.tries(), complete };
}

const byCost = (a: Trial, b: Trial): number => a.cost - b.cost || b.margin - a.margin;

/** The cheapest trials of which none changes all the features of a cheaper one. */
function different(sorted: readonly Trial[], most: number, better: (trial: Trial) => Trial): Trial[] {
  const out: Trial[] = [];
  for (const trial of sorted) {
    if (out.length >= most) break;
    const features = new Set(trial.options.map(({ action }) => action));
    const repeats = out.some((other) => other.options.every(({ action }) => features.has(action)));
    if (!repeats) out.push(better(trial));
  }
  return out.sort(byCost);
}

/** One more option for each trial of the level before, of a later action; the most promising where not all fit. */
function grown(level: readonly Trial[], allowed: readonly (readonly Option[])[], left: number) {
  const room = (trial: Trial) => allowed.slice((trial.options.at(-1)?.action ?? -1) + 1).flat();
  const total = level.reduce((sum, trial) => sum + room(trial).length, 0);
  const whole = total <= left;
  const extended = (trial: Trial, options: readonly Option[]): Trial[] =>
    options.map((option) => ({ options: [...trial.options, option], cost: trial.cost + option.size, margin: 0 }));
  if (whole) return { trials: level.flatMap((trial) => extended(trial, room(trial))), whole };
  // Any action may come next here, since the trials that it would have been reached from may be cut.
  const trials: Trial[] = [];
  const seen = new Set<string>();
  for (const trial of [...level].sort((a, b) => b.margin - a.margin || a.cost - b.cost)) {
    const taken = new Set(trial.options.map(({ action }) => action));
    for (const next of extended(
      trial,
      allowed.flatMap((options, a) => (taken.has(a) ? [] : options)),
    )) {
      const options = [...next.options].sort((a, b) => a.action - b.action);
      const key = options.map(({ action, to }) => `${action} ${to}`).join('\n');
      if (seen.has(key)) continue;
      seen.add(key);
      if (trials.length >= left / 2) return { trials, whole };
      trials.push({ ...next, options });
    }
  }
  return { trials, whole };
}

function searcher(predict: (data: Table) => Float64Array, row: Table, actions: readonly Action[], goal: Goal) {
  let tries = 0;
  const margins = (trials: readonly (readonly Option[])[]): number[] => {
    if (trials.length === 0) return [];
    tries += trials.length;
    const predicted = predict(changed(row, actions, trials));
    const width = predicted.length / trials.length;
    return trials.map((_, i) => {
      const margin = goal(predicted.subarray(i * width, (i + 1) * width));
      return Number.isNaN(margin) ? Number.NEGATIVE_INFINITY : margin;
    });
  };
  /** The cheapest of the trials that take, for one option at a time, a smaller change or none. */
  const refined = (trial: Trial, allowed: readonly (readonly Option[])[]): Trial => {
    for (let best = trial; ; ) {
      const near = best.options.flatMap((option, i) => {
        const smaller = allowed[option.action]!.filter(({ size }) => size < option.size);
        return [[], ...smaller.map((other) => [other])].map((other) => best.options.toSpliced(i, 1, ...other));
      });
      const trials = near.filter((options) => options.length > 0);
      const found = margins(trials)
        .map((margin, i) => ({
          options: trials[i]!,
          cost: trials[i]!.reduce((sum, { size }) => sum + size, 0),
          margin,
        }))
        .filter(({ margin }) => margin >= 0)
        .sort(byCost)[0];
      if (found === undefined) return best;
      best = found;
    }
  };
  return { margins, refined, tries: () => tries };
}

/** The row once a trial, with the trial's changes. */
function changed(row: Table, actions: readonly Action[], trials: readonly (readonly Option[])[]): Table {
  const columns: Record<string, Column> = {};
  for (const [name, column] of Object.entries(row.columns)) {
    const present = valueAt(row, name, 0);
    const action = actions.findIndex(({ feature }) => feature === name);
    const cells = trials.map((options) => options.find((option) => option.action === action)?.to ?? present);
    columns[name] = column.kind === 'text' ? texts(cells as (string | null)[]) : numbers(cells as (number | null)[]);
  }
  return { length: trials.length, columns };
}

/** The values that an action allows, the nearest first. */
function optionsOf(action: Action, index: number, row: Table, options: CounterfactualOptions): Option[] {
  const { feature } = action;
  const wrong = (what: string) => known('EXPLAIN_ACTION', { feature, what });
  const column = row.columns[feature];
  if (column === undefined)
    throw wrong(`is not a column; the row has ${Object.keys(row.columns).slice(0, 30).join(', ')}`);
  if (options.actions.findIndex((other) => other.feature === feature) !== index) throw wrong('is named twice');
  const { valuesMax = 24, background } = options;
  const present = valueAt(row, feature, 0);
  if (column.kind === 'text') {
    const texts = action.values ?? [];
    if (texts.length === 0) throw wrong('is text and has no values to take');
    return texts.filter((to) => to !== present).map((to) => ({ action: index, to: String(to), size: 1 }));
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, direction = 'any', step } = action;
  if (min > max) throw wrong(`may go from ${min} to ${max}`);
  if (step !== undefined && !(step > 0)) throw wrong(`has a step of ${step}`);
  const observed = Float64Array.from(cellsOf(background, feature)).sort();
  const middle = observed.length === 0 ? 0 : quantile(observed, 0.5);
  const scale = scaleOf(observed, middle);
  // A missing value is measured from the usual one, and one deviation more for being made known.
  const [origin, extra] = typeof present === 'number' ? [present, 0] : [middle, 1];
  const fits = (to: number) =>
    to >= min &&
    to <= max &&
    to !== present &&
    (direction === 'any' || (direction === 'up' ? to > origin : to < origin));
  let values: number[];
  if (action.values !== undefined) values = action.values.map(Number).filter(fits);
  else if (step !== undefined) values = stepped(origin, step, valuesMax, min, max).filter(fits);
  else values = spread([...new Set(observed)].filter(fits), valuesMax);
  return values
    .map((to) => ({ action: index, to, size: extra + Math.abs(to - origin) / scale }))
    .sort((a, b) => a.size - b.size);
}

/** Whole steps away on both sides within the range; further apart where these are more than `most`. */
function stepped(from: number, step: number, most: number, min: number, max: number): number[] {
  const reach = (to: number) =>
    Number.isFinite(to) ? Math.max(0, Math.floor(Math.abs(to - from) / step + 1e-9)) : most;
  const [up, down] = [max > from ? reach(max) : 0, min < from ? reach(min) : 0];
  const counts = (steps: number) =>
    spread(
      Array.from({ length: Math.min(steps, 100_000) }, (_, i) => i + 1),
      most,
    );
  return [...counts(up).map((k) => from + k * step), ...counts(down).map((k) => from - k * step)];
}

/** At most `most` of rising values, evenly by rank, with both ends. */
function spread(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / Math.max(1, most - 1))]!);
}

function cellsOf(data: Table, feature: string): number[] {
  const cells = Array.from({ length: data.length }, (_, i) => valueAt(data, feature, i));
  return cells.filter((cell) => typeof cell === 'number');
}

/** Median absolute deviation; the mean one where half the values are alike, 1 where all are. */
function scaleOf(sorted: Float64Array, middle: number): number {
  if (sorted.length === 0) return 1;
  const away = sorted.map((value) => Math.abs(value - middle)).sort();
  const mean = away.reduce((sum, value) => sum + value, 0) / away.length;
  return quantile(away, 0.5) || mean || 1;
}
