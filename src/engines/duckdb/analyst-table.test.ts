// Aim: what an analyst's columns hold reaches the learners as numbers and text, the same from every kind of file.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { literal } from '../engine.ts';
import { analystColumns, planned, readAnalystTable } from './analyst-table.ts';
import { openDuckdb } from './compute.ts';
import { needSingleNames, relationOf } from './files.ts';

const dir = mkdtempSync(join(tmpdir(), 'tierwise-'));
const compute = await openDuckdb();
after(async () => {
  await compute.close();
  rmSync(dir, { recursive: true });
});

const KINDS = `select i::integer as whole, i / 4 as share, (i / 8)::decimal(9, 3) as price, i % 2 = 0 as flag,
  date '2024-02-28' + i::integer as born, timestamp '2024-02-28 12:00:00' + i * interval 1 hour as seen,
  time '01:00:00' as clock, case when i <> 2 then 'é' || i end as city, 9007199254740993 + i as huge
  from range(0, 5) t(i)`;

async function source(name: string, sql?: string) {
  const file = join(dir, name);
  if (sql !== undefined) await compute.run(`copy (${sql}) to ${literal(file)}`);
  const relation = await relationOf(compute, file);
  return { file, relation, columns: await analystColumns(compute, relation) };
}

test('numbers, times and text in their units, whatever the file', async () => {
  for (const name of ['k.parquet', 'k.csv']) {
    const own = await source(name, KINDS);
    const plan = await Promise.all(own.columns.map((column) => planned(compute, [own], column.name)));
    const { length, columns } = await readAnalystTable(compute, own, plan);
    assert.equal(length, 5);
    const values = (of: string) => (columns[of]?.kind === 'number' ? [...columns[of].values] : columns[of]);
    assert.deepEqual(values('whole'), [0, 1, 2, 3, 4], name);
    assert.deepEqual(values('share'), [0, 0.25, 0.5, 0.75, 1]);
    assert.deepEqual(values('price'), [0, 0.125, 0.25, 0.375, 0.5]);
    assert.deepEqual(values('flag'), [1, 0, 1, 0, 1]);
    assert.deepEqual(
      values('born'),
      [0, 1, 2, 3, 4].map((i) => Date.UTC(2024, 1, 28) / 86_400_000 + i),
    );
    assert.deepEqual(
      values('seen'),
      [0, 1, 2, 3, 4].map((i) => Date.UTC(2024, 1, 28, 12 + i)),
    );
    assert.deepEqual(values('clock'), [3.6e6, 3.6e6, 3.6e6, 3.6e6, 3.6e6]);
    assert.deepEqual(values('city'), {
      kind: 'text',
      codes: Int32Array.of(0, 1, -1, 2, 3),
      dictionary: ['é0', 'é1', 'é3', 'é4'],
    });
    assert.equal((values('huge') as number[])[0], 2 ** 53);
  }
});

test('NaN and infinities count as missing', async () => {
  const own = await source('nan.parquet', "select unnest([1.5, 'nan'::double, 'infinity'::double, null, -2]) as x");
  const { columns } = await readAnalystTable(compute, own, [{ name: 'x', kind: 'number' }]);
  assert.deepEqual(columns.x, {
    kind: 'number',
    values: Float64Array.of(1.5, 0, 0, 0, -2),
    valid: Uint8Array.of(1, 0, 0, 0, 1),
  });
});

test('many rows come a few columns at a time and in order', async () => {
  const own = await source('many.parquet', 'select i as a, i * 2 as b, i::varchar as c from range(0, 600000) t(i)');
  const plan = own.columns.map(({ name, kind }) => ({ name, kind: kind! }));
  const { length, columns } = await readAnalystTable(compute, own, plan);
  assert.equal(length, 600_000);
  const { a, b, c } = columns;
  assert.ok(a?.kind === 'number' && b?.kind === 'number' && c?.kind === 'text');
  for (let i = 0; i < length; i++)
    if (a.values[i] !== i || b.values[i] !== 2 * i || c.codes[i] !== i) assert.fail(`row ${i}`);
});

test('one kind for a column of two files: an empty one follows, days follow moments, text and numbers do not mix', async () => {
  const train = await source(
    'train.parquet',
    "select 1 as x, null::varchar as e, date '2024-01-01' as d, 'a' as t, [1] as l",
  );
  const other = await source('other.parquet', "select 2.5 as x, 3 as e, timestamp '2024-01-02' as d, 4 as t, [2] as l");
  const both = [train, other];
  assert.deepEqual(await planned(compute, both, 'x'), { name: 'x', kind: 'number' });
  assert.deepEqual(await planned(compute, both, 'e'), { name: 'e', kind: 'number' });
  assert.deepEqual(await planned(compute, both, 'd'), { name: 'd', kind: 'moment' });
  const { columns } = await readAnalystTable(compute, train, [
    { name: 'd', kind: 'moment' },
    { name: 'e', kind: 'number' },
  ]);
  assert.ok(columns.d?.kind === 'number' && columns.d.values[0] === Date.UTC(2024, 0, 1) && columns.d.unit === 'ms');
  assert.ok(columns.e?.kind === 'number' && columns.e.valid?.[0] === 0);
  await assert.rejects(planned(compute, both, 't'), { code: 'COLUMN_KINDS_DIFFER' });
  await assert.rejects(planned(compute, both, 'l'), { code: 'COLUMN_KIND' });
  await assert.rejects(planned(compute, both, 'none'), { code: 'FILE_COLUMN_MISSING' });
});

test('a name that a header has twice is refused, quotes and capitals considered', () => {
  const check = (header: string) => () => {
    writeFileSync(join(dir, 'h.csv'), `${header}\n1,2,3\n`);
    needSingleNames('h.csv', join(dir, 'h.csv'));
  };
  assert.doesNotThrow(check('a,"b,a",c'));
  assert.throws(check('a,b,"a"'), { code: 'COLUMN_TWICE' });
  assert.throws(check('\ufeffa,b,A'), { code: 'COLUMN_TWICE', message: /a and A/ });
  assert.throws(check('"x ""y""",b,"x ""y"""'), { code: 'COLUMN_TWICE' });
  assert.throws(check('"two\nlines",b,"two\nlines"'), { code: 'COLUMN_TWICE' });
});
