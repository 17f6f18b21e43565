// Aim: a mapping's lifecycle rules are taken, filled up, or refused with the key that is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { DEFAULT_RULES } from './lifecycle.ts';
import { parseLifecycle } from './lifecycle-settings.ts';

test('what is not said is the default', () => {
  assert.deepEqual(parseLifecycle(undefined), DEFAULT_RULES);
  assert.deepEqual(parseLifecycle({ atRisk: { silence: 0.3 } }), {
    atRisk: { silence: 0.3, alive: DEFAULT_RULES.atRisk.alive },
    lapsed: DEFAULT_RULES.lapsed,
  });
});

for (const [what, from, where] of [
  ['a word for a number', { atRisk: { silence: 'long' } }, 'lifecycle.atRisk.silence'],
  ['a chance above 1', { lapsed: { alive: 3 } }, 'lifecycle.lapsed.alive'],
  ['an unknown key', { asleep: {} }, 'lifecycle'],
  ['lapsed before at risk', { atRisk: { silence: 0.01 } }, 'lifecycle.lapsed.silence'],
  ['a list', [], 'lifecycle'],
] as const)
  test(`${what} is refused`, () => {
    assert.throws(
      () => parseLifecycle(from),
      (error) =>
        error instanceof KnownError && error.code === 'LIFECYCLE_INVALID' && error.message.startsWith(`${where} `),
    );
  });
