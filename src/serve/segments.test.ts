// Aim: segments over HTTP: what is counted is what the files say, changes are kept and compared, use forbids deletion, and no
// body makes the server fail.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { type SampleServer, startSample } from './sample-server.ts';
import { CustomersReply, ErrorReply } from './schemas.ts';
import * as schemas from './schemas-segments.ts';

let server: SampleServer;
before(async () => {
  server = await startSample();
});
after(() => server.close());

const send = async (method: string, path: string, body: unknown) => {
  const headers = { 'content-type': 'application/json' };
  const reply = await server.get(`/api/v1${path}`, { method, body: JSON.stringify(body), headers });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
};
const refused = async (method: string, path: string, body: unknown, status: number, code: string): Promise<string> => {
  const reply = await send(method, path, body);
  const { error } = ErrorReply.parse(reply.body);
  assert.deepEqual([reply.status, error.code], [status, code], error.message);
  return error.message;
};
type Row = z.infer<typeof schemas.SegmentReply>;
const create = async (draft: object): Promise<Row> => {
  const reply = await send('POST', '/segments', { name: 'S', actor: 'ann', ...draft });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return schemas.SegmentReply.parse(reply.body);
};
const count = async (sql: string): Promise<number> =>
  (await server.direct.rows<{ n: number }>(`select count(*) as n from ${sql}`))[0]!.n;

const VIP = {
  all: [
    { field: 'tier', op: 'in', value: ['gold', 'platinum'] },
    { did: 'order_paid', atLeast: 2 },
  ],
};
const VIP_SQL = `customer_tiers where tier in ('gold', 'platinum') and customer_id in (select customer_id from order_lines
  where status = 'paid' group by 1 having count(distinct order_id) >= 2)`;

test('a preview says what the files say, and why each of the sample belongs', async () => {
  const { status, body } = await send('POST', '/segments/preview', { condition: VIP });
  assert.equal(status, 200, JSON.stringify(body));
  const preview = schemas.SegmentPreviewReply.parse(body);
  const expected = await count(VIP_SQL);
  assert.ok(expected > 20);
  assert.equal(preview.customers, expected);
  assert.equal(preview.share, expected / (await count('profiles')));
  const [sum] = await server.direct.rows<{ n: number }>(`select sum(value_minor)::bigint as n from ${VIP_SQL}`);
  assert.equal(preview.valueMinor, sum!.n);
  for (const { tier, customers, of } of preview.byTier) {
    const own = tier === null ? 'false' : `tier = '${tier}'`;
    assert.equal(customers, tier === null ? 0 : await count(`(from ${VIP_SQL} and ${own})`), String(tier));
    if (tier !== null) assert.equal(of, await count(`customer_tiers where ${own}`));
  }
  assert.equal(preview.sample.length, 20);
  for (const { customerId, why } of preview.sample) {
    assert.equal(why.length, 2);
    const [orders] = await server.direct.rows<{ n: number }>(
      "select count(distinct order_id) as n from order_lines where status = 'paid' and customer_id = $id",
      { id: customerId },
    );
    assert.equal(why[1]!.figure?.en, String(orders!.n), customerId);
  }
  assert.match(preview.words.en, /^Tier is .* or .*; and bought at least 2 times$/);
  assert.match(preview.words.zh, /；且下单购买 不低于 2 单$/);
});

