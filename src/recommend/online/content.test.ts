// Aim: what is described alike is near: known cosines, words in two scripts, bounded work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alike, tokens } from './content.ts';

test('words: letters and digits, Chinese in pairs, width and case aside', () => {
  assert.deepEqual(tokens('Green-Tea 250g'), ['green', 'tea', '250g']);
  assert.deepEqual(tokens('有机绿茶 ＡＢ'), ['有机', '机绿', '绿茶', 'ab']);
  assert.deepEqual(tokens('茶 tea茶杯'), ['茶', 'tea', '茶杯']);
  assert.deepEqual(tokens('  "\u0000😀 '), []);
});

test('a known cosine', () => {
  const { offsets, indices, values } = alike([['red cup'], ['red mug'], ['blue cup'], ['']], { k: 3, workMax: 1e6 });
  // red and cup are in two of four products, mug and blue in one.
  const [two, one] = [Math.log(2) * Math.log(3), Math.log(2) * Math.log(5)];
  const cosine = two ** 2 / (Math.hypot(two, two) * Math.hypot(two, one));
  assert.deepEqual([...indices.slice(offsets[0], offsets[1])], [1, 2]);
  for (const value of values.slice(offsets[0], offsets[1])) assert.ok(Math.abs(value - cosine) < 1e-12);
  assert.deepEqual([...indices.slice(offsets[1], offsets[2])], [0]);
  assert.equal(offsets[4], offsets[3], 'no words, no neighbours');
});

test('the most frequent words go when there would be too much work', () => {
  const texts = Array.from({ length: 50 }, (_, i) => [`common rare${i >> 1}`]);
  const { offsets, indices, values } = alike(texts, { k: 5, workMax: 200 });
  for (let i = 0; i < 50; i++) {
    assert.deepEqual([...indices.slice(offsets[i], offsets[i + 1])], [i ^ 1]);
    assert.ok(Math.abs(values[offsets[i]!]! - 1) < 1e-12);
  }
  assert.deepEqual(alike([]).rows, 0);
});
