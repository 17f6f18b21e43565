// Aim: quiet hours follow the customer's clock over midnight and over the days on which clocks jump, against a slow twin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isQuiet, nextAllowed, type QuietHours } from './quiet-hours.ts';

const MINUTE = 60_000;
const clock = new Map<string, Intl.DateTimeFormat>();

/** Minutes of the day by the platform's own calendar, without the code under test. */
function minutes(moment: number, timeZone: string): number {
  const format =
    clock.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  clock.set(timeZone, format);
  const [hour = 0, minute = 0] = format.format(moment).split(':').map(Number);
  return hour * 60 + minute;
}
const quietBySlowTwin = (moment: number, timeZone: string, { from, to }: QuietHours): boolean => {
  const now = minutes(moment, timeZone);
  return from <= to ? now >= from && now < to : now >= from || now < to;
};

/** Around changes of the clock: forward and back, at midnight (Santiago), by half an hour (Lord Howe). */
const CHANGES: readonly (readonly [zone: string, at: string])[] = [
  ['America/New_York', '2025-03-09T06:00Z'],
  ['America/New_York', '2025-11-02T05:00Z'],
  ['Europe/Berlin', '2025-03-30T00:00Z'],
  ['Europe/Berlin', '2025-10-26T00:00Z'],
  ['America/Santiago', '2025-09-07T03:00Z'],
  ['America/Santiago', '2025-04-06T02:00Z'],
  ['Australia/Lord_Howe', '2025-10-04T14:30Z'],
  ['Australia/Lord_Howe', '2025-04-05T14:00Z'],
  ['Asia/Shanghai', '2025-01-01T00:00Z'],
  ['Asia/Kathmandu', '2025-01-01T00:00Z'],
];
const QUIET: readonly QuietHours[] = [
  { from: 21 * 60 + 30, to: 8 * 60 },
  { from: 0, to: 2 * 60 + 30 },
  { from: 60, to: 90 },
  { from: 22 * 60, to: 1 * 60 + 30 },
];

test('the next allowed moment is the one that walking minute by minute finds', () => {
  let moved = 0;
  for (const [zone, at] of CHANGES)
    for (const quiet of QUIET)
      for (let k = -26; k < 14; k++) {
        const moment = Date.parse(at) + k * 47 * MINUTE + 12_345;
        const found = nextAllowed(moment, zone, quiet);
        let slow = moment;
        while (quietBySlowTwin(slow, zone, quiet)) slow = Math.floor(slow / MINUTE) * MINUTE + MINUTE;
        assert.equal(found, slow, `${zone} ${new Date(moment).toISOString()} ${JSON.stringify(quiet)}`);
        assert.equal(isQuiet(moment, zone, quiet), quietBySlowTwin(moment, zone, quiet));
        if (found !== moment) moved++;
      }
  assert.ok(moved > 100, `only ${moved} moments lay in quiet hours`);
});

test('equal ends are no quiet hours', () => {
  assert.equal(isQuiet(0, 'UTC', { from: 60, to: 60 }), false);
});
