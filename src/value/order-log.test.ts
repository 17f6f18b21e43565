// Aim: an analyst's order log is read and judged as the literature and the peers do, and bad input is named.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { numberColumn, numbers, table, take, texts } from '#table/index.ts';
import { evaluateOrderLog } from './evaluate-log.ts';
import { countOrderLog, loadOrderLog } from './order-log.ts';

const DATA = new URL('../../../shared/data/cdnow/', import.meta.url);
const skip = existsSync(DATA) ? false : 'no ../shared/data here';
const compute = await openDuckdb();
after(() => compute.close());
const CDNOW = { customer: 'customer_id', time: 'date', amount: 'amount' };
const load = (file: string) => loadOrderLog(compute, `read_csv('${new URL(file, DATA).pathname}')`, CDNOW);
const SETTINGS = { calibrationEnd: '1997-09-30', horizonDays: 273 };

test('golden: CDNOW sample, parameters of the paper and hold-out figures of lifetimes', { skip }, async () => {
  const golden = JSON.parse(readFileSync(new URL('../../golden/cdnow-sample.json', import.meta.url), 'utf8')) as {
    bgNbd: Record<string, number>;
    gammaGamma: Record<string, number>;
    metrics: Record<string, number>;
    customers: number;
    holdout: number;
  };
  const { parameters, logLikelihood, metrics, customers } = await evaluateOrderLog(
    await load('cdnow_sample.csv.gz'),
    SETTINGS,
  );
  assert.equal(customers, golden.customers);
  for (const [name, want] of Object.entries({ ...golden.bgNbd, ...golden.gammaGamma }))
    assert.ok(Math.abs((name === 'logLikelihood' ? logLikelihood! : parameters[name]!) - want) < 1e-3, name);
  assert.equal(metrics!.purchasesActual, golden.holdout);
  for (const [name, want] of Object.entries(golden.metrics)) {
    const got = metrics![name as keyof typeof metrics] as number;
    assert.ok(Math.abs(got - want) < (name === 'purchasesForetold' ? 1 : 1e-3), `${name} ${got}, want ${want}`);
  }
  assert.ok(metrics!.coverage80! >= 0.8, `${metrics!.coverage80}`);
});

test('known answer: MBG/NBD on the CDNOW sample', { skip }, async () => {
  // the figures to which lifetimes holds its ModifiedBetaGeoFitter, from BTYDplus
  const { parameters } = await evaluateOrderLog(await load('cdnow_sample.csv.gz'), {
    ...SETTINGS,
    method: 'mbg-nbd-all',
  });
  for (const [name, want] of Object.entries({ r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 }))
    assert.ok(Math.abs(parameters[name]! - want) < 2e-3, `${name} ${parameters[name]}`);
});

test('known answer: Pareto/NBD on the CDNOW sample', { skip }, async () => {
  // Fader and Hardie (2005), A Note on Implementing the Pareto/NBD Model in MATLAB, brucehardie.com/notes/008
  const result = await evaluateOrderLog(await load('cdnow_sample.csv.gz'), { ...SETTINGS, method: 'pareto-nbd-all' });
  for (const [name, want] of Object.entries({ r: 0.5533, alpha: 10.578, s: 0.6061, beta: 11.669 }))
    assert.ok(Math.abs(result.parameters[name]! - want) < 1e-3, `${name} ${result.parameters[name]}`);
  assert.ok(Math.abs(result.logLikelihood! + 9594.98) < 0.01, `${result.logLikelihood}`);
});

test('the method is chosen inside the calibration period: later orders do not change it', { skip }, async () => {
  const all = await load('cdnow_sample.csv.gz');
  const customer = all.columns.customer!;
  assert.ok(customer.kind === 'text');
  const rows = [...customer.codes.keys()].filter((i) => customer.codes[i]! % 3 === 0);
  const orders = take(all, rows);
  const { values } = numberColumn(orders, 'time');
  const early = rows.map((_, k) => k).filter((k) => values[k]! < Date.parse('1997-10-01'));
  const whole = await evaluateOrderLog(orders, { ...SETTINGS, method: 'best' });
  const blind = await evaluateOrderLog(take(orders, early), { ...SETTINGS, method: 'best' });
  assert.equal(blind.metrics, null);
  assert.deepEqual(
    [blind.method, blind.parameters, blind.candidates],
    [whole.method, whole.parameters, whole.candidates],
  );
  assert.deepEqual(blind.predictions.forecast.spend, whole.predictions.forecast.spend);
  const plain = (await evaluateOrderLog(orders, SETTINGS)).metrics!;
  const off = (ratio: number | null) => Math.abs(Math.log(ratio!));
  assert.ok(whole.metrics!.giniSpend > plain.giniSpend, `${whole.metrics!.giniSpend}`);
  assert.ok(off(whole.metrics!.totalRatioSpend) < off(plain.totalRatioSpend), `${whole.metrics!.totalRatioSpend}`);
});

const LOG = table({
  customer: texts(['b', 'a', 'a', 'b', 'a', 'c']),
  time: numbers(
    ['2026-01-01', '2026-01-02', '2026-01-02', '2026-01-08', '2026-01-20', '2026-02-01'].map((d) => Date.parse(d)),
  ),
  amount: numbers([5, 1, 2, 7, 9, 4]),
});

