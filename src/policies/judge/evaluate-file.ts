/** What the command `policy evaluate` does: reads a log of decisions, asks the candidate, and tells estimates and verdict. */
import { readFileSync } from 'node:fs';
import {
  analystColumns,
  asWritten,
  type Compute,
  needColumns,
  type PlannedColumn,
  planned,
  readAnalystTable,
  relationOf,
} from '#engines/index.ts';
import { known } from '#errors.ts';
import { type NumberColumn, type Table, type TextColumn, take, textAt } from '#table/index.ts';
import { policyNamed, readState } from '../policies.ts';
import type { PolicyState } from '../policy.ts';
import { ESTIMATOR_SOURCES } from './estimators.ts';
import { type Evaluation, evaluate, type PromoteOptions, promote, type Verdict } from './evaluate.ts';
import { bad, type CheckedLog, checkLog, type DecisionLog } from './log.ts';
import { expectedRewards } from './reward-model.ts';

export interface LogFile {
  /** .parquet, .csv, .tsv, .jsonl, each but Parquet also with .gz */
  readonly file: string;
  /** Column names, matched exactly. */
  readonly arm: string;
  readonly propensity: string;
  readonly reward: string;
  readonly context: readonly string[];
  /** Whose decision a row is. */
  readonly unit?: string;
}

/**
 * A policy as an analyst names it: a column with the arm that it would choose; JSON of shares {"coupon":0.5,"nothing":0.5}; JSON
 * {"chances":{"coupon":"p_coupon",...}} of columns with its chances; JSON of a saved state of a policy, whose context are the
 * context columns in their order; or a file of such JSON.
 */
export type NamedPolicy = string;

export interface PolicyReport extends Evaluation {
  readonly log: CheckedLog['rows'];
  readonly arms: readonly { readonly arm: string; readonly rows: number; readonly candidate: number }[];
  readonly verdict: Verdict;
  readonly sources: typeof ESTIMATOR_SOURCES;
}

/** How a named policy reads a log. */
interface Asked {
  /** Columns that it needs of the file, with whether they hold arms. */
  readonly columns: readonly { readonly name: string; readonly kind: 'text' | 'number' }[];
  /** Arms that it names beside those of the log; of a column they are found when it is read. */
  readonly arms: (data: Table) => readonly string[];
  /** [rows x arms] */
  readonly chances: (log: DecisionLog, data: Table) => Float64Array;
}

/**
 * @param current the policy in force; default: the one that made the log
 * @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, DECISION_LOG_BAD, POLICY_BAD
 */
export async function evaluateFile(
  compute: Compute,
  log: LogFile,
  policies: { readonly candidate: NamedPolicy; readonly current?: NamedPolicy },
  options: PromoteOptions & { readonly faultShareMax?: number } = {},
): Promise<PolicyReport> {
  const candidate = askedOf(policies.candidate, log.context);
  const current = policies.current === undefined ? undefined : askedOf(policies.current, log.context);
  const data = await readLog(compute, log, [...candidate.columns, ...(current?.columns ?? [])]);
  const arm = data.columns[log.arm] as TextColumn;
  const names = new Set(arm.dictionary.filter((_, code) => arm.codes.includes(code)));
  for (const asked of [candidate, ...(current === undefined ? [] : [current])])
    for (const name of asked.arms(data)) names.add(name);
  const checked = checkLog(
    {
      arm: Array.from({ length: data.length }, (_, i) => textAt(arm, i)),
      propensity: plain(data.columns[log.propensity]!),
      reward: plain(data.columns[log.reward]!),
      context: {
        length: data.length,
        columns: Object.fromEntries(log.context.map((name) => [name, data.columns[name]!])),
      },
      arms: [...names].sort(),
      ...(log.unit === undefined ? {} : { unit: unitsOf(data.columns[log.unit] as TextColumn) }),
    },
    options,
  );
  const kept = checked.log.arm.length === data.length ? data : take(data, checked.keptRows);
  const { model = 'linear', folds = 3, seed = 1 } = options;
  const q = expectedRewards(checked.log, { model, folds, seed });
  const chances = candidate.chances(checked.log, kept);
  const evaluation = evaluate(checked.log, chances, options, q);
  const its = current?.chances(checked.log, kept) ?? 'logged';
  return {
    log: checked.rows,
    ...evaluation,
    arms: armsOf(checked.log, chances),
    verdict: promote(checked.log, its, chances, options, q),
    sources: ESTIMATOR_SOURCES,
  };
}

function armsOf({ arms, arm }: DecisionLog, chances: Float64Array): PolicyReport['arms'] {
  return arms.map((name, a) => {
    let [rows, candidate] = [0, 0];
    for (let i = 0; i < arm.length; i++) {
      if (arm[i] === a) rows++;
      candidate += chances[i * arms.length + a]! / arm.length;
    }
    return { arm: name, rows, candidate };
  });
}

async function readLog(compute: Compute, log: LogFile, more: Asked['columns']): Promise<Table> {
  const relation = await relationOf(compute, log.file);
  const columns = new Map<string, PlannedColumn>();
  const own = [log.arm, log.propensity, log.reward, ...log.context, ...(log.unit === undefined ? [] : [log.unit])];
  await needColumns(compute, relation, log.file, [...own, ...more.map(({ name }) => name)]);
  const source = { file: log.file, relation, columns: await analystColumns(compute, relation) };
  const kindOf = async (name: string): Promise<PlannedColumn> => planned(compute, [source], name);
  for (const name of log.context) columns.set(name, await kindOf(name));
  const texts = [log.arm, ...(log.unit === undefined ? [] : [log.unit]), ...namesOf(more, 'text')];
  for (const name of texts) columns.set(name, { name, kind: 'text' });
  for (const name of [log.propensity, log.reward, ...namesOf(more, 'number')]) {
    const column = await kindOf(name);
    if (column.kind === 'text') bad(`text in the column ${name}`, 'numbers');
    columns.set(name, column);
  }
  if (columns.size < new Set([...own, ...more.map(({ name }) => name)]).size)
    bad(`a column named twice for different parts`, 'a column each');
  const written = asWritten(relation, namesOf(more, 'text'));
  return readAnalystTable(compute, { ...source, relation: written }, [...columns.values()]);
}

