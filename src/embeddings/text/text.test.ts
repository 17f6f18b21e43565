// Aim: words, their weights and their vectors are what the papers and a look at the text say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { bestCutter, chineseWords } from './chinese-words.ts';
import { documentVectors, fitDocumentVectors, fitSemantics, semanticVectors } from './document-vectors.ts';
import { stem } from './porter.ts';
import { fitTextVectors, textVectors } from './text-vectors.ts';
import { fitTfidf, tfidf } from './tfidf.ts';
import { tokens } from './tokens.ts';
import { fitWordVectors } from './word-vectors.ts';

test('stems: the examples of the paper', () => {
  const pairs = `caresses caress ponies poni ties ti cats cat feed feed agreed agre plastered plaster bled bled
    motoring motor sing sing conflated conflat troubled troubl sized size hopping hop tanned tan falling fall hissing hiss
    fizzed fizz failing fail filing file happy happi sky sky relational relat conditional condit rational ration
    digitizer digit vietnamization vietnam predication predic operator oper feudalism feudal decisiveness decis
    hopefulness hope triplicate triplic formative form formalize formal electrical electr goodness good revival reviv
    allowance allow inference infer airliner airlin adjustable adjust replacement replac adjustment adjust adoption adopt
    effective effect bowdlerize bowdler probate probat rate rate cease ceas controll control roll roll`.split(/\s+/);
  for (let i = 0; i < pairs.length; i += 2) assert.equal(stem(pairs[i]!), pairs[i + 1]);
  assert.equal(stem('t恤'), 't恤');
  assert.equal(stem('is'), 'is');
});

const jieba = { skip: bestCutter() === 'jieba' ? false : 'jieba does not load here' };

test('Chinese, English and both in one text', jieba, () => {
  assert.deepEqual(tokens("Puma Men's Running T-shirts"), ['puma', 'men', 'run', 't-shirt', 'shirt']);
  assert.deepEqual(tokens('新款的 iPhone15 手机壳，T恤５００ｍｌ洗发水'), [
    '新款',
    'iphone15',
    '手机',
    '壳',
    't恤',
    '500ml',
    '洗发水',
  ]);
  assert.deepEqual(tokens("don't like it, not good 不好", { stems: false }), ['dont', 'like', 'not', 'good', '不好']);
});

test('without jieba the Unicode word breaks cut Chinese', () => {
  assert.equal(chineseWords('洗发水很好用', 'icu').join(''), '洗发水很好用');
  assert.ok(tokens('洗发水很好用', { cutter: 'icu' }).length >= 2);
});

test('strange texts: nothing, marks, emoji, one long word, a megabyte', () => {
  assert.deepEqual(tokens(''), []);
  assert.deepEqual(tokens(' ,.!?——（）😀 '), []);
  assert.deepEqual(tokens('x'.repeat(5000)), []);
  const long = tokens('shirt '.repeat(180_000));
  // what lies behind 100,000 characters is left out
  assert.equal(long.length, Math.ceil(100_000 / 6));
  assert.deepEqual([...new Set(long.slice(0, -1))], ['shirt']);
});

test('tf-idf by hand', () => {
  const documents = [['a', 'b', 'a'], ['b', 'c'], ['b', 'd'], ['z']];
  const model = fitTfidf(documents, { documentsMin: 1, shareMax: 0.75 });
  assert.deepEqual(model.terms, ['a', 'b', 'c', 'd', 'z']);
  const matrix = tfidf(model, [...documents, ['unknown']]);
  // row 0: a twice of one document, b once of three
  const [a, b] = [(1 + Math.log(2)) * (Math.log(5 / 2) + 1), Math.log(5 / 4) + 1];
  assert.deepEqual([...matrix.indices.subarray(0, 2)], [0, 1]);
  assert.ok(Math.abs(matrix.values[0]! - a / Math.hypot(a, b)) < 1e-12);
  assert.ok(Math.abs(matrix.values[1]! - b / Math.hypot(a, b)) < 1e-12);
  assert.equal(matrix.offsets[5], matrix.offsets[4], 'no known word, no entry');
  assert.deepEqual(fitTfidf(documents, { documentsMin: 2 }).terms, [], 'b is in more than half');
  assert.deepEqual(fitTfidf(documents, { documentsMin: 1, termsMax: 1, shareMax: 1 }).terms, ['b']);
  assert.deepEqual(fitTfidf([['a', 'b', 'c']], { documentsMin: 1, runMax: 2, shareMax: 1 }).terms, [
    'a',
    'a b',
    'b',
    'b c',
    'c',
  ]);
});

