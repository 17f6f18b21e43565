/** Lifetime value from an analyst's own order log. */
import { type Compute, needColumns, relationOf } from '#engines/index.ts';
import { KnownError, known } from '#errors.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import {
  countOrderLog,
  evaluateOrderLog,
  loadOrderLog,
  METHODS,
  type Method,
  type OrderLogColumns,
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
    'time-unit': { type: 'text', value: 'UNIT', about: 'day or week: unit in which alpha is told (default week)' },
    out: { type: 'text', value: 'FILE', about: 'write one row a customer (.parquet, .csv, .jsonl)' },
  },
  run: (values, _words, context) =>
    withCompute(values, context, async (compute) => {
      const unit = values['time-unit'] ?? 'week';
      if (unit !== 'day' && unit !== 'week')
        throw known('USAGE', { what: `--time-unit is "${unit}"`, expected: 'day or week' });
      if (values.out !== undefined) formatOf(text(values, 'out'));
      const file = text(values, 'orders');
      const columns = {
        customer: text(values, 'customer'),
        time: text(values, 'time'),
        amount: text(values, 'amount'),
      };
      const { orders, counted } = await withAnalystFiles([file], ([path = file]) =>
        readOrders(compute, { file, path, columns, now: context.now }),
      );
      const from = performance.now();
      const {
        predictions,
        outcomes: _,
        ...result
      } = evaluateOrderLog(orders, {
        calibrationEnd: text(values, 'calibration-end'),
        horizonDays: Number(values['horizon-days']),
        method: text({ method: 'bg-nbd', ...values }, 'method') as Method | 'best',
        timeUnit: unit,
        seed: seedOf(values),
      });
      const fitSeconds = Math.round(performance.now() - from) / 1000;
      if (values.out !== undefined) await writeTable(compute, rows(predictions), text(values, 'out'));
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
  await needColumns(compute, relation, file, Object.values(columns));
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

function rows({ histories, forecast }: ReturnType<typeof evaluateOrderLog>['predictions']): Table {
  return table({
    customer: texts(histories.customers),
    expected_purchases: numbers(forecast.purchases),
    expected_spend: numbers(forecast.spend),
    p_alive: numbers(forecast.alive),
    ...(forecast.low === undefined ? {} : { low: numbers(forecast.low) }),
    ...(forecast.high === undefined ? {} : { high: numbers(forecast.high) }),
  });
}
