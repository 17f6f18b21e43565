/** A table of people, as one trial an arm: checked, with the chance that each person had of what they were given. */
import { known } from '#errors.ts';
import { random, split } from '#kernels/random.ts';
import { type Column, type Table, take, textAt } from '#table/index.ts';
import { fitMean, predictMean } from './base.ts';
import { outcomeBase } from './methods.ts';
import { foldsOfTrial, type Trial, trialAt } from './trial.ts';

/** Where chances to be treated come from. */
export type Propensity =
  /** Drawn at random with the same chances for everybody; the shares found are taken where none are given. */
  | { readonly from: 'shares'; readonly shares?: Readonly<Record<string, number>> }
  /** A column with the chance that the row had of the arm that it was given. */
  | { readonly from: 'column'; readonly column: string }
  /** Estimated from the features: adjusts for what is known of people, and for nothing else. */
  | { readonly from: 'estimate' };

/** The columns of a table of people, one row a person. */
export interface UpliftColumns {
  /** Column of the arm, text or number; rows without a value are left out. */
  readonly arm: string;
  /** The value of `arm` of those who were left alone. */
  readonly control: string;
  /** Number column; the effect is on it, or on outcome - cost where there is a cost. */
  readonly outcome: string;
  readonly cost?: string;
  /** Columns to learn from; default: all others that are not in `ignore`. */
  readonly features?: readonly string[];
  readonly ignore?: readonly string[];
  /** Default: shares as found. */
  readonly propensity?: Propensity;
}

export interface ArmTrial extends Trial {
  readonly arm: string;
  /** [rows] row numbers in the table. */
  readonly rows: Int32Array;
  /** [rows] cost of each person, where known; the outcome is net of it. */
  readonly cost?: Float64Array;
  /** [rows] outcome before cost. */
  readonly gross: Float64Array;
  readonly propensityFrom: Propensity['from'];
  /** Rows whose estimated or logged chance was cut to [LEAST, 1 - LEAST]: there the other side hardly exists. */
  readonly cut: number;
}

export interface Trials {
  readonly control: string;
  readonly features: readonly string[];
  readonly arms: readonly ArmTrial[];
  readonly people: {
    readonly read: number;
    readonly withoutArm: number;
    /** Without a finite outcome or cost: left out. */
    readonly withoutOutcome: number;
    readonly byArm: Readonly<Record<string, number>>;
  };
}

/** People of either side below which nothing is learned. */
export const SIDE_LEAST = 50;
/** Chances to be treated are kept this far from 0 and 1. */
export const CHANCE_LEAST = 0.02;
const ARMS_MOST = 50;

/**
 * One trial an arm.
 *
 * @throws UPLIFT_BAD: nobody in control, one arm only, a side with too few people or outcomes, outcomes that are text, no
 *   feature, chances that are none; FEATURE_MISSING
 */