test('a segment is saved, listed, changed, and its people are a page, a file and a filter', async () => {
  const made = await create({ name: '金牌 VIP', condition: VIP });
  assert.match(made.id, /^vip-[0-9a-f]{8}$/);
  const { rows } = schemas.SegmentsReply.parse(await server.json('/api/v1/segments'));
  assert.deepEqual(
    rows.find(({ id }) => id === made.id),
    made,
  );
  const people = CustomersReply.parse(await server.json(`/api/v1/segments/${made.id}/people?limit=5`));
  assert.deepEqual([people.total, people.rows.length], [made.customers, 5]);
  const list = CustomersReply.parse(await server.json(`/api/v1/customers?inSegment=${made.id}&tier=gold&limit=1`));
  assert.equal(list.total, await count(`(from ${VIP_SQL} and tier = 'gold')`));
  const csv = await (await server.get(`/api/v1/segments/${made.id}/people?format=csv`)).text();
  assert.equal(csv.trim().split('\r\n').length, people.total + 1);

  const wider = { name: 'Wider', about: 'x', condition: { did: 'order_paid' }, actor: 'bob', version: 1 };
  const changed = schemas.SegmentReply.parse((await send('PUT', `/segments/${made.id}`, wider)).body);
  assert.deepEqual([changed.version, changed.changedBy, changed.createdBy], [2, 'bob', 'ann']);
  assert.ok(changed.customers! > made.customers!);
  assert.match(await refused('PUT', `/segments/${made.id}`, wider, 409, 'SEGMENT_CHANGED'), /version 2/);
  const one = schemas.SegmentOneReply.parse(await server.json(`/api/v1/segments/${made.id}`));
  assert.deepEqual(
    one.versions.map(({ version, name }) => [version, name]),
    [
      [2, 'Wider'],
      [1, '金牌 VIP'],
    ],
  );
});

test('of ten changes to one version at once, one is kept', async () => {
  const made = await create({ condition: { all: [] } });
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      send('PUT', `/segments/${made.id}`, { name: `N${i}`, condition: { any: [] }, actor: `p${i}`, version: 1 }),
    ),
  );
  assert.equal(all.filter(({ status }) => status === 200).length, 1);
  assert.equal(all.filter(({ status }) => status === 409).length, 9);
});

test('what is in use is not deleted; what is made from itself is not saved', async () => {
  const inner = await create({ name: 'Inner', condition: { did: 'viewed' } });
  const outer = await create({ name: 'Outer', condition: { not: { segment: inner.id } } });
  assert.equal(outer.customers, (await count('profiles')) - inner.customers!);
  const gone = { actor: 'ann', version: 1 };
  assert.match(
    await refused('DELETE', `/segments/${inner.id}`, gone, 409, 'SEGMENT_IN_USE'),
    new RegExp(`segment ${outer.id}`),
  );
  const cycle = { name: 'Inner', condition: { segment: outer.id }, actor: 'ann', version: 1 };
  await refused('PUT', `/segments/${inner.id}`, cycle, 422, 'SEGMENT_CYCLE');
  mkdirSync(join(server.dir, 'campaigns', 'spring-x'), { recursive: true });
  writeFileSync(
    join(server.dir, 'campaigns', 'spring-x', 'campaign.json'),
    JSON.stringify({ plan: { audience: { segmentId: outer.id } } }),
  );
  assert.match(await refused('DELETE', `/segments/${outer.id}`, gone, 409, 'SEGMENT_IN_USE'), /campaign spring-x/);
  writeFileSync(join(server.dir, 'campaigns', 'spring-x', 'campaign.json'), '{}');
  await refused('DELETE', `/segments/${outer.id}`, { actor: 'ann', version: 7 }, 409, 'SEGMENT_CHANGED');
  assert.equal((await send('DELETE', `/segments/${outer.id}`, gone)).status, 200);
  assert.equal((await server.get(`/api/v1/segments/${outer.id}`)).status, 404);
  assert.equal((await send('DELETE', `/segments/${inner.id}`, gone)).status, 200);
  const { rows } = schemas.SegmentsReply.parse(await server.json('/api/v1/segments'));
  assert.ok(rows.every(({ id }) => id !== inner.id && id !== outer.id));
});

