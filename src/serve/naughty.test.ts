// Aim: no text that a caller can send, in any place, makes the server fail or changes what it holds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { addBundle } from './sample-bundle.ts';
import { type SampleServer, startSample } from './sample-server.ts';
import { ErrorReply } from './schemas.ts';

let server: SampleServer;
before(async () => {
  server = await startSample(undefined, addBundle);
});
after(() => server.close());

const NAUGHTY = [
  "'; drop table serve_customers; --",
  "' or '1'='1",
  '" or ""="',
  "1' union select * from profiles --",
  '$search',
  '$id',
  '?',
  '\\',
  "\\'",
  '%',
  '_',
  '%00',
  '\u0000',
  'a\u0000b',
  '../../etc/passwd',
  '..\\..\\windows',
  'file:///etc/passwd',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'null',
  'undefined',
  'NaN',
  'Infinity',
  '1e400',
  '-1',
  '9'.repeat(40),
  '<script>alert(1)</script>',
  '{{7*7}}',
  '$' + '{7*7}',
  'İstanbul ß ſ',
  '\ud83d\ude00',
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢',
  '\u202egnp',
  '\ufeff',
  ' ',
  '　',
  '绿茶',
  "read_parquet('/etc/passwd')",
  'spring/../spring',
  'spring.json',
  '.',
  '..',
];

const PLACES: readonly ((text: string) => string)[] = [
  (t) => `/api/v1/customers?search=${t}`,
  (t) => `/api/v1/customers?tier=${t}`,
  (t) => `/api/v1/customers?segment=${t}`,
  (t) => `/api/v1/customers?tag=${t}`,
  (t) => `/api/v1/customers?movedFrom=${t}&movedTo=${t}`,
  (t) => `/api/v1/customers?sort=${t}`,
  (t) => `/api/v1/customers?from=${t}`,
  (t) => `/api/v1/customers?${t}=1`,
  (t) => `/api/v1/customers?search=${t}&format=csv`,
  (t) => `/api/v1/customers/${t}`,
  (t) => `/api/v1/customers/${t}/timeline`,
  (t) => `/api/v1/customers/C0000012/timeline?before=${t}`,
  (t) => `/api/v1/customers/${t}/recommendations`,
  (t) => `/api/v1/products?search=${t}`,
  (t) => `/api/v1/products?category=${t}`,
  (t) => `/api/v1/products/${t}`,
  (t) => `/api/v1/products/${t}/image`,
  (t) => `/api/v1/campaigns/${t}`,
  (t) => `/api/v1/campaigns/${t}/people`,
  (t) => `/api/v1/campaigns/spring/people?tier=${t}`,
  (t) => `/api/v1/quality/rejects?table=${t}`,
  (t) => `/api/v1/quality/rejects?table=order_lines&reason=${t}`,
  (t) => `/api/v1/recommendations?customerId=${t}`,
  (t) => `/api/v1/recommendations?sessionItems=${t}`,
  (t) => `/api/v1/recommendations?productId=${t}&kind=complementary`,
  (t) => `/api/v1/home?from=${t}`,
  (t) => `/${t}`,
];

async function sent(path: string): Promise<void> {
  const reply = await server.get(path);
  assert.ok([200, 400, 404].includes(reply.status), `${reply.status} for ${path}: ${await reply.clone().text()}`);
  if (reply.status === 200) await reply.arrayBuffer();
  else ErrorReply.parse(await reply.json());
}

async function counts(): Promise<unknown> {
  return server.store.compute.rows(
    'select (select count(*) from serve_customers) as c, (select count(*) from serve_products) as p, (select count(*) from profiles) as q',
  );
}

test('naughty texts in every place', async () => {
  const before = await counts();
  for (const place of PLACES) for (const text of NAUGHTY) await sent(place(encodeURIComponent(text)));
  for (const text of ['%', '%zz', '%ff', '%c0%af', '%E0%A4%A', '%u0041'])
    for (const place of PLACES) await sent(place(text));
  assert.deepEqual(await counts(), before);
  assert.deepEqual(server.log, []);
});

test('any text in any place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PLACES), fc.string({ unit: 'binary', maxLength: 40 }), async (place, text) => {
      await sent(place(encodeURIComponent(text)));
    }),
    { seed: 31, numRuns: 200 },
  );
  assert.deepEqual(server.log, []);
});

test('an injection finds what is literally so called, and nothing else', async () => {
  const found = (await server.json(`/api/v1/customers?search=${encodeURIComponent("' or '1'='1")}`)) as {
    total: number;
  };
  assert.equal(found.total, 0);
  const like = (await server.json(`/api/v1/customers?search=${encodeURIComponent('%')}`)) as { total: number };
  assert.equal(like.total, 1, 'a per cent sign is a letter: one id has it');
});