export function trialsOf(data: Table, columns: UpliftColumns, { seed = 1, threads }: FitSeed = {}): Trials {
  const features = featuresOf(data, columns);
  const gross = numbersOf(data, columns.outcome);
  const cost = columns.cost === undefined ? undefined : numbersOf(data, columns.cost);
  const nameOf = namesOf(columnOf(data, columns.arm));
  const rowsByArm = new Map<string, number[]>();
  let [withoutArm, withoutOutcome] = [0, 0];
  const byArm = new Map<string, number>();
  for (let i = 0; i < data.length; i++) {
    const name = nameOf(i);
    if (name === null) {
      withoutArm++;
      continue;
    }
    byArm.set(name, (byArm.get(name) ?? 0) + 1);
    const own = rowsByArm.get(name) ?? [];
    rowsByArm.set(name, own);
    if (Number.isNaN(gross[i]!) || (cost !== undefined && Number.isNaN(cost[i]!))) withoutOutcome++;
    else own.push(i);
  }
  checkArms(rowsByArm, byArm, columns);
  const arms = [...rowsByArm.keys()].filter((name) => name !== columns.control).sort();
  const trials = arms.map((arm) => {
    const [own, others] = [rowsByArm.get(arm)!, rowsByArm.get(columns.control)!];
    const rows = Int32Array.from([...own, ...others]).sort();
    const isOwn = new Set(own);
    const treated = Uint8Array.from(rows, (i) => (isOwn.has(i) ? 1 : 0));
    const outcome = Float64Array.from(rows, (i) => gross[i]! - (cost?.[i] ?? 0));
    const trial: Trial = {
      ...{ data: take(data, rows), features, treated, outcome, propensity: new Float64Array(rows.length) },
      binary: outcome.every((y) => y === 0 || y === 1),
    };
    const { propensity, cut } = chancesOf(trial, data, rows, {
      arm,
      columns,
      byArm,
      seed,
      ...(threads && { threads }),
    });
    return {
      ...{ ...trial, arm, rows, propensity, cut },
      gross: Float64Array.from(rows, (i) => gross[i]!),
      ...(cost === undefined ? {} : { cost: Float64Array.from(rows, (i) => cost[i]!) }),
      propensityFrom: columns.propensity?.from ?? 'shares',
    };
  });
  return {
    ...{ control: columns.control, features, arms: trials },
    people: { read: data.length, withoutArm, withoutOutcome, byArm: Object.fromEntries([...byArm].sort()) },
  };
}

interface FitSeed {
  readonly seed?: number;
  readonly threads?: number;
}

function featuresOf(data: Table, columns: UpliftColumns): string[] {
  const { arm, outcome, cost, propensity, ignore = [] } = columns;
  const have = Object.keys(data.columns);
  for (const name of [...(columns.features ?? []), ...ignore])
    if (!have.includes(name)) throw known('FEATURE_MISSING', { feature: name, have });
  const taken = [arm, outcome, cost, propensity?.from === 'column' ? propensity.column : undefined, ...ignore];
  const features = (columns.features ?? have).filter((name) => !taken.includes(name));
  if (features.length === 0)
    throw known('UPLIFT_BAD', {
      what: 'no column to learn from',
      expected: 'what was known of people before the draw',
    });
  return features;
}

function columnOf(data: Table, name: string): Column {
  const column = data.columns[name];
  if (column === undefined) throw known('FEATURE_MISSING', { feature: name, have: Object.keys(data.columns) });
  return column;
}

/** NaN where missing. */
function numbersOf(data: Table, name: string): Float64Array {
  const column = columnOf(data, name);
  if (column.kind !== 'number')
    throw known('UPLIFT_BAD', {
      what: `text in column ${name}`,
      expected: 'numbers: the outcome or the cost of a person',
    });
  const { values, valid } = column;
  return values.map((value, i) => (valid?.[i] === 0 || !Number.isFinite(value) ? Number.NaN : value));
}

function namesOf(column: Column): (row: number) => string | null {
  if (column.kind === 'text') return (row) => textAt(column, row);
  const { values, valid } = column;
  return (row) => (valid?.[row] === 0 || !Number.isFinite(values[row]) ? null : String(values[row]));
}

function checkArms(
  rows: ReadonlyMap<string, readonly number[]>,
  byArm: ReadonlyMap<string, number>,
  { control, arm, outcome }: UpliftColumns,
): void {
  const found = [...byArm.keys()].sort();
  const bad = (what: string, expected: string) => known('UPLIFT_BAD', { what, expected });
  if (found.length > ARMS_MOST)
    throw bad(
      `${found.length} values of ${arm}`,
      `at most ${ARMS_MOST} arms: a column that says what a person was given`,
    );
  if (!byArm.has(control))
    throw bad(
      `nobody in control: no row has "${control}" in ${arm}`,
      found.length === 0
        ? 'rows with a value of it'
        : `--control to be one of ${found.slice(0, 10).join(', ')}. Where everybody was treated, hold some back at random next time: without them nobody knows what would have happened anyway`,
    );
  if (found.length === 1)
    throw bad(`one arm only (${control})`, 'at least one other: nobody was treated, so there is no effect to learn');
  for (const [name, own] of rows) {
    if (own.length >= SIDE_LEAST) continue;
    const lost = byArm.get(name)! - own.length;
    throw bad(
      `${own.length} people with a value of ${outcome} in arm "${name}"${lost > 0 ? ` (${lost} more have none)` : ''}`,
      `at least ${SIDE_LEAST} on either side; thousands, before differences between people can be told from noise`,
    );
  }
}

