/** Rows set aside, with file, row, column, value, reason and the whole row; and examples of what was mended. */
import { type Compute, literal, quoted } from '#engines/index.ts';
import { numbers, table, texts } from '#table/index.ts';
import { columnIn } from './columns.ts';
import { columnsOf } from './spec.ts';
import { type Part, scratchName, type TableStage } from './table-stage.ts';

export interface Example {
  readonly file: string;
  readonly row: number;
  readonly column: string;
  readonly value: string | null;
}

/** SQL columns of a quarantine table, in order. */
const QUARANTINE_COLUMNS =
  'source varchar, file varchar, "row" bigint, "column" varchar, value varchar, reason varchar, raw varchar';

/** Makes the scratch table of rows that are set aside; returns its name. */
export async function makeQuarantine(stage: TableStage, compute: Compute): Promise<string> {
  const name = scratchName(stage.table.name, 'aside');
  await compute.run(`create or replace table ${name} (${QUARANTINE_COLUMNS})`);
  for (const part of stage.parts) {
    const [found] = await compute.rows<{ n: number }>(
      `select count(*) as n from ${stage.name} where _tw_bad is not null and ${ofPart(part)}`,
    );
    if (found!.n > 0) await compute.run(`insert into ${name} ${asideSql(stage, part)}`);
    await addRejects(part, stage, compute, name);
  }
  return name;
}

const ofPart = (part: Part, alias = ''): string =>
  `${alias}_tw_file between ${part.firstFile} and ${part.firstFile + part.files.length - 1}`;

const sourceName = (stage: TableStage, part: Part): string => `${stage.table.name}[${part.sourceIndex + 1}]`;

const fileNames = (part: Part, index: string): string =>
  part.files.length === 1
    ? literal(part.files[0]!.name)
    : `[${part.files.map((file) => literal(file.name)).join(', ')}][${index} - ${part.firstFile} + 1]`;

/** Text of the first source column that a reason or mend is about; NULL where it is about the whole row. */
function valueSql(part: Part, from: readonly string[], alias: string): string {
  const scope = { columns: new Map(part.relation.columns.map((c) => [c.name, c])), file: '' };
  const own = from.map((name) => {
    try {
      return columnIn(scope, name);
    } catch {
      return undefined;
    }
  });
  const cells = own.filter((c) => c !== undefined).map((c) => `${alias}.${quoted(c.name)}::varchar`);
  return cells.length === 0
    ? 'null'
    : cells.length === 1
      ? cells[0]!
      : `nullif(concat_ws(' | ', ${cells.map((cell) => `nullif(${cell}, '')`).join(', ')}), '')`;
}

function asideSql(stage: TableStage, part: Part): string {
  const cases = (pick: (i: number) => string): string =>
    `case b._tw_bad ${stage.ledger.reasons.map((_, i) => `when ${i + 1} then ${pick(i)}`).join(' ')} end`;
  const { reasons } = stage.ledger;
  const column = cases((i) => literal(reasons[i]!.column));
  const value = cases((i) => valueSql(part, reasons[i]!.from, 'r'));
  const reason = cases((i) => literal(reasons[i]!.key));
  const pairs = part.relation.columns
    .filter((own) => own.type !== 'BLOB')
    .map((own) => `${literal(own.name)}, r.${quoted(own.name)}`);
  return `select ${literal(sourceName(stage, part))}, ${fileNames(part, 'b._tw_file')}, b._tw_row, ${column}, ${value}, ${reason},
      json_object(${pairs.join(', ')})::varchar
    from (${part.relation.sql}) r join (select _tw_file, _tw_row, _tw_bad from ${stage.name} where _tw_bad is not null and ${ofPart(part)}) b
      on r._tw_file = b._tw_file and r._tw_row = b._tw_row
    order by b._tw_file, b._tw_row`;
}

async function addRejects(part: Part, stage: TableStage, compute: Compute, name: string): Promise<void> {
  if (part.rejects.length === 0) return;
  const scratch = scratchName(stage.table.name, 'rejects');
  const { rejects } = part;
  await compute.load(
    scratch,
    table({
      row: numbers(rejects.map((reject) => reject.row)),
      value: texts(rejects.map((reject) => reject.text)),
      reason: texts(rejects.map((reject) => reject.rule)),
      raw: texts(rejects.map((reject) => JSON.stringify({ line: reject.text, detail: reject.detail }))),
    }),
  );
  await compute.run(
    `insert into ${name} select ${literal(sourceName(stage, part))}, ${literal(part.files[0]!.name)}, "row"::bigint, '', value, reason, raw from ${scratch};
     drop table ${scratch}`,
  );
}

export interface MendCount {
  readonly key: string;
  readonly column: string;
  readonly count: number;
  readonly examples: readonly Example[];
}

/** How often each mend was made on rows that are kept, with three examples of the cell as it was. */
export async function countMends(stage: TableStage, compute: Compute): Promise<MendCount[]> {
  const { mends } = stage.ledger;
  if (mends.length === 0) return [];
  const bit = (i: number): string => `_tw_fix & ${1n << BigInt(i)} <> 0`;
  const kept = `from ${stage.name} where _tw_bad is null and _tw_fix <> 0`;
  const [counts] = await compute.rows<Record<string, number>>(
    `select ${mends.map((_, i) => `count(*) filter (${bit(i)}) as b${i}`).join(', ')} ${kept}`,
  );
  const out: MendCount[] = [];
  for (const [i, mend] of mends.entries()) {
    const count = counts![`b${i}`]!;
    if (count === 0) continue;
    const places = await compute.rows<{ file: number; row: number }>(
      `select _tw_file as file, _tw_row as row ${kept} and ${bit(i)} order by rowid limit 3`,
    );
    out.push({ key: mend.key, column: mend.column, count, examples: await cellsAt(stage, compute, places, mend) });
  }
  return out;
}

async function cellsAt(
  stage: TableStage,
  compute: Compute,
  places: readonly { file: number; row: number }[],
  mend: { column: string },
): Promise<Example[]> {
  const out: Example[] = [];
  for (const part of stage.parts) {
    const own = places.filter(({ file }) => file >= part.firstFile && file < part.firstFile + part.files.length);
    if (own.length === 0) continue;
    const spec = part.specs.get(mend.column);
    const from = spec === undefined ? [] : columnsOf(spec);
    const at = own.map(({ file, row }) => `(r._tw_file = ${file} and r._tw_row = ${row})`).join(' or ');
    const cells = await compute.rows<{ file: number; row: number; value: string | null }>(
      `select r._tw_file as file, r._tw_row as row, ${valueSql(part, from, 'r')} as value
       from (${part.relation.sql}) r where ${at} order by 1, 2`,
    );
    for (const { file, row, value } of cells)
      out.push({ file: part.files[file - part.firstFile]!.name, row, column: mend.column, value });
  }
  return out;
}
