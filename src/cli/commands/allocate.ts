/** Who gets which offer, from an analyst's own table of effects. */
import { type AllocationReport, allocateFile } from '#campaigns/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command } from '../command.ts';
import { peakRssMb, text, withCompute } from '../values.ts';
import { formatOf, writeTable } from '../write.ts';

export const allocate: Command = {
  name: 'allocate',
  about: 'who gets which offer under a budget, a least return and places',
  options: {
    effects: { type: 'text', value: 'FILE', about: 'a row a customer and offer', required: true },
    customer: { type: 'text', value: 'COL', about: 'column of the customer', required: true },
    offer: { type: 'text', value: 'COL', about: 'column of the offer', required: true },
    value: { type: 'text', value: 'COL', about: 'what giving it brings, in money', required: true },
    cost: { type: 'text', value: 'COL', about: 'what giving it costs, in the same money', required: true },
    budget: { type: 'number', value: 'N', about: 'spent at most', required: true },
    'min-roi': { type: 'number', value: 'R', about: 'value of all over its cost, at least' },
    'max-per-offer': {
      type: 'text',
      value: 'FILE',
      about: 'columns: the offer, and max, the customers who get it at most',
    },
    curve: { type: 'flag', about: 'also what other budgets would bring' },
    out: { type: 'text', value: 'FILE', about: 'write who gets what (.parquet, .csv, .jsonl)' },
  },
  run: (values, _words, context) => {
    const named = [
      text(values, 'effects'),
      ...(values['max-per-offer'] === undefined ? [] : [text(values, 'max-per-offer')]),
    ];
    const out = values.out === undefined ? undefined : text(values, 'out');
    if (out !== undefined) formatOf(out);
    return withCompute(values, context, async (compute) => {
      const { report, assignments, seconds } = await withAnalystFiles(named, async ([file = '', limits]) => {
        const from = performance.now();
        const effects = {
          ...{ file, customer: text(values, 'customer'), offer: text(values, 'offer') },
          ...{ value: text(values, 'value'), cost: text(values, 'cost') },
          ...(limits === undefined ? {} : { maxPerOffer: limits }),
        };
        const bounds = {
          budget: Number(values.budget),
          ...(values['min-roi'] === undefined ? {} : { minRoi: Number(values['min-roi']) }),
          curve: values.curve === true,
        };
        const made = await allocateFile(compute, effects, bounds);
        return { ...made, seconds: Math.round(performance.now() - from) / 1000 };
      });
      if (out !== undefined) await writeTable(compute, assignments(), out);
      return { ...report, seconds, peakRssMb: peakRssMb() };
    });
  },
  show: (report: AllocationReport) => allocationLines(report),
};

const money = (value: number): string => value.toFixed(2);
const short = (value: number): string => String(Number(value.toPrecision(4)));

function allocationLines({
  customers,
  assigned,
  spent,
  value,
  upperBound,
  gap,
  shadowPrice,
  perOffer,
  curve,
}: AllocationReport): string {
  const rows = perOffer.map(({ offer, customers: given, spent: cost, value: brought, most, placePrice }) =>
    [
      `  ${offer}: ${given} customers, costs ${money(cost)}, brings ${money(brought)}`,
      ...(most === null
        ? []
        : [`of ${most} places${placePrice > 0 ? `, one more is worth ${money(placePrice)}` : ''}`]),
    ].join('; '),
  );
  return [
    `${assigned} of ${customers} customers get an offer: costs ${money(spent)}, brings ${money(value)}`,
    `no allocation brings more than ${money(upperBound)} (${short(100 * gap)} % away); one more unit of budget brings ${short(shadowPrice)}`,
    ...rows,
    ...(curve.length === 0 ? [] : ['  budget  brings  one more unit']),
    ...curve.map((point) => `  ${money(point.budget)}  ${money(point.value)}  ${short(point.shadowPrice)}`),
  ].join('\n');
}
