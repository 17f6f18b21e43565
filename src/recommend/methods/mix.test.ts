// Aim: a mixture of fitted methods keeps what every recommender promises, with and without hidden items.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsOf } from '../data/interactions.ts';
import { conformance, twoBlocks } from './conformance.ts';
import { type AnyMethod, listed } from './method.ts';
import { mixed } from './mix.ts';
import { PERSONAL } from './personal.ts';
import { RP3BETA } from './rp3beta.ts';

const walk = listed(RP3BETA);
const own = listed(PERSONAL);

const both = (name: string, isHidden: boolean): AnyMethod => ({
  ...walk,
  name,
  promises: { orderTolerance: 1e-6 },
  fitted: (data, params, run) =>
    mixed(
      [
        { fit: walk.fitted(data, params, run), weight: 0.7 },
        { fit: own.fitted(data, {}, run), weight: 0.3 },
      ],
      isHidden ? countsOf(data) : undefined,
    ),
});

conformance(both('mix', false));
conformance(both('mix of new items', true));

test('what is hidden does not move the order of the rest', () => {
  const data = twoBlocks();
  const run = { seed: 1, threads: 1 };
  const users = Int32Array.of(4);
  const seen = countsOf(data);
  const one = mixed([{ fit: walk.fitted(data, {}, run), weight: 1 }], seen);
  const [plain, scaled] = [walk.fitted(data, {}, run).score(users), one.score(users)];
  const had = new Set(seen.indices.subarray(seen.offsets[4]!, seen.offsets[5]!));
  const open = Array.from({ length: data.itemCount }, (_, item) => item).filter((item) => !had.has(item));
  const order = (scores: Float64Array) => [...open].sort((a, b) => scores[b]! - scores[a]! || a - b);
  assert.deepEqual(order(scaled), order(plain));
  const mean = open.reduce((sum, item) => sum + scaled[item]!, 0) / open.length;
  assert.ok(Math.abs(mean) < 1e-12);
});
