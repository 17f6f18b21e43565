/** Lifetime value from an analyst's own order log. */
import { type Compute, needColumns, relationOf } from '#engines/index.ts';
import { KnownError, known } from '#errors.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import {
  type CurveOptions,
  countOrderLog,
  discountedSpend,
  evaluateOrderLog,
  loadOrderLog,
  METHODS,
  type Method,
  type OrderLogColumns,
  sharesWithin,
} from '#value/index.ts';
import { firstRowOf, withAnalystFiles } from '../analyst-file.ts';
import type { Command } from '../command.ts';
import { peakRssMb, seedOf, text, withCompute } from '../values.ts';
import { formatOf, writeTable } from '../write.ts';

export const value: Command = {
  name: 'value',
  about: 'lifetime value from an order log, judged on the orders after the calibration end',
  options: {
    orders: { type: 'text', value: 'FILE', about: 'one row an order (or order line)', required: true },
    customer: { type: 'text', value: 'COL', about: 'column of the customer id', required: true },
    time: { type: 'text', value: 'COL', about: 'column of the date or moment', required: true },
    amount: { type: 'text', value: 'COL', about: 'column of the amount paid', required: true },
    'calibration-end': { type: 'text', value: 'DATE', about: 'last day that is learned from', required: true },
    'horizon-days': { type: 'number', value: 'N', about: 'days ahead to foretell', required: true },
    method: {
      type: 'text',
      value: 'NAME',
      about: `${METHODS.join(', ')}, or best: chosen inside the calibration period (default bg-nbd)`,
    },
    extra: {
      type: 'text',
      value: 'A,B',
      about: 'columns of an order that learned, blend and best may read of the first one, e.g. channel,items',
    },
    'time-unit': { type: 'text', value: 'UNIT', about: 'day or week: unit in which alpha is told (default week)' },
    horizons: {
      type: 'text',
      value: 'DAYS',
      about: 'also told over these horizons, e.g. 30,90,365; columns expected_spend_30d ... of --out',
    },
    discount: {
      type: 'number',
      value: 'RATE',
      about: 'yearly rate, e.g. 0.1: column expected_spend_discounted of --out',
    },
    out: { type: 'text', value: 'FILE', about: 'write one row a customer (.parquet, .csv, .jsonl)' },
  },
  run: (values, _words, context) =>
    withCompute(values, context, async (compute) => {
      const unit = values['time-unit'] ?? 'week';
      if (unit !== 'day' && unit !== 'week')
        throw known('USAGE', { what: `--time-unit is "${unit}"`, expected: 'day or week' });
      if (values.out !== undefined) formatOf(text(values, 'out'));
      const horizons = horizonsOf(values.horizons);
      const discount = values.discount === undefined ? undefined : Number(values.discount);
      if (discount !== undefined && !(discount > -1 && discount <= 10))
        throw known('USAGE', { what: `--discount is ${discount}`, expected: 'a yearly rate such as 0.1' });
      const file = text(values, 'orders');
      const columns = {
        customer: text(values, 'customer'),
        time: text(values, 'time'),
        amount: text(values, 'amount'),
        extra: typeof values.extra === 'string' ? values.extra.split(',').filter((name) => name !== '') : [],
      };
      const { orders, counted } = await withAnalystFiles([file], ([path = file]) =>
        readOrders(compute, { file, path, columns, now: context.now }),
      );
      const from = performance.now();
      const {
        predictions,
        outcomes: _,
        ...result
      } = await evaluateOrderLog(orders, {
        calibrationEnd: text(values, 'calibration-end'),
        horizonDays: Number(values['horizon-days']),
        method: text({ method: 'bg-nbd', ...values }, 'method') as Method | 'best',
        timeUnit: unit,
        seed: seedOf(values),
      });
      const fitSeconds = Math.round(performance.now() - from) / 1000;
      if (values.out !== undefined) {
        const curve = { horizonDays: Number(values['horizon-days']), unitDays: unit === 'week' ? 7 : 1 };
        const written = rows(predictions, { ...curve, horizons, discount });
        await writeTable(compute, written, text(values, 'out'));
      }
      return { ...result, rows: counted, fitSeconds, peakRssMb: peakRssMb() };
    }),
};

