// Aim: items that nobody has had are found by what they are like, with reasons that add up; noise finds nothing; no content, no fault.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { fromTriples } from '#kernels/sparse.ts';
import { type Content, countsOf, type Interactions } from '../../data/interactions.ts';
import { coldCut, coldGain, coldPeople, judgeCold } from '../../judge/cold.ts';
import { fitMethod } from '../all.ts';
import { fusedContent, SOURCE_DEFAULTS } from './sources.ts';

const [USERS, ITEMS, KINDS, HAD] = [120, 90, 6, 8];

/** People like one kind of items each; text tells kind by three, image the rest, attributes nothing. */
function world(): { data: Interactions; ids: string[] } {
  const draw = random(3);
  const [users, items]: [number[], number[]] = [[], []];
  for (let user = 0; user < USERS; user++) {
    const kind = user % KINDS;
    const own = new Set<number>();
    while (own.size < HAD) own.add(KINDS * draw.integer(ITEMS / KINDS) + kind);
    for (const item of own) {
      users.push(user);
      items.push(item);
    }
  }
  const block = (name: string, of: (kind: number) => number) => {
    const values = new Float32Array(ITEMS * 8);
    for (let i = 0; i < ITEMS; i++)
      for (let j = 0; j < 8; j++) values[i * 8 + j] = (j === of(i % KINDS) ? 2 : 0) + 0.3 * draw.normal();
    return { name, width: 8, values };
  };
  const content: Content = {
    vectors: [block('text', (kind) => kind % 3), block('image', (kind) => 3 + Math.floor(kind / 3))],
    attributes: fromTriples({
      rows: ITEMS,
      columns: 5,
      rowOf: Int32Array.from({ length: ITEMS }, (_, i) => i),
      columnOf: Int32Array.from({ length: ITEMS }, () => draw.integer(5)),
    }),
  };
  const data = { userCount: USERS + 1, itemCount: ITEMS, users: Int32Array.from(users), items: Int32Array.from(items) };
  return { data: { ...data, content }, ids: Array.from({ length: ITEMS }, (_, i) => `p${i}`) };
}

const { data, ids } = world();
const cut = coldCut(data, ids, { seed: 1, share: 0.2 });
const people = coldPeople(cut);
const judged = (name: string, content: Content | undefined, params = {}) => {
  const { content: _, ...bare } = cut.train;
  const train = content === undefined ? bare : { ...bare, content };
  return judgeCold(fitMethod(name, train, { params, seed: 1 }).score, cut, people, { k: 5, among: 'hidden' });
};

test('hidden items are gone from training, and only from it', () => {
  const hidden = cut.hidden.reduce((a, b) => a + b, 0);
  // Binomial(90, 0.2): four standard deviations
  assert.ok(Math.abs(hidden - 18) < 16, String(hidden));
  assert.ok(cut.train.items.every((item) => cut.hidden[item] === 0));
  assert.ok(cut.held.indices.every((item) => cut.hidden[item] === 1));
  assert.equal(cut.train.items.length + cut.held.indices.length, data.items.length);
  assert.deepEqual(coldCut(data, ids, { seed: 1, share: 0.2 }).hidden, cut.hidden);
});

test('text and image find new items that either alone finds worse; noise and popularity do not find them', () => {
  const { vectors, attributes } = data.content!;
  const noise = random(5);
  for (const name of ['content', 'cold-start']) {
    const both = judged(name, { vectors: vectors!, attributes: attributes! });
    const others = [
      judged(name, { vectors: [vectors![0]!] }),
      judged(name, {
        vectors: [{ name: 'text', width: 4, values: new Float32Array(ITEMS * 4).map(() => noise.normal()) }],
      }),
      judged('popularity', undefined),
      judged(name, undefined),
    ];
    assert.ok(both.metrics.recall > 0.9, `${name}: ${both.metrics.recall}`);
    for (const other of others) {
      const gain = coldGain(both, other, { seed: 1, samples: 200 });
      assert.ok(gain.recall!.low > 0.1, `${name}: ${other.metrics.recall}, gain from ${gain.recall!.low}`);
    }
  }
});

