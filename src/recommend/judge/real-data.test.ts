// Aim: published and peers' figures on public data are reached.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { literal, openDuckdb } from '#engines/index.ts';
import { fromTriples } from '#kernels/sparse.ts';
import { numberColumn } from '#table/index.ts';
import { countsOf, type Interactions } from '../data/interactions.ts';
import { fitMethod } from '../methods/all.ts';
import { evaluate } from './evaluate.ts';

const DATA = new URL('../../../../shared/data/', import.meta.url);
const skip = existsSync(DATA) ? false : 'no ../shared/data here';
const file = (name: string) => literal(fileURLToPath(new URL(name, DATA)));

test('Gowalla: RP3beta reaches recall .1841 and NDCG .1508 at 20', { skip }, async () => {
  const compute = await openDuckdb();
  const read = async (part: string) => {
    const rows = await compute.table(
      `select "user"::integer as u, item::integer as i from ${file('recsys-gowalla/interactions.parquet')} where split = '${part}' order by 1, 2`,
    );
    return ['u', 'i'].map((name) => Int32Array.from(numberColumn(rows, name).values)) as [Int32Array, Int32Array];
  };
  const [[users, items], [rowOf, columnOf]] = [await read('train'), await read('test')];
  await compute.close();
  const data: Interactions = { userCount: 29_858, itemCount: 40_981, users, items };
  const relevant = fromTriples({ rows: data.userCount, columns: data.itemCount, rowOf, columnOf });
  const fit = fitMethod('rp3beta', data, { params: { k: 300 }, seed: 1 });
  // A fifth of the users: the standard error of the recall is .003.
  const options = { k: 20, keepSeen: false, seed: 1, usersMax: 6000 };
  const { metrics, intervals } = evaluate((part) => fit.score(part), countsOf(data), relevant, options);
  assert.ok(intervals.recall[1] > 0.1841 && metrics.recall > 0.178, `recall ${metrics.recall}`);
  assert.ok(intervals.ndcg[1] > 0.1508 && metrics.ndcg > 0.146, `ndcg ${metrics.ndcg}`);
});

test('Complete Journey: decayed own counts give the peer’s .1583 and .3515 at 20', { skip }, async () => {
  const compute = await openDuckdb();
  await compute.run(`create table t as
    select household_id::integer as u, t.product_id::integer as i, basket_id as b,
      ((transaction_timestamp::date - date '2017-01-01'))::integer as d
    from ${file('completejourney/transactions.parquet')} t join ${file('completejourney/products.parquet')} p using (product_id)
    where p.department <> 'FUEL'`);
  await compute.run(`create table item as select i, (row_number() over (order by i) - 1)::integer as code
    from (select i from t where d < 336 group by 1 having count(distinct u) >= 10)`);
  await compute.run(`create table person as select u, (row_number() over (order by u) - 1)::integer as code
    from (select distinct u from t join item using (i) where d < 336)`);
  const read = (columns: string, where: string) =>
    compute.table(
      `select distinct person.code as u, item.code as i, ${columns} from t join item using (i) join person using (u) where ${where} order by all`,
    );
  const train = await read('336 - d as age, b::double as b', 'd < 336');
  const held = await read('0 as age', 'd >= 336 and d < 364');
  await compute.close();
  const codes = (from: typeof train, name: string) => Int32Array.from(numberColumn(from, name).values);
  const data: Interactions = {
    userCount: 2449,
    itemCount: 16_276,
    users: codes(train, 'u'),
    items: codes(train, 'i'),
    ageDays: numberColumn(train, 'age').values,
  };
  const relevant = fromTriples({ rows: 2449, columns: 16_276, rowOf: codes(held, 'u'), columnOf: codes(held, 'i') });
  const fit = fitMethod('personal', data, { params: { halfLifeDays: 56 }, seed: 1 });
  const { users, metrics } = evaluate((part) => fit.score(part), countsOf(data), relevant, {
    k: 20,
    keepSeen: true,
    seed: 1,
  });
  assert.equal(users, 1959);
  assert.equal(metrics.recall.toFixed(4), '0.1583');
  assert.equal(metrics.ndcg.toFixed(4), '0.3515');
});