test('a list counts duplicates and strangers, is a condition, and refuses what holds no id', async () => {
  const text = 'customer_id,note\r\n张三,x\r\n"x""y\\z",y\r\n=1+1,\r\nnobody,z\r\n张三,again\r\n, blank\r\n';
  const { status, body } = await send('POST', '/segments/lists', { name: '名单', actor: 'ann', text });
  assert.equal(status, 201, JSON.stringify(body));
  const list = schemas.ListReply.parse(body);
  assert.deepEqual([list.rows, list.duplicates, list.ids, list.unknown, list.unknownSample], [5, 1, 4, 1, ['nobody']]);
  const preview = schemas.SegmentPreviewReply.parse(
    (await send('POST', '/segments/preview', { condition: { list: list.id } })).body,
  );
  assert.equal(preview.customers, 3);
  assert.deepEqual(preview.words, { en: 'On list “名单”', zh: '在名单“名单”中' });
  const user = await create({ condition: { list: list.id } });
  await refused('DELETE', `/segments/lists/${list.id}`, { actor: 'ann' }, 409, 'SEGMENT_IN_USE');
  await send('DELETE', `/segments/${user.id}`, { actor: 'ann', version: 1 });
  assert.equal((await send('DELETE', `/segments/lists/${list.id}`, { actor: 'ann' })).status, 200);
  await refused('POST', '/segments/preview', { condition: { list: list.id } }, 404, 'LIST_UNKNOWN');
  await refused(
    'POST',
    '/segments/lists',
    { name: 'x', actor: 'ann', text: 'customer_id\n\n' },
    422,
    'SEGMENT_INVALID',
  );
  await refused('POST', '/segments/lists', { name: 'x', actor: 'ann', xlsx: 'AAAA' }, 422, 'FILE_BROKEN');
  await refused('POST', '/segments/lists', { name: 'x', actor: 'ann' }, 400, 'REQUEST_INVALID');
});

test('a segment of schedule once keeps its people', async () => {
  const inner = await create({ name: 'Moving', condition: { field: 'orders', op: '>=', value: 1 } });
  const once = await create({ name: 'Still', condition: { segment: inner.id }, schedule: 'once' });
  await send('PUT', `/segments/${inner.id}`, { name: 'Moving', condition: { any: [] }, actor: 'ann', version: 1 });
  const now = async (id: string) =>
    schemas.SegmentOneReply.parse(await server.json(`/api/v1/segments/${id}`)).customers;
  assert.equal(await now(inner.id), 0);
  assert.equal(await now(once.id), inner.customers);
  assert.ok(inner.customers! > 0);
});

test('a file that cannot be read is told of, and the others go on', async () => {
  writeFileSync(join(server.dir, 'segments', 'broken.json'), '{"id": 3}');
  const { rows, broken } = schemas.SegmentsReply.parse(await server.json('/api/v1/segments'));
  assert.ok(rows.length > 0);
  assert.deepEqual(
    broken.map(({ id }) => id),
    ['broken'],
  );
  assert.match(broken[0]!.problem, /broken.json/);
  assert.equal((await send('POST', '/segments/preview', { condition: { all: [] } })).status, 200);
  rmSync(join(server.dir, 'segments', 'broken.json'));
});

test('overlaps add up', async () => {
  const parts = await Promise.all([
    create({ name: 'A', condition: { field: 'orders', op: '>=', value: 2 } }),
    create({ name: 'B', condition: { field: 'tier', op: '=', value: 'gold' } }),
    create({ name: 'C', condition: { field: 'city', op: '=', value: 'Berlin' } }),
  ]);
  const ids = parts.map(({ id }) => id);
  const overlap = schemas.OverlapReply.parse(await server.json(`/api/v1/segments/overlap?ids=${ids.join(',')}`));
  assert.deepEqual(
    overlap.segments.map(({ customers }) => customers),
    parts.map(({ customers }) => customers),
  );
  const ab = overlap.pairs.find(({ a, b }) => a === ids[0] && b === ids[1])!;
  assert.equal(
    ab.both,
    await count("profiles join customer_tiers using (customer_id) where orders >= 2 and tier = 'gold'"),
  );
  const inA = overlap.exact
    .filter((each) => each.ids.includes(ids[0]!))
    .reduce((sum, { customers }) => sum + customers, 0);
  assert.equal(inA, parts[0]!.customers);
  assert.equal((await server.get(`/api/v1/segments/overlap?ids=${ids[0]}`)).status, 422);
});

