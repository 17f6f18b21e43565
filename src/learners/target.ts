/** What is to be learned of a table, checked: label, weights, groups and the columns to learn from. */
import { known } from '#errors.ts';
import { type Column, type Table, textAt } from '#table/index.ts';
import type { Aim } from './learner.ts';

export interface Target {
  /** Columns to learn from, in the order of the table or of `features`. */
  readonly features: readonly string[];
  /** Names of the classes, sorted: numbers by size, text by code unit; empty for regress and rank. */
  readonly classes: readonly string[];
  /** [rows] index of the class, or the number to foretell. */
  readonly label: Float64Array;
  /** [rows], >= 0, some of them above. */
  readonly weights: Float64Array;
  /** rank: [rows] index of the group, in the order of first appearance. */
  readonly groups?: Int32Array;
}

/**
 * Reads the target of a table.
 *
 * @throws TABLE_EMPTY, FEATURE_MISSING, LABEL_MISSING (a gap, NaN or infinity, with its row), LABEL_ONE_CLASS,
 *   LABEL_NOT_NUMBER, WEIGHT_WRONG (below zero, missing or all zero)
 */
export function targetOf(data: Table, aim: Aim): Target {
  if (data.length === 0) throw known('TABLE_EMPTY', { what: 'the table to learn from' });
  const have = Object.keys(data.columns);
  const column = (name: string): Column => {
    const found = data.columns[name];
    if (found === undefined) throw known('FEATURE_MISSING', { feature: name, have });
    return found;
  };
  const features = aim.features ?? have.filter((name) => ![aim.label, aim.weight, aim.group].includes(name));
  for (const name of features) column(name);
  if (features.length === 0) throw known('FEATURE_MISSING', { feature: 'to learn from', have });
  const labels = column(aim.label);
  const told =
    aim.task === 'classify' || aim.task === 'ordinal'
      ? classesOf(labels, data.length, aim.label, have)
      : { classes: [], label: numbersOf(labels, data.length, aim.label, have) };
  const weights = aim.weight === undefined ? new Float64Array(data.length).fill(1) : weightsOf(column(aim.weight), aim);
  return { features, ...told, weights, ...(aim.group === undefined ? {} : { groups: groupsOf(column(aim.group)) }) };
}

function classesOf(column: Column, rows: number, label: string, have: readonly string[]) {
  const missing = (row: number) => known('LABEL_MISSING', { label: `${label} in row ${row + 1}`, have });
  // Each distinct value is looked at as text once, each row only as a number.
  const keys = column.kind === 'text' ? column.codes : column.values;
  const nameOf = new Map<number, string>();
  for (let i = 0; i < rows; i++) {
    const key = keys[i]!;
    if (nameOf.has(key) && (column.kind === 'text' || column.valid?.[i] !== 0)) continue;
    const name = nameAt(column, i);
    if (name === null) throw missing(i);
    nameOf.set(key, name);
  }
  const found = [...new Set(nameOf.values())];
  const classes = column.kind === 'text' ? found.sort() : found.sort((a, b) => Number(a) - Number(b));
  if (classes.length < 2) throw known('LABEL_ONE_CLASS', { label, classes });
  const index = new Map(classes.map((name, k) => [name, k]));
  const codeOf = new Map([...nameOf].map(([key, name]) => [key, index.get(name)!]));
  const codes = new Float64Array(rows);
  for (let i = 0; i < rows; i++) codes[i] = codeOf.get(keys[i]!)!;
  return { classes, label: codes };
}

function nameAt(column: Column, row: number): string | null {
  if (column.kind === 'text') return textAt(column, row);
  return column.valid?.[row] === 0 || !Number.isFinite(column.values[row]) ? null : String(column.values[row]);
}

function numbersOf(column: Column, rows: number, label: string, have: readonly string[]): Float64Array {
  if (column.kind !== 'number') throw known('LABEL_NOT_NUMBER', { label });
  for (let i = 0; i < rows; i++)
    if (column.valid?.[i] === 0 || !Number.isFinite(column.values[i]))
      throw known('LABEL_MISSING', { label: `${label} in row ${i + 1}`, have });
  return column.values;
}

function weightsOf(column: Column, { weight = '' }: Aim): Float64Array {
  if (column.kind !== 'number') throw known('WEIGHT_WRONG', { weight, what: 'text' });
  let sum = 0;
  for (const [i, value] of column.values.entries()) {
    if (column.valid?.[i] === 0 || !(value >= 0) || value === Number.POSITIVE_INFINITY)
      throw known('WEIGHT_WRONG', { weight, what: `${column.valid?.[i] === 0 ? 'nothing' : value} in row ${i + 1}` });
    sum += value;
  }
  if (!(sum > 0)) throw known('WEIGHT_WRONG', { weight, what: 'zero in all rows' });
  return column.values;
}

function groupsOf(column: Column): Int32Array {
  const index = new Map<number, number>();
  const keys = column.kind === 'text' ? column.codes : column.values;
  return Int32Array.from(keys, (key) => {
    if (!index.has(key)) index.set(key, index.size);
    return index.get(key)!;
  });
}