/** Documents that speak of one of two topics, with a word that all share. */
function topics(count: number): { documents: string[][]; topic: number[] } {
  const draw = random(4);
  const topic = Array.from({ length: count }, (_, i) => i % 2);
  const documents = topic.map((t) => [
    'shop',
    ...Array.from({ length: 6 }, () => `${t === 0 ? 'm' : 'n'}${draw.integer(12)}`),
  ]);
  return { documents, topic };
}

const cosine = (values: Float32Array, width: number, a: number, b: number): number => {
  let sum = 0;
  for (let j = 0; j < width; j++) sum += values[a * width + j]! * values[b * width + j]!;
  return sum;
};

test('documents of one topic are nearer than those of two; the same seed gives the same bits', () => {
  const { documents, topic } = topics(300);
  const words = fitWordVectors(documents, { seed: 1, width: 16, thin: 1, epochs: 4 });
  assert.equal(words.words[0], 'shop');
  assert.deepEqual(words.vectors, fitWordVectors(documents, { seed: 1, width: 16, thin: 1, epochs: 4 }).vectors);
  assert.notDeepEqual(words.vectors, fitWordVectors(documents, { seed: 2, width: 16, thin: 1, epochs: 4 }).vectors);
  const means = documentVectors(fitDocumentVectors(words, documents), [...documents, ['unknown'], []]);
  const semantics = fitSemantics(documents, { width: 4, seed: 1, shareMax: 1 });
  const directions = semanticVectors(semantics, [...documents, ['unknown'], []]);
  for (const { values, width, count } of [means, directions]) {
    assert.equal(count, 302);
    let [within, between, pairs] = [0, 0, 0];
    for (let i = 0; i + 3 < 300; i += 2, pairs++) {
      assert.equal(topic[i], topic[i + 2]);
      within += cosine(values, width, i, i + 2);
      between += cosine(values, width, i, i + 3);
    }
    assert.ok(within / pairs > between / pairs + 0.4, `${within / pairs} and ${between / pairs}`);
    assert.ok(values.subarray(300 * width).every((x) => x === 0));
    assert.ok(values.every((x) => Number.isFinite(x)));
  }
});

test('no sentences, one word: vectors of nothing, no fault', () => {
  assert.equal(fitWordVectors([], { seed: 1 }).words.length, 0);
  const one = fitWordVectors([['a', 'a', 'a']], { seed: 1 });
  assert.deepEqual(one.words, ['a']);
  assert.equal(semanticVectors(fitSemantics([], { seed: 1 }), [['a']]).width, 0);
});

test('texts in one step: like titles are near, missing ones have zeros', () => {
  const titles = [
    'red running shoes',
    'blue running shoe',
    '红色 跑步 鞋',
    '蓝色 跑步 鞋',
    'silk scarf',
    'silk scarves',
    null,
  ];
  const model = fitTextVectors(titles, { seed: 1, width: 4, cutter: 'icu', shareMax: 1, documentsMin: 1 });
  const { values, width } = textVectors(model, titles);
  assert.ok(
    cosine(values, width, 0, 1) > 0.5 && cosine(values, width, 2, 3) > 0.5 && cosine(values, width, 4, 5) > 0.3,
  );
  assert.ok(Math.abs(cosine(values, width, 0, 4)) < 0.1 && Math.abs(cosine(values, width, 0, 2)) < 0.1);
  assert.ok(values.subarray(6 * width).every((x) => x === 0));
  assert.equal(model.cutter, 'icu');
});

test('products by the sessions that they were seen in: those of one aisle are near', () => {
  const draw = random(8);
  // shoppers look at products of one of three aisles, in any order
  const sessions = Array.from({ length: 900 }, (_, s) =>
    Array.from({ length: 6 }, () => `sku-${(s % 3) * 10 + draw.integer(10)}`),
  );
  const { words, vectors, width } = fitWordVectors(sessions, { seed: 1, width: 12, thin: 1, window: 6, epochs: 6 });
  const aisle = words.map((id) => Math.floor(Number(id.slice(4)) / 10));
  const length = (i: number) => Math.sqrt(cosine(vectors, width, i, i));
  let right = 0;
  for (let i = 0; i < words.length; i++) {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < words.length; j++) {
      const near = cosine(vectors, width, i, j) / length(j);
      if (i !== j && near > most) [best, most] = [j, near];
    }
    if (aisle[best] === aisle[i]) right++;
  }
  assert.equal(words.length, 30);
  assert.equal(right, 30);
});
