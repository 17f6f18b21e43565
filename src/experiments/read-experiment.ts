/** An experiment's file as one row a member. */
import { type Compute, literal, needColumns, quoted, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { numberColumn, type Table } from '#table/index.ts';
import { covariateColumn, type Members, metricColumn, sliceColumn } from './members.ts';
import type { MetricSpec } from './metric-spec.ts';
import { NO_DAY, type Timeline } from './over-time.ts';

export interface ExperimentFile {
  /** .parquet, .csv, .tsv, .jsonl, each but Parquet also with .gz */
  readonly file: string;
  /** Column names, matched exactly. */
  readonly arm: string;
  /** The first is the primary one. */
  readonly metrics: readonly [MetricSpec, ...MetricSpec[]];
  readonly covariates?: readonly string[];
  /** Who was assigned: rows of one are added up. Default: each row is a member. */
  readonly unit?: string;
  /** Who was drawn together. */
  readonly cluster?: string;
  /** When it happened: a date, a timestamp, or epoch ms. */
  readonly time?: string;
  /**
   * A switchback: `cluster` is the place, which had one arm in each slot of `time`; what happened in the burn-in after a switch
   * of arms is left out. Slots begin at whole multiples of their length since 1970 in UTC.
   */
  readonly switchback?: { readonly slotMinutes: number; readonly burnInMinutes: number };
  /** Results are told by their values too. */
  readonly by?: readonly string[];
}

const ROWS = 'experiment_tmp_rows';

/** @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, EXPERIMENT_BAD where no row has an arm */
export async function readExperiment(compute: Compute, asked: ExperimentFile): Promise<Members> {
  const relation = await relationOf(compute, asked.file);
  const names = [asked.arm, ...numbersIn(asked.metrics), ...(asked.covariates ?? []), ...(asked.by ?? [])];
  const single = [asked.unit, asked.cluster, asked.time].filter((name) => name !== undefined);
  const types = await needColumns(compute, relation, asked.file, [...names, ...single]);
  await stageRows(compute, relation, asked, types);
  try {
    const burntIn = asked.switchback === undefined ? {} : { burntIn: await leaveOutBurnIn(compute, asked) };
    const rows = { ...(await countsOf(compute, asked)), ...burntIn };
    if (rows.read === rows.withoutArm)
      throw known('EXPERIMENT_BAD', {
        what: `no row with a value of ${asked.arm}`,
        expected: 'the arm of each member',
      });
    return asked.unit === undefined ? await byRow(compute, asked, rows) : await byUnit(compute, asked, rows);
  } finally {
    for (const name of [ROWS, 'experiment_tmp_units']) await compute.run(`drop table if exists ${name}`);
  }
}

const numbersIn = (metrics: readonly MetricSpec[]): string[] => [
  ...new Set(
    metrics.flatMap(({ column, denominator }) => [column, ...(denominator === undefined ? [] : [denominator])]),
  ),
];

/** Text of a type that holds numbers or none. */
const isText = (type: string | undefined): boolean => /^(VARCHAR|DATE|TIME|UUID|ENUM|BLOB)/.test(type ?? '');

/** SQL of a time as epoch ms; null where it cannot be read. */
function momentOf(column: string, type: string | undefined): string {
  const name = quoted(column);
  if (/^(DATE|TIMESTAMP)/.test(type ?? '')) return `epoch_ms(${name}::timestamp)`;
  if (isText(type)) return `epoch_ms(try_cast(${name} as timestamp))`;
  return `try_cast(floor(try_cast(${name} as double)) as bigint)`;
}

async function stageRows(
  compute: Compute,
  relation: string,
  asked: ExperimentFile,
  types: ReadonlyMap<string, string>,
): Promise<void> {
  const number = (column: string) =>
    types.get(column) === 'BOOLEAN' ? `${quoted(column)}::integer::double` : `try_cast(${quoted(column)} as double)`;
  const given = (column: string) => (isText(types.get(column)) ? `${quoted(column)}::varchar` : number(column));
  const columns = numbersIn(asked.metrics);
  const odd = columns.map((name) => `(${quoted(name)} is not null and ${number(name)} is null)`).join(' or ');
  const parts = [
    `${quoted(asked.arm)}::varchar arm`,
    ...columns.map((name) => `${number(name)} ${quoted(metricColumn(name))}`),
    ...(asked.covariates ?? []).map((name) => `${given(name)} ${quoted(covariateColumn(name))}`),
    ...(asked.by ?? []).map((name) => `${quoted(name)}::varchar ${quoted(sliceColumn(name))}`),
    `${odd} as odd`,
    ...(asked.unit === undefined ? [] : [`${quoted(asked.unit)}::varchar unit`]),
    ...(asked.cluster === undefined ? [] : [`${quoted(asked.cluster)}::varchar "cluster"`]),
    ...(asked.time === undefined
      ? []
      : [
          `${momentOf(asked.time, types.get(asked.time))} "at"`,
          `(floor(${momentOf(asked.time, types.get(asked.time))} / ${DAY_MS}))::integer "day"`,
        ]),
  ];
  await compute.run(`create or replace temp table ${ROWS} as select ${parts.join(', ')} from ${relation}`);
}

const bareOf = ({ unit }: ExperimentFile): string =>
  unit === undefined ? 'arm is null' : '(arm is null or unit is null)';

async function countsOf(compute: Compute, asked: ExperimentFile): Promise<Members['rows']> {
  const time = asked.time === undefined ? '' : ', count(*) filter ("day" is null) as "withoutTime"';
  const [rows] = await compute.rows<Members['rows']>(
    `select count(*) as read, count(*) filter (${bareOf(asked)}) as "withoutArm", count(*) filter (odd) as "notNumbers"${time} from ${ROWS}`,
  );
  return rows!;
}

/** Clusters become slots of places; answers the rows left out, in a burn-in or without place or time. */
async function leaveOutBurnIn(compute: Compute, { switchback, cluster, time }: ExperimentFile): Promise<number> {
  const { slotMinutes, burnInMinutes } = switchback!;
  if (
    !(slotMinutes > 0) ||
    !(burnInMinutes >= 0) ||
    burnInMinutes >= slotMinutes ||
    cluster === undefined ||
    time === undefined
  )
    throw known('EXPERIMENT_BAD', {
      what: `a switchback with slots of ${slotMinutes} minutes, ${burnInMinutes} left out`,
      expected: 'the place as cluster, the time, slots above 0 minutes, and less left out than a slot is long',
    });
  const [slotMs, burnInMs] = [slotMinutes * 60_000, burnInMinutes * 60_000];
  const [before] = await compute.rows<{ n: number }>(`select count(*) as n from ${ROWS}`);
  await compute.run(
    `create or replace temp table ${ROWS} as
     with slotted as (select *, floor("at" / ${slotMs}) as slot from ${ROWS} where "at" is not null and "cluster" is not null),
     arms as (select "cluster", slot, min(arm) as arm from slotted group by all)
     select s.* exclude (slot, "cluster"), s."cluster" || '@' || s.slot::bigint as "cluster" from slotted s
     left join arms b on b."cluster" = s."cluster" and b.slot = s.slot - 1
     where not (s."at" - s.slot * ${slotMs} < ${burnInMs} and b.arm is distinct from s.arm)`,
  );
  const [after] = await compute.rows<{ n: number }>(`select count(*) as n from ${ROWS}`);
  return before!.n - after!.n;
}

const slices = ({ by = [] }: ExperimentFile): string[] => by.map((name) => quoted(sliceColumn(name)));

async function byRow(compute: Compute, asked: ExperimentFile, rows: Members['rows']): Promise<Members> {
  const parts = [
    'arm',
    ...numbersIn(asked.metrics).map((name) => quoted(metricColumn(name))),
    ...(asked.covariates ?? []).map((name) => quoted(covariateColumn(name))),
    ...slices(asked),
    ...(asked.cluster === undefined ? [] : ['"cluster"']),
    ...(asked.time === undefined ? [] : ['"day"']),
  ];
  const data = await compute.table(`select ${parts.join(', ')} from ${ROWS} where arm is not null`);
  const timeline = asked.time === undefined ? {} : { timeline: eachItsOwn(data, asked.metrics[0]) };
  return { data: without(data, 'day'), ...timeline, rows, contaminated: 0 };
}

/** Units of one arm alone. */
async function byUnit(compute: Compute, asked: ExperimentFile, rows: Members['rows']): Promise<Members> {
  const textOf = new Set(await textColumns(compute));
  const sum = (name: string) =>
    textOf.has(name)
      ? `min(${quoted(name)}) ${quoted(name)}`
      : `list_sum(list_sort(list(${quoted(name)}))) ${quoted(name)}`;
  const parts = [
    ...numbersIn(asked.metrics).map((name) => sum(metricColumn(name))),
    ...(asked.covariates ?? []).map((name) => sum(covariateColumn(name))),
    ...slices(asked).map((name) => `min(${name}) ${name}`),
    ...(asked.cluster === undefined ? [] : ['min("cluster") "cluster"']),
    ...(asked.time === undefined ? [] : ['min("day") "day"']),
  ];
  const from = `from ${ROWS} where not ${bareOf(asked)} group by unit`;
  await compute.run(
    `create or replace temp table experiment_tmp_units as
     select unit, min(arm) arm, ${parts.join(', ')}, (row_number() over (order by unit) - 1)::integer as place
     ${from} having count(distinct arm) = 1`,
  );
  const data = await compute.table('select * exclude (unit, place) from experiment_tmp_units order by place');
  const [mixed] = await compute.rows<{ n: number }>(
    `select count(*) n from (select unit ${from} having count(distinct arm) > 1)`,
  );
  const needsRows = asked.metrics.some(({ quantile, answer }) => quantile !== undefined || answer !== undefined);
  const cluster = asked.cluster === undefined ? 'r.unit' : 'coalesce(r."cluster", r.unit)';
  const kept = ['arm', ...numbersIn(asked.metrics).map((name) => quoted(metricColumn(name))), ...slices(asked)];
  const observations = needsRows
    ? await compute.table(
        `select ${kept.map((name) => `r.${name}`).join(', ')}, ${cluster} as "cluster"
         from ${ROWS} r join experiment_tmp_units u using (unit) order by u.place, ${kept.map((name) => `r.${name}`).join(', ')}`,
      )
    : undefined;
  return {
    data: without(data, 'day'),
    ...(observations === undefined ? {} : { observations }),
    ...(asked.time === undefined ? {} : { timeline: await piecesOf(compute, data, asked.metrics[0]) }),
    ...{ rows, contaminated: mixed!.n },
  };
}

async function textColumns(compute: Compute): Promise<string[]> {
  const rows = await compute.rows<{ name: string }>(
    `select column_name as name from duckdb_columns() where table_name = ${literal(ROWS)} and data_type = 'VARCHAR'`,
  );
  return rows.map(({ name }) => name);
}

function without(data: Table, name: string): Table {
  const { [name]: _, ...columns } = data.columns;
  return { length: data.length, columns };
}

function dayColumn(data: Table): Int32Array {
  const { values, valid } = numberColumn(data, 'day');
  return Int32Array.from(values, (day, i) => (valid?.[i] === 0 ? NO_DAY : day));
}

const whole = (days: Int32Array, rows: Int32Array): Int32Array => rows.filter((i) => days[i] !== NO_DAY);

/** Each member is one piece on the day of entry. */
function eachItsOwn(data: Table, { column }: MetricSpec): Timeline {
  const entryDay = dayColumn(data);
  const { values, valid } = numberColumn(data, metricColumn(column));
  const member = whole(
    entryDay,
    Int32Array.from({ length: data.length }, (_, i) => i),
  ).filter((i) => valid?.[i] !== 0);
  return {
    member,
    day: member.map((i) => entryDay[i]!),
    value: Float64Array.from(member, (i) => values[i]!),
    entryDay,
  };
}

async function piecesOf(compute: Compute, data: Table, { column }: MetricSpec): Promise<Timeline> {
  const pieces = await compute.table(
    `select u.place, r."day", list_sum(list_sort(list(r.${quoted(metricColumn(column))}))) as "value"
     from ${ROWS} r join experiment_tmp_units u using (unit)
     where r."day" is not null and r.${quoted(metricColumn(column))} is not null group by 1, 2 order by 1, 2`,
  );
  return {
    member: Int32Array.from(numberColumn(pieces, 'place').values),
    day: Int32Array.from(numberColumn(pieces, 'day').values),
    value: numberColumn(pieces, 'value').values,
    entryDay: dayColumn(data),
  };
}
