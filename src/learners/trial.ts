/** A fitted model tried on other rows: what is to be foretold, and how well it was. */
import { known } from '#errors.ts';
import { type Column, type Table, textAt } from '#table/index.ts';
import { type BestModel, decidedBy } from './choose/best.ts';
import { type Fitted, likeliest, type Task } from './learner.ts';

const CLASSES_GUESSED_MAX = 20;

/** The task that fits a label where none is asked for: classes for text and for at most 20 whole numbers, else numbers. */
export function taskOf(label: Column): Task {
  if (label.kind === 'text') return 'classify';
  const found = new Set<number>();
  for (const [i, value] of label.values.entries()) {
    if (label.valid?.[i] === 0) continue;
    if (!Number.isInteger(value)) return 'regress';
    found.add(value);
    if (found.size > CLASSES_GUESSED_MAX) return 'regress';
  }
  return 'classify';
}

/** Name of the class of a row; null where the label is missing. */
export function classAt(label: Column, row: number): string | null {
  if (label.kind === 'text') return textAt(label, row);
  return label.valid?.[row] === 0 || !Number.isFinite(label.values[row]) ? null : String(label.values[row]);
}

/** [rows] index of the class that a model decides for: the likeliest, or by the rule that it has tuned. */
export const decidedClasses = (model: Fitted, chances: Float64Array): Float64Array =>
  model.kind === 'best' ? decidedBy(model as BestModel, chances) : likeliest(chances, model.classes.length);

/** Columns of the table that the figures need. */
export interface TrialColumns {
  readonly label: string;
  readonly weight?: string | undefined;
  readonly group?: string | undefined;
}

/** What `judge` asks for, of the rows that have a label. */
export interface Outcome {
  readonly classes: readonly string[];
  readonly predicted: Float64Array;
  readonly target: Float64Array;
  /** [rows] index of the class decided for; undefined of numbers. */
  readonly decided: Float64Array | undefined;
  readonly weights: Float64Array | undefined;
  readonly groups: Float64Array | undefined;
  readonly warnings: readonly string[];
}

/**
 * Predictions beside what came of them. Rows without a label are left out; a class that the model does not know counts as
 * one to which it gave no chance. Both are told as warnings.
 *
 * @param predicted what the model's learner predicts of `data`
 */
export function outcomeOf(model: Fitted, predicted: Float64Array, data: Table, columns: TrialColumns): Outcome {
  const label = columnOf(data, columns.label);
  const rows = labelled(label, data.length);
  const warnings =
    rows.length < data.length ? [`${data.length - rows.length} rows without a label are not judged`] : [];
  const told =
    model.classes.length > 0
      ? classTarget(model, predicted, label, rows)
      : numberTarget(predicted, label, rows, columns);
  return {
    ...told,
    warnings: [...warnings, ...told.warnings],
    weights: columns.weight === undefined ? undefined : gathered(columnOf(data, columns.weight), rows),
    groups: columns.group === undefined ? undefined : gathered(columnOf(data, columns.group), rows),
  };
}

function columnOf(data: Table, name: string): Column {
  const found = data.columns[name];
  if (found === undefined) throw known('FEATURE_MISSING', { feature: name, have: Object.keys(data.columns) });
  return found;
}

function labelled(label: Column, length: number): Int32Array {
  const rows = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) {
    const isThere = label.kind === 'text' ? label.codes[i]! >= 0 : label.valid?.[i] !== 0;
    if (isThere) rows[count++] = i;
  }
  return rows.subarray(0, count);
}

function gathered(column: Column, rows: Int32Array): Float64Array {
  const from = column.kind === 'text' ? column.codes : column.values;
  return Float64Array.from(rows, (row) => from[row]!);
}

function numberTarget(predicted: Float64Array, label: Column, rows: Int32Array, { label: name }: TrialColumns) {
  if (label.kind === 'text') throw known('LABEL_NOT_NUMBER', { label: name });
  return {
    classes: [],
    predicted: Float64Array.from(rows, (row) => predicted[row]!),
    target: gathered(label, rows),
    decided: undefined,
    warnings: [],
  };
}

function classTarget(model: Fitted, predicted: Float64Array, label: Column, rows: Int32Array) {
  const names = Array.from(rows, (row) => classAt(label, row)!);
  const isKnown = new Set(model.classes);
  const unseen = [...new Set(names)].filter((name) => !isKnown.has(name));
  const classes = [...model.classes, ...unseen];
  if (unseen.length > 0) {
    if (label.kind === 'text') classes.sort();
    else classes.sort((a, b) => Number(a) - Number(b));
  }
  const index = new Map(classes.map((name, k) => [name, k]));
  const places = model.classes.map((name) => index.get(name)!);
  const width = places.length;
  const decided = decidedClasses(model, predicted);
  const chances = new Float64Array(rows.length * classes.length);
  for (const [i, row] of rows.entries())
    for (let k = 0; k < width; k++) chances[i * classes.length + places[k]!] = predicted[row * width + k]!;
  const shown = unseen.slice(0, 5).join(', ');
  return {
    classes,
    predicted: chances,
    target: Float64Array.from(names, (name) => index.get(name)!),
    decided: Float64Array.from(rows, (row) => places[decided[row]!]!),
    warnings: unseen.length > 0 ? [`classes that the training rows lack count as missed: ${shown}`] : [],
  };
}
