/** One forecast a customer from histories, by any of a few methods. */
import {
  type BgNbd,
  type BgNbdPrior,
  bgNbdDraws,
  chanceAlive,
  expectedPurchases,
  fitBgNbd,
  type Histories,
  type Leaving,
  medianWaits,
  POOLED_BG_NBD,
} from './bg-nbd.ts';
import { fitBgNbdWith, toldWith } from './bg-nbd-covariates.ts';
import { covariatesOf } from './covariates.ts';
import { expectedOrder, fitGammaGamma, type GammaGamma, gammaGammaDraws, POOLED_GAMMA_GAMMA } from './gamma-gamma.ts';
import { type CustomerHistories, statistics } from './histories.ts';
import { type ModelPair, mixedIntervals, type SpendHistory } from './interval.ts';
import { fitParetoNbd, POOLED_PARETO_NBD, paretoChanceAlive, paretoExpectedPurchases } from './pareto-nbd.ts';

/**
 * bg-nbd: BG/NBD with Gamma-Gamma on repeat orders, as published. bg-nbd-all: the same with Gamma-Gamma on all orders,
 * which knows more of those who bought once. mbg-nbd-all: the same with MBG/NBD, in which one-time buyers may have left.
 * mbg-nbd-covariates: mbg-nbd-all in which what is known of the first order (`known` of the histories) moves how often
 * customers buy and how soon they leave; it has no intervals here, and is mbg-nbd-all where nothing is known.
 * pareto-nbd-all: the same with Pareto/NBD, in which they may leave at any moment; it has no intervals here.
 * frequency: the customer's own rate and mean order carried forward. mean: everybody's rate and mean order.
 */
export const MODELS = [
  'bg-nbd',
  'bg-nbd-all',
  'mbg-nbd-all',
  'mbg-nbd-covariates',
  'pareto-nbd-all',
  'frequency',
  'mean',
] as const;
export type Model = (typeof MODELS)[number];
/**
 * learned: boosted trees on what customers looked like at earlier days, see `learn`. blend: the geometric mean of learned
 * and mbg-nbd-all, with the total of learned. network: a small network in place of the trees. All need the log itself: `evaluateOrderLog` has it.
 */
export const METHODS = [...MODELS, 'learned', 'blend', 'network'] as const;
export type Method = (typeof METHODS)[number];

export interface ForecastOptions {
  /** 'likelier': of bg-nbd-all and mbg-nbd-all the one under which the histories are likelier; both have four parameters. */
  readonly method: Model | 'likelier';
  readonly horizonDays: number;
  /** Days in the unit in which alpha is told; default 7. */
  readonly unitDays?: number;
  /** Lean on the pooled priors: always, never, or only where fewer than 30 customers bought again ('few', the default). */
  readonly prior?: 'always' | 'few' | 'never';
  /** Share inside the interval; no interval where absent. */
  readonly level?: number;
}

/** Columns are [customers], in the order of the histories; money in their unit. */
export interface Forecast {
  /** The one that was used. */
  readonly method: Method;
  readonly purchases: Float64Array;
  readonly order: Float64Array;
  readonly spend: Float64Array;
  readonly alive: Float64Array;
  /** Days until the next order of a customer who is still one: as likely sooner as later. Of the probability models. */
  readonly waitDays?: Float64Array;
  readonly low?: Float64Array;
  readonly high?: Float64Array;
  /** Chance of spending within them, by the model. */
  readonly inside?: Float64Array;
  readonly parameters: Readonly<Record<string, number>>;
  readonly logLikelihood: number | null;
  /** Why the numbers are weaker than usual, in words for a person; absent when they are not. */
  readonly fallback?: { readonly code: string; readonly en: string; readonly zh: string };
}

const FEW_REPEATERS = 30;
/** Customers who bought again beyond whom the error of the fit moves no end by more than the tables' own few per cent. */
const MANY_REPEATERS = 2000;
const DRAWS = 16;

/** Forecasts of the `horizonDays` after `seen.seenDay`. Deterministic: what is drawn has a fixed seed. */
export function forecast(seen: CustomerHistories, options: ForecastOptions): Forecast {
  const { method } = options;
  if (method === 'pareto-nbd-all') return byPareto(seen, options);
  if (method === 'mbg-nbd-covariates') return byCovariates(seen, options);
  if (method !== 'frequency' && method !== 'mean') return byModel(seen, { ...options, method });
  const { orders, spendAll } = seen;
  const rates = ownRates(seen);
  const everyRate = pooledRate(seen);
  const everyOrder = total(spendAll) / Math.max(1, total(orders));
  const purchases =
    options.method === 'frequency'
      ? rates.map((rate) => rate * options.horizonDays)
      : orders.map(() => everyRate * options.horizonDays);
  const order =
    options.method === 'frequency'
      ? spendAll.map((spend, i) => Math.max(0, spend) / orders[i]!)
      : orders.map(() => everyOrder);
  const spend = purchases.map((n, i) => n * order[i]!);
  const parameters = { ratePerDay: everyRate, meanOrder: everyOrder };
  return { method, purchases, order, spend, alive: orders.map(() => 1), parameters, logLikelihood: null };
}

