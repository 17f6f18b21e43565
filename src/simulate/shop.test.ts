// Aim: a made-up shop is the same bytes again, the same rows in any number of parts, and its planted faults add up.
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { parse } from 'yaml';
import { literal, openDuckdb } from '#engines/index.ts';
import { importShop, readMapping, TABLES } from '#events/index.ts';
import { readShopFacts } from './notes.ts';
import { type ShopProgress, writeShop } from './shop.ts';

const compute = await openDuckdb();
const root = mkdtempSync(join(tmpdir(), 'tierwise-simulate-'));
after(async () => {
  await compute.close();
  rmSync(root, { recursive: true, force: true });
});

const WORLD = { seed: 11, days: 400, products: 96 };
const at = (name: string) => join(root, name);
const PARTED = ['customers', 'order_lines', 'events', 'reviews', 'exposures', 'redemptions'];
const TRUTH = ['truth/customer_truth', 'truth/offer_truth'];
const steps: ShopProgress[] = [];

const shop = await writeShop(
  { ...WORLD, customers: 900, out: at('a'), onProgress: (step) => steps.push(step) },
  compute,
);
await writeShop({ ...WORLD, customers: 900, out: at('again') }, compute);
const parted = await writeShop({ ...WORLD, customers: 700, partSize: 250, out: at('parted') }, compute);

const from = (name: string, table: string) => `read_parquet(${literal(`${at(name)}/${table}/*.parquet`)})`;
const one = async (sql: string): Promise<number> => Number(Object.values((await compute.rows(sql))[0] ?? {})[0]);

test('the same seed writes the same bytes', () => {
  const files = globSync('**/*', { cwd: at('a') }).filter((file) => /\.\w+$/.test(file));
  assert.ok(files.length > 100, `${files.length} files`);
  for (const file of files)
    assert.ok(readFileSync(join(at('a'), file)).equals(readFileSync(join(at('again'), file))), `${file} differs`);
});

test('another seed writes another shop', async () => {
  await writeShop({ ...WORLD, seed: 12, customers: 50, out: at('other') }, compute);
  const same = await one(
    `select count(*) from ${from('a', 'order_lines')} a join ${from('other', 'order_lines')} b
     using (order_id, line, product_id, ordered_at)`,
  );
  assert.equal(same, 0);
});

test('a customer’s rows and truth do not depend on the number of customers or on the parts', async () => {
  for (const table of [...PARTED, ...TRUTH]) {
    const owner =
      table === 'order_lines'
        ? "regexp_extract(coalesce(order_id, 'O' || substr(customer_id, 2)), '\\d{7}')"
        : table === 'events'
          ? "substr(regexp_extract(message_id, '\\d{7}-'), 1, 7)"
          : 'substr(customer_id, 2)';
    const few = `select * from ${from('parted', table)}`;
    const many = `select * from ${from('a', table)} where ${owner} <= '0000700'`;
    assert.equal(await one(`select count(*) from ((${few}) except all (${many}))`), 0, `${table}: more in parts`);
    assert.equal(await one(`select count(*) from ((${many}) except all (${few}))`), 0, `${table}: fewer in parts`);
  }
  assert.equal(parted.files.filter((file) => file.startsWith('events/')).length, 3);
});

test('writing a smaller shop over a larger one leaves nothing of it', async () => {
  await writeShop({ ...WORLD, customers: 120, partSize: 60, out: at('twice') }, compute);
  await writeShop({ ...WORLD, customers: 60, partSize: 60, out: at('twice') }, compute);
  assert.equal(await one(`select count(distinct customer_id) from ${from('twice', 'customers')}`), 60);
});

test('every table has the canonical columns and types of its rows', async () => {
  for (const { name, columns } of TABLES) {
    const files = PARTED.includes(name) ? `${at('a')}/${name}/*.parquet` : `${at('a')}/${name}.parquet`;
    const found = await compute.rows<{ column_name: string }>(`describe select * from ${literal(files)}`);
    assert.deepEqual(
      found.map((column) => column.column_name),
      columns.map((column) => column.name),
      name,
    );
    assert.equal(await one(`select count(*) from ${literal(files)}`), shop.rows[name], name);
  }
});

