// Aim: a profile says what the customer did and nothing later; tags and weights match worlds where the answer is
// visible; neighbours equal a plain search; planted groups are found; threads do not matter.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { SQL_TYPES } from '#catalog/index.ts';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { TABLES } from '#events/index.ts';
import { DAY_MS as DAY } from '#kernels/local-time.ts';
import { random } from '#kernels/random.ts';
import { clusters, standardised, traits } from './clusters.ts';
import { makeProfiles } from './make.ts';
import { neighbours } from './neighbours.ts';
import { TAGS, TRAITS, tagWords } from './tags.ts';

const NOW = Date.UTC(2024, 5, 1, 12);
const compute = await openDuckdb();
after(() => compute.close());

async function emptyShop(own: Compute): Promise<void> {
  for (const { name, columns } of TABLES)
    await own.run(
      `create or replace table ${name} (${columns.map((c) => `${c.name} ${SQL_TYPES[c.kind]}`).join(', ')})`,
    );
}

interface Line {
  readonly of: string;
  readonly daysAgo: number;
  readonly product?: string;
  readonly paid?: number;
  readonly discount?: number;
  readonly status?: string;
}

async function sell(own: Compute, lines: readonly Line[]): Promise<void> {
  for (const [i, { of, daysAgo, product = 'tea', paid = 1000, discount = 0, status = 'paid' }] of lines.entries())
    await own.run(
      `insert into order_lines by name select 'o${i}' order_id, 1 as line, $of customer_id, $product product_id,
       cast($at as bigint) ordered_at, 1 quantity, ${paid} paid, ${discount} discount, '${status}' status, 'USD' currency`,
      { of, product, at: NOW - daysAgo * DAY },
    );
}

interface Profile {
  customer_id: string;
  orders: number;
  spend_minor: number;
  aov_minor: number | null;
  returns: number;
  last_order_at: number | null;
  tags: string[];
  top_categories: { name: string; weight: number }[];
  top_brands: { name: string; weight: number }[];
  similar: string[];
}

const options = { asOf: NOW, timeZone: 'Asia/Shanghai', seed: 7 };

async function profilesOf(own: Compute, asOf = NOW): Promise<Map<string, Profile>> {
  await makeProfiles(own, { ...options, asOf });
  const rows = await own.rows<Profile>('from profiles');
  return new Map(rows.map((row) => [row.customer_id, row]));
}

const every = (of: string, from: number, to: number, step: number, rest: Partial<Line> = {}): Line[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => ({ of, daysAgo: from + i * step, ...rest }));

async function smallShop(): Promise<void> {
  await emptyShop(compute);
  await compute.run(`insert into products (product_id, category, category_zh, brand) values
    ('tea', 'Food > Tea > Green', '食品 > 茶 > 绿茶', 'Lu'), ('cup', 'Home > Cups', '家居 > 杯子', null)`);
  await sell(compute, [
    { of: 'fresh', daysAgo: 3 },
    { of: 'once', daysAgo: 90 },
    ...every('silent', 60, 130, 7),
    ...every('steady', 2, 300, 7),
    ...every('bargain', 4, 60, 14, { discount: 400 }),
    ...every('sender', 5, 65, 20),
    { of: 'sender', daysAgo: 4, paid: 1000, status: 'refunded' },
    { of: 'sender', daysAgo: 3, paid: 1000, status: 'refunded' },
    ...every('private', 2, 300, 7),
    ...every('later', -1, -1, 1),
  ]);
  await compute.run(`insert into customers (customer_id, city, consent_personal) values
    ('private', 'Berlin', false), ('looker', 'Wuhan', true)`);
  await compute.run(`insert into events (message_id, customer_id, name, occurred_at)
    select 'm' || i, 'looker', 'Product Viewed', ${NOW} - i * 1000 from range(12) r(i)`);
}

