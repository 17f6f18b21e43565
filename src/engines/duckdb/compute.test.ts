// Aim: what goes into DuckDB comes out as it was, and faults are named.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { KnownError } from '#errors.ts';
import { numbers, table, texts } from '#table/index.ts';
import { openDuckdb } from './compute.ts';

const compute = await openDuckdb();
after(() => compute.close());

test('load then table is identity, missing values included', async () => {
  const size = 5000;
  const data = table({
    n: numbers(Array.from({ length: size }, (_, i) => (i % 7 === 0 ? null : i / 4))),
    t: texts(Array.from({ length: size }, (_, i) => (i % 5 === 0 ? null : `客户${i % 90}`))),
  });
  await compute.load('t1', data);
  assert.deepEqual(await compute.table('select * from t1'), data);
});

test('rows are plain values', async () => {
  const [row] = await compute.rows(
    "select 1::bigint a, [1, 2] b, {x: 'é', y: null} c, 1.50::decimal(9,2) d, true e, $p f",
    { p: 'q' },
  );
  assert.deepEqual(row, { a: 1, b: [1, 2], c: { x: 'é', y: null }, d: 1.5, e: true, f: 'q' });
});

test('a whole number beyond 2^53 is refused, not rounded', async () => {
  await assert.rejects(compute.rows('select 9007199254740993::bigint x'), { code: 'NUMBER_TOO_LARGE' });
});

test('a wrong query names the engine and the query', async () => {
  await assert.rejects(compute.run('select * from nowhere'), (error) => {
    assert.ok(error instanceof KnownError);
    assert.match(error.message, /nowhere/);
    return error.code === 'ENGINE_FAILED';
  });
});

test('with several connections a long question does not hold up a short one, and both see what was made', async () => {
  const many = await openDuckdb({ connections: 2, threads: 2 });
  await many.run('create table t as select i from range(3000000) x(i)');
  const order: string[] = [];
  const long = many.rows('select count(distinct md5(i::varchar)) n from t').then(() => order.push('long'));
  const short = many.rows<{ n: number }>('select count(*) n from t').then(([row]) => order.push(`short ${row!.n}`));
  await Promise.all([long, short]);
  assert.deepEqual(order, ['short 3000000', 'long']);
  await many.close();
});
