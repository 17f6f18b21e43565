// Aim: sentiment is learned in Chinese and English, negation included, and few reviews say little of a product.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { literal, openDuckdb } from '#engines/index.ts';
import { KnownError } from '#errors.ts';
import { hashUniform } from '#kernels/random.ts';
import { fitSentiment, productSentiment, sentiment } from './sentiment.ts';

const GOOD = ['很好用，喜欢', '质量不错，值得购买', 'great quality, love it', 'works well, very good', '物流快，好评'];
const BAD = ['质量差，退货', '不好用，失望', 'not good, broke at once', 'terrible, waste of money', '客服态度差，差评'];

test('a little of both languages', () => {
  const reviews = [...GOOD, ...BAD, ...GOOD, ...BAD];
  const labels = reviews.map((_, i) => (i % 10 < 5 ? 1 : 0));
  const model = fitSentiment(reviews, labels, { cutter: 'icu' });
  const said = sentiment(model, ['质量不错', 'love it, great', '质量差，失望', 'not good', '', '?!']);
  assert.ok(said[0]! > 0.5 && said[1]! > 0.5 && said[2]! < 0.5 && said[3]! < 0.5, String(said));
  assert.equal(said[4], said[5], 'a text without words gets the chance of the constant');
  assert.ok(said.every((x) => x > 0 && x < 1));
  for (const wrong of [[], ['好']])
    assert.throws(
      () => fitSentiment(wrong, [1]),
      (error) => error instanceof KnownError && error.code === 'LABEL_ONE_CLASS',
    );
});

test('products: drawn to the mean by hand', () => {
  const { good, counts, mean } = productSentiment(Int32Array.of(0, 0, 1), Float64Array.of(1, 0.8, 0), {
    productCount: 3,
    prior: 2,
  });
  assert.ok(Math.abs(mean - 0.6) < 1e-12);
  assert.deepEqual([...counts], [2, 1, 0]);
  for (const [i, want] of [(1.8 + 1.2) / 4, 1.2 / 3, 0.6].entries()) assert.ok(Math.abs(good[i]! - want) < 1e-12);
  assert.deepEqual([...productSentiment(new Int32Array(0), new Float64Array(0), { productCount: 1 }).good], [0.5]);
});

const DATA = new URL('../../../../shared/data/zh-shopping-reviews/online_shopping_10_cats.parquet', import.meta.url);
test('real reviews: nine in ten are told from a part of the set', {
  skip: existsSync(DATA) ? false : 'no ../shared/data here',
}, async () => {
  const compute = await openDuckdb();
  const rows = await compute.rows<{ label: number; review: string }>(
    `select label::integer as label, review from ${literal(fileURLToPath(DATA))} where hash(review) % 8 = 0 order by review`,
  );
  await compute.close();
  const isTest = rows.map(({ review }) => hashUniform(1, review) < 0.3);
  const of = (want: boolean) => rows.filter((_, i) => isTest[i] === want);
  const train = of(false);
  const model = fitSentiment(
    train.map((r) => r.review),
    train.map((r) => r.label),
  );
  const held = of(true);
  const said = sentiment(
    model,
    held.map((r) => r.review),
  );
  const right = held.filter((r, i) => said[i]! >= 0.5 === (r.label === 1)).length / held.length;
  // some 2,300 reviews: the standard error is .006
  assert.ok(right > 0.88, String(right));
});
