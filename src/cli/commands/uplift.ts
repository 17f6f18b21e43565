/** What each arm of a trial changes, for whom, from an analyst's own table. */
import { type Compute, type PlannedColumn, planned } from '#engines/index.ts';
import { known } from '#errors.ts';
import { type Column, numbers, type Table, table, texts } from '#table/index.ts';
import {
  ABOUT,
  type ArmEffects,
  type EvaluateOptions,
  effectsOfAll,
  evaluateUplift,
  METHODS,
  type Propensity,
} from '#uplift/index.ts';
import type { Command, Values } from '../command.ts';
import { secondsSince, withTables } from '../learning/predict-file.ts';
import { has, missing, openTable, readTable, type TableFile } from '../learning/table-files.ts';
import { type UpliftResult, upliftLines } from '../uplift-lines.ts';
import { numbersOf, peakRssMb, seedOf, text, withCompute } from '../values.ts';
import { formatOf, writeTable } from '../write.ts';

export const uplift: Command = {
  name: 'uplift',
  about: 'what each arm of a trial changes and for whom: cross-fitted, with intervals, and whether the draw was sound',
  options: {
    data: { type: 'text', value: 'FILE', about: 'one row a person', required: true },
    arm: { type: 'text', value: 'COL', about: 'column of the arm', required: true },
    control: { type: 'text', value: 'VALUE', about: 'the arm of those who were left alone', required: true },
    outcome: { type: 'text', value: 'COL', about: 'column of the outcome: 0 or 1, or an amount', required: true },
    cost: { type: 'text', value: 'COL', about: 'what each person cost: the effect is then on outcome less cost' },
    ignore: { type: 'text', value: 'A,B', about: 'columns not to learn from: ids, and all that was measured later' },
    id: { type: 'text', value: 'COL', about: 'column that names a person: kept in --out, not learned from' },
    method: { type: 'text', value: 'NAME', about: `${METHODS.join(', ')} (default best)` },
    folds: {
      type: 'number',
      about: 'parts that people are dealt into, each judged by models of the others (default 5)',
    },
    repeats: { type: 'number', about: 'times that people are dealt anew (default 1)' },
    shares: { type: 'text', value: 'JSON', about: 'planned shares of the arms (default: as found)' },
    propensity: {
      type: 'text',
      value: 'COL',
      about: 'column with the chance that each had of the arm they were given; `estimate` where nobody knows',
    },
    out: { type: 'text', value: 'FILE', about: 'write the effect of each arm on each person (.parquet, .csv, .jsonl)' },
  },
  run: async (values, _words, context) => {
    const file = text(values, 'data');
    const out = values.out === undefined ? undefined : text(values, 'out');
    if (out !== undefined) formatOf(out);
    const options = optionsOf(values);
    const { data, id } = await withTables(values, context, [file], async (compute, [path = file]) => {
      const source = await openTable(compute, { file, path, names: [options.arm, idOf(values)] });
      return readPeople(compute, source, options, idOf(values));
    });
    const from = performance.now();
    const evaluated = evaluateUplift(data, options);
    const seconds = secondsSince(from);
    if (out !== undefined) {
      const effects = effectsOfAll(data, options, evaluated);
      await withCompute(values, context, (compute) =>
        writeTable(compute, effectTable(effects, id), out, id === undefined ? ['row'] : []),
      );
    }
    return { ...evaluated.report, seconds, peakRssMb: peakRssMb() };
  },
  show: (result: UpliftResult) => upliftLines(result),
};

const idOf = (values: Values): string | undefined => (values.id === undefined ? undefined : text(values, 'id'));

