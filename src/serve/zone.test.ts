// Aim: a moment is shown as the clocks of the zone show it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localText, monthOf } from './zone.ts';

test('the second before a month ends and its end, in the zone', () => {
  assert.equal(localText(Date.parse('2024-06-30T15:59:59Z'), 'Asia/Shanghai'), '2024-06-30 23:59:59');
  assert.equal(monthOf(Date.parse('2024-06-30T15:59:59Z'), 'Asia/Shanghai'), 2024 * 12 + 5);
  assert.equal(monthOf(Date.parse('2024-06-30T16:00:00Z'), 'Asia/Shanghai'), 2024 * 12 + 6);
});
