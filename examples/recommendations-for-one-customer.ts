/** Products for one customer from who bought what: fit a method, score every product, keep the best that are new. */
import { emptyTop, topOf } from '#kernels/top-k.ts';
import { fitMethod } from '#recommend/index.ts';

const baskets: Readonly<Record<string, readonly string[]>> = {
  ann: ['tea', 'teapot', 'cup', 'honey'],
  bo: ['tea', 'teapot', 'cup'],
  chen: ['tea', 'cup', 'honey'],
  dee: ['tent', 'lamp', 'rope'],
  eli: ['tent', 'lamp', 'stove', 'rope'],
  fay: ['tent', 'stove', 'lamp'],
  you: ['tea', 'teapot'],
};
const customers = Object.keys(baskets);
const products = [...new Set(Object.values(baskets).flat())].sort();
const pairs = customers.flatMap((customer, user) =>
  baskets[customer]!.map((product) => ({ user, item: products.indexOf(product) })),
);

const fitted = fitMethod(
  'rp3beta',
  {
    userCount: customers.length,
    itemCount: products.length,
    users: Int32Array.from(pairs, ({ user }) => user),
    items: Int32Array.from(pairs, ({ item }) => item),
  },
  { params: {}, seed: 1 },
);
const scores = fitted.score(Int32Array.of(customers.indexOf('you')));
for (const bought of baskets.you!) scores[products.indexOf(bought)] = Number.NEGATIVE_INFINITY;
const top = emptyTop(2);
topOf(top, scores, 0, products.length);
for (let rank = 0; rank < top.size; rank++)
  console.log(`${rank + 1}. ${products[top.indices[rank]!]} (${top.scores[rank]!.toFixed(3)})`);