function chancesOf(
  trial: Trial,
  data: Table,
  rows: Int32Array,
  given: {
    readonly arm: string;
    readonly columns: UpliftColumns;
    readonly byArm: ReadonlyMap<string, number>;
    readonly seed: number;
    readonly threads?: number;
  },
): { propensity: Float64Array; cut: number } {
  const { arm, columns, byArm, seed, threads } = given;
  const asked = columns.propensity ?? { from: 'shares' };
  if (asked.from === 'estimate') return clipped(estimatedChances(trial, seed, threads));
  if (asked.from === 'shares') {
    const share = (name: string): number => (asked.shares === undefined ? byArm.get(name)! : (asked.shares[name] ?? 0));
    const [own, other] = [share(arm), share(columns.control)];
    if (!(own > 0 && other > 0 && Number.isFinite(own + other)))
      throw known('UPLIFT_BAD', {
        what: `a planned share of ${own} for "${arm}" and of ${other} for "${columns.control}"`,
        expected: 'shares above 0 of each arm and of control',
      });
    return { propensity: new Float64Array(rows.length).fill(own / (own + other)), cut: 0 };
  }
  const logged = numbersOf(data, asked.column);
  const people = [...byArm.values()].reduce((a, b) => a + b, 0);
  // Of several arms the log tells the chance of what was given alone; the other side's is its share of the rest.
  const restOf = (name: string, other: string): number => byArm.get(other)! / (people - byArm.get(name)!);
  return clipped(
    Float64Array.from(rows, (i, j) => {
      const p = logged[i]!;
      if (!(p > 0 && p <= 1))
        throw known('UPLIFT_BAD', {
          what: `a chance of ${p} in column ${asked.column}, row ${i + 1}`,
          expected: 'the chance that the row had of the arm it was given: above 0, at most 1',
        });
      const [own, other] = trial.treated[j] === 1 ? [arm, columns.control] : [columns.control, arm];
      const chance = p / (p + (1 - p) * restOf(own, other));
      return trial.treated[j] === 1 ? chance : 1 - chance;
    }),
  );
}

function clipped(chances: Float64Array): { propensity: Float64Array; cut: number } {
  let cut = 0;
  const propensity = chances.map((e) => {
    const kept = Math.min(1 - CHANCE_LEAST, Math.max(CHANCE_LEAST, e));
    if (kept !== e) cut++;
    return kept;
  });
  return { propensity, cut };
}

/** [rows] chance to be treated, by models that did not see the row. */
export function estimatedChances(trial: Trial, seed: number, threads?: number, folds = 3): Float64Array {
  const rows = trial.treated.length;
  const draw = random(split(seed, 'chances'));
  const fold = foldsOfTrial(
    trial,
    folds,
    Float64Array.from({ length: rows }, () => draw.uniform()),
  );
  const all = Int32Array.from(fold, (_, i) => i);
  const out = new Float64Array(rows);
  for (let k = 0; k < folds; k++) {
    const own = trialAt(
      trial,
      all.filter((i) => fold[i] !== k),
    );
    const held = all.filter((i) => fold[i] === k);
    const model = fitMean(
      { data: own.data, label: Float64Array.from(own.treated), features: own.features },
      outcomeBase(own.treated.length),
      { binary: true, seed: split(seed, 'chances', k), ...(threads === undefined ? {} : { threads }) },
    );
    for (const [j, chance] of predictMean(model, take(trial.data, held), threads).entries()) out[held[j]!] = chance;
  }
  return out;
}
