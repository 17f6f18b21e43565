/** One JSON object a line into a table of text. Numbers keep their digits; objects and lists stay JSON text. */
import { type Compute, literal, quoted } from '#engines/index.ts';
import type { TextAsked, TextRead } from './csv.ts';
import { BLANK } from './line-ends.ts';

export async function readJsonl(compute: Compute, path: string, asked: TextAsked): Promise<TextRead> {
  const lines = `${asked.into}_lines`;
  await compute.run(
    `create or replace table ${lines} as select j, rowid_ + 1 as _tw_row,
       coalesce(case when json_valid(j) then json_type(j) end = 'OBJECT', false) as is_object
     from (select j, row_number() over () - 1 as rowid_ from read_csv(${literal(path)}, auto_detect = false, header = false,
       delim = chr(1), quote = '', escape = '', nullstr = chr(2), columns = {'j': 'VARCHAR'}, max_line_size = 16777216))
     where j <> ${literal(BLANK)}`,
  );
  const keys = await compute.rows<{ key: string }>(
    `select distinct unnest(json_keys(j)) as key from ${lines} where is_object order by key`,
  );
  const broken = await compute.rows<{ row: number; text: string }>(
    `select _tw_row as row, j as text from ${lines} where not is_object order by row`,
  );
  const path_ = (key: string): string => literal(`$."${key.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
  const cells = keys.map(({ key }, i) => `cells[${i + 1}] as ${quoted(key)}`);
  await compute.run(
    `create or replace table ${asked.into} as select ${[...cells, '_tw_row'].join(', ')}
     from (select _tw_row, json_extract_string(j, [${keys.map(({ key }) => path_(key)).join(', ')}]) as cells
           from ${lines} where is_object)`,
  );
  await compute.run(`drop table ${lines}`);
  const counted = await compute.rows<{ n: number }>(`select count(*) as n from ${asked.into}`);
  return {
    columns: keys.map(({ key }) => ({ name: key, type: 'VARCHAR' })),
    sql: `select * from ${asked.into}`,
    rejects: broken.map(({ row, text }) => ({ row, rule: 'broken-line', text, detail: 'not a JSON object' })),
    tables: [asked.into],
    rows: counted[0]!.n,
  };
}