test('the gate of what tells is above that of what does not, and given ones are kept', () => {
  const strengths = countsOf(data);
  const learned = fusedContent(data.content, strengths, SOURCE_DEFAULTS, 1);
  assert.deepEqual(learned.names, ['attributes', 'text', 'image']);
  const [attributes, text, image] = learned.gates as [number, number, number];
  assert.ok(text > 4 * attributes && image > 4 * attributes, String(learned.gates));
  const given = fusedContent(data.content, strengths, { text: 3, image: 1, attributes: 0 }, 1);
  assert.deepEqual(given.gates, [0, 0.75, 0.25]);
  const some = fusedContent(data.content, strengths, { text: 0.5, image: -1, attributes: 0 }, 1);
  assert.deepEqual(some.gates, [0, 0.5, 0.5]);
  assert.equal(fusedContent(undefined, strengths, SOURCE_DEFAULTS, 1).vectors.width, 0);
});

test('reasons are items that the person had, by the shares that they gave; people that training did not know', () => {
  const had = (user: number) => [...data.items].filter((_, e) => data.users[e] === user);
  for (const name of ['content', 'cold-start']) {
    const fit = fitMethod(name, data, { params: {}, seed: 1 });
    const scores = fit.score(Int32Array.of(7));
    const best = scores.indexOf(Math.max(...scores));
    const reasons = fit.because!(7, best, 100);
    assert.ok(reasons.length > 0 && reasons.every(({ item }) => had(7).includes(item)));
    assert.ok(Math.abs(reasons.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
    assert.ok(reasons.every(({ share }, i) => i === 0 || share <= reasons[i - 1]!.share));
    assert.deepEqual(fit.because!(7, best, 1), reasons.slice(0, 1));
    assert.deepEqual(fit.because!(USERS, best, 3), [], 'who had nothing has no reason');
    const items = Int32Array.from(had(7)).sort();
    const row = fromTriples({ rows: 1, columns: ITEMS, rowOf: new Int32Array(items.length), columnOf: items });
    assert.deepEqual(fit.scoreRows!(row), scores);
    const again = fitMethod(name, data, { params: {}, seed: 1, threads: 2 });
    assert.deepEqual(again.score(Int32Array.of(7)), scores);
  }
});

test('the score of a known item is of behaviour, of a new one of content', () => {
  const { train } = cut;
  const content = fitMethod('cold-start', train, { params: { prior: 1e-6, boost: 1 }, seed: 1 });
  const walks = fitMethod('rp3beta', train, { params: { k: 300 }, seed: 1 });
  const [mixed, behaviour] = [content, walks].map((fit) => fit.score(Int32Array.of(3))) as [Float64Array, Float64Array];
  for (let item = 0; item < ITEMS; item++)
    if (cut.hidden[item] === 0) assert.ok(Math.abs(mixed[item]! - behaviour[item]!) < 1e-5, String(item));
    else assert.ok(behaviour[item]! < 1e-6 && mixed[item] !== behaviour[item]);
});

test('vectors that are no numbers count as missing; too few of them are refused', () => {
  const text = data.content!.vectors![0]!;
  const broken = {
    ...text,
    values: text.values.map((x, e) => (e % 37 === 0 ? Number.NaN : e % 91 === 0 ? Infinity : x)),
  };
  for (const name of ['content', 'cold-start']) {
    const fit = fitMethod(name, { ...data, content: { vectors: [broken] } }, { params: {}, seed: 1 });
    assert.ok(fit.score(Int32Array.of(0, 1)).every((x) => Number.isFinite(x)));
    const short = { ...data, content: { vectors: [{ ...text, values: text.values.subarray(8) }] } };
    assert.throws(() => fitMethod(name, short, { params: {}, seed: 1 }), { code: 'VECTORS_DIFFER' });
  }
});

test('one item, everything had, nothing had: answers without NaN', () => {
  const values = Float32Array.of(1, 0);
  const one: Interactions = {
    userCount: 2,
    itemCount: 1,
    users: Int32Array.of(0),
    items: Int32Array.of(0),
    content: { vectors: [{ name: 'text', width: 2, values }] },
  };
  const empty: Interactions = { ...one, users: new Int32Array(0), items: new Int32Array(0) };
  for (const name of ['content', 'cold-start'])
    for (const own of [one, empty]) {
      const scores = fitMethod(name, own, { params: {}, seed: 1 }).score(Int32Array.of(0, 1));
      assert.ok(scores.every((x) => Number.isFinite(x)));
    }
});