const namesOf = (columns: Asked['columns'], of: 'text' | 'number'): string[] =>
  columns.filter(({ kind }) => kind === of).map(({ name }) => name);

/** Numbers of a column, NaN where they are missing. */
function plain(column: Table['columns'][string]): Float64Array {
  const { values, valid } = column as NumberColumn;
  return valid === undefined ? values : values.map((value, i) => (valid[i] === 0 ? Number.NaN : value));
}

/** A row without a unit stands alone. */
function unitsOf({ codes, dictionary }: TextColumn): Int32Array {
  let next = dictionary.length;
  return codes.map((code) => (code < 0 ? next++ : code));
}

/** @throws POLICY_BAD, FILE_UNREADABLE */
function askedOf(named: NamedPolicy, context: readonly string[]): Asked {
  const isJson = named.trimStart().startsWith('{');
  if (!isJson && !/\.json$/i.test(named)) return byColumn(named);
  const value = parsed(isJson ? named : readText(named), named) as Readonly<Record<string, unknown>>;
  if (typeof value.policy === 'string') return byState(readState(value), context);
  const given = 'chances' in value ? value.chances : value;
  const pairs = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  if ('chances' in value && pairs.length > 0 && pairs.every(([, name]) => typeof name === 'string'))
    return byChances(pairs as [string, string][]);
  if (pairs.length > 0 && pairs.every(([, share]) => typeof share === 'number'))
    return byShares(pairs as [string, number][]);
  throw known('POLICY_BAD', {
    what: `no policy in ${named.slice(0, 80)}`,
    expected: 'a column, shares such as {"coupon":0.5,"nothing":0.5}, {"chances":{"coupon":"COLUMN"}} or a saved state',
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw known(
      'FILE_UNREADABLE',
      { file, reason: (cause as NodeJS.ErrnoException).code ?? 'it cannot be read' },
      cause,
    );
  }
}

function parsed(text: string, named: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // told below
  }
  throw known('POLICY_BAD', { what: `no JSON in ${named.slice(0, 80)}`, expected: 'a JSON object' });
}

function byColumn(name: string): Asked {
  return {
    columns: [{ name, kind: 'text' }],
    arms: (data) => {
      const { codes, dictionary } = data.columns[name] as TextColumn;
      return dictionary.filter((_, code) => codes.includes(code));
    },
    chances(log, data) {
      const column = data.columns[name] as TextColumn;
      const places = column.dictionary.map((arm) => log.arms.indexOf(arm));
      const out = new Float64Array(log.arm.length * log.arms.length);
      for (let i = 0; i < log.arm.length; i++) {
        const code = column.codes[i]!;
        if (code < 0) bad(`no arm in the column ${name} of row ${i + 1}`, 'the arm that the policy would choose');
        out[i * log.arms.length + places[code]!] = 1;
      }
      return out;
    },
  };
}

const byChances = (pairs: readonly (readonly [arm: string, column: string])[]): Asked => ({
  columns: pairs.map(([, name]) => ({ name, kind: 'number' })),
  arms: () => pairs.map(([arm]) => arm),
  chances(log, data) {
    const out = new Float64Array(log.arm.length * log.arms.length);
    for (const [arm, name] of pairs) {
      const values = plain(data.columns[name]!);
      const a = log.arms.indexOf(arm);
      for (let i = 0; i < values.length; i++) out[i * log.arms.length + a] = values[i]!;
    }
    return out;
  },
});

const byShares = (pairs: readonly (readonly [arm: string, share: number])[]): Asked => ({
  columns: [],
  arms: () => pairs.map(([arm]) => arm),
  chances(log) {
    const row = log.arms.map((arm) => pairs.find(([name]) => name === arm)?.[1] ?? 0);
    const out = new Float64Array(log.arm.length * row.length);
    for (let i = 0; i < log.arm.length; i++) out.set(row, i * row.length);
    return out;
  },
});

function byState(state: PolicyState, context: readonly string[]): Asked {
  const policy = policyNamed(state.policy);
  if (state.dimension !== context.length)
    throw known('POLICY_BAD', {
      what: `contexts of ${state.dimension} numbers, and --context ${context.length} columns`,
      expected: 'the columns that it has learned from, in their order',
    });
  return {
    columns: context.map((name) => ({ name, kind: 'number' })),
    arms: () => state.arms.filter(({ retired }) => !retired).map(({ name }) => name),
    chances(log, data) {
      const columns = context.map((name) => plain(data.columns[name]!));
      const places = state.arms.map(({ name }) => log.arms.indexOf(name));
      const row = new Float64Array(context.length);
      const out = new Float64Array(log.arm.length * log.arms.length);
      for (let i = 0; i < log.arm.length; i++) {
        for (let j = 0; j < row.length; j++) row[j] = columns[j]![i]!;
        const { propensities } = policy.chances(state, row);
        for (const [a, chance] of propensities.entries())
          if (places[a]! >= 0) out[i * log.arms.length + places[a]!] = chance;
      }
      return out;
    },
  };
}
