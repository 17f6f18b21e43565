// Aim: weeks of simulated sends over six zones and their clock changes: none over a cap, in quiet hours, to the held out,
// withdrawn or erased; the same judge goes red when caps count by UTC days or consent is only asked at planning.
// All 100,000 of them: TIERWISE_SENDS=100000 npm test -- src/delivery/sends.test.ts
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bucketOf } from '#experiments/index.ts';
import { random, split } from '#kernels/random.ts';
import type { Channel, Outgoing } from './channels/channel.ts';
import { deliver } from './deliver.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import type { Person } from './person.ts';

const ZONES = [
  'Asia/Shanghai',
  'America/New_York',
  'Europe/Berlin',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Pacific/Apia',
];
const COUNT = Number(process.env.TIERWISE_SENDS ?? 3000);
const HOUR = 3_600_000;
/** Not a part of a day, so that steps come at every hour. */
const STEP_MS = 2.2 * HOUR;
/** The clocks of four of the zones change in it. */
const [FROM, TO] = [Date.UTC(2025, 2, 7), Date.UTC(2025, 3, 10)];
const QUIET = { from: '21:30', to: '08:00' };
const CAPS = [
  { channel: 'any', days: 1, max: 2 },
  { channel: 'sms', days: 1, max: 1 },
  { channel: 'any', days: 7, max: 5 },
];

interface Sent {
  readonly campaignId: string;
  readonly customerId: string;
  readonly channel: string;
  readonly at: number;
  readonly key: string;
}
/** What a customer decided and when: nothing may be sent after it. */
interface Fate {
  readonly zone: string;
  readonly withdrawnAt: number;
  readonly erasedAt: number;
}
interface Faults {
  readonly capsByUtc?: boolean;
  readonly consentAtPlanning?: boolean;
}

const isHeldOutOfAll = (customerId: string): boolean => bucketOf('all', customerId) < 0.1;
const isHeldOut = (campaignId: string, customerId: string): boolean => bucketOf(campaignId, customerId) < 0.15;

function fates(people: number, seed: number): Map<string, Fate> {
  const draw = random(split(seed, 'people'));
  const when = (chance: number): number =>
    draw.uniform() < chance ? FROM + draw.uniform() * (TO - FROM) : Number.POSITIVE_INFINITY;
  return new Map(
    Array.from({ length: people }, (_, i) => [
      `C${i}`,
      { zone: ZONES[i % ZONES.length]!, withdrawnAt: when(0.3), erasedAt: when(0.1) },
    ]),
  );
}

function plan(outbox: Outbox, ids: readonly string[], seed: number): void {
  const draw = random(split(seed, 'messages'));
  const messages = Array.from({ length: COUNT }, (_, i) => {
    const dueAt = Math.floor(FROM + draw.uniform() * (TO - FROM - 48 * HOUR));
    return {
      key: `m${i}`,
      customerId: ids[draw.integer(ids.length)]!,
      channel: draw.uniform() < 0.5 ? 'sms' : 'mail',
      purpose: 'marketing' as const,
      campaignId: `campaign-${draw.integer(5)}`,
      words: { en: { body: 'Hello' } },
      ...{ dueAt, expiresAt: dueAt + 30 * HOUR },
    };
  });
  for (let from = 0; from < messages.length; from += 5000) outbox.enqueue(messages.slice(from, from + 5000), FROM);
}