type ByModel = Exclude<ForecastOptions['method'], 'frequency' | 'mean' | 'pareto-nbd-all' | 'mbg-nbd-covariates'>;

function byModel(seen: CustomerHistories, options: ForecastOptions & { readonly method: ByModel }): Forecast {
  const { method, horizonDays, unitDays = 7, prior = 'few', level } = options;
  const history = statistics(seen, unitDays, method === 'bg-nbd' ? 'repeat' : 'all');
  const repeaters = history.repeats.reduce((count, x) => count + (x > 0 ? 1 : 0), 0);
  const lean = prior === 'always' || (prior === 'few' && repeaters < FEW_REPEATERS);
  const bgNbd = fitByMethod(history, method, lean ? inUnit(unitDays) : undefined);
  const gammaGamma = fitGammaGamma(history.orders, history.means, lean ? POOLED_GAMMA_GAMMA : undefined);
  const horizon = horizonDays / unitDays;
  const purchases = expectedPurchases(bgNbd, history, horizon);
  const order = expectedOrder(gammaGamma, history.orders, history.means);
  const spend = purchases.map((n, i) => n * order[i]!);
  const open = level === undefined || repeaters >= MANY_REPEATERS ? [] : drawsOf(bgNbd, gammaGamma, history, unitDays);
  const models = [{ bgNbd, gammaGamma }, ...open];
  const ends = level === undefined ? {} : mixedIntervals(models, history, { horizon, level });
  const weakness = weaknessOf(seen, repeaters, bgNbd, gammaGamma);
  return {
    method: method !== 'likelier' ? method : bgNbd.leaving === 'after-any' ? 'mbg-nbd-all' : 'bg-nbd-all',
    purchases,
    order,
    spend,
    alive: chanceAlive(bgNbd, history),
    waitDays: medianWaits(bgNbd, history).map((wait) => wait * unitDays),
    ...ends,
    parameters: parametersOf(bgNbd, gammaGamma),
    logLikelihood: bgNbd.logLikelihood,
    ...(weakness === undefined ? {} : { fallback: weakness }),
  };
}

/** Extra columns of an order log carry a mark that says so. */
const named = (name: string): string => name.replace(/^extra:/, '');

function byCovariates(seen: CustomerHistories, options: ForecastOptions): Forecast {
  const plain = byModel(seen, { ...options, method: 'mbg-nbd-all' });
  const covariates = covariatesOf(seen.known ?? {}, seen.customers.length);
  if (covariates.names.length === 0) return plain;
  const { horizonDays, unitDays = 7 } = options;
  const history = statistics(seen, unitDays, 'all');
  const model = fitBgNbdWith(history, covariates, { prior: inUnit(unitDays) });
  const { purchases, alive, waits } = toldWith(model, history, covariates, horizonDays / unitDays);
  const { low: _, high: __, inside: ___, ...rest } = plain;
  const { r, alpha, a, b, logLikelihood } = model.base;
  const coefficients = model.names.flatMap((name, j) => [
    [`rate:${named(name)}`, model.rate[j]!] as const,
    [`leave:${named(name)}`, model.leave[j]!] as const,
  ]);
  return {
    ...rest,
    method: 'mbg-nbd-covariates',
    purchases,
    spend: purchases.map((n, i) => n * plain.order[i]!),
    alive,
    waitDays: waits.map((wait) => wait * unitDays),
    parameters: { ...plain.parameters, r, alpha, a, b, ...Object.fromEntries(coefficients) },
    logLikelihood,
  };
}

