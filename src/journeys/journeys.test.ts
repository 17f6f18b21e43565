// Aim: people go through a journey as it is drawn, by the time of events, the same however often it is stopped and told again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openOutbox, outboxPage } from '#delivery/index.ts';
import { random } from '#kernels/random.ts';
import { toOutbox } from './around.ts';
import { type Effect, type JourneyEvent, makeEngine, type Surroundings } from './engine.ts';
import { figuresOf } from './figures.ts';
import { checkDefinition, parseDefinition } from './journey.ts';
import { createJourney, editJourney, moveJourney, type Place, readJourneys, startJourney } from './saved.ts';
import { openJourneys } from './store.ts';
import { TEMPLATES } from './templates.ts';

const T0 = Date.UTC(2025, 5, 2, 8);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const act = (now = T0) => ({ actor: 'Ann', now });

function fresh(t: TestContext): Place {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-journeys-'));
  const store = openJourneys(dir);
  t.after(() => {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { dir, store };
}

/** Several tellings with one wait for the disk. */
const together = (place: Place, work: () => void): void => place.store.db.transaction(work);

/** Notes what is handed over as `customer/node`. */
function engineOf(place: Place, more: Partial<Surroundings> = {}) {
  const handed: string[] = [];
  const hand = ({ customerId, node }: Effect) => void handed.push(`${customerId}/${node.id}`);
  const around = { holds: () => false, score: () => undefined, zoneOf: () => 'UTC', hand, ...more };
  return { handed, engine: makeEngine(place.store, readJourneys(place.dir), around) };
}

function started(place: Place, id: string, definition: unknown): void {
  const { revision } = createJourney(place, { id, draft: definition }, act());
  startJourney(place, { id, revision }, act());
}

let number = 0;
const event = (customerId: string, name: string, at: number, more: Partial<JourneyEvent> = {}): JourneyEvent => ({
  ...{ id: `e${number++}`, customerId, name, at },
  ...more,
});

const words = { en: { body: 'Hi' } };
const base = { name: { en: 'J', zh: '旅' }, holdoutShare: 0 };
const say = (id: string, next = 'end') => ({ id, kind: 'message', channel: 'file', words, next });
const END = { id: 'end', kind: 'exit' };

test('entered by an event and waiting for the next one of the same order: the first does not count as the second', (t) => {
  const place = fresh(t);
  started(place, 'j', {
    ...base,
    nodes: [
      { id: 'in', kind: 'entry', on: { kind: 'event', event: 'Order Updated', key: 'order' }, next: 'wait' },
      { id: 'wait', kind: 'wait-event', event: 'Order Updated', minutes: 60, next: 'again', timeout: 'quiet' },
      say('again'),
      say('quiet'),
      END,
    ],
  });
  const { engine, handed } = engineOf(place);
  engine.onEvent(event('A', 'Order Updated', T0, { orderId: '1' }));
  engine.onEvent(event('A', 'Order Updated', T0 + MINUTE, { orderId: '2' }));
  assert.equal(handed.length, 0, 'entering is not what is waited for, nor is another order');
  engine.onEvent(event('A', 'Order Updated', T0 + 2 * MINUTE, { orderId: '1' }));
  assert.deepEqual(handed, ['A/again']);
  engine.advance(T0 + 2 * HOUR);
  // order 1's third update let it in anew, since it had left; both of the two open runs time out
  assert.deepEqual(handed, ['A/again', 'A/quiet', 'A/quiet']);
});

test('A without B: called off by B of the same cart, waits anew with another A, enters when B stays away', (t) => {
  const place = fresh(t);
  started(place, 'cart', {
    ...base,
    nodes: [
      {
        id: 'in',
        kind: 'entry',
        on: { kind: 'event-without', event: 'added', without: 'bought', minutes: 60, key: 'cart' },
        next: 'say',
      },
      say('say'),
      END,
    ],
  });
  const { engine, handed } = engineOf(place);
  engine.onEvent(event('A', 'added', T0, { cartId: '1' }));
  engine.onEvent(event('B', 'added', T0, { cartId: '2' }));
  engine.onEvent(event('B', 'added', T0 + 50 * MINUTE, { cartId: '2' }));
  engine.onEvent(event('A', 'bought', T0 + 30 * MINUTE, { cartId: '1' }));
  engine.onEvent(event('B', 'bought', T0 + 55 * MINUTE, { cartId: 'other' }));
  engine.advance(T0 + 109 * MINUTE);
  assert.deepEqual(handed, []);
  engine.advance(T0 + 110 * MINUTE);
  assert.deepEqual(handed, ['B/say']);
  const figures = figuresOf(place.store, readJourneys(place.dir)[0]!)!;
  assert.deepEqual([figures.averted, figures.entered, figures.pending], [1, 1, 0]);
});

test('waits end by the customer’s clock; splits go by condition, score and a fixed draw', (t) => {
  const place = fresh(t);
  started(place, 'j', {
    ...base,
    nodes: [
      { id: 'in', kind: 'entry', on: { kind: 'event', event: 'go' }, next: 'nine' },
      { id: 'nine', kind: 'wait', until: '09:00', next: 'if' },
      {
        id: 'if',
        kind: 'split-condition',
        condition: { field: 'orders', op: '>=', value: 2 },
        yes: 'score',
        no: 'draw',
      },
      {
        id: 'score',
        kind: 'split-score',
        field: 'p_alive',
        branches: [
          { atLeast: 0.2, next: 'mid' },
          { atLeast: 0.8, next: 'high' },
        ],
        otherwise: 'low',
      },
      {
        id: 'draw',
        kind: 'split-random',
        branches: [
          { share: 0.3, next: 'left' },
          { share: 0.7, next: 'right' },
        ],
      },
      ...['mid', 'high', 'low', 'left', 'right'].map((id) => say(id)),
      END,
    ],
  });
  const scores: Record<string, number> = { H: 0.9, M: 0.5, L: 0.1 };
  const zones: Record<string, string> = { H: 'Asia/Shanghai' };
  const { engine, handed } = engineOf(place, {
    holds: (_, id) => id.length === 1,
    score: (_, id) => scores[id],
    zoneOf: (id) => zones[id] ?? 'UTC',
  });
  const ids = ['H', 'M', 'L', 'N', ...Array.from({ length: 1000 }, (_, i) => `draw${i}`)];
  together(place, () => {
    for (const id of ids) engine.onEvent(event(id, 'go', T0));
  });
  engine.advance(T0 + HOUR - 1);
  assert.equal(handed.length, 0, 'nine in the morning is not there yet; in Shanghai it is over');
  engine.advance(T0 + HOUR);
  assert.deepEqual(handed.slice(0, 3), ['M/mid', 'L/low', 'N/low']);
  const left = handed.filter((each) => each.endsWith('/left')).length;
  assert.ok(Math.abs(left - 300) < 60, `${left} of 1000 at a share of 0.3`);
  engine.advance(Date.UTC(2025, 5, 3, 1) - 1);
  assert.ok(!handed.includes('H/high'));
  engine.advance(Date.UTC(2025, 5, 3, 1));
  assert.ok(handed.includes('H/high'), 'nine the next morning in Shanghai is one in UTC');
});

test('who may come again: never, after days, or whenever they are out', (t) => {
  for (const [reentry, expected] of [
    [{ kind: 'once' }, 1],
    [{ kind: 'days', days: 2 }, 2],
    [{ kind: 'free' }, 4],
  ] as const) {
    const place = fresh(t);
    started(place, 'j', {
      ...base,
      reentry,
      nodes: [{ id: 'in', kind: 'entry', on: { kind: 'event', event: 'go' }, next: 'say' }, say('say'), END],
    });
    const { engine, handed } = engineOf(place);
    for (let day = 0; day < 4; day++) engine.onEvent(event('A', 'go', T0 + day * DAY));
    assert.equal(handed.length, expected, reentry.kind);
  }
});

test('those inside finish their version; pausing holds timers and entries, and nothing that happens meanwhile is lost', (t) => {
  const place = fresh(t);
  const nodes = (last: string) => [
    { id: 'in', kind: 'entry', on: { kind: 'event', event: 'go' }, next: 'wait' },
    { id: 'wait', kind: 'wait-event', event: 'yes', minutes: 60, next: last, timeout: 'end' },
    say(last),
    END,
  ];
  started(place, 'j', { ...base, nodes: nodes('one') });
  engineOf(place).engine.onEvent(event('A', 'go', T0));
  editJourney(place, { id: 'j', revision: 2 }, { ...base, nodes: nodes('two') }, act());
  startJourney(place, { id: 'j', revision: 3 }, act());
  engineOf(place).engine.onEvent(event('B', 'go', T0));
  moveJourney(place, { id: 'j', revision: 4 }, 'pause', act());
  assert.throws(() => moveJourney(place, { id: 'j', revision: 4 }, 'resume', act()), { code: 'JOURNEY_CHANGED' });
  const paused = engineOf(place);
  paused.engine.onEvent(event('A', 'yes', T0 + MINUTE));
  paused.engine.onEvent(event('B', 'yes', T0 + MINUTE));
  paused.engine.onEvent(event('C', 'go', T0 + MINUTE));
  paused.engine.advance(T0 + DAY);
  assert.deepEqual(paused.handed, []);
  moveJourney(place, { id: 'j', revision: 5 }, 'resume', act(T0 + DAY));
  const resumed = engineOf(place);
  resumed.engine.advance(T0 + DAY);
  assert.deepEqual(resumed.handed, ['A/one', 'B/two']);
  moveJourney(place, { id: 'j', revision: 6 }, 'end', act(T0 + DAY));
  assert.throws(() => startJourney(place, { id: 'j', revision: 7 }, act()), { code: 'JOURNEY_STATE' });
});

test('the goal: reached within its days, against a holdout that gets nothing', (t) => {
  const place = fresh(t);
  started(place, 'j', {
    ...base,
    holdoutShare: 0.3,
    nodes: [
      { id: 'in', kind: 'entry', on: { kind: 'event', event: 'go' }, next: 'say' },
      say('say', 'wait'),
      { id: 'wait', kind: 'wait', minutes: 3 * 1440, next: 'end' },
      { id: 'order', kind: 'goal', event: 'bought', days: 2 },
      END,
    ],
  });
  const { engine, handed } = engineOf(place);
  const draw = random(3);
  const count = 2000;
  together(place, () => {
    for (let i = 0; i < count; i++) engine.onEvent(event(`C${i}`, 'go', T0));
    const treated = new Set(handed.map((each) => each.split('/')[0]!));
    for (let i = 0; i < count; i++)
      if (draw.uniform() < (treated.has(`C${i}`) ? 0.3 : 0.2)) engine.onEvent(event(`C${i}`, 'bought', T0 + DAY));
    for (let i = 0; i < count; i++) engine.onEvent(event(`C${i}`, 'bought', T0 + 3 * DAY));
  });
  const { goal, entered, heldOut, nodes, lost } = figuresOf(place.store, readJourneys(place.dir)[0]!)!;
  assert.equal(entered + heldOut, count);
  assert.ok(Math.abs(heldOut / count - 0.3) < 0.04, `${heldOut} held out`);
  assert.equal(goal!.treated.customers, entered);
  assert.ok(goal!.difference!.low < 0.1 && goal!.difference!.high > 0.1, JSON.stringify(goal));
  assert.ok(goal!.treated.rate! < 0.4, 'orders after two days are too late');
  assert.equal(nodes.find(({ node }) => node === 'say')!.reached, entered);
  assert.equal(
    lost.reduce((sum, { people }) => sum + people, 0),
    entered - goal!.treated.reached,
  );
});

test('told at once, in pieces, or twice over after a stop: the same runs and the same messages', (t) => {
  const tell = (pieces: number): { runs: unknown[]; passes: unknown[] } => {
    const place = fresh(t);
    for (const key of ['abandoned-cart', 'review'])
      started(place, key, TEMPLATES.find((each) => each.key === key)!.definition);
    const draw = random(11);
    const names = ['Product Added', 'Order Completed', 'Product Reviewed', 'Product Viewed'];
    const events = Array.from({ length: 600 }, (_, i): JourneyEvent => {
      const visit = String(draw.integer(40));
      return {
        ...{ id: `x${i}`, customerId: `C${draw.integer(25)}`, name: names[draw.integer(4)]!, at: T0 + i * 37 * MINUTE },
        ...{ cartId: visit, orderId: visit, productId: `P${draw.integer(5)}` },
      };
    });
    const size = Math.ceil(events.length / pieces);
    for (let from = 0; from < events.length; from += size) {
      const { engine } = engineOf(place, { score: (_, id) => Number(id.slice(1)) / 25 });
      together(place, () => {
        for (const each of events.slice(Math.max(0, from - 7), from + size)) engine.onEvent(each);
      });
      engine.advance(Math.min(events[from + size - 1]?.at ?? 0, events.at(-1)!.at));
    }
    engineOf(place).engine.advance(events.at(-1)!.at + DAY);
    const { db } = place.store;
    return {
      runs: db.rows(
        'select journey, customer, key, state, node, entered_at, node_at, ended_by, goal_at from runs order by 1, 2, 3, entered_at',
      ),
      passes: db.rows('select * from passes'),
    };
  };
  const once = tell(1);
  assert.ok(once.runs.length > 50);
  assert.deepEqual(tell(13), once);
});

test('messages go to the outbox once; a dry journey only counts', (t) => {
  for (const isDry of [false, true]) {
    const place = fresh(t);
    const outbox = openOutbox(place.dir);
    t.after(() => outbox.close());
    const definition = {
      ...base,
      nodes: [
        { id: 'in', kind: 'entry', on: { kind: 'event', event: 'go', key: 'product' }, next: 'offer' },
        { id: 'offer', kind: 'offer', offerId: 'ten', next: 'say' },
        { ...say('say', 'call'), words: { en: { body: 'Take {{offer}} for {{product}}' } } },
        { id: 'call', kind: 'webhook', channel: 'crm', body: 'told', next: 'end' },
        END,
      ],
    };
    const { revision } = createJourney(place, { id: 'j', draft: definition, isDry }, act());
    startJourney(place, { id: 'j', revision }, act());
    engineOf(place, { hand: toOutbox(outbox) }).engine.onEvent(event('A', 'go', T0, { productId: 'P1' }));
    const { rows, total } = outboxPage(outbox, { limit: 5, offset: 0 });
    assert.equal(total, isDry ? 0 : 2);
    assert.ok(rows.every(({ journeyId }) => journeyId === 'j'));
    assert.equal(
      figuresOf(place.store, readJourneys(place.dir)[0]!)!.nodes.find(({ node }) => node === 'say')!.reached,
      1,
    );
  }
});

test('templates are right as they are, and faults name their node', () => {
  for (const { key, definition } of TEMPLATES) assert.deepEqual(checkDefinition(definition).faults, [], key);
  const entry = { id: 'in', kind: 'entry', on: { kind: 'event', event: 'go' }, next: 'say' };
  const faults = (nodes: readonly unknown[]) =>
    checkDefinition({ ...base, nodes }).faults.map(({ node, en }) => `${node}: ${en}`);
  const has = (nodes: readonly unknown[], expected: RegExp) => assert.match(faults(nodes).join('\n'), expected);
  has([entry, END], /^in: next leads to say, which is not there/m);
  has([entry, say('say', 'wait'), { id: 'wait', kind: 'wait', minutes: 5, next: 'say' }], /leads back to itself/);
  has([entry, say('say'), END, { id: 'alone', kind: 'exit' }], /^alone: nothing leads to it/m);
  has([entry, say('say'), say('say'), END], /^say: another node has this id/m);
  has([say('say'), END], /^null: a journey has one entry, not 0/m);
  has([entry, { ...say('say'), words: {} }, END], /^say: it has no words/m);
  has([entry, { ...say('say'), words: { en: { body: '{{salary}}' } } }, END], /^say: \{\{salary\}\} is not one of/m);
  has([{ ...entry, next: 'w' }, { id: 'w', kind: 'wait', next: 'end' }, END], /^w: say how long/m);
  has(
    [{ ...entry, next: 'w' }, { id: 'w', kind: 'wait', until: '24:00', next: 'end' }, END],
    /^w: until: a time of the day/m,
  );
  has(
    [
      { ...entry, next: 's' },
      { id: 's', kind: 'split-condition', condition: { field: 'salary', op: '=', value: 1 }, yes: 'end', no: 'end' },
      END,
    ],
    /^s: .*salary/m,
  );
  has(
    [
      { ...entry, next: 's' },
      { id: 's', kind: 'split-score', field: 'tier', branches: [{ atLeast: 1, next: 'end' }], otherwise: 'end' },
      END,
    ],
    /^s: tier is no number/m,
  );
  has([entry, { id: 'x', kind: 'dance' }, say('say'), END], /^x: kind/m);
  has([entry, null, say('say'), END], /^#2: /m);
  assert.throws(() => parseDefinition({ ...base, nodes: [entry, END] }), {
    code: 'JOURNEY_INVALID',
    message: /node in/,
  });
});
