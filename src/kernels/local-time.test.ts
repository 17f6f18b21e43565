// Aim: local days begin and end where the clocks of the zone say, also on the days when clocks jump.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, dayEnd, dayNumber, dayStart, localMs, momentOf } from './local-time.ts';

const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
  'America/Havana',
];

test('known readings of clocks', () => {
  const reading = (moment: string, zone: string) => new Date(localMs(Date.parse(moment), zone)).toISOString();
  assert.equal(reading('2024-06-30T15:59:59.250Z', 'Asia/Shanghai'), '2024-06-30T23:59:59.250Z');
  assert.equal(reading('2024-06-30T16:00:00Z', 'Asia/Shanghai'), '2024-07-01T00:00:00.000Z');
  assert.equal(reading('1969-12-31T23:59:59.999Z', 'Asia/Kathmandu'), '1970-01-01T05:29:59.999Z');
});

test('known beginnings of days', () => {
  const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / DAY_MS;
  assert.equal(dayStart(day('2024-06-30'), 'Asia/Shanghai'), Date.parse('2024-06-29T16:00:00Z'));
  assert.equal(dayStart(day('2024-03-10'), 'America/New_York'), Date.parse('2024-03-10T05:00:00Z'));
  assert.equal(dayStart(day('2024-03-11'), 'America/New_York'), Date.parse('2024-03-11T04:00:00Z'));
  // Clocks in São Paulo went from 24:00 to 01:00: the day began an hour late.
  assert.equal(dayStart(day('2018-11-04'), 'America/Sao_Paulo'), Date.parse('2018-11-04T03:00:00Z'));
});

test('a day begins with its first moment and ends with its last: their neighbours are of other days', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 36_500 }), (zone, day) => {
      const [start, end] = [dayStart(day, zone), dayEnd(day, zone)];
      assert.deepEqual(
        [start - 1, start, end, end + 1].map((moment) => dayNumber(moment, zone)),
        [day - 1, day, day, day + 1],
      );
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
