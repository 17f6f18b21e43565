/** Lifetime value from an analyst's own order log. */
import { needColumns, relationOf } from '#engines/index.ts';
import { known } from '#errors.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import { evaluateOrderLog, loadOrderLog, METHODS, type Method } from '#value/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command } from '../command.ts';
import { peakRssMb, text, withCompute } from '../values.ts';
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
      const orders = await withAnalystFiles([file], async ([path = file]) => {
        const relation = await relationOf(compute, path);
        await needColumns(compute, relation, file, Object.values(columns));
        return loadOrderLog(compute, relation, columns);
      });
      const from = performance.now();
      const { predictions, ...result } = evaluateOrderLog(orders, {
        calibrationEnd: text(values, 'calibration-end'),
        horizonDays: Number(values['horizon-days']),
        method: text({ method: 'bg-nbd', ...values }, 'method') as Method | 'best',
        timeUnit: unit,
      });
      const fitSeconds = Math.round(performance.now() - from) / 1000;
      if (values.out !== undefined) await writeTable(compute, rows(predictions), text(values, 'out'));
      return { ...result, fitSeconds, peakRssMb: peakRssMb() };
    }),
};

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
