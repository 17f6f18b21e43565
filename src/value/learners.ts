/** The probability models as learners of the registry: on any table with the statistics as columns. */
import type { AnyLearner, Learner } from '#learners/index.ts';
import { numberColumn, type Table } from '#table/index.ts';
import { type BgNbd, expectedPurchases, fitBgNbd, type Histories } from './bg-nbd.ts';
import { expectedOrder, fitGammaGamma, type GammaGamma } from './gamma-gamma.ts';

export interface BgNbdParams {
  /** Columns: repeat purchases, time from first to last purchase, time from first purchase to now. */
  readonly frequency: string;
  readonly recency: string;
  readonly age: string;
  /** Time ahead, in the unit of the columns. */
  readonly horizon: number;
}

export const bgNbdLearner: Learner<BgNbdParams, { readonly params: BgNbdParams; readonly fit: BgNbd }> = {
  name: 'value/bg-nbd',
  tasks: ['regress'],
  source: 'Fader, Hardie, Lee (2005), Marketing Science 24(2)',
  defaults: { frequency: 'frequency', recency: 'recency', age: 'age', horizon: 13 },
  fit: (data, params) => ({ params, fit: fitBgNbd(historiesOf(data, params)) }),
  predict: ({ params, fit }, data) => expectedPurchases(fit, historiesOf(data, params), params.horizon),
};

const historiesOf = (data: Table, { frequency, recency, age }: BgNbdParams): Histories => ({
  repeats: numberColumn(data, frequency).values,
  recency: numberColumn(data, recency).values,
  age: numberColumn(data, age).values,
});

export interface GammaGammaParams {
  /** Columns: orders, and their mean amount. */
  readonly frequency: string;
  readonly mean: string;
}

export const gammaGammaLearner: Learner<
  GammaGammaParams,
  { readonly params: GammaGammaParams; readonly fit: GammaGamma }
> = {
  name: 'value/gamma-gamma',
  tasks: ['regress'],
  source: 'Fader and Hardie (2013), brucehardie.com/notes/025',
  defaults: { frequency: 'frequency', mean: 'mean' },
  fit: (data, params) => {
    const { orders, means } = meansOf(data, params);
    return { params, fit: fitGammaGamma(orders, means) };
  },
  predict: ({ params, fit }, data) => {
    const { orders, means } = meansOf(data, params);
    return expectedOrder(fit, orders, means);
  },
};

const meansOf = (data: Table, { frequency, mean }: GammaGammaParams) => ({
  orders: numberColumn(data, frequency).values,
  means: numberColumn(data, mean).values,
});

/** The learners of this folder, for `registry`. */
export const valueLearners: readonly AnyLearner[] = [bgNbdLearner, gammaGammaLearner];
