/** An experiment's file as one row a member. */
import { type Compute, needColumns, quoted, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { Table } from '#table/index.ts';

export interface ExperimentFile {
  /** .parquet, .csv, .tsv, .jsonl, each but Parquet also with .gz */
  readonly file: string;
  /** Column names, matched exactly. */
  readonly arm: string;
  readonly metric: string;
  readonly denominator?: string;
  readonly covariate?: string;
  /** Who was assigned: rows of one are added up. Default: each row is a member. */
  readonly unit?: string;
  /** Results are told by its values too. */
  readonly by?: string;
}

export interface ReadExperiment {
  /** Columns arm, metric, and denominator, covariate and by where they were named; a row a member. */
  readonly data: Table;
  readonly rows: {
    readonly read: number;
    /** Left out: without an arm (or unit); metrics that are no number. */
    readonly withoutArm: number;
    readonly notNumbers: number;
  };
  /** Units that were seen in more than one arm; they are left out, since nobody can say what they were given. */
  readonly contaminated: number;
}

const NUMBERS = ['metric', 'denominator', 'covariate'] as const;

/** @throws FILE_UNREADABLE, FILE_COLUMN_MISSING, EXPERIMENT_BAD where no row has an arm */
export async function readExperiment(compute: Compute, asked: ExperimentFile): Promise<ReadExperiment> {
  const relation = await relationOf(compute, asked.file);
  const named = (['arm', ...NUMBERS, 'unit', 'by'] as const).filter((part) => asked[part] !== undefined);
  const types = await needColumns(
    compute,
    relation,
    asked.file,
    named.map((part) => asked[part]!),
  );
  const number = (column: string) =>
    types.get(column) === 'BOOLEAN' ? `${quoted(column)}::integer::double` : `try_cast(${quoted(column)} as double)`;
  const parts = [
    `${quoted(asked.arm)}::varchar arm`,
    ...NUMBERS.flatMap((part) => (asked[part] === undefined ? [] : [`${number(asked[part])} ${part}`])),
    `${quoted(asked.metric)} is not null and ${number(asked.metric)} is null as odd`,
    ...(asked.unit === undefined ? [] : [`${quoted(asked.unit)}::varchar unit`]),
    ...(asked.by === undefined ? [] : [`${quoted(asked.by)}::varchar "by"`]),
  ];
  await compute.run(`create or replace temp table experiment_tmp_rows as select ${parts.join(', ')} from ${relation}`);
  try {
    const bare = asked.unit === undefined ? 'arm is null' : 'arm is null or unit is null';
    const [rows] = await compute.rows<{ read: number; withoutArm: number; notNumbers: number }>(
      `select count(*) as read, count(*) filter (${bare}) as "withoutArm", count(*) filter (odd) as "notNumbers" from experiment_tmp_rows`,
    );
    if (rows!.read === rows!.withoutArm)
      throw known('EXPERIMENT_BAD', {
        what: `no row with a value of ${asked.arm}`,
        expected: 'the arm of each member',
      });
    const kept = [
      'arm',
      ...NUMBERS.filter((part) => asked[part] !== undefined),
      ...(asked.by === undefined ? [] : ['"by"']),
    ];
    if (asked.unit === undefined) {
      const data = await compute.table(`select ${kept.join(', ')} from experiment_tmp_rows where arm is not null`);
      return { data, rows: rows!, contaminated: 0 };
    }
    const sums = NUMBERS.filter((part) => asked[part] !== undefined).map(
      (part) => `list_sum(list_sort(list(${part}))) ${part}`,
    );
    const slice = asked.by === undefined ? [] : ['min("by") "by"'];
    const from = `from experiment_tmp_rows where not (${bare}) group by unit`;
    const data = await compute.table(
      `select min(arm) arm, ${[...sums, ...slice].join(', ')} ${from} having count(distinct arm) = 1 order by unit`,
    );
    const [mixed] = await compute.rows<{ n: number }>(
      `select count(*) n from (select unit ${from} having count(distinct arm) > 1)`,
    );
    return { data, rows: rows!, contaminated: mixed!.n };
  } finally {
    await compute.run('drop table if exists experiment_tmp_rows');
  }
}