function optionsOf(values: Values): EvaluateOptions {
  const method = METHODS.find((name) => name === (values.method ?? 'best'));
  if (method === undefined)
    throw known('USAGE', {
      what: `--method is "${values.method}"`,
      expected: METHODS.map((name) => `${name} (${ABOUT[name]})`).join('; '),
    });
  const list = (name: string): string[] =>
    values[name] === undefined
      ? []
      : text(values, name)
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '');
  const id = idOf(values);
  const propensity = propensityOf(values);
  return {
    ...{ arm: text(values, 'arm'), control: text(values, 'control'), outcome: text(values, 'outcome') },
    ...(values.cost === undefined ? {} : { cost: text(values, 'cost') }),
    ignore: [...list('ignore'), ...(id === undefined ? [] : [id])],
    ...{ method, seed: seedOf(values) },
    ...(propensity === undefined ? {} : { propensity }),
    ...(typeof values.threads === 'number' ? { threads: values.threads } : {}),
    ...(typeof values.folds === 'number' ? { folds: values.folds } : {}),
    ...(typeof values.repeats === 'number' ? { repeats: values.repeats } : {}),
  };
}

function propensityOf(values: Values): Propensity | undefined {
  const { propensity, shares } = values;
  if (propensity !== undefined && shares !== undefined)
    throw known('USAGE', { what: '--propensity and --shares', expected: 'one of the two' });
  if (shares !== undefined) return { from: 'shares', shares: numbersOf(values, 'shares', '{"none":0.5,"mail":0.5}') };
  if (propensity === undefined) return undefined;
  return propensity === 'estimate' ? { from: 'estimate' } : { from: 'column', column: String(propensity) };
}

/** The columns that are learned from and those with a part of their own; the id as it is in the file. */
async function readPeople(
  compute: Compute,
  source: TableFile,
  options: EvaluateOptions,
  id: string | undefined,
): Promise<{ data: Table; id: { name: string; column: Column } | undefined }> {
  const { arm, outcome, cost, ignore = [], propensity } = options;
  const parts = [arm, outcome, cost, propensity?.from === 'column' ? propensity.column : undefined];
  for (const name of [...parts, ...ignore])
    if (name !== undefined && !has(source.columns, name)) throw missing(source, name);
  const plan: PlannedColumn[] = [];
  for (const { name, kind } of source.columns)
    if (name === id || parts.includes(name) || (!ignore.includes(name) && kind !== undefined))
      plan.push(await planned(compute, [source], name));
  const read = await readTable(compute, source, plan);
  const column = id === undefined ? undefined : read.columns[id];
  const left = ignore.filter((name) => read.columns[name] === undefined);
  return {
    // Ignored columns that were not read are named all the same, so that a misspelt one is told.
    data: {
      ...read,
      columns: { ...read.columns, ...Object.fromEntries(left.map((name) => [name, nothing(read.length)])) },
    },
    id: id === undefined || column === undefined ? undefined : { name: id, column },
  };
}

const nothing = (rows: number): Column => ({ kind: 'text', codes: new Int32Array(rows).fill(-1), dictionary: [] });

/** A row a person and arm, as `allocate` takes it. */
function effectTable(arms: readonly ArmEffects[], id: { name: string; column: Column } | undefined): Table {
  const rows = arms[0]?.effect.length ?? 0;
  const repeated = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: rows * arms.length }, (_, at) => values[at % rows]!);
  const column: Column =
    id === undefined
      ? { kind: 'number', values: repeated(Float64Array.from({ length: rows }, (_, i) => i + 1)) }
      : id.column.kind === 'number'
        ? {
            ...id.column,
            values: repeated(id.column.values),
            ...(id.column.valid && { valid: Uint8Array.from(repeated(id.column.valid)) }),
          }
        : { ...id.column, codes: Int32Array.from(repeated(id.column.codes)) };
  return table({
    [id?.name ?? 'row']: column,
    arm: texts(arms.flatMap(({ arm }) => new Array<string>(rows).fill(arm))),
    effect: numbers(arms.flatMap(({ effect }) => Array.from(effect))),
    standard_error: numbers(
      arms.flatMap(({ standardError }) => Array.from(standardError, (se) => (Number.isFinite(se) ? se : null))),
    ),
  });
}
