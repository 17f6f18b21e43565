// Aim: the laws give the values of tables, and quantiles undo chances.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chiSquareTail, normalCdf, normalQuantile, tQuantile, tTwoSided } from './distributions.ts';

const near = (actual: number, expected: number, tolerance = 1e-10) =>
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

test('values of scipy.stats 1.17', () => {
  // norm.ppf, norm.cdf, t.ppf(.975, df), chi2.sf
  near(normalQuantile(0.975), 1.959963984540054);
  near(normalQuantile(0.9), 1.2815515655446004);
  near(normalQuantile(1e-10), -6.361340902404056);
  near(normalCdf(-1.5), 0.06680720126885806);
  near(tQuantile(0.975, 3), 3.182446305284264);
  near(tQuantile(0.975, 2008.3), 1.961145918156, 1e-11);
  near(chiSquareTail(3.841458820694124, 1), 0.05);
  near(chiSquareTail(40, 10), 1.6944743930067e-5, 1e-9);
  near(chiSquareTail(0.1, 4), 0.998790895726, 1e-11);
});

test('quantiles undo chances', () => {
  for (const share of [1e-12, 1e-6, 0.003, 0.02, 0.3, 0.5, 0.77, 0.9999])
    near(normalCdf(normalQuantile(share)) / share, 1);
  for (const freedom of [1, 2.5, 30, 1e5])
    for (const share of [0.6, 0.95, 0.9995]) near(1 - tTwoSided(tQuantile(share, freedom), freedom) / 2, share);
  assert.deepEqual([normalQuantile(0), normalQuantile(1)], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});
