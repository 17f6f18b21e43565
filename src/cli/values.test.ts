// Aim: a day that is asked for is the shop's own day, to its last millisecond; what is no day is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { momentOf } from './values.ts';

const at = (asked: string, timeZone: string) =>
  new Date(momentOf({ 'as-of': asked }, 'as-of', timeZone)!).toISOString();

test('a day ends in the zone of the shop, a moment is that moment', () => {
  assert.equal(at('2024-06-30', 'UTC'), '2024-06-30T23:59:59.999Z');
  assert.equal(at('2024-06-30', 'Asia/Shanghai'), '2024-06-30T15:59:59.999Z');
  assert.equal(at('2024-03-10', 'America/New_York'), '2024-03-11T03:59:59.999Z');
  assert.equal(at('2024-06-30T10:00+08:00', 'America/New_York'), '2024-06-30T02:00:00.000Z');
  assert.equal(momentOf({}, 'as-of', 'UTC'), undefined);
});

test('days and moments that are none', () => {
  for (const asked of ['2023-02-30', '2024-13-01', '2024-06-30T10:00', '2024-06-30T25:00Z', '0000-01-01', 'today', ''])
    assert.throws(() => at(asked, 'Asia/Shanghai'), { code: 'USAGE' }, asked);
});
