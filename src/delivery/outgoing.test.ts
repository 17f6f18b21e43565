// Aim: words come out in the customer's language, escaped, with a way out at the foot; pages and audiences obey the same rules.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { audienceOf, hashed } from './audience.ts';
import { campaignDelivery } from './campaigns.ts';
import { deliver } from './deliver.ts';
import { pending } from './on-site.ts';
import { openOutbox } from './outbox.ts';
import { outboxPage } from './page.ts';
import type { PeopleNow, Person } from './person.ts';
import { KEPT, parseSettings, withoutSecrets } from './settings.ts';
import { renderedOf } from './template.ts';

const NOW = Date.UTC(2025, 5, 3, 23);
const SHOP = { name: 'Tea & Co', timeZone: 'UTC' };

function fresh(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-outgoing-'));
  const outbox = openOutbox(dir);
  t.after(() => {
    outbox.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return outbox;
}

const people =
  (change: (id: string) => Partial<Person> = () => ({})): PeopleNow =>
  async (ids) =>
    new Map(
      ids.map((customerId) => [
        customerId,
        {
          customerId,
          language: 'en',
          consent: { marketing: true, personal: true },
          addresses: {},
          ...change(customerId),
        },
      ]),
    );

test('the customer reads their language, or the other where theirs lacks; values are escaped where they meet markup', () => {
  const words = { en: { subject: 'For {{name}}', body: 'Take {{ product }} <now>' }, zh: { body: '来买{{product}}' } };
  const fields = { name: 'Ann\r\nBcc: x', product: '<script>alert("1")</script>' };
  const english = renderedOf({ words, fields }, { shop: SHOP.name, language: 'en' });
  assert.equal(english.subject, 'For Ann Bcc: x');
  assert.equal(english.text, 'Take <script>alert("1")</script> <now>\n\nReply STOP to unsubscribe.');
  assert.doesNotMatch(english.html, /<script|<now/);
  const chinese = renderedOf({ words, fields }, { shop: SHOP.name, language: 'zh', unsubscribe: 'https://s.cn/?a="b' });
  assert.equal(chinese.subject, SHOP.name);
  assert.ok(chinese.text.endsWith('\n\n退订：https://s.cn/?a="b'));
  assert.match(chinese.html, /<a href="https:\/\/s\.cn\/\?a=&#34;b">退订<\/a>/);
  const other = renderedOf({ words: { zh: { body: '好' } }, fields: {} }, { shop: SHOP.name, language: 'en' });
  assert.equal(other.language, 'zh');
  const turned = renderedOf({ words: { en: { body: 'a\u202eb\u0007c' } }, fields: {} }, { shop: 'S', language: 'en' });
  assert.ok(turned.text.startsWith('a b c'));
});

test('a page gets a waiting message once, also in quiet hours, never past a cap, a holdout or its place', async (t) => {
  const outbox = fresh(t);
  outbox.setSettings({ caps: [{ channel: 'on-site', days: 1, max: 2 }] }, { version: 0, actor: 'a', now: NOW });
  const message = (key: string, more: object = {}) => ({
    ...{
      key,
      customerId: 'C1',
      channel: 'on-site',
      purpose: 'marketing',
      words: { en: { body: key } },
      placement: 'home',
    },
    ...{ dueAt: NOW, expiresAt: NOW + 86_400_000 },
    ...more,
  });
  outbox.enqueue([message('a'), message('b', { placement: 'cart' }), message('c'), message('d')], NOW);
  const ask = async (placement: string, now = NOW, who = people()) =>
    (await pending(outbox, { customerId: 'C1', placement }, { now, people: who, shop: SHOP })).map(({ key }) => key);
  assert.deepEqual(
    await ask(
      'home',
      NOW,
      people(() => ({ consent: { marketing: true, personal: null } })),
    ),
    ['a'],
  );
  assert.deepEqual(await ask('home'), ['c']);
  assert.deepEqual(await ask('home'), [], 'the cap of the day');
  assert.deepEqual(await ask('home', NOW + 3_700_000), ['d'], 'the next day');
  assert.deepEqual(
    await ask(
      'cart',
      NOW + 3_700_000,
      people(() => ({ consent: { marketing: false, personal: null } })),
    ),
    [],
  );
  assert.equal(outboxPage(outbox, { state: 'held', limit: 5, offset: 0 }).rows[0]?.stop, 'no-consent');
});

test('an audience has hashes only, of those who may be shown ads, and never of fewer than a hundred', async (t) => {
  const outbox = fresh(t);
  const ids = Array.from({ length: 140 }, (_, i) => `C${i}`);
  const who = people((id) => {
    const i = Number(id.slice(1));
    return {
      consent: { marketing: true, personal: i >= 10 },
      addresses: i < 20 ? {} : { email: ` Ann${i}@Example.com` },
    };
  });
  outbox.erase('C30', NOW);
  outbox.withdraw('C31', 'marketing', { now: NOW, source: 'link' });
  const own = { now: NOW, people: who, by: 'email', secret: 's', isHeldOut: (id: string) => id === 'C32' } as const;
  const { csv, exported, leftOut } = await audienceOf(outbox, [...ids, 'C50'], own);
  assert.deepEqual(leftOut, { unknown: 0, erased: 1, 'no-consent': 11, holdout: 1, 'no-address': 10 });
  assert.equal(exported, 117);
  const [head, ...rows] = csv.trim().split('\r\n');
  assert.equal(head, 'email_sha256');
  assert.ok(
    rows.every((row) => /^[0-9a-f]{64}$/.test(row)),
    'nothing that a spreadsheet could run',
  );
  assert.ok(rows.includes(createHash('sha256').update('ann40@example.com').digest('hex')));
  await assert.rejects(audienceOf(outbox, ids.slice(0, 120), own), { code: 'AUDIENCE_TOO_SMALL' });
  const phone = (text: string) =>
    hashed(
      { customerId: 'a', language: 'en', consent: { marketing: true, personal: true }, addresses: { phone: text } },
      { by: 'phone', secret: 's' },
    );
  assert.equal(phone('0086 138-1234-5678'), phone('+8613812345678'));
  assert.equal(phone('13812345678'), undefined, 'without a country nobody knows whose number it is');
});

test('settings are checked, kept against a change in between, and secrets neither shown nor led elsewhere', (t) => {
  const outbox = fresh(t);
  const hook = { kind: 'webhook', url: 'https://sms.example/send', secret: '0123456789abcdef' };
  const by = { actor: 'Ann', now: NOW };
  assert.equal(outbox.setSettings({ channels: { sms: hook } }, { version: 0, ...by }), 1);
  assert.throws(() => outbox.setSettings({}, { version: 0, ...by }), { code: 'DELIVERY_SETTINGS_CHANGED' });
  const shown = withoutSecrets(outbox.settings().settings);
  assert.doesNotMatch(JSON.stringify(shown), /0123456789/);
  outbox.setSettings({ ...shown, quietHours: null }, { version: 1, ...by });
  assert.equal((outbox.settings().settings.channels.sms as { secret: string }).secret, hook.secret);
  const moved = { ...shown, channels: { sms: { ...hook, secret: KEPT, url: 'https://thief.example/' } } };
  assert.throws(() => outbox.setSettings(moved, { version: 2, ...by }), /leads elsewhere/);
  const [change] = outbox.db.rows<{ document: string }>('select document from changes order by seq limit 1');
  assert.doesNotMatch(change!.document, /0123456789/);
  for (const [input, where] of [
    [{ quietHours: { from: '25:00', to: '08:00' } }, /quietHours.from/],
    [{ caps: [{ channel: 'any', days: 0, max: 1 }] }, /caps.0.days/],
    [{ allowedAddresses: ['10.0.0.0'] }, /allowedAddresses/],
    [{ channels: { X: { kind: 'file' } } }, /channels/],
  ] as const)
    assert.throws(() => parseSettings(input), where);
});

test('campaigns hand people over, wait, go on and take back', async (t) => {
  const outbox = fresh(t);
  outbox.setSettings({ quietHours: null }, { version: 0, actor: 'a', now: NOW });
  const sent: string[] = [];
  const channel = {
    name: 'file',
    can: { idempotent: true, address: 'customer', parallel: 1 },
    send: async ({ key, text, to }: { key: string; text: string; to: string }) => {
      sent.push(`${key} ${to} ${text.split('\n')[0]}`);
      return key;
    },
  } as const;
  const channels = new Map([['file', channel]]);
  const own = campaignDelivery(outbox, { channels: () => channels, shop: SHOP });
  const content = { title: 'Hi', text: 'From {{shop}}: {{offer}}, {{odd}}' };
  const message = (key: string) => ({
    ...{ key, campaignId: 'k', customerId: 'C1', offerId: 'ten', channel: null, content: { en: content, zh: content } },
  });
  assert.deepEqual(await own.enqueue([message('k/1'), message('k/2')], NOW), { queued: 2, refused: 0 });
  assert.deepEqual(await own.enqueue([message('k/1')], NOW), { queued: 0, refused: 0 });
  await own.pause('k', NOW);
  const step = (now: number) =>
    deliver(outbox, { now: () => now, worker: 'w', seed: 1, people: people(), channels, shop: SHOP, batch: 1 });
  await step(NOW);
  assert.deepEqual(sent, []);
  await own.resume('k', NOW);
  await step(NOW);
  assert.deepEqual(sent, ['k/1 C1 From Tea & Co: ten, {\u200b{odd}}']);
  await own.cancel('k', NOW);
  await step(NOW + 1000);
  assert.equal(sent.length, 1);
  await own.test({ ...message('x'), to: 'me', language: 'en' }, NOW);
  assert.match(sent[1]!, /^test\/k\/\d+ me From/);
  outbox.setKillSwitch(true, { actor: 'Ann', reason: 'x', now: NOW });
  await assert.rejects(own.test({ ...message('x'), to: 'me', language: 'en' }, NOW), { code: 'CHANNEL_FAILED' });
});
