/** Rows that were read before: by key where the source has one, else by all their columns. */
import { quoted } from '#engines/index.ts';
import { type ImportContext, scratchName, type TableStage } from './table-stage.ts';

type Stage = Pick<TableStage, 'table' | 'name' | 'ledger' | 'columns' | 'isMapped' | 'parts'>;

/** Sets later rows of a key aside: `duplicate-row` when equal in every column, `duplicate-key` when not. */
export async function setDuplicatesAside(stage: Stage, { compute }: ImportContext): Promise<void> {
  const given = stage.table.key.filter((name) => !stage.isMapped(name));
  const isKeyed =
    given.every((name) => !GIVEN_KEYS.has(name)) && stage.table.key.some((name) => stage.columns.has(name));
  if (isKeyed) await byKey(stage, compute);
  else await byRow(stage, compute);
}

const fileRange = ({ firstFile, files }: Stage['parts'][number]): string =>
  `_tw_file between ${firstFile} and ${firstFile + files.length - 1}`;

const GIVEN_KEYS = new Set(['line', 'redemption_id', 'review_id', 'message_id']);

async function byKey({ table, name, ledger, columns, parts }: Stage, compute: ImportContext['compute']): Promise<void> {
  const keys = table.key.filter((key) => columns.has(key)).map(quoted);
  const rest = [...columns].filter((column) => !table.key.includes(column)).map(quoted);
  const hash = `hash(${keys.join(', ')})`;
  const doubled = scratchName(table.name, 'doubled');
  await compute.run(
    `create or replace table ${doubled} as select h from (select ${hash} as h from ${name} where _tw_bad is null)
     group by h having count(*) > 1`,
  );
  const [found] = await compute.rows<{ n: number }>(`select count(*) as n from ${doubled}`);
  if (found!.n > 0) {
    const same = ledger.reason('duplicate-row', '', table.key);
    const other = ledger.reason('duplicate-key', '', table.key);
    const gathered = parts.filter((part) => part.source.distinct !== undefined).map(fileRange);
    const again =
      gathered.length === 0
        ? ''
        : `when ${gathered.join(' or ')} then ${ledger.reason('known-already', '', table.key)}`;
    const body = rest.length === 0 ? '0' : `{${rest.map((column, i) => `'b${i}': ${column}`).join(', ')}}`;
    await compute.run(
      `update ${name} set _tw_bad = d.code from (
         select id, case ${again} when body is not distinct from first_value(body) over w then ${same} else ${other} end as code,
           row_number() over w as place
         from (select rowid as id, ${keys.map((key, i) => `${key} as k${i}`).join(', ')}, ${body} as body, _tw_file
               from ${name} where _tw_bad is null and ${hash} in (select h from ${doubled}))
         window w as (partition by ${keys.map((_, i) => `k${i}`).join(', ')} order by id)
       ) d where ${name}.rowid = d.id and d.place > 1`,
    );
  }
  await compute.run(`drop table ${doubled}`);
}

/**
 * Without a key, the rows of one file are what they are (unless `repeated: quarantine`), but a second file that holds
 * the same rows again, as overlapping exports do, adds only what it has more.
 */
async function byRow({ table, name, ledger, columns, parts }: Stage, compute: ImportContext['compute']): Promise<void> {
  const strict = parts.filter((part) => part.source.repeated === 'quarantine');
  const files = parts.reduce((sum, part) => sum + part.files.length, 0);
  if (files < 2 && strict.length === 0) return;
  const all = [...columns].map(quoted).join(', ');
  const doubled = scratchName(table.name, 'doubled');
  const across = strict.length > 0 ? '' : 'and min(_tw_file) <> max(_tw_file)';
  await compute.run(
    `create or replace table ${doubled} as select h from (select hash(${all}) as h, _tw_file from ${name} where _tw_bad is null)
     group by h having count(*) > 1 ${across}`,
  );
  const ranges = strict.map(
    (part) => `_tw_file between ${part.firstFile} and ${part.firstFile + part.files.length - 1}`,
  );
  const within = ranges.length === 0 ? 'false' : ranges.join(' or ');
  await compute.run(
    `update ${name} set _tw_bad = ${ledger.reason('duplicate-row', '', [...columns].slice(0, 1))} from (
       select id, _tw_file, nth, row_number() over (partition by ${all}, nth order by id) as copy
       from (select rowid as id, ${all}, _tw_file, row_number() over (partition by ${all}, _tw_file order by rowid) as nth
             from ${name} where _tw_bad is null and hash(${all}) in (select h from ${doubled}))
     ) d where ${name}.rowid = d.id and (d.copy > 1 or (d.nth > 1 and (${within.replaceAll('_tw_file', 'd._tw_file')})))`,
  );
  await compute.run(`drop table ${doubled}`);
}
