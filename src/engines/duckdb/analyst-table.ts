/** Columns of an analyst's own file as numbers and text to learn from: what each holds, and reading them lean. */
import { known } from '#errors.ts';
import type { Column, Table } from '#table/index.ts';
import { type Compute, literal, quoted } from '../engine.ts';

/** 'day' is read as days since 1970-01-01, 'moment' as epoch ms, 'clock' as ms since midnight, yes or no as 1 and 0. */
export type CellKind = 'number' | 'text' | 'day' | 'moment' | 'clock';

export interface AnalystColumn {
  readonly name: string;
  /** As the engine names it. */
  readonly type: string;
  /** Undefined for lists, structures and bytes. */
  readonly kind: CellKind | undefined;
}

export interface PlannedColumn {
  readonly name: string;
  readonly kind: CellKind;
}

const KINDS: readonly (readonly [RegExp, CellKind])[] = [
  [/^(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|BIGNUM)$/, 'number'],
  [/^(VARCHAR|ENUM\(.*\)|UUID)$/, 'text'],
  [/^DATE$/, 'day'],
  [/^TIMESTAMP/, 'moment'],
  [/^TIME(_NS)?$/, 'clock'],
];

const kindOf = (type: string): CellKind | undefined =>
  type.endsWith(']') ? undefined : KINDS.find(([pattern]) => pattern.test(type))?.[1];

/** Names and kinds of the columns of `relation`, in its order. */
export async function analystColumns(compute: Compute, relation: string): Promise<AnalystColumn[]> {
  const rows = await compute.rows<{ column_name: string; column_type: string }>(`describe select * from ${relation}`);
  return rows.map(({ column_name: name, column_type: type }) => ({ name, type, kind: kindOf(type) }));
}

/** A file that is to be read, with the columns it has. */
interface Source {
  readonly file: string;
  readonly relation: string;
  readonly columns: readonly AnalystColumn[];
}

/**
 * The kind in which column `name` is read of every source: the same in all. A column without a value takes the kind it
 * has elsewhere; a day beside moments is read as its midnight, yes or no beside text as text.
 *
 * @throws FILE_COLUMN_MISSING, COLUMN_KIND, COLUMN_KINDS_DIFFER
 */
export async function planned(compute: Compute, sources: readonly Source[], name: string): Promise<PlannedColumn> {
  const found = sources.map((source) => {
    const column = source.columns.find((own) => own.name === name);
    if (column === undefined)
      throw known('FILE_COLUMN_MISSING', {
        file: source.file,
        column: name,
        have: source.columns.map((own) => own.name),
      });
    return { ...source, ...column };
  });
  const isSettled = (column: (typeof found)[number]) => column.kind !== undefined;
  if (found.every(isSettled) && new Set(found.map(({ kind }) => kind)).size === 1)
    return { name, kind: found[0]!.kind! };
  const filled: typeof found = [];
  for (const column of found) {
    const [row] = await compute.rows<{ filled: number }>(
      `select count(${quoted(name)}) as filled from ${column.relation}`,
    );
    if ((row?.filled ?? 0) > 0) filled.push(column);
  }
  for (const { file, type, kind } of filled)
    if (kind === undefined) throw known('COLUMN_KIND', { file, column: name, type });
  const kinds = new Set(filled.map(({ kind }) => kind!));
  if (kinds.size === 0) return { name, kind: 'number' };
  if (kinds.size === 1) return { name, kind: [...kinds][0]! };
  if ([...kinds].every((kind) => kind === 'day' || kind === 'moment')) return { name, kind: 'moment' };
  if (filled.every(({ kind, type }) => kind === 'text' || type === 'BOOLEAN')) return { name, kind: 'text' };
  throw known('COLUMN_KINDS_DIFFER', { column: name, kinds: filled.map(({ file, kind }) => [file, kind!] as const) });
}

const UNITS: Readonly<Partial<Record<CellKind, string>>> = { day: 'day', moment: 'ms', clock: 'ms' };

/** A column as SQL: text, or a double that is NaN where it is missing or infinite. */
function expression({ name, kind }: PlannedColumn, own: AnalystColumn): string {
  const at = quoted(name);
  if (kind === 'text') return own.kind === undefined ? 'null::varchar' : `${at}::varchar`;
  const isFit = own.kind === kind || (kind === 'moment' && own.kind === 'day');
  if (!isFit) return "'nan'::double";
  const present: Record<Exclude<CellKind, 'text'>, string> = {
    number: `${at}::double`,
    day: `case when isfinite(${at}) then (${at} - date '1970-01-01')::double end`,
    moment: `case when isfinite(${at}) then epoch_ms(${own.kind === 'day' ? `${at}::timestamp` : at})::double end`,
    clock: `epoch_ms(${at})::double`,
  };
  return `coalesce(${present[kind]}, 'nan'::double)`;
}

/** The same relation with columns as the file has them written, where that is text: yes or no is not made a truth value. */
export function asWritten(relation: string, names: readonly string[]): string {
  if (names.length === 0 || !relation.startsWith('read_csv(')) return relation;
  const types = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
  return `${relation.slice(0, -1)}, types = {${types}})`;
}

/** Cells that one query fetches of a file that is stored by column. */
const CELLS = 1_000_000;

/**
 * Reads the columns of one file as a table. A number that is NaN or infinite counts as missing. Beside the columns
 * themselves little memory is used: files that are stored by column are read a few columns at a time.
 */
export async function readAnalystTable(
  compute: Compute,
  { relation: plain, columns: have }: Source,
  columns: readonly PlannedColumn[],
): Promise<Table> {
  const truths = have.filter(({ type }) => type === 'BOOLEAN').map(({ name }) => name);
  const asText = columns.filter(({ name, kind }) => kind === 'text' && truths.includes(name));
  const relation = asWritten(
    plain,
    asText.map(({ name }) => name),
  );
  const [counted] = await compute.rows<{ rows: number }>(`select count(*) as rows from ${relation}`);
  const rows = counted?.rows ?? 0;
  const isByColumn = relation.startsWith('read_parquet');
  const together = isByColumn ? Math.max(1, Math.floor(CELLS / Math.max(rows, 1))) : columns.length;
  const read: Record<string, Column> = {};
  for (let from = 0; from < columns.length; from += together) {
    const part = columns.slice(from, from + together);
    const list = part.map((plan, i) => {
      const own = have.find(({ name }) => name === plan.name)!;
      return `${expression(plan, own)} as c${i}`;
    });
    const { columns: fetched } = await compute.table(`select ${list.join(', ')} from ${relation}`, undefined, { rows });
    for (const [i, { name, kind }] of part.entries()) read[name] = withGaps(fetched[`c${i}`]!, UNITS[kind]);
  }
  return { length: rows, columns: read };
}

/** NaN and infinities as missing; changes the column's own array, which nobody else has. */
function withGaps(column: Column, unit: string | undefined): Column {
  if (column.kind === 'text') return column;
  const { values } = column;
  let valid: Uint8Array | undefined;
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) {
      valid ??= new Uint8Array(values.length).fill(1);
      valid[i] = 0;
      values[i] = 0;
    }
  return { kind: 'number', values, ...(valid === undefined ? {} : { valid }), ...(unit === undefined ? {} : { unit }) };
}
