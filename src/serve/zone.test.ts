// Aim: local days begin where the clocks of the zone say, also on the days when clocks jump.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dayNumber } from '#events/index.ts';
import { dayStart, localText, momentOf, monthOf } from './zone.ts';

const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
];
const DAY = 86_400_000;

test('known beginnings of days', () => {
  const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / DAY;
  assert.equal(dayStart(day('2024-06-30'), 'Asia/Shanghai'), Date.parse('2024-06-29T16:00:00Z'));
  assert.equal(dayStart(day('2024-03-10'), 'America/New_York'), Date.parse('2024-03-10T05:00:00Z'));
  assert.equal(dayStart(day('2024-03-11'), 'America/New_York'), Date.parse('2024-03-11T04:00:00Z'));
  // Clocks in São Paulo went from 24:00 to 01:00: the day began an hour late.
  assert.equal(dayStart(day('2018-11-04'), 'America/Sao_Paulo'), Date.parse('2018-11-04T03:00:00Z'));
  assert.equal(localText(Date.parse('2024-06-30T15:59:59Z'), 'Asia/Shanghai'), '2024-06-30 23:59:59');
  assert.equal(monthOf(Date.parse('2024-06-30T16:00:00Z'), 'Asia/Shanghai'), 2024 * 12 + 6);
});

test('a day begins with its first moment: that one has its number, the one before has not', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 3650, max: 36_500 }), (zone, day) => {
      const start = dayStart(day, zone);
      assert.equal(dayNumber(start, zone), day);
      assert.equal(dayNumber(start - 1, zone), day - 1);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('hours of a day rise', () => {
  for (const zone of ZONES)
    for (const date of ['2024-03-10', '2024-11-03', '2024-10-06', '2024-07-01']) {
      const first = Date.parse(`${date}T00:00:00Z`);
      const hours = Array.from({ length: 25 }, (_, hour) => momentOf(first + hour * 3_600_000, zone));
      assert.ok(
        hours.every((moment, i) => i === 0 || moment >= hours[i - 1]!),
        `${zone} ${date}`,
      );
    }
});