async function simulated(
  faults: Faults = {},
): Promise<{ sent: Sent[]; people: Map<string, Fate>; stops: Map<string, number> }> {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-sends-'));
  const outbox = openOutbox(dir);
  try {
    const people = fates(Math.max(60, COUNT / 50), 7);
    outbox.setSettings({ quietHours: QUIET, caps: CAPS }, { version: 0, actor: 'test', now: FROM });
    plan(outbox, [...people.keys()], 7);
    const sent: Sent[] = [];
    let now = FROM;
    const channel = (name: string): Channel => ({
      name,
      can: { idempotent: true, address: 'customer', parallel: 64 },
      send: async ({ customerId, at, key, campaignId = '' }: Outgoing) => {
        sent.push({ customerId, channel: name, at, key, campaignId });
        return key;
      },
    });
    const asked = async (ids: readonly string[]): Promise<Map<string, Person>> =>
      new Map(
        ids.flatMap((customerId) => {
          const { zone, withdrawnAt, erasedAt } = people.get(customerId)!;
          if (now >= erasedAt && !faults.consentAtPlanning) return [];
          const marketing = faults.consentAtPlanning === true || now < withdrawnAt;
          const person: Person = {
            customerId,
            timeZone: faults.capsByUtc ? 'UTC' : zone,
            language: 'en',
            consent: { marketing, personal: null },
            addresses: {},
          };
          return [[customerId, person]];
        }),
      );
    const options = {
      now: () => now,
      worker: 'w',
      seed: 1,
      people: asked,
      channels: new Map([channel('sms'), channel('mail')].map((each) => [each.name, each])),
      shop: { name: 'Shop', timeZone: 'UTC' },
      isHeldOut,
      isHeldOutOfAll,
      batch: 2000,
    };
    for (; now < TO; now += STEP_MS) while ((await deliver(outbox, options)).taken > 0);
    const stops = outbox.db.rows<{ stop: string; n: number }>(
      'select coalesce(stop, state) as stop, count(*) as n from messages group by 1',
    );
    return { sent, people, stops: new Map(stops.map(({ stop, n }) => [stop, n])) };
  } finally {
    outbox.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Counts breaches by the platform's own calendar, without the code under test. */
function breaches(sent: readonly Sent[], people: ReadonlyMap<string, Fate>): Record<string, number> {
  const formats = new Map(
    ZONES.map((timeZone) => [
      timeZone,
      new Intl.DateTimeFormat('en-CA', {
        timeZone,
        hourCycle: 'h23',
        ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
      }),
    ]),
  );
  const found = { cap: 0, quiet: 0, holdout: 0, withdrawn: 0, erased: 0, twice: 0 };
  const days = new Map<string, number[]>();
  const keys = new Set<string>();
  for (const { customerId, channel, at, key, campaignId } of sent) {
    const { zone, withdrawnAt, erasedAt } = people.get(customerId)!;
    const text = formats.get(zone)!.format(at);
    const clock = text.slice(-5);
    const day = Date.parse(`${text.slice(0, 10)}T00:00Z`) / 86_400_000;
    if (clock >= QUIET.from || clock < QUIET.to) found.quiet++;
    if (at >= withdrawnAt) found.withdrawn++;
    if (at >= erasedAt) found.erased++;
    if (isHeldOutOfAll(customerId) || isHeldOut(campaignId, customerId)) found.holdout++;
    if (keys.has(key)) found.twice++;
    keys.add(key);
    for (const name of ['any', channel]) {
      const own = days.get(`${customerId}/${name}`) ?? [];
      days.set(`${customerId}/${name}`, [...own, day]);
      for (const cap of CAPS)
        if (cap.channel === name && own.filter((each) => each > day - cap.days).length >= cap.max) found.cap++;
    }
  }
  return found;
}

const NONE = { cap: 0, quiet: 0, holdout: 0, withdrawn: 0, erased: 0, twice: 0 };

test(`of ${COUNT} messages none breaks a rule, and every rule stops some`, async () => {
  const { sent, people, stops } = await simulated();
  assert.deepEqual(breaches(sent, people), NONE);
  assert.ok(sent.length > COUNT * 0.25, `${sent.length} sent`);
  for (const stop of ['cap', 'campaign-holdout', 'global-holdout', 'no-consent', 'unknown'])
    assert.ok((stops.get(stop) ?? 0) > 0, `nothing was stopped by ${stop}`);
  assert.equal(
    [...stops.values()].reduce((sum, n) => sum + n, 0),
    COUNT,
    'nothing is lost',
  );
});

test('broken control: caps and quiet hours by UTC are seen', async () => {
  const { sent, people } = await simulated({ capsByUtc: true });
  const found = breaches(sent, people);
  assert.ok(found.cap! > 0 && found.quiet! > 0, JSON.stringify(found));
});

test('broken control: consent asked at planning only is seen', async () => {
  const { sent, people } = await simulated({ consentAtPlanning: true });
  const found = breaches(sent, people);
  assert.ok(found.withdrawn! > 0 && found.erased! > 0, JSON.stringify(found));
});
