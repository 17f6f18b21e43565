/** The files that `learn` is given, as tables: what to read of each, checked before any work. */
import {
  type AnalystColumn,
  analystColumns,
  asWritten,
  type Compute,
  needColumns,
  needSingleNames,
  type PlannedColumn,
  planned,
  quoted,
  readAnalystTable,
  relationOf,
} from '#engines/index.ts';
import { KnownError, known, placed } from '#errors.ts';
import type { Table } from '#table/index.ts';

/** A file that can be read, with its columns. */
export interface TableFile {
  /** As the analyst named it. */
  readonly file: string;
  readonly relation: string;
  readonly columns: readonly AnalystColumn[];
}

/**
 * Opens a file.
 *
 * @param path the same file as the engine can read it
 * @param names columns that are kept as the file has them: yes or no stays text
 * @throws FILE_UNREADABLE, COLUMN_TWICE
 */
export async function openTable(
  compute: Compute,
  { file, path, names }: { file: string; path: string; names: readonly (string | undefined)[] },
): Promise<TableFile> {
  const relation = await relationOf(compute, path);
  needSingleNames(file, path);
  const columns = await analystColumns(compute, relation);
  const truths = columns.filter(({ name, type }) => type === 'BOOLEAN' && names.includes(name)).map(({ name }) => name);
  const written = asWritten(relation, truths);
  return { file, relation: written, columns: written === relation ? columns : await analystColumns(compute, written) };
}

/** Columns by their part in learning. */
export interface Roles {
  readonly label: string;
  readonly id?: string;
  readonly weight?: string;
  readonly group?: string;
}

export interface LearnPlan {
  readonly features: readonly PlannedColumn[];
  readonly label: PlannedColumn;
  readonly weight: PlannedColumn | undefined;
  readonly group: PlannedColumn | undefined;
}

/**
 * What is read of the training file and of the test file, each column in one kind.
 *
 * @throws FILE_COLUMN_MISSING, COLUMN_KIND, COLUMN_KINDS_DIFFER
 */
export async function planLearning(
  compute: Compute,
  { train, test }: { train: TableFile; test: TableFile },
  roles: Roles & { ignore: readonly string[] },
): Promise<LearnPlan> {
  const { label, id, weight, group, ignore } = roles;
  const named = [label, id, weight, group, ...ignore].filter((name) => name !== undefined);
  await needColumns(
    compute,
    train.relation,
    train.file,
    [label, weight, group].filter((name) => name !== undefined),
  );
  for (const name of [id, ...ignore].filter((name) => name !== undefined))
    if (![train, test].some(({ columns }) => has(columns, name))) throw missing(train, name);
  const features: PlannedColumn[] = [];
  for (const { name } of train.columns)
    if (!named.includes(name)) features.push(await planned(compute, [train, test], name));
  if (features.length === 0) throw known('FEATURE_MISSING', { feature: 'to learn from', have: namesOf(train) });
  const others = async (name: string | undefined): Promise<PlannedColumn | undefined> =>
    name === undefined ? undefined : planned(compute, has(test.columns, name) ? [train, test] : [train], name);
  if (group !== undefined && !has(test.columns, group) && has(test.columns, label)) throw missing(test, group);
  return {
    features,
    label: (await others(label))!,
    weight: await others(weight),
    group: await others(group),
  };
}

/**
 * What is read of a file to which a model is applied: its features in the kinds in which it learned them.
 *
 * @throws FILE_COLUMN_MISSING, COLUMN_KIND, COLUMN_KINDS_DIFFER
 */
export async function planApplying(
  compute: Compute,
  test: TableFile,
  { label, weight, group }: Roles,
  features: readonly PlannedColumn[],
): Promise<LearnPlan> {
  for (const { name, kind } of features) {
    const own = await planned(compute, [test], name);
    const isTruth = test.columns.some((column) => column.name === name && column.type === 'BOOLEAN');
    const isSame = own.kind === kind || (own.kind === 'day' && kind === 'moment') || (isTruth && kind === 'text');
    if (!isSame && (await isFilled(compute, test, name)))
      throw known('COLUMN_KINDS_DIFFER', {
        column: name,
        kinds: [
          ['the model', kind],
          [test.file, own.kind],
        ],
      });
  }
  const other = async (name: string | undefined) =>
    name !== undefined && has(test.columns, name) ? planned(compute, [test], name) : undefined;
  return {
    features,
    label: (await other(label)) ?? { name: label, kind: 'number' },
    weight: await other(weight),
    group: await other(group),
  };
}

async function isFilled(compute: Compute, { relation }: TableFile, name: string): Promise<boolean> {
  const [row] = await compute.rows<{ filled: number }>(`select count(${quoted(name)}) as filled from ${relation}`);
  return (row?.filled ?? 0) > 0;
}

export const has = (columns: readonly { name: string }[], name: string): boolean =>
  columns.some((own) => own.name === name);

const namesOf = ({ columns }: TableFile): string[] => columns.map(({ name }) => name);

export const missing = (source: TableFile, column: string): KnownError =>
  known('FILE_COLUMN_MISSING', { file: source.file, column, have: namesOf(source) });

/**
 * Reads columns of a file; those that it lacks are left out.
 *
 * @throws FILE_EMPTY, FILE_UNREADABLE
 */
export async function readTable(
  compute: Compute,
  source: TableFile,
  columns: readonly (PlannedColumn | undefined)[],
): Promise<Table> {
  const wanted = columns.filter((column) => column !== undefined && has(source.columns, column.name));
  let data: Table;
  try {
    data = await readAnalystTable(compute, source, wanted as PlannedColumn[]);
  } catch (cause) {
    if (!(cause instanceof KnownError && cause.code === 'ENGINE_FAILED')) throw cause;
    const said = (cause.cause as Error | undefined)?.message.split('\n')[0] ?? cause.message;
    throw known('FILE_UNREADABLE', { file: source.file, reason: said.replace(/^[A-Z][\w ]* Error: /, '') }, cause);
  }
  if (data.length === 0) throw known('FILE_EMPTY', { file: source.file, table: 'a table to learn from' });
  return data;
}

/** An error about what a column holds, as one that names the file as well. */
export function ofFile(error: unknown, file: string): unknown {
  const isOfColumn = error instanceof KnownError && ABOUT_COLUMNS.has(error.code);
  return isOfColumn ? placed(file, error) : error;
}

const ABOUT_COLUMNS: ReadonlySet<string> = new Set([
  'LABEL_MISSING',
  'LABEL_NOT_NUMBER',
  'LABEL_ONE_CLASS',
  'WEIGHT_WRONG',
  'FEATURE_MISSING',
]);
