/** What the model is told of each customer as of a moment: the shop's features, and its own beside them. */
import type { Compute } from '#engines/index.ts';
import { numberColumn, numbers, type Table, textColumn } from '#table/index.ts';
import { realisedBetween, type ValueDays } from '#value/index.ts';
import type { FeatureWords } from './reasons.ts';
import { readFeatures } from './relative.ts';
import type { Moment } from './replay.ts';

export interface InputsOptions {
  readonly days: ValueDays;
  readonly horizonDays: number;
  /** Table with the shop's features as of the moment. */
  readonly scratch: string;
}

/** Days after which a purchase counts half. */
const HALF_LIVES = [28, 56, 112] as const;
/** Days that a customer counts as known at least, so that a first purchase is not taken for a habit. */
const KNOWN_DAYS_MIN = 28;

/**
 * The model's own inputs: the estimates of value as of the moment, the last period's margin, and paces. A pace is a sum
 * over all days so far in which a day of `age` days ago counts 0.5^((age + 0.5) / half-life), over the same sum of ones,
 * times the horizon: what a customer who goes on so would bring.
 */
export const OWN_INPUTS: readonly FeatureWords[] = [
  { name: 'value_minor', unit: 'minor', about: { en: 'expected margin', zh: '预期毛利' } },
  { name: 'expected_orders', unit: 'count', about: { en: 'expected orders', zh: '预期订单数' } },
  { name: 'p_alive', unit: 'share', about: { en: 'chance of still being a customer', zh: '仍为活跃客户的概率' } },
  { name: 'period_margin', unit: 'minor', about: { en: 'margin in the last period', zh: '上一周期毛利' } },
  ...HALF_LIVES.map((days) => ({
    name: `margin_pace_${days}d`,
    unit: 'minor',
    about: {
      en: `margin of a period at the recent pace (half weight after ${days} days)`,
      zh: `按近期节奏的周期毛利（${days} 天权重减半）`,
    },
  })),
  {
    name: 'margin_pace_since_first',
    unit: 'minor',
    about: {
      en: 'margin of a period at the pace since the first order (half weight after 56 days)',
      zh: '按首单以来节奏的周期毛利（56 天权重减半）',
    },
  },
  {
    name: 'order_pace_56d',
    unit: 'count',
    about: {
      en: 'orders of a period at the recent pace (half weight after 56 days)',
      zh: '按近期节奏的周期订单数（56 天权重减半）',
    },
  },
];

export const OWN_NAMES: readonly string[] = OWN_INPUTS.map(({ name }) => name);

/** Features of the scratch table and the model's own inputs, for `ids` in their order, as of a moment. */
export async function inputsOf(
  compute: Compute,
  { scratch, days, horizonDays }: InputsOptions,
  moment: Moment,
  ids: readonly string[],
): Promise<Table> {
  const features = await readFeatures(compute, scratch, ids);
  const { standing, valueMinor, forecast } = moment.values;
  const row = new Map(standing.customers.map((id, i) => [id, i]));
  const placed = (values: Float64Array) => numbers(ids.map((id) => values[row.get(id)!]));
  const { margin } = await realisedBetween(compute, days, ids, moment.day - horizonDays, moment.day);
  const own = {
    value_minor: placed(valueMinor),
    expected_orders: placed(forecast.purchases),
    p_alive: placed(forecast.alive),
    period_margin: numbers(margin),
    ...(await pacesOf(compute, { days, horizonDays }, moment.day, ids)),
  };
  return { length: ids.length, columns: { ...features.columns, ...own } };
}

/** Sum of 0.5^((age + 0.5) / halfLife) over ages 0 to days - 1. */
const kernelMass = (days: number, halfLife: number): number => {
  const ratio = 0.5 ** (1 / halfLife);
  return (Math.sqrt(ratio) * (1 - ratio ** days)) / (1 - ratio);
};

/** Weighted sums are of whole 1024ths of a minor unit: their order does not matter. */
const UNIT = 1024;

async function pacesOf(
  compute: Compute,
  { days, horizonDays }: Pick<InputsOptions, 'days' | 'horizonDays'>,
  day: number,
  ids: readonly string[],
): Promise<Record<string, ReturnType<typeof numbers>>> {
  const weight = (halfLife: number) => `pow(0.5, ($day - day + 0.5) / ${halfLife})`;
  const sum = (what: string, halfLife: number) =>
    `sum(round(${UNIT} * (${what}) * ${weight(halfLife)})::bigint)::double / ${UNIT}`;
  const margins = HALF_LIVES.map((h) => `${sum('margin - refunded_margin', h)} as margin_${h}`);
  const read = await compute.table(
    `select customer_id, min(day) filter (lines > 0) as first_day, ${margins.join(', ')},
       ${sum('if(lines > 0, 1, 0)', 56)} as orders_56
     from ${days.name} where day <= $day group by customer_id order by customer_id`,
    { day },
  );
  const names = textColumn(read, 'customer_id');
  const rowOf = new Map(Array.from(names.codes, (code, i) => [names.dictionary[code]!, i]));
  const span = Math.max(1, day - days.firstDay + 1);
  const perPeriod = (column: string, mass: (row: number) => number) => {
    const { values } = numberColumn(read, column);
    return numbers(
      ids.map((id) => {
        const i = rowOf.get(id);
        return i === undefined ? 0 : (values[i]! / mass(i)) * horizonDays;
      }),
    );
  };
  const first = numberColumn(read, 'first_day').values;
  return {
    ...Object.fromEntries(
      HALF_LIVES.map((h) => [`margin_pace_${h}d`, perPeriod(`margin_${h}`, () => kernelMass(span, h))]),
    ),
    margin_pace_since_first: perPeriod('margin_56', (i) =>
      kernelMass(Math.max(KNOWN_DAYS_MIN, day - first[i]! + 1), 56),
    ),
    order_pace_56d: perPeriod('orders_56', () => kernelMass(span, 56)),
  };
}