test('the planted faults are there, as many as said, and nothing else is wrong', async () => {
  const dirt = JSON.parse(readFileSync(join(at('a'), 'truth/dirt.json'), 'utf8'));
  const lines = from('a', 'order_lines');
  const late = Date.UTC(2090, 0, 1);
  const found = {
    'missing-key/order_id': await one(`select count(*) from ${lines} where order_id is null`),
    'missing-key/product_id': await one(`select count(*) from ${lines} where product_id is null`),
    'negative-money': await one(`select count(*) from ${lines} where paid < 0`),
    'negative-quantity': await one(`select count(*) from ${lines} where quantity < 0`),
    'absurd-quantity': await one(`select count(*) from ${lines} where quantity > 1e6`),
    'nothing-sold': await one(`select count(*) from ${lines} where quantity = 0 and paid = 0`),
    'unknown-status': await one(`select count(*) from ${lines} where status not in ('paid', 'refunded', 'cancelled')`),
    'future-time': await one(`select count(*) from ${lines} where ordered_at > ${late}`),
    'duplicate-row': await one(
      `select count(*) - (select count(*) from (select distinct * from ${lines})) from ${lines}`,
    ),
    'duplicate-key': await one(
      `select sum(n) from (select count(*) - 1 as n from (select distinct * from ${lines} where order_id is not null)
       group by order_id, line)`,
    ),
  };
  const said = dirt.order_lines as Record<string, number>;
  for (const [rule, count] of Object.entries(found)) assert.equal(count, said[rule] ?? 0, rule);
  assert.ok(Object.keys(said).length >= 8, `kinds: ${Object.keys(said)}`);
  const events = from('a', 'events');
  assert.equal(
    await one(`select count(*) from ${events} where customer_id is null and anonymous_id is null`),
    dirt.events['missing-customer'],
  );
  assert.equal(await one(`select count(*) - count(distinct message_id) from ${events}`), dirt.events['duplicate-row']);
  assert.equal(
    await one(`select count(*) from ${from('a', 'customers')} where city <> trim(city)`),
    dirt.customers.trimmed,
  );
});

test('the import finds what was planted, by rule, and nothing else', async () => {
  const dirt: Record<string, Record<string, number>> = JSON.parse(
    readFileSync(join(at('a'), 'truth/dirt.json'), 'utf8'),
  );
  const report = await importShop(compute, readMapping(join(at('a'), 'tierwise.yaml')), at('a'), {
    now: Date.UTC(2026, 6, 1),
    lakeDir: at('lake'),
    quarantineDir: at('quarantine'),
  });
  for (const { name, rules } of report.tables) {
    const planted = dirt[name] ?? {};
    const found: Record<string, number> = {};
    for (const { key, column, action, count } of rules) {
      if (action === 'keep') continue;
      const rule = key in planted || !(`${key}/${column}` in planted) ? key : `${key}/${column}`;
      found[rule] = (found[rule] ?? 0) + count;
    }
    assert.deepEqual(found, planted, name);
  }
  assert.equal(
    await one('select count(*) from order_lines where paid = 1'),
    0,
    'of two rows with one key the true one',
  );
});

test('rows hang together: money adds up, references exist, times lie in the history', async () => {
  const { endAt, days } = (await readShopFacts(at('a')))!;
  const lines = `(from ${from('a', 'order_lines')} where ordered_at < 3e12 and order_id is not null and product_id is not null
    and status in ('paid', 'refunded', 'cancelled') and quantity between 1 and 1000 and paid > 1)`;
  assert.equal(
    await one(
      `select count(*) from ${lines} where status <> 'refunded' and paid + discount + coupon_discount <> list_price`,
    ),
    0,
  );
  const begin = endAt - days * 86_400_000;
  assert.equal(await one(`select count(*) from ${lines} where ordered_at < ${begin} or ordered_at >= ${endAt}`), 0);
  const orphans = `select count(*) from ${lines} r where status = 'refunded' and not exists (from ${lines} o
    where o.order_id = r.returns_order_id and o.product_id = r.product_id and o.paid = r.paid and o.ordered_at < r.ordered_at)`;
  assert.equal(await one(orphans), 0);
  assert.ok((await one(`select count(*) from ${lines} where status = 'refunded'`)) > 20);
  const guests = await one(`select avg((customer_id is null)::int) from ${lines}`);
  assert.ok(guests > 0.01 && guests < 0.08, `guest share ${guests}`);
  assert.equal(
    await one(`select count(*) from ${from('a', 'redemptions')} where order_id not in (select order_id from ${lines})`),
    0,
  );
  assert.equal(
    await one(`select count(*) from ${from('a', 'customers')} c join (select customer_id, min(ordered_at) as first
      from ${lines} group by all) using (customer_id) where first < first_seen_at`),
    0,
  );
});

