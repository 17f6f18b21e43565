// Aim: a fan told from stored parameters is what the whole forecast says at each horizon, rises, and holds its value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { valueFan } from './fan.ts';
import { type ForecastOptions, forecast } from './forecast.ts';
import type { CustomerHistories } from './histories.ts';

/** Customers of a model, seen on day 300. */
function shop(customers: number): CustomerHistories {
  const draw = random(4);
  const rows = Array.from({ length: customers }, () => {
    const first = Math.floor(200 * draw.uniform());
    const [rate, leave, size] = [draw.gamma(0.8, 30), draw.beta(1, 4), 3000 * Math.exp(draw.normal())];
    const days = [first];
    for (let at = first; draw.uniform() > leave; ) {
      at += draw.exponential(rate);
      if (at >= 300) break;
      if (Math.floor(at) > days.at(-1)!) days.push(Math.floor(at));
    }
    return { orders: days.length, first, last: days.at(-1)!, spend: Math.round(size * days.length) };
  });
  const column = (of: (row: (typeof rows)[number]) => number) => Float64Array.from(rows, of);
  return {
    customers: rows.map((_, i) => `c${i}`),
    ...{
      orders: column((row) => row.orders),
      firstDay: column((row) => row.first),
      lastDay: column((row) => row.last),
    },
    ...{ spendFirst: column((row) => row.spend), spendAll: column((row) => row.spend), seenDay: 300 },
  };
}

const SHARE = 0.4;

test('the fan equals the forecast of each horizon, rises, and its band holds it', () => {
  const seen = shop(400);
  const options = { method: 'likelier', prior: 'always', level: 0.8 } satisfies Partial<ForecastOptions>;
  const [run, short, long] = [90, 30, 365].map((horizonDays) => forecast(seen, { ...options, horizonDays }));
  for (let i = 0; i < seen.customers.length; i += 7) {
    const value = run!.spend[i]! * SHARE;
    const told = {
      ...{ horizonDays: 90, marginShare: SHARE, valueMinor: Math.round(value) },
      lowMinor: Math.round(Math.min(value, run!.low![i]! * SHARE)),
      highMinor: Math.round(Math.max(value, run!.high![i]! * SHARE)),
    };
    const one = {
      ...{ orders: seen.orders[i]!, firstDay: seen.firstDay[i]!, lastDay: seen.lastDay[i]! },
      ...{ spend: seen.spendAll[i]!, seenDay: 300 },
    };
    const fan = valueFan(run!, one, told, [30, 90, 365]);
    if (told.valueMinor === 0) {
      assert.deepEqual(fan, []);
      continue;
    }
    const { horizonDays, marginShare, ...ends } = told;
    assert.deepEqual(fan[1], { days: horizonDays, ...ends });
    // Rounding of the value at 90 days is carried on in proportion.
    const near = (got: number, want: number) =>
      assert.ok(Math.abs(got - want) <= 1 + want / told.valueMinor, `${got} ${want}`);
    near(fan[0]!.valueMinor, short!.spend[i]! * SHARE);
    near(fan[2]!.valueMinor, long!.spend[i]! * SHARE);
    for (const [k, point] of fan.entries()) {
      assert.ok(point.lowMinor <= point.valueMinor && point.valueMinor <= point.highMinor);
      const before = fan[k - 1];
      if (before !== undefined)
        assert.ok(
          before.valueMinor <= point.valueMinor &&
            before.lowMinor <= point.lowMinor &&
            before.highMinor <= point.highMinor,
        );
    }
  }
});

test('no fan without a model, or where a sale loses money', () => {
  const one = { orders: 2, firstDay: 0, lastDay: 9, spend: 500, seenDay: 20 };
  const told = { horizonDays: 30, valueMinor: 100, lowMinor: 0, highMinor: 300, marginShare: 0.3 };
  assert.deepEqual(valueFan({ method: 'mean', parameters: { meanOrder: 5 } }, one, told, [30]), []);
  const parameters = { r: 0.5, alpha: 8, a: 0.8, b: 2.5, p: 6, q: 4, v: 15 };
  assert.equal(valueFan({ method: 'bg-nbd-all', parameters }, one, told, [30]).length, 1);
  assert.deepEqual(valueFan({ method: 'bg-nbd-all', parameters }, one, { ...told, marginShare: -0.1 }, [30]), []);
});
