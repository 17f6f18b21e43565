// Aim: the tables of the lifecycle hold what the walk through each life says, see no future, add up, and are made for shops
// of any size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayEnd, dayNumber, dayStart } from '#kernels/local-time.ts';
import { lifecycleOf, livesAt, STATES } from './lifecycle.ts';
import { type LifecycleReport, livesFrom, makeLifecycle } from './make-lifecycle.ts';
import { fitRhythm } from './rhythm.ts';
import { type Line, livelyLines, noon, SHOP, tinyShop } from './tiny-lines.ts';

const ZONE = SHOP.timeZone;

interface Row {
  customer_id: string;
  state: string;
  since_at: number;
  previous_state: string | null;
  silence_days: number;
  expected_gap_days: number;
  chance_silence: number;
  p_active: number;
  chance_to_buy: number;
  next_order_at: number;
  next_low_at: number;
  next_high_at: number;
}
interface Past {
  as_of: number;
  customer_id: string;
  state: string;
}

async function made(
  lines: readonly Line[],
  asOfDay: number,
  dates: readonly number[] = [],
): Promise<{ rows: Row[]; past: Past[]; report: LifecycleReport }> {
  const compute = await tinyShop(lines);
  try {
    const report = await makeLifecycle(compute, {
      ...{ asOf: noon(asOfDay), timeZone: ZONE, shop: SHOP, horizonDays: 60 },
      dates: dates.map((day) => dayEnd(dayNumber(noon(day), ZONE), ZONE)),
    });
    return {
      report,
      rows: await compute.rows<Row>('from lifecycle'),
      past: await compute.rows<Past>('from lifecycle_history order by as_of, customer_id'),
    };
  } finally {
    await compute.close();
  }
}

const LINES = livelyLines(300, 2);

test('a row a buyer, as the walk says, with dates on the shop’s clock', async () => {
  const { rows, report } = await made([...LINES, { customer: null, day: 3, paid: 5 }], 380);
  const compute = await tinyShop(LINES);
  const today = dayNumber(noon(380), ZONE);
  const lives = livesFrom(
    await compute.table(
      `select distinct customer_id, ((ordered_at + 28800000) // 86400000)::integer as day from order_lines where ordered_at <= $asOf order by all`,
      { asOf: noon(380) },
    ),
    today,
  );
  await compute.close();
  const told = lifecycleOf(lives, fitRhythm(lives), { horizonDays: 60 });
  assert.deepEqual(
    rows.map((row) => row.customer_id),
    lives.customers,
  );
  for (const [i, row] of rows.entries()) {
    assert.equal(row.state, STATES[told.state[i]!]);
    assert.equal(row.since_at, dayStart(told.since[i]!, ZONE));
    assert.equal(row.silence_days, told.silence[i]);
    assert.ok(row.next_low_at <= row.next_order_at && row.next_order_at <= row.next_high_at);
    assert.ok(row.next_low_at >= dayStart(today, ZONE));
  }
  for (const { state, customers } of report.states)
    assert.equal(customers, rows.filter((row) => row.state === state).length);
  assert.ok(['active', 'at-risk', 'lapsed'].every((state) => rows.some((row) => row.state === state)));
});

test('what comes later changes nothing', async () => {
  const [whole, cut] = [
    await made(LINES, 300),
    await made(
      LINES.filter(({ day }) => day <= 300),
      300,
    ),
  ];
  assert.deepEqual(whole, cut);
});

test('history has a state for all who had bought, and the ways between moments add up', async () => {
  const { past, rows, report } = await made(LINES, 380, [200, 290]);
  const moments = [...new Set(past.map((row) => row.as_of))];
  assert.equal(moments.length, 3);
  assert.deepEqual(
    past.filter(({ as_of }) => as_of === moments[2]).map(({ state }) => state),
    rows.map(({ state }) => state),
  );
  for (const [i, { links, from, to }] of report.transitions.entries()) {
    assert.deepEqual([from, to], moments.slice(i, i + 2));
    const known = past.filter(({ as_of }) => as_of === to);
    assert.equal(
      links.reduce((sum, { customers }) => sum + customers, 0),
      known.length,
    );
    const before = new Map(past.filter(({ as_of }) => as_of === from).map((row) => [row.customer_id, row.state]));
    for (const { from: was, to: is, customers } of links)
      assert.equal(
        customers,
        known.filter((row) => row.state === is && (before.get(row.customer_id) ?? null) === was).length,
      );
  }
  const then = livesAt({ starts: Int32Array.of(0, 1), days: Float64Array.of(9), seenDay: 9 }, 8);
  assert.equal(then.rows.length, 0);
});

test('states one horizon back are judged by who bought since', async () => {
  const { heldOut } = (await made(livelyLines(600, 4), 380)).report;
  assert.ok(heldOut !== null);
  const share = (state: string) => heldOut.byState.find((row) => row.state === state)!;
  assert.ok(share('active').low > share('lapsed').high);
  // The shop is one of the model's: what is told lies within noise of what is seen.
  assert.ok(heldOut.calibrationError < 0.08, String(heldOut.calibrationError));
  assert.ok(heldOut.auc.chance > heldOut.auc.recency - 0.02 && heldOut.auc.chance > 0.7, JSON.stringify(heldOut.auc));
});

test('shops of five buyers, of one, and of none', async () => {
  for (const buyers of [5, 1]) {
    const { rows, report } = await made(livelyLines(buyers, 3), 380);
    assert.equal(rows.length, buyers);
    for (const row of rows)
      for (const value of Object.values(row)) assert.ok(typeof value !== 'number' || Number.isFinite(value));
    assert.equal(report.heldOut, null);
  }
  const { rows, report } = await made([{ customer: null, day: 1, paid: 5 }], 20, [3]);
  assert.deepEqual([rows.length, report.states.every(({ customers }) => customers === 0)], [0, true]);
});
