// Aim: what `tiers evaluate` prints says how many kept their tier, and how sure that is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tierLines } from './tier-lines.ts';

test('stability is a share with its interval, a line for each pair of moments', () => {
  const lines = tierLines({ weights: [], fallback: { en: 'too few', zh: '太少' } } as never, [
    { from: 0, to: 91 * 86_400_000, kept: 0.8, customers: 100 },
    { from: 91 * 86_400_000, to: 182 * 86_400_000, kept: 1, customers: 0 },
  ]).split('\n');
  assert.deepEqual(lines.slice(0, 3), [
    'too few',
    '太少',
    'Kept their tier from one moment to the next (95 % interval):',
  ]);
  // Wilson's interval of 80 of 100: .711 to .867.
  assert.match(lines[3]!, /1970-01-01 to 1970-04-02 {2}80\.0 % \[71\.1, 86\.7\] +of 100 customers/);
  assert.match(lines[4]!, / {2}- +of 0 customers/);
});