test('texts are there in both languages, and reviews fit their ratings', async () => {
  const products = literal(`${at('a')}/products.parquet`);
  assert.equal(await one(`select count(distinct title) from ${products}`), WORLD.products);
  for (const en of ['title', 'description', 'category']) {
    const zh = `${en}_zh`;
    assert.equal(await one(`select count(*) from ${products} where not regexp_matches(${zh}, '\\p{Han}{2}')`), 0, zh);
    assert.equal(await one(`select count(*) from ${products} where not regexp_matches(${en}, '[A-Za-z]{3}')`), 0, en);
  }
  const reviews = from('a', 'reviews');
  assert.equal(
    await one(`select count(*) from ${reviews} where regexp_matches(text, '\\p{Han}{2}') <> (language = 'zh')`),
    0,
  );
  const angry = (where: string) =>
    one(
      `select avg(regexp_matches(text, '失望|很差|不行|有问题|poor|let me down|problem|Bad')::int) from ${reviews} where ${where}`,
    );
  assert.ok((await angry('rating <= 2')) > 0.9);
  assert.equal(await angry('rating >= 4'), 0);
});

test('pictures are PNG files that decode to 160 x 160 palette colours', async () => {
  const paths = await compute.rows<{ image_path: string }>(`select image_path from '${at('a')}/products.parquet'`);
  assert.equal(paths.length, WORLD.products);
  for (const { image_path } of paths) {
    const file = readFileSync(join(at('a'), image_path));
    assert.deepEqual([...file.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const chunks = new Map<string, Buffer>();
    for (let at = 8; at < file.length; ) {
      const size = file.readUInt32BE(at);
      chunks.set(file.toString('latin1', at + 4, at + 8), file.subarray(at + 8, at + 8 + size));
      at += 12 + size;
    }
    assert.deepEqual([...chunks.keys()], ['IHDR', 'PLTE', 'IDAT', 'IEND']);
    const header = chunks.get('IHDR')!;
    assert.deepEqual([header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]], [160, 160, 8, 3]);
    const pixels = inflateSync(chunks.get('IDAT')!);
    assert.equal(pixels.length, 160 * 161);
    assert.ok(Math.max(...pixels) < chunks.get('PLTE')!.length / 3);
  }
});

test('the mapping names every table and says that the shop is made up', () => {
  const mapping = parse(readFileSync(join(at('a'), 'tierwise.yaml'), 'utf8'));
  assert.equal(mapping.simulated, true);
  assert.deepEqual(Object.keys(mapping.tables).toSorted(), TABLES.map(({ name }) => name).toSorted());
  for (const [source] of Object.values<{ file?: string; files?: string }[]>(mapping.tables))
    assert.ok(globSync(source?.file ?? source?.files ?? '', { cwd: at('a') }).length > 0);
});

test('progress rises to the end of each stage', () => {
  const of = (stage: string) => steps.filter((step) => step.stage === stage);
  assert.deepEqual(
    of('customers').map(({ done }) => done),
    [500, 900],
  );
  assert.equal(of('products').at(-1)?.done, WORLD.products);
});

test('wrong sizes and folders are refused with the number or path that came', async () => {
  const ask = (more: object) => writeShop({ ...WORLD, customers: 5, out: at('bad'), ...more }, compute);
  await assert.rejects(ask({ customers: 0 }), { code: 'SIMULATION_SIZE', message: /customers is 0/ });
  await assert.rejects(ask({ seed: 1.5 }), { code: 'SIMULATION_SIZE', message: /seed is 1.5/ });
  await assert.rejects(ask({ days: 3 }), { code: 'SIMULATION_SIZE', message: /from 60/ });
  await assert.rejects(ask({ endAt: Number.NaN }), { code: 'SIMULATION_SIZE', message: /endAt/ });
  writeFileSync(at('file'), '');
  await assert.rejects(ask({ out: at('file') }), { code: 'SIMULATION_FOLDER' });
});

test('facts are read back; none where there is no shop; broken ones are named', async () => {
  const facts = await readShopFacts(at('a'));
  assert.deepEqual(
    { seed: facts?.seed, days: facts?.days, products: facts?.products, customers: facts?.customers },
    { ...WORLD, customers: 900 },
  );
  assert.equal(await readShopFacts(at('nowhere')), undefined);
  writeFileSync(join(at('other'), 'truth/shop.json'), '{"seed":');
  await assert.rejects(readShopFacts(at('other')), { code: 'FILE_BROKEN' });
});
