// Aim: the example programs run as they stand and say what their comments promise.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const printed = (name: string): string =>
  execFileSync(process.execPath, [fileURLToPath(new URL(name, import.meta.url))], {
    encoding: 'utf8',
    timeout: 10_000,
  });

test('value of an order log: who still buys is worth more than who stopped', () => {
  const [regular = 0, gone = 0] = [...printed('value-of-an-order-log.ts').matchAll(/: ([\d.]+) to be spent/g)].map(
    ([, spend]) => Number(spend),
  );
  // Nine orders of 30 fit into the 90 days, if the regular stays.
  assert.ok(regular > 30 && regular < 270, String(regular));
  assert.ok(gone > 0 && gone < regular / 3, String(gone));
});

test('tiers by your policy: only who passes a cut by a tenth moves', () => {
  const lines = printed('tiers-by-your-policy.ts').split('\n');
  assert.deepEqual(lines.slice(0, 3), ['ann: Guest -> Guest', 'bo: Friend -> Guest', 'chen: Family -> Family']);
});

test('recommendations for one customer: what others with the same products also have, and nothing bought before', () => {
  assert.deepEqual(
    [...printed('recommendations-for-one-customer.ts').matchAll(/\d\. (\w+)/g)].map(([, product]) => product),
    ['cup', 'honey'],
  );
});

test('tiers by stochastic gradient descent: far better than the likeliest tier alone, on customers not learned from', () => {
  const [accuracy = 0, recall = 0, f1 = 0] = [...printed('tiers-by-sgd.ts').matchAll(/ ([\d.]+)$/gm)].map(([, x]) =>
    Number(x),
  );
  // Half the customers are base: that alone is right for half, with a macro recall of a quarter.
  assert.ok(accuracy > 0.8 && recall > 0.8 && f1 > 0.75, `${accuracy} ${recall} ${f1}`);
});
