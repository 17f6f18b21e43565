// Aim: products described alike are neighbours, in Chinese and English; those without words have none.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { IMAGE_FEATURES } from '#embeddings/index.ts';
import { openDuckdb } from '#engines/index.ts';
import { describedAlike } from './content.ts';

const compute = await openDuckdb({ threads: 1 });
after(() => compute.close());

const KINDS = [
  ['green tea', '绿茶 茶叶', 'Drinks > Tea'],
  ['trail running shoe', '越野 跑鞋', 'Sport > Shoes'],
  ['oak dining table', '橡木 餐桌', 'Home > Tables'],
] as const;

async function catalogue(products: number): Promise<string[]> {
  const rows = Array.from({ length: products }, (_, i) => {
    const [en, zh, category] = KINDS[i % KINDS.length]!;
    return `('p${i}', '${en} no ${i}', '${zh}', null, '${category}', 'a ${en} for every day', null)`;
  });
  await compute.run(
    `create or replace table products as select * from (values ${[...rows, "('bare', null, null, null, null, null, null)"].join(', ')})
     t(product_id, title, title_zh, brand, category, description, image_path)`,
  );
  return [...Array.from({ length: products }, (_, i) => `p${i}`), 'bare', 'unknown'];
}

test('neighbours are of the same kind, best first, and add up to one', async () => {
  const ids = await catalogue(30);
  const { rows, offsets, indices, values } = await describedAlike(compute, ids, { seed: 1, threads: 1, k: 5 });
  assert.equal(rows, 32);
  for (let product = 0; product < 30; product++) {
    const own = indices.subarray(offsets[product]!, offsets[product + 1]!);
    assert.ok(
      own.length > 0 && own.every((other) => other % 3 === product % 3 && other !== product),
      `${product}: ${own}`,
    );
    const weights = values.subarray(offsets[product]!, offsets[product + 1]!);
    assert.ok(Math.abs(weights.reduce((a, b) => a + b) - 1) < 1e-12);
    assert.ok(weights.every((weight, i) => i === 0 || weight <= weights[i - 1]!));
  }
  assert.deepEqual([offsets[31], offsets[32]], [offsets[30], offsets[30]]);
  const again = await describedAlike(compute, ids, { seed: 1, threads: 2, k: 5 });
  assert.deepEqual(again.values, values);
});

test('too few products, or none with words: no neighbours', async () => {
  const ids = await catalogue(4);
  assert.equal((await describedAlike(compute, ids, { seed: 1 })).indices.length, 0);
  assert.equal((await describedAlike(compute, [], { seed: 1 })).indices.length, 0);
});

test('pictures count a tenth: of products that words cannot tell apart, those that look alike are nearer', async () => {
  await compute.run(
    `create or replace table products as select 'p' || i as product_id, if(i % 2 = 0, 'cotton shirt', 'frying pan') as title,
       null::varchar as title_zh, null::varchar as brand, null::varchar as category, null::varchar as description,
       'p' || i || '.png' as image_path from range(30) t(i)`,
  );
  const ids = Array.from({ length: 30 }, (_, i) => `p${i}`);
  const look = (i: number) => (i >> 1) % 3;
  const picture = async (path: string) => {
    const i = Number(path.slice(1, -4));
    // three looks, and a little of each picture's own
    return Float32Array.from(
      { length: IMAGE_FEATURES },
      (_, f) => Math.sin(look(i) * 50 + f) + 0.005 * Math.sin(i * f),
    );
  };
  const nearOf = async (options: object) => {
    const { offsets, indices } = await describedAlike(compute, ids, { seed: 1, threads: 1, k: 4, ...options });
    return ids.map((_, product) => Array.from(indices.subarray(offsets[product]!, offsets[product + 1]!)));
  };
  for (const [product, near] of (await nearOf({ picture })).entries()) {
    assert.equal(near.length, 4);
    for (const other of near) assert.deepEqual([other % 2, look(other)], [product % 2, look(product)]);
  }
  const words = await nearOf({});
  assert.ok(words.every((near, product) => near.length >= 4 && near.every((other) => other % 2 === product % 2)));
  assert.ok(words.some((near, product) => near.some((other) => look(other) !== look(product))));
  assert.deepEqual(await nearOf({ picture: async () => null }), words);
});
