// Aim: a file that cannot be read, or lacks a column, is named with the way out.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openDuckdb } from './compute.ts';
import { needColumns, relationOf } from './files.ts';

const dir = mkdtempSync(join(tmpdir(), 'tierwise-'));
const compute = await openDuckdb();
after(() => compute.close());

const put = (name: string, content: string | Buffer): string => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};

test('csv, gzipped csv, tsv and jsonl give the same rows', async () => {
  const files = [
    put("it's.csv", 'id,n\na,1\nb,2\n'),
    put('x.csv.gz', gzipSync('id,n\na,1\nb,2\n')),
    put('x.tsv', 'id\tn\na\t1\nb\t2\n'),
    put('x.jsonl', '{"id":"a","n":1}\n{"id":"b","n":2}\n'),
  ];
  for (const file of files)
    assert.deepEqual(await compute.rows(`select id, n from ${await relationOf(compute, file)} order by id`), [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ]);
});

test('missing, unknown and broken files are refused by name', async () => {
  for (const file of [join(dir, 'none.csv'), put('x.doc', ''), put('x.parquet', 'PAR1 not really')])
    await assert.rejects(
      relationOf(compute, file),
      (error: Error & { code: string }) => error.code === 'FILE_UNREADABLE' && error.message.includes(file),
    );
});

test('a missing column is named beside those that are there', async () => {
  const file = put('y.csv', 'id,n\na,1\n');
  await assert.rejects(
    needColumns(compute, await relationOf(compute, file), file, ['id', 'm']),
    /no column m; it has id, n/,
  );
});