test('rule tags, counts and consent in a world where one can see them', async () => {
  await smallShop();
  const found = await profilesOf(compute);
  const tagged = (id: string, tag: string) => found.get(id)!.tags.includes(tag);
  assert.deepEqual([...found.keys()], [...found.keys()].sort());
  assert.ok(!found.has('later'), 'whoever comes later is not known yet');
  for (const [id, tag] of [
    ['fresh', 'new'],
    ['once', 'one-timer'],
    ['silent', 'lapsing'],
    ['steady', 'loyal'],
    ['bargain', 'deal-seeker'],
    ['sender', 'returns-often'],
    ['looker', 'window-shopper'],
    ['steady', 'full-price'],
  ] as const)
    assert.ok(tagged(id, tag), `${id} is ${tag}: ${found.get(id)!.tags}`);
  for (const [id, tag] of [
    ['steady', 'lapsing'],
    ['fresh', 'one-timer'],
    ['bargain', 'full-price'],
    ['once', 'new'],
    ['fresh', 'loyal'],
  ] as const)
    assert.ok(!tagged(id, tag), `${id} is not ${tag}`);
  const sender = found.get('sender')!;
  assert.deepEqual([sender.orders, sender.spend_minor, sender.aov_minor, sender.returns], [4, 2000, 1000, 2]);
  assert.equal(sender.last_order_at, NOW - 5 * DAY);
  const hidden = found.get('private')!;
  assert.deepEqual([hidden.tags, hidden.top_categories, hidden.similar, hidden.orders], [[], [], [], 43]);
  assert.ok(
    [...found.values()].every((own) => !own.similar.includes('private') && !own.similar.includes(own.customer_id)),
  );
  assert.deepEqual(found.get('looker')!.similar, []);
});

test('weights of taste follow the formula', async () => {
  await emptyShop(compute);
  await compute.run(`insert into products (product_id, category, category_zh, brand) values
    ('tea', 'Food > Tea > Green', '食品 > 茶 > 绿茶', 'Lu'), ('cup', 'Home > Cups', '家居 > 杯子', null)`);
  await sell(compute, [
    { of: 'a', daysAgo: 9, paid: 300 },
    { of: 'a', daysAgo: 8, product: 'cup', paid: 100 },
    { of: 'b', daysAgo: 8, paid: 50 },
    { of: 'b', daysAgo: 7, paid: 50 },
  ]);
  const found = await profilesOf(compute);
  const [tea, cup] = [0.75 * (1 + Math.log(3 / 3)), 0.25 * (1 + Math.log(3 / 2))];
  const length = Math.hypot(tea, cup);
  const [first, second] = found.get('a')!.top_categories;
  assert.deepEqual([first!.name, second!.name], ['Food > Tea', 'Home > Cups']);
  assert.ok(Math.abs(first!.weight - tea / length) < 1e-8 && Math.abs(second!.weight - cup / length) < 1e-8);
  assert.deepEqual(found.get('a')!.top_brands, [{ name: 'Lu', weight: 1 }]);
  const names = await compute.rows('from profile_names order by name');
  assert.deepEqual(names, [
    { name: 'Food > Tea', zh: '食品 > 茶' },
    { name: 'Home > Cups', zh: '家居 > 杯子' },
  ]);
});

/** A shop of `customers` people in SQL, seeded by hash. */
async function hashedShop(own: Compute, customers: number): Promise<void> {
  await emptyShop(own);
  await own.run(`insert into products (product_id, category, brand) select 'p' || i, 'C' || (i % 7) || ' > D' || (i % 19), 'B' || (i % 5)
    from range(60) r(i)`);
  await own.run(`insert into order_lines by name
    select 'o' || c || '-' || i // 2 as order_id, i % 2 + 1 as line, 'c' || c as customer_id,
      'p' || (hash(c, i) % 60 * (c % 3 + 1) // 3) as product_id,
      ${NOW} - cast(hash(c, i // 2, 'at') % ${400 * DAY} as bigint) as ordered_at, 1 as quantity,
      cast(100 + hash(c, i, 'paid') % 5000 as bigint) as paid, cast(hash(c, i, 'd') % 3 * 200 as bigint) as discount,
      'paid' as status, 'USD' as currency
    from range(${customers}) c(c), range(24) l(i) where i < 2 + hash(c) % 22`);
}

test('profiles are the same on one thread and on two, again and again, and blind to what comes later', async () => {
  const one = await openDuckdb({ threads: 1 });
  const digest = async (own: Compute) => {
    await makeProfiles(own, options);
    return (
      await own.rows("select md5(string_agg(md5(cast(p as varchar)), '' order by customer_id)) as sum from profiles p")
    )[0];
  };
  for (const own of [one, compute]) await hashedShop(own, 400);
  const first = await digest(compute);
  assert.deepEqual(await digest(one), first);
  assert.deepEqual(await digest(compute), first);
  await compute.run(`insert into order_lines by name
    select 'later' || order_id as order_id, * exclude (order_id) replace (ordered_at + ${401 * DAY} as ordered_at) from order_lines`);
  assert.deepEqual(await digest(compute), first);
  const [row] = await compute.rows<{ groups: number; alone: number }>(
    `select count(*) filter (len(list_filter(tags, t -> t like 'group:%')) = 1) as groups,
     count(*) filter (len(profiles.similar) <> 6) as alone from profiles`,
  );
  assert.deepEqual(row, { groups: 400, alone: 0 });
  const left = await compute.rows("select table_name from information_schema.tables where table_name like '%_tmp_%'");
  assert.deepEqual(left, []);
  await one.close();
});

