// Aim: every route answers as it says it does, and refuses what it does not know; nothing leaves that should not.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import { openDuckdb } from '#engines/index.ts';
import { addBundle } from './sample-bundle.ts';
import { type SampleServer, startSample } from './sample-server.ts';
import { ODD_IDS } from './sample-workspace.ts';
import * as schemas from './schemas.ts';
import { ModelReply, ModelsReply } from './schemas-models.ts';
import { RecommendReply } from './schemas-recommend.ts';
import { HistoryReply, RecommenderReply } from './schemas-recommender.ts';
import { ListsReply, SegmentFieldsReply, SegmentsReply, TemplatesReply } from './schemas-segments.ts';
import { listen, makeServer } from './server.ts';
import { openStore } from './store.ts';

let server: SampleServer;
let consoleDir: string;

before(async () => {
  consoleDir = mkdtempSync(join(tmpdir(), 'tierwise-console-'));
  mkdirSync(join(consoleDir, 'assets'));
  writeFileSync(join(consoleDir, 'index.html'), '<!doctype html><title>console</title>');
  writeFileSync(join(consoleDir, 'assets', 'index-abc123.js'), 'export {}');
  writeFileSync(join(consoleDir, 'favicon.svg'), '<svg/>');
  writeFileSync(join(consoleDir, '.env'), 'SECRET=1');
  server = await startSample(() => ({ consoleDir }), addBundle);
});
after(async () => {
  await server.close();
  rmSync(consoleDir, { recursive: true });
});

const SPRING = '/api/v1/campaigns/spring';
const ROUTES: readonly (readonly [path: string, schema: z.ZodType])[] = [
  ['/healthz', schemas.HealthReply],
  ['/api/v1/shop', schemas.ShopReply],
  ['/api/v1/home', schemas.HomeReply],
  ['/api/v1/lifecycle', schemas.LifecycleReply],
  ['/api/v1/customers', schemas.CustomersReply],
  ...ODD_IDS.map((id) => [`/api/v1/customers/${encodeURIComponent(id)}`, schemas.CustomerReply] as const),
  ['/api/v1/customers/C0000012', schemas.CustomerReply],
  ['/api/v1/customers/C0000012/timeline', schemas.TimelineReply],
  ['/api/v1/customers/C0000012/recommendations', schemas.RecommendationsReply],
  ['/api/v1/tiers', schemas.TiersReply],
  ['/api/v1/tiers/migration', schemas.MigrationReply],
  ['/api/v1/tiers/rfm', schemas.RfmReply],
  ['/api/v1/tiers/lorenz', schemas.LorenzReply],
  ['/api/v1/models', ModelsReply],
  ['/api/v1/models/tiers', ModelReply],
  ['/api/v1/models/value', ModelReply],
  ['/api/v1/products', schemas.ProductsReply],
  ['/api/v1/products/P1', schemas.ProductReply],
  ['/api/v1/recommender', RecommenderReply],
  ['/api/v1/recommender/history?part=explore', HistoryReply],
  ['/api/v1/recommendations?customerId=C0000012', RecommendReply],
  ['/api/v1/campaigns', schemas.CampaignsReply],
  [SPRING, schemas.CampaignReply],
  [`${SPRING}/people`, schemas.PeopleReply],
  ['/api/v1/segments', SegmentsReply],
  ['/api/v1/segments/fields', SegmentFieldsReply],
  ['/api/v1/segments/lists', ListsReply],
  ['/api/v1/segments/templates', TemplatesReply],
  ['/api/v1/quality', schemas.QualityReply],
  ['/api/v1/quality/rejects?table=order_lines', schemas.RejectsReply],
];

test('every route answers in the shape of its schema', async () => {
  for (const [path, schema] of ROUTES) {
    const reply = await server.get(path);
    assert.equal(reply.status, 200, path);
    assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
    const body: unknown = await reply.json();
    assert.deepEqual(schema.parse(body), body, path);
  }
});