interface OrderFile {
  readonly file: string;
  /** The same as the engine can read it. */
  readonly path: string;
  readonly columns: OrderLogColumns;
  readonly now: number;
}

async function readOrders(compute: Compute, { file, path, columns, now }: OrderFile) {
  const relation = await relationOf(compute, path);
  await needColumns(compute, relation, file, Object.values(columns).flat());
  try {
    const counted = await countOrderLog(compute, relation, columns);
    if (counted.read === 0) throw known('FILE_EMPTY', { file, table: 'an order log' });
    const orders = await loadOrderLog(compute, relation, columns, { file, firstRow: firstRowOf(file), now });
    return { orders, counted };
  } catch (cause) {
    if (!(cause instanceof KnownError && cause.code === 'ENGINE_FAILED')) throw cause;
    const said = (cause.cause as Error | undefined)?.message.split('\n')[0] ?? cause.message;
    const reason = said.replace(/^[A-Z][\w ]* Error: /, '');
    throw known('FILE_UNREADABLE', { file, reason }, cause);
  }
}

/** Days of --horizons, rising. */
function horizonsOf(given: unknown): number[] {
  if (typeof given !== 'string') return [];
  const days = given.split(',').map(Number);
  const wrong = days.some((own) => !(Number.isInteger(own) && own > 0 && own <= 36_525));
  if (wrong)
    throw known('USAGE', { what: `--horizons is "${given}"`, expected: 'whole numbers of days such as 30,90,365' });
  return [...new Set(days)].sort((a, b) => a - b);
}

interface RowOptions extends CurveOptions {
  readonly horizons: readonly number[];
  readonly discount: number | undefined;
}

function rows(
  { histories, forecast }: Awaited<ReturnType<typeof evaluateOrderLog>>['predictions'],
  { horizons, discount, ...curve }: RowOptions,
): Table {
  const shares = horizons.length === 0 ? [] : sharesWithin(forecast, histories, horizons, curve);
  const told = horizons.flatMap((days, k) => {
    const share = shares[k]!;
    return [
      [`expected_purchases_${days}d`, numbers(forecast.purchases.map((n, i) => n * share[i]!))],
      [`expected_spend_${days}d`, numbers(forecast.spend.map((sum, i) => sum * share[i]!))],
    ] as const;
  });
  const discounted =
    discount === undefined ? undefined : discountedSpend(forecast, histories, { ...curve, yearlyRate: discount });
  return table({
    customer: texts(histories.customers),
    expected_purchases: numbers(forecast.purchases),
    expected_spend: numbers(forecast.spend),
    p_alive: numbers(forecast.alive),
    ...(forecast.waitDays === undefined ? {} : nextOrders(forecast.waitDays, histories.seenDay)),
    ...(forecast.low === undefined ? {} : { low: numbers(forecast.low) }),
    ...(forecast.high === undefined ? {} : { high: numbers(forecast.high) }),
    ...Object.fromEntries(told),
    ...(discounted === undefined ? {} : { expected_spend_discounted: numbers(discounted) }),
  });
}

/** Beyond this nobody plans: the date is left open. */
const WAIT_DAYS_MAX = 3653;

function nextOrders(waitDays: Float64Array, seenDay: number) {
  const dates = Array.from(waitDays, (wait) =>
    wait <= WAIT_DAYS_MAX ? new Date((seenDay + Math.ceil(wait)) * DAY_MS).toISOString().slice(0, 10) : null,
  );
  return { next_order_days: numbers(waitDays), next_order_date: texts(dates) };
}
