/** Folds: which rows are learned from and which are judged, so that what is judged was not seen. */
import { known } from '#errors.ts';
import { fnv1a32, mix32, random, shuffled, split } from '#kernels/random.ts';
import { type Column, numberColumn, type Table, textAt } from '#table/index.ts';

/** Row numbers, rising. A row stands in at most one `test` of the folds of one plan. */
export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** How to fold a table; data, so that it can be stored with a result. */
export type FoldPlan =
  /** Shuffled rows in parts of equal size. */
  | { readonly by: 'rows'; readonly folds: number }
  /** The same within each class, so that every fold has each class in its share. */
  | { readonly by: 'classes'; readonly folds: number }
  /** All rows of one value of the column in one fold, by a hash of the value. */
  | { readonly by: 'group'; readonly column: string; readonly folds: number }
  /** Rolling origin by a column of times: each fold is judged on later rows than it learns from. */
  | {
      readonly by: 'time';
      readonly column: string;
      readonly folds: number;
      /** In the unit of the column: rows less than this before the first judged one are not learned from. Default 0. */
      readonly gap?: number;
    };

/**
 * The folds of a plan.
 *
 * @param labels [rows] index of the class; only for folds by classes
 * @throws FEATURE_MISSING without the column, FOLDS_IMPOSSIBLE where a fold would have nothing to learn from or to judge
 */
export function foldsOf(data: Table, plan: FoldPlan, seed: number, labels?: ArrayLike<number>): Fold[] {
  if (plan.by === 'time') {
    const column = data.columns[plan.column];
    if (column === undefined) throw known('FEATURE_MISSING', { feature: plan.column, have: Object.keys(data.columns) });
    return timeFolds(numberColumn(data, plan.column).values, plan);
  }
  if (plan.by === 'group') {
    const column = data.columns[plan.column];
    if (column === undefined) throw known('FEATURE_MISSING', { feature: plan.column, have: Object.keys(data.columns) });
    return assertUsable(partition(groupAssignment(column, data.length, plan.folds, seed), plan.folds), plan);
  }
  const classes = plan.by === 'classes' && labels !== undefined ? labels : new Uint8Array(data.length);
  return assertUsable(partition(dealt(classes, plan.folds, seed), plan.folds), plan);
}

/** [rows] fold of each row: rows of a class are shuffled and dealt out in turn, each class where the last one ended. */
function dealt(classes: ArrayLike<number>, folds: number, seed: number): Int32Array {
  const order = shuffled(classes.length, random(split(seed, 'folds')));
  const place = new Int32Array(classes.length);
  for (const [at, i] of order.entries()) place[i] = at;
  order.sort((a, b) => classes[a]! - classes[b]! || place[a]! - place[b]!);
  const out = new Int32Array(classes.length);
  for (const [at, i] of order.entries()) out[i] = at % folds;
  return out;
}

/** The fold of each row by a hash of its group's text and the seed; a missing value is a group of its own. */
function groupAssignment(column: Column, rows: number, folds: number, seed: number): Int32Array {
  const hashOf = (text: string) => mix32(fnv1a32(text) ^ mix32(seed)) % folds;
  const own = column.kind === 'text' ? column.dictionary.map(hashOf) : [];
  const gap = hashOf('');
  return Int32Array.from({ length: rows }, (_, i) => {
    if (column.kind === 'text') return textAt(column, i) === null ? gap : own[column.codes[i]!]!;
    return column.valid?.[i] === 0 ? gap : hashOf(String(column.values[i]));
  });
}

function partition(foldOfRow: Int32Array, folds: number): Fold[] {
  const rows = Int32Array.from(foldOfRow, (_, i) => i);
  return Array.from({ length: folds }, (_, fold) => ({
    train: rows.filter((i) => foldOfRow[i] !== fold),
    test: rows.filter((i) => foldOfRow[i] === fold),
  }));
}

/**
 * Rolling origin: the rows in order of time are cut into folds + 1 blocks of about equal size; fold k learns from the
 * blocks before block k + 1, less the gap, and is judged on it. Rows of one moment are never parted.
 *
 * @see Tashman (2000), International Journal of Forecasting 16(4)
 */
function timeFolds(times: Float64Array, plan: FoldPlan & { by: 'time' }): Fold[] {
  const { folds, gap = 0 } = plan;
  const rising = times.slice().sort();
  const edges = Array.from({ length: folds }, (_, k) => rising[Math.floor(((k + 1) * rising.length) / (folds + 1))]!);
  const rows = Int32Array.from(times, (_, i) => i);
  const made = edges.map((edge, k) => ({
    train: rows.filter((i) => times[i]! < edge && times[i]! <= edge - gap),
    test: rows.filter((i) => times[i]! >= edge && (k + 1 === folds || times[i]! < edges[k + 1]!)),
  }));
  return assertUsable(made, plan);
}

function assertUsable(folds: Fold[], plan: FoldPlan): Fold[] {
  const bad = folds.findIndex(({ train, test }) => train.length === 0 || test.length === 0);
  if (bad >= 0 || folds.length === 0) {
    const part = folds[bad]?.train.length === 0 ? 'nothing to learn from' : 'nothing to judge';
    throw known('FOLDS_IMPOSSIBLE', { folds: plan.folds, by: plan.by, part, fold: bad + 1 });
  }
  return folds;
}