test('a tier policy is tried on the past beside the one in force, which comes out as it was; faults of it are named', async () => {
  const ask = async (body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const reply = await server.get('/api/v1/tiers/what-if', { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: reply.status, body: (await reply.json()) as z.infer<typeof schemas.WhatIfReply> };
  };
  const [base, gold] = [
    { key: 'base', en: 'Base', zh: '普通', benefit: { costMinor: 0, upliftShare: 0 } },
    { key: 'gold', en: 'Gold', zh: '金', benefit: { costMinor: 100, upliftShare: 0.1 } },
  ];
  const policy = { tiers: [base, gold], cuts: { by: 'capacity', places: [50] }, dwellDays: 0 };
  const tried = await ask({ policy });
  assert.equal(tried.status, 200, JSON.stringify(tried.body));
  assert.deepEqual(schemas.WhatIfReply.parse(tried.body), tried.body);
  const { inForce, proposed, changes } = tried.body;
  const now = (await server.json('/api/v1/tiers')) as z.infer<typeof schemas.TiersReply>;
  assert.deepEqual(
    inForce!.tiers.map(({ tier, customers, valueMinor }) => [tier, customers, valueMinor]),
    now.rows.map((row) => [row.key, row.customers, row.valueMinor]),
  );
  assert.deepEqual([inForce!.dates, inForce!.cutsMinor], [now.dates, [999, 4999, 19_999]]);
  const [all, top] = proposed.tiers;
  assert.ok(top!.customers > 40 && top!.customers <= 50 && top!.shown.every((n) => n <= 50));
  assert.equal(
    all!.customers + top!.customers,
    now.rows.reduce((sum, row) => sum + row.customers, 0),
  );
  assert.deepEqual([proposed.benefits!.costMinor, proposed.regret!.moments], [100 * top!.customers, 2]);
  const changed = changes.reduce((sum, { customers }) => sum + customers, 0);
  assert.ok(changed > 0 && changed <= all!.customers + top!.customers);
  for (const [body, status, code] of [
    [{ policy: { ...policy, cuts: { by: 'capacity', places: [0] } } }, 422, 'TIER_POLICY_BAD'],
    [{ policy: { ...policy, cuts: { by: 'money', aboveMinor: [1, 2] } } }, 422, 'TIER_CUTS_COUNT'],
    [{ policy: 'gold' }, 422, 'TIER_POLICY_BAD'],
    [{ policy: null }, 422, 'TIER_POLICY_BAD'],
    [{}, 400, 'REQUEST_INVALID'],
    [{ policy, more: 1 }, 400, 'REQUEST_INVALID'],
  ] as const) {
    const refused = await ask(body);
    assert.deepEqual(
      [refused.status, (refused.body as unknown as z.infer<typeof schemas.ErrorReply>).error.code],
      [status, code],
    );
  }
});

test('a customer: traits, value, why, and what the fixture knows', async () => {
  const one = (await server.json('/api/v1/customers/C0000014')) as z.infer<typeof schemas.CustomerReply>;
  assert.deepEqual(one.traits.pet, 'cat');
  assert.equal(one.traits.visits, 3);
  const like = (await server.json('/api/v1/customers/C0000012')) as z.infer<typeof schemas.CustomerReply>;
  assert.deepEqual(
    like.similar.map((s) => s.customerId),
    ['C0000010', '张三'],
  );
  assert.ok(like.similar.every((s) => s.tier !== null));
  assert.deepEqual(like.tier.reasons, [
    { code: 'SPEND_HIGH', effect: 0.4, en: 'high spend this year', zh: '近一年消费高' },
  ]);
  assert.equal(like.campaigns[0]?.name, 'Spring 春');
  assert.equal(like.lifecycle?.silenceDays !== undefined && like.lifecycle.expectedGapDays, 20.5);
  assert.ok(like.value.daysBetweenOrders !== null && like.value.orders > 1);
  assert.equal(
    like.history.length > 0 && like.history.every((h, i) => i === 0 || h.asOf > like.history[i - 1]!.asOf),
    true,
  );
});

test('the OpenAPI document names every route, with an operation id and the shape of the answer', async () => {
  const document = (await server.json('/openapi.json')) as OpenApi;
  assert.equal(document.openapi, '3.1.0');
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
  );
  const paths = ROUTES.map(([path]) => path.split('?')[0]!)
    .map((path) => path.replace(/customers\/[^/]+/, 'customers/{id}').replace(/products\/[^/]+/, 'products/{id}'))
    .map((path) => path.replace(/models\/[^/]+/, 'models/{name}'))
    .map((path) => `get ${path.replace('campaigns/spring', 'campaigns/{id}')}`);
  const named = new Set(operations.map(({ name }) => name));
  assert.deepEqual(
    paths.filter((path) => !named.has(path)),
    [],
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { name, path, operation } of operations) {
    assert.match(operation.operationId, /^[a-z][A-Za-z]+$/, name);
    assert.ok(operation.summary.length > 5, name);
    const good = operation.responses['200'] ?? operation.responses['201'];
    const [content] = Object.values(good?.content ?? {});
    assert.ok(content !== undefined && Object.keys(content.schema).length > 0, `${name} has no schema`);
    for (const failure of ['4XX', '5XX']) assert.ok(operation.responses[failure]?.content?.['application/json'], name);
    const declared = (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
    assert.deepEqual(
      declared,
      [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]),
      name,
    );
  }
  assert.doesNotMatch(JSON.stringify(document), /"\$ref":"#\/(?!components)/);
});

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: { in: string; name: string }[];
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

test('what is not there or not understood is a 4xx with code, message and way out', async () => {
  for (const [path, status, code] of [
    ['/api/v1/customers/nobody', 404, 'CUSTOMER_UNKNOWN'],
    ['/api/v1/customers/nobody/timeline', 404, 'CUSTOMER_UNKNOWN'],
    ['/api/v1/customers/nobody/recommendations', 404, 'CUSTOMER_UNKNOWN'],
    ['/api/v1/customers/c0000012', 404, 'CUSTOMER_UNKNOWN'],
    ['/api/v1/products/nothing', 404, 'PRODUCT_UNKNOWN'],
    ['/api/v1/products/nothing/image', 404, 'IMAGE_UNKNOWN'],
    ['/api/v1/campaigns/nothing', 404, 'CAMPAIGN_UNKNOWN'],
    ['/api/v1/campaigns/..%2f..%2fstate/people', 400, 'REQUEST_INVALID'],
    ['/api/v1/quality/rejects?table=nothing', 404, 'TABLE_UNKNOWN'],
    ['/api/v1/quality/rejects?table=..%2Fstate%2Fprofiles', 404, 'TABLE_UNKNOWN'],
    ['/api/v1/quality/rejects', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?sort=customer_id;drop', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?dir=up', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?limit=0', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?limit=201', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?limit=1.5', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?limit=1e2', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?limit=', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?offset=-1', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?limit=5&limit=6', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?r=6', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?hasOrders=1', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?teir=gold', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?__proto__=1', 400, 'REQUEST_INVALID'],
    [`/api/v1/customers?search=${'x'.repeat(201)}`, 400, 'REQUEST_INVALID'],
    ['/api/v1/customers?movedFrom=gold&moveFrom=5', 400, 'TIER_DATE_UNKNOWN'],
    ['/api/v1/tiers/migration?from=5', 400, 'TIER_DATE_UNKNOWN'],
    ['/api/v1/models/none', 404, 'MODEL_UNKNOWN'],
    ['/api/v1/home?from=NaN', 400, 'REQUEST_INVALID'],
    ['/api/v1/lifecycle?from=5', 400, 'TIER_DATE_UNKNOWN'],
    ['/api/v1/home?from=9007199254740993', 400, 'REQUEST_INVALID'],
    ['/api/v1/home?from=1719763200000&to=1619763200000', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers/C0000012/timeline?before=x', 400, 'REQUEST_INVALID'],
    ['/api/v1/customers/%E0%A4%A', 400, 'REQUEST_INVALID'],
    ['/api/v1/nothing', 404, 'ROUTE_UNKNOWN'],
    ['/api', 404, 'ROUTE_UNKNOWN'],
    ['/assets/nothing.js', 404, 'ROUTE_UNKNOWN'],
  ] as const) {
    const reply = await server.get(path);
    const body: unknown = await reply.json();
    assert.deepEqual(schemas.ErrorReply.parse(body), body, path);
    assert.deepEqual([reply.status, (body as { error: { code: string } }).error.code], [status, code], path);
  }
});

test('HEAD answers as GET without a body, OPTIONS lists methods, others are refused', async () => {
  const head = await server.get('/api/v1/shop', { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  const options = await server.get('/api/v1/shop', { method: 'OPTIONS' });
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, HEAD, OPTIONS']);
  assert.equal(options.headers.get('access-control-allow-origin'), null);
  for (const method of ['PUT', 'DELETE', 'PATCH', 'POST']) {
    const reply = await server.get('/api/v1/customers/C0000012', { method });
    assert.deepEqual([reply.status, reply.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'], method);
  }
});

test('every answer carries the security headers, also failures and files', async () => {
  for (const path of [
    '/',
    '/api/v1/shop',
    '/api/v1/nothing',
    '/docs',
    '/assets/index-abc123.js',
    '/api/v1/customers?limit=x',
  ]) {
    const { headers } = await server.get(path);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'self';.*frame-ancestors 'none'/, path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('x-powered-by'), null);
  }
  assert.equal((await server.get('/api/v1/customers')).headers.get('cache-control'), 'no-store');
});

/** A request as it is, without what fetch tidies. */
function raw(text: string): Promise<string> {
  const { port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.end(text));
    socket.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

test('foreign hosts and foreign origins are refused', async () => {
  assert.match(
    await raw('GET /api/v1/shop HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1.1 403 .*HOST_REFUSED/s,
  );
  assert.match(
    await raw('GET /api/v1/shop HTTP/1.1\r\nHost: localhost:9\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1.1 200 /,
  );
  const init = {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
  };
  assert.equal((await server.get('/api/v1/campaigns/preview', init)).status, 403);
});

test('what is not HTTP gets a 400 in our shape', async () => {
  assert.match(await raw('NONSENSE\r\n\r\n'), /^HTTP\/1.1 400 .*"code":"REQUEST_INVALID"/s);
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431 /);
});

test('the console: pages fall back to its index, hashed files last, hidden and outside files do not leave', async () => {
  for (const path of ['/', '/customers', '/customers/C0000012', '/tiers?from=1']) {
    const page = await server.get(path);
    assert.deepEqual([page.status, page.headers.get('cache-control')], [200, 'no-cache'], path);
    assert.match(await page.text(), /<title>console/);
  }
  const asset = await server.get('/assets/index-abc123.js');
  assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
  assert.equal((await server.get('/favicon.svg')).headers.get('cache-control'), 'no-cache');
  for (const path of [
    '/.env',
    '/../secret.png',
    '/..%2fsecret.png',
    '/assets/..%5c..%5csecret.png',
    '/%2e%2e/secret.png',
  ]) {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.doesNotMatch(answer, /SECRET|secret$/, path);
    assert.doesNotMatch(answer, /^HTTP\/1.1 5/, path);
  }
});

test('pictures come from inside the data folder or workspace, and only pictures', async () => {
  const picture = await server.get('/api/v1/products/P1/image');
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/png']);
  assert.equal(Buffer.from(await picture.arrayBuffer()).toString('hex'), '89504e470d0a1a0a');
  const again = await server.get('/api/v1/products/P1/image', {
    headers: { 'if-none-match': picture.headers.get('etag') ?? '' },
  });
  assert.equal(again.status, 304);
  for (const id of ['P2', 'P3', 'P4', 'P5'])
    assert.equal((await server.get(`/api/v1/products/${id}/image`)).status, 404, id);
  symlinkSync(join(server.dir, '..', 'secret.png'), join(server.dir, 'data/images/none.png'));
  assert.equal((await server.get('/api/v1/products/P5/image')).status, 404, 'a link that leads outside');
  const { imageUrl } = (await server.json('/api/v1/products/P3')) as z.infer<typeof schemas.ProductReply>;
  assert.equal(imageUrl, 'https://cdn.example/p3.png');
});

test('metrics count requests by pattern, without ids', async () => {
  await server.get('/api/v1/customers/nobody');
  const reply = await server.get('/metrics');
  assert.equal(reply.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const text = await reply.text();
  const value = (line: string): number =>
    Number(new RegExp(`^${line.replaceAll(/[{}.]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
  assert.ok(value('tierwise_http_requests_total{route="/api/v1/customers/:id",method="GET",status="404"}') >= 1);
  const name = 'tierwise_http_request_duration_seconds';
  const route = 'route="/api/v1/customers/:id"';
  assert.equal(value(`${name}_bucket{${route},le="\\+Inf"}`), value(`${name}_count{${route}}`));
  assert.equal(value('tierwise_customers'), 400);
  assert.equal(value('tierwise_import_rows_total{table="order_lines",outcome="quarantined"}'), 25);
  assert.ok(value('process_resident_memory_bytes') > 1e6);
  assert.doesNotMatch(text, /nobody|NaN/);
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+)$/);
});

test('CSV: all rows, the order of the list, BOM, and no formula', async () => {
  const reply = await server.get('/api/v1/customers?format=csv&sort=customer_id&dir=asc&limit=2');
  assert.match(reply.headers.get('content-type') ?? '', /text\/csv/);
  assert.match(reply.headers.get('content-disposition') ?? '', /attachment; filename="customers.csv"/);
  const bytes = Buffer.from(await reply.arrayBuffer());
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  const lines = bytes.toString('utf8').slice(1).split('\r\n');
  assert.equal(lines.length, 400 + 2);
  assert.equal(
    lines[0],
    'customer_id,tier,expected_value_CNY,spend_CNY,orders,last_order,p_alive,rfm_segment,tags,city,state',
  );
  const list: string[] = [];
  for (const offset of [0, 200])
    list.push(
      ...(
        (await server.json(`/api/v1/customers?sort=customer_id&dir=asc&limit=200&offset=${offset}`)) as Customers
      ).rows.map(csvOf),
    );
  assert.deepEqual(lines.slice(1, -1), list);
  assert.ok(list.some((line) => line.startsWith("'=1+1,")) && list.some((line) => line.startsWith("'-5,")));
  for (const [path, rows] of [
    ['/api/v1/products?format=csv', 60],
    ['/api/v1/quality/rejects?table=order_lines&format=csv', 25],
    [`${SPRING}/people?format=csv`, ((await server.json(`${SPRING}/people?limit=1`)) as { total: number }).total],
  ] as const) {
    const text = await (await server.get(path)).text();
    assert.equal(text.trimEnd().split('\r\n').length, rows + 1, path);
    assert.doesNotMatch(text, /(^|,)"?[=+@]/m, path);
  }
});

type Customers = z.infer<typeof schemas.CustomersReply>;

function csvOf(row: Customers['rows'][number]): string {
  const money = (minor: number | null) => (minor === null ? '' : (minor / 100).toFixed(2));
  const local =
    row.lastOrderAt === null
      ? ''
      : new Date(row.lastOrderAt + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
  const id = /^[=-]/.test(row.customerId) ? `'${row.customerId}` : row.customerId;
  const shown = id.includes('"') ? `"${id.replaceAll('"', '""')}"` : id;
  return [
    shown,
    row.tier ?? '',
    money(row.valueMinor),
    money(row.spendMinor),
    row.orders,
    local,
    row.pAlive ?? '',
    row.rfmSegment ?? '',
    row.tags.join('; '),
    row.city ?? '',
    row.state ?? '',
  ].join(',');
}

test('a fault inside is a 500 that tells nothing, and is logged', async () => {
  await server.store.compute.run('alter table serve_products rename to serve_away');
  try {
    const reply = await server.get('/api/v1/products?sort=units');
    assert.equal(reply.status, 500);
    const text = await reply.text();
    assert.match(text, /SERVER_FAILED/);
    assert.doesNotMatch(text, /serve_products|select/i);
    assert.match(server.log.join('\n'), /GET \/api\/v1\/products failed: .*serve_products/);
  } finally {
    await server.store.compute.run('alter table serve_away rename to serve_products');
  }
});

test('an empty folder is no workspace', async () => {
  const compute = await openDuckdb();
  await assert.rejects(openStore(compute, consoleDir), { code: 'WORKSPACE_MISSING' });
  await assert.rejects(openStore(compute, join(consoleDir, 'nowhere')), { code: 'WORKSPACE_MISSING' });
  rmSync(join(server.dir, 'state/tier_moves.parquet'));
  rmSync(join(server.dir, 'state/product_neighbours.parquet'));
  const partial = await openStore(compute, server.dir);
  const app = await makeServer({ store: partial, version: 'x' });
  for (const path of ['/api/v1/customers/C0000012', '/api/v1/products/P1'])
    assert.equal((await app.inject(path)).statusCode, 200);
  assert.match((await app.inject('/')).body, /npm start/);
  const { port } = new URL(server.address);
  await assert.rejects(listen(app, { port: Number(port) }), { code: 'PORT_BUSY' });
  await app.close();
  rmSync(join(server.dir, 'state/profiles.parquet'));
  await assert.rejects(openStore(compute, server.dir), { code: 'WORKSPACE_MISSING' });
  await compute.close();
});