/** Rows of length 1. */
function unitRows(rows: number, dims: number, seed: number): Float32Array {
  const { normal } = random(seed);
  const out = Float32Array.from({ length: rows * dims }, (_, i) => (i % dims < 3 ? 2 : 1) * normal());
  for (let i = 0; i < rows; i++) {
    const length = Math.hypot(...out.subarray(i * dims, (i + 1) * dims));
    for (let d = 0; d < dims; d++) out[i * dims + d] = out[i * dims + d]! / length;
  }
  return out;
}

test('neighbours of every pair compared equal a plain search', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 9 }), fc.integer(), (rows, dims, seed) => {
      const vectors = unitRows(rows, dims, seed);
      const { indices, cosines } = neighbours(vectors, dims, { count: 5, seed });
      for (let i = 0; i < rows; i++) {
        const slow = Array.from({ length: rows }, (_, j) => {
          let dot = 0;
          for (let d = 0; d < dims; d++) dot += vectors[i * dims + d]! * vectors[j * dims + d]!;
          return { j, dot: Math.fround(dot) };
        })
          .filter(({ j }) => j !== i)
          .sort((a, b) => b.dot - a.dot || a.j - b.j)
          .slice(0, 5);
        const fast = [...indices.subarray(i * 5, i * 5 + slow.length)];
        assert.deepEqual(
          fast,
          slow.map(({ j }) => j),
        );
        assert.deepEqual(
          [...cosines.subarray(i * 5, i * 5 + slow.length)],
          slow.map(({ dot }) => dot),
        );
        assert.ok(indices.subarray(i * 5 + slow.length, i * 5 + 5).every((index) => index === -1));
      }
    }),
    { seed: 8, numRuns: 60 },
  );
});

test('neighbours from trees are mostly the true ones, and close to them', () => {
  const [rows, dims, count] = [3000, 12, 6];
  const vectors = unitRows(rows, dims, 3);
  const exact = neighbours(vectors, dims, { count, seed: 1 });
  const trees = neighbours(vectors, dims, { count, seed: 1, exactRows: 100, leafRows: 256 });
  let [hits, loss] = [0, 0];
  for (let i = 0; i < rows; i++) {
    const own = new Set(exact.indices.subarray(i * count, (i + 1) * count));
    const found = trees.indices.subarray(i * count, (i + 1) * count);
    assert.ok(new Set(found).size === count && !found.includes(i));
    for (let k = 0; k < count; k++) {
      if (own.has(found[k]!)) hits++;
      loss += exact.cosines[i * count + k]! - trees.cosines[i * count + k]!;
    }
  }
  assert.ok(hits / (rows * count) > 0.7, `recall ${hits / (rows * count)}`);
  assert.ok(loss / (rows * count) < 0.02, `loss ${loss / (rows * count)}`);
});

test('planted groups are found, and named after what sets them apart', () => {
  const { normal } = random(5);
  const planted = [
    [4, 0, 0],
    [0, 4, 0],
    [0, 0, -4],
    [4, 4, 4],
  ];
  const rows = 800;
  const values = Float64Array.from(
    { length: rows * 3 },
    (_, i) => planted[Math.floor(i / 3) % 4]![i % 3]! + 0.4 * normal(),
  );
  const found = clusters(standardised({ rows, dims: 3, values }), { seed: 2 });
  assert.equal(found.k, 4);
  for (let i = 4; i < rows; i++) assert.equal(found.of[i], found.of[i % 4], `row ${i}`);
  const named = traits(found, ['x', 'y', 'z']);
  assert.equal(new Set(named.map(String)).size, 4);
  assert.ok(named[found.of[2]!]!.includes('z-'));
  assert.deepEqual(clusters(standardised({ rows, dims: 3, values }), { seed: 2 }), found);
});

test('every tag has words in both languages', () => {
  const keys = TAGS.map((tag) => tag.key);
  assert.equal(new Set(keys).size, keys.length);
  const learned = Object.keys(TRAITS).flatMap((name) => [`group:${name}+`, `group:${name}-`]);
  for (const key of [...keys, ...learned]) {
    const { en, zh } = tagWords(key);
    assert.ok(/^[A-Z][\x20-\x7e]+$/.test(en) && /\p{Script=Han}/u.test(zh), `${key}: ${en}, ${zh}`);
  }
  assert.deepEqual(
    tagWords('category-fan:Food > Tea', () => '食品 > 茶'),
    { en: 'Fan of Tea', zh: '茶爱好者' },
  );
});