function byPareto(seen: CustomerHistories, { horizonDays, unitDays = 7, prior = 'few' }: ForecastOptions): Forecast {
  const history = statistics(seen, unitDays, 'all');
  const repeaters = history.repeats.reduce((count, x) => count + (x > 0 ? 1 : 0), 0);
  const lean = prior === 'always' || (prior === 'few' && repeaters < FEW_REPEATERS);
  const pareto = fitParetoNbd(history, { prior: lean ? paretoInUnit(unitDays) : undefined });
  const gammaGamma = fitGammaGamma(history.orders, history.means, lean ? POOLED_GAMMA_GAMMA : undefined);
  const purchases = paretoExpectedPurchases(pareto, history, horizonDays / unitDays);
  const order = expectedOrder(gammaGamma, history.orders, history.means);
  const weakness = weaknessOf(seen, repeaters, pareto, gammaGamma);
  const { r, alpha, s, beta, logLikelihood } = pareto;
  const { p, q, v } = gammaGamma;
  return {
    method: 'pareto-nbd-all',
    purchases,
    order,
    spend: purchases.map((n, i) => n * order[i]!),
    alive: paretoChanceAlive(pareto, history),
    waitDays: medianWaits(pareto, history).map((wait) => wait * unitDays),
    parameters: { r, alpha, s, beta, p, q, v },
    logLikelihood,
    ...(weakness === undefined ? {} : { fallback: weakness }),
  };
}

/** Models that the data leave as likely, for intervals that cover the error of the fit. */
function drawsOf(bgNbd: BgNbd, gammaGamma: GammaGamma, history: SpendHistory, unitDays: number): ModelPair[] {
  const bgs = bgNbdDraws(bgNbd, history, { prior: inUnit(unitDays), count: DRAWS, seed: 1 });
  const options = { prior: POOLED_GAMMA_GAMMA, count: DRAWS, seed: 2 };
  const gammas = gammaGammaDraws(gammaGamma, history.orders, history.means, options);
  return bgs.map((drawn, k) => ({ bgNbd: drawn, gammaGamma: gammas[k]! }));
}

function fitByMethod(history: Histories, method: ByModel, prior: BgNbdPrior | undefined): BgNbd {
  const fit = (leaving: Leaving) => fitBgNbd(history, { prior, leaving });
  if (method !== 'likelier') return fit(method === 'mbg-nbd-all' ? 'after-any' : 'after-repeat');
  const [bg, mbg] = [fit('after-repeat'), fit('after-any')];
  return mbg.logLikelihood > bg.logLikelihood ? mbg : bg;
}

function inUnit(unitDays: number) {
  const [mean, sd] = POOLED_BG_NBD.alpha;
  return { ...POOLED_BG_NBD, alpha: [mean + Math.log(7 / unitDays), sd] as const };
}

function paretoInUnit(unitDays: number) {
  const moved = ([mean, sd]: readonly [number, number]) => [mean + Math.log(7 / unitDays), sd] as const;
  return { ...POOLED_PARETO_NBD, alpha: moved(POOLED_PARETO_NBD.alpha), beta: moved(POOLED_PARETO_NBD.beta) };
}

const parametersOf = ({ r, alpha, a, b }: BgNbd, { p, q, v }: GammaGamma) => ({ r, alpha, a, b, p, q, v });

function weaknessOf(
  seen: CustomerHistories,
  repeaters: number,
  buys: { readonly converged: boolean },
  gammaGamma: GammaGamma,
) {
  if (repeaters === 0)
    return {
      code: 'no-repeaters',
      en: `none of ${seen.customers.length} customers has bought twice: how often they return is a pooled guess, not learned from this shop`,
      zh: `${seen.customers.length} 位客户中无人复购：复购频率取自通用先验，并非由本店数据得出`,
    };
  if (repeaters < FEW_REPEATERS)
    return {
      code: 'few-repeaters',
      en: `only ${repeaters} of ${seen.customers.length} customers have bought twice: estimates lean on a pooled prior`,
      zh: `${seen.customers.length} 位客户中仅 ${repeaters} 位复购：估计部分依赖通用先验`,
    };
  if (!buys.converged || !gammaGamma.converged)
    return {
      code: 'not-converged',
      en: 'the fit did not settle: these customers are too alike for the model’s parameters to be told apart',
      zh: '拟合未收敛：客户行为过于相似，模型参数难以区分',
    };
  return undefined;
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** [customers] repeats a day since the first purchase; at least one day counts. */
const ownRates = ({ orders, firstDay, seenDay }: CustomerHistories): Float64Array =>
  orders.map((n, i) => (n - 1) / Math.max(1, seenDay - firstDay[i]!));

/** Repeats of all over days of all. */
function pooledRate(seen: CustomerHistories): number {
  const days = total(seen.firstDay.map((day) => Math.max(1, seen.seenDay - day)));
  return seen.orders.length === 0 ? 0 : total(seen.orders.map((n) => n - 1)) / days;
}