test('the page of fields has no list of its own: every field, event and template can be asked as it is offered', async () => {
  const fields = schemas.SegmentFieldsReply.parse(await server.json('/api/v1/segments/fields'));
  assert.ok(fields.fields.length > 30 && fields.events.length >= 8);
  const leaves = [
    ...fields.fields.flatMap(({ name, kind, ops, values }) =>
      ops.map((op) => ({
        field: name,
        op,
        value:
          op === 'missing'
            ? true
            : op === 'in'
              ? (values ?? []).map(({ key }) => key)
              : kind === 'number'
                ? 1
                : kind === 'flag'
                  ? true
                  : 'x',
      })),
    ),
    ...fields.events.flatMap(({ name, properties, measures }) => [
      ...measures.map((measure) => ({ did: name, measure, atLeast: 1 })),
      ...properties.map((property) => {
        const { kind, values } = fields.properties.find((each) => each.name === property)!;
        return { did: name, where: [{ property, op: '=', value: kind === 'number' ? 1 : (values?.[0]?.key ?? 'x') }] };
      }),
    ]),
  ];
  for (const condition of leaves) {
    const reply = await send('POST', '/segments/words', { condition });
    assert.equal(reply.status, 200, JSON.stringify([condition, reply.body]));
  }
  const templates = schemas.TemplatesReply.parse(await server.json('/api/v1/segments/templates'));
  assert.ok(templates.rows.length >= 5);
  for (const { condition, customers } of templates.rows)
    assert.equal((await send('POST', '/segments/preview', { condition, sample: 0 })).body.customers, customers);
});

test('a sentence is read clause by clause, or not at all', async () => {
  const read = async (text: string) =>
    schemas.SegmentSaidReply.parse((await send('POST', '/segments/read', { text })).body);
  const good = await read('gold or platinum, bought at least 2 times');
  assert.match(good.words?.en ?? '', /^Tier is gold or platinum; and bought at least 2 times$/i);
  const preview = await send('POST', '/segments/preview', { condition: good.condition, sample: 0 });
  assert.equal(preview.body.customers, await count(VIP_SQL));
  const bad = await read('黄金客户，喜欢猫');
  assert.deepEqual([bad.condition, bad.words, bad.clauses.length], [null, null, 2]);
  assert.equal((await send('POST', '/segments/read', { text: ' ' })).status, 400);
});

test('any condition: an answer or a 4xx', async () => {
  const leaf = fc.oneof(
    fc.record(
      {
        did: fc.constantFrom('order_paid', 'viewed', 'event:x', 'exposed', '__proto__', ''),
        atLeast: fc.oneof(fc.nat(3), fc.double(), fc.string()),
      },
      { requiredKeys: ['did'] },
    ),
    fc.record({
      did: fc.constant('order_paid'),
      where: fc.array(
        fc.record({
          property: fc.constantFrom('category', 'amount', 'toString'),
          op: fc.constantFrom('=', 'in', '<'),
          value: fc.jsonValue({ maxDepth: 1 }),
        }),
        { maxLength: 2 },
      ),
    }),
    fc.record({ lastTime: fc.constantFrom('viewed', 'clicked'), atLeastDaysAgo: fc.integer({ min: -1, max: 4000 }) }),
    fc.record({
      sequence: fc.array(fc.record({ did: fc.constantFrom('viewed', 'order_paid') }), { maxLength: 6 }),
      in: fc.record({ days: fc.integer({ min: 0, max: 400 }) }),
    }),
    fc.record({ segment: fc.string() }),
    fc.record({ random: fc.string({ unit: 'binary' }), below: fc.double() }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const tree = fc.oneof(leaf, fc.record({ all: fc.array(leaf, { maxLength: 3 }) }), fc.record({ not: leaf }));
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(tree, async (condition) => {
      const { status, body } = await send('POST', '/segments/preview', { condition });
      assert.ok(status === 200 || (status >= 400 && status < 500), JSON.stringify(body));
      if (status !== 200) ErrorReply.parse(body);
      else answered++;
    }),
    { seed: 43, numRuns: 150 },
  );
  assert.ok(answered > 20, String(answered));
  assert.deepEqual(server.log, []);
});