test('rows of one customer and day are one purchase, in any row order', async () => {
  const of = (order: number[]) =>
    evaluateOrderLog(
      table({
        customer: texts(order.map((i) => ['b', 'a', 'a', 'b', 'a', 'c'][i]!)),
        time: numbers(order.map((i) => numberColumn(LOG, 'time').values[i]!)),
        amount: numbers(order.map((i) => numberColumn(LOG, 'amount').values[i]!)),
      }),
      { calibrationEnd: '2026-01-31', horizonDays: 30 },
    );
  const { predictions, metrics, fallback } = await of([0, 1, 2, 3, 4, 5]);
  assert.deepEqual(
    [predictions.histories.customers, [...predictions.histories.orders], [...predictions.histories.spendAll]],
    [
      ['a', 'b'],
      [2, 2],
      [12, 12],
    ],
  );
  assert.equal(metrics!.purchasesActual, 0); // c was not there yet
  assert.equal(fallback?.code, 'few-repeaters');
  assert.deepEqual((await of([5, 4, 3, 2, 1, 0])).metrics, metrics);
});

test('loading reads dates, timestamps and milliseconds alike', async () => {
  const forms = [
    "date '2026-01-02'",
    "timestamp '2026-01-02 10:00'",
    "'2026-01-02 10:00:00'",
    `${Date.parse('2026-01-02T10:00Z')}::bigint`,
    `${Date.parse('2026-01-02T10:00Z') / 1000}::integer`,
    '20260102',
  ];
  for (const form of forms) {
    const read = await loadOrderLog(compute, `(select 'x' who, ${form} "when", 0.1 + 0.2 sum)`, {
      customer: 'who',
      time: 'when',
      amount: 'sum',
    });
    assert.deepEqual(
      [...numberColumn(read, 'time').values, ...numberColumn(read, 'amount').values],
      [Date.parse('2026-01-02'), 0.3],
    );
  }
});

test('extra columns: numbers of a day are added up, the first text of a day stays', async () => {
  const relation = `(values ('x', '2026-01-02 10:00', 5, 'web', 2), ('x', '2026-01-02 09:00', 1, 'shop', 0.1), ('x', '2026-01-03', 5, null, null))
    t(who, at_, sum, "the channel", items)`;
  const columns = { customer: 'who', time: 'at_', amount: 'sum', extra: ['the channel', 'items'] };
  const { columns: read } = await loadOrderLog(compute, relation, columns);
  const [channel, items] = [read['extra:the channel']!, read['extra:items']!];
  assert.ok(channel.kind === 'text' && items.kind === 'number');
  assert.deepEqual([channel.dictionary[channel.codes[0]!], channel.codes[1]], ['shop', -1]);
  assert.deepEqual([items.values[0], items.valid?.[1]], [2.1, 0]);
  await assert.rejects(loadOrderLog(compute, relation, { ...columns, extra: ['weather'] }), { code: 'ORDER_LOG_BAD' });
});

test('what cannot be read is named with its row', async () => {
  const columns = { customer: 'who', time: 'at_', amount: 'sum' };
  const from = (sql: string) => loadOrderLog(compute, `(${sql})`, columns);
  await assert.rejects(from("select 'x' who, 'tomorrow' at_, 1 sum"), {
    code: 'ORDER_LOG_BAD',
    message: /column at_ holds "tomorrow" in row 1/,
  });
  await assert.rejects(from("select 'x' who, '2026-01-01' at_, 'NaN' sum"), {
    code: 'ORDER_LOG_BAD',
    message: /column sum holds "NaN"/,
  });
  await assert.rejects(from("select 'x' who, '2026-01-01' at_"), {
    code: 'ORDER_LOG_BAD',
    message: /sum is not there/,
  });
  await assert.rejects(from("select 'x' who, 20261301 at_, 1 sum"), {
    message: /holds "20261301" in row 1, which is no time/,
  });
  await assert.rejects(from("select 'x' who, 7 at_, 1 sum"), { code: 'ORDER_LOG_BAD' });
  const about = { file: 'o.csv', firstRow: 2, now: Date.parse('2026-01-01') };
  await assert.rejects(loadOrderLog(compute, "(select 'x' who, '2026-02-01' at_, 1 sum)", columns, about), {
    message: /^o\.csv: column at_ holds "2026-02-01" in row 2, which lies in the future/,
  });
  const relation = "(values ('x', '2026-01-01', 5), ('x', '2026-01-02', -5), (null, '2026-01-02', 5)) t(who, at_, sum)";
  assert.deepEqual(await countOrderLog(compute, relation, columns), { read: 3, withoutCustomer: 1, negative: 1 });
  await assert.rejects(from("select null::varchar who, '2026-01-01' at_, 1 sum"), { code: 'ORDER_LOG_EMPTY' });
  const good = { calibrationEnd: '2026-01-31', horizonDays: 30 };
  await assert.rejects(evaluateOrderLog(LOG, { ...good, calibrationEnd: '31.01.2026' }), { code: 'VALUE_DATE_BAD' });
  await assert.rejects(evaluateOrderLog(LOG, { ...good, calibrationEnd: '2026-02-30' }), { code: 'VALUE_DATE_BAD' });
  await assert.rejects(evaluateOrderLog(LOG, { ...good, horizonDays: 1.5 }), { code: 'VALUE_HORIZON_BAD' });
  await assert.rejects(evaluateOrderLog(LOG, { ...good, method: 'magic' as 'mean' }), { code: 'VALUE_METHOD_UNKNOWN' });
  await assert.rejects(evaluateOrderLog(LOG, { ...good, calibrationEnd: '2020-01-01' }), { code: 'ORDER_LOG_EMPTY' });
});
