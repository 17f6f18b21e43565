/** One forecast a customer from an order log, by any method; the method chosen where it is left open. */
import { gini, meanAbsoluteError } from '#kernels/metrics.ts';
import { type Forecast, forecast, METHODS, type Method, MODELS, type Model } from './forecast.ts';
import type { CustomerHistories, PurchaseDays } from './histories.ts';
import { geometricMean, learn, type Trial, trialsOf } from './learned.ts';

export interface ForetellOptions {
  readonly horizonDays: number;
  /** Days in the unit in which alpha is told. */
  readonly unitDays: number;
  /** Share inside the interval. */
  readonly level: number;
  readonly seed: number;
}

export interface Foretold {
  readonly forecast: Forecast;
  /** Of `best`: each method's mean loss over the days at which it was tried; the lowest was chosen. */
  readonly candidates?: Readonly<Record<string, number>>;
}

/**
 * Foretells by `method`. `best` tries all but `network`, which takes minutes, at up to three days inside the calibration period, see `trialsOf`, and takes the
 * one of the lowest loss, see `lossOf`; without such days, or where none can be told apart, the first of `METHODS`.
 */
export async function foretell(
  days: PurchaseDays,
  seen: CustomerHistories,
  method: Method | 'best',
  options: ForetellOptions,
): Promise<Foretold> {
  if (method !== 'best' && isModel(method)) return { forecast: forecast(seen, { ...options, method }) };
  const by = method === 'network' ? 'network' : 'trees';
  const trials = await trialsOf(days, seen, options.horizonDays, { seed: options.seed, by });
  if (method !== 'best') return { forecast: await learnedForecast(days, seen, method, trials, options) };
  const candidates = lossesOf(trials, options);
  const chosen = chosenOf(candidates);
  const { forecast: foretold } = isModel(chosen)
    ? await foretell(days, seen, chosen, options)
    : { forecast: await learnedForecast(days, seen, chosen, trials, options) };
  return { forecast: foretold, candidates };
}

/** Losses nearer than this count as equal: a trial tells no more. */
const TIE = 1e-3;

/** The lowest; the blend also where it ties with learned, since it leans on more. */
function chosenOf(candidates: Readonly<Record<string, number>>): Method {
  const lowest = METHODS.reduce((best, own) => ((candidates[own] ?? Infinity) < candidates[best]! ? own : best));
  return lowest === 'learned' && candidates.blend! <= candidates.learned! + TIE ? 'blend' : lowest;
}

const isModel = (method: Method): method is Model => (MODELS as readonly string[]).includes(method);

/** What the shares of learned and of the model are multiplied to; a guess below a thousandth of the mean counts as that. */
function blendOf(order: Float64Array, model: Float64Array): Float64Array {
  const mean = model.reduce((a, b) => a + b, 0) / model.length;
  return geometricMean([order, order, order, model], Math.max(1e-12, 1e-4 * mean));
}

async function learnedForecast(
  days: PurchaseDays,
  seen: CustomerHistories,
  method: Exclude<Method, Model>,
  trials: readonly Trial[],
  options: ForetellOptions,
): Promise<Forecast> {
  const model = forecast(seen, { ...options, method: 'mbg-nbd-all' });
  const by = method === 'network' ? 'network' : 'trees';
  const learned = await learn(days, seen, options.horizonDays, { seed: options.seed, trials, by });
  if (learned === undefined) return { ...model, fallback: model.fallback ?? TOO_SHORT };
  const mixed = (own: Float64Array, other: Float64Array) =>
    method !== 'blend' ? own : sameTotal(blendOf(own, other), own);
  const purchases = mixed(learned.purchases, model.purchases);
  const spend = mixed(learned.spend, model.spend);
  return {
    ...model,
    method,
    purchases,
    spend,
    order: spend.map((sum, i) => (purchases[i]! > 0 ? sum / purchases[i]! : 0)),
    parameters: { ...model.parameters, ...learned.parameters },
  };
}

const TOO_SHORT = {
  code: 'too-little-to-learn',
  en: 'the log is too short or too thin to learn from: estimates are those of mbg-nbd-all',
  zh: '订单记录过短或过少，无法训练：估计值取自 mbg-nbd-all',
};

function sameTotal(values: Float64Array, as: Float64Array): Float64Array {
  const factor =
    as.reduce((a, b) => a + b, 0) /
    Math.max(
      1e-300,
      values.reduce((a, b) => a + b, 0),
    );
  return values.map((own) => own * factor);
}

function lossesOf(trials: readonly Trial[], options: ForetellOptions): Record<string, number> {
  const each = new Map<Method, number[]>(METHODS.map((method) => [method, []]));
  for (const { seen, horizon, actual, learned } of trials) {
    const spends: Partial<Record<Method, Float64Array>> = {};
    for (const method of MODELS) {
      // without anything known of first orders it is mbg-nbd-all
      if (method === 'mbg-nbd-covariates' && seen.known === undefined) continue;
      const { level: _, ...rest } = options;
      spends[method] = forecast(seen, { ...rest, horizonDays: horizon, method }).spend;
    }
    if (learned !== undefined) {
      spends.learned = learned.order;
      spends.blend = blendOf(learned.order, spends['mbg-nbd-all']!);
    }
    for (const method of METHODS) {
      const spend = spends[method];
      if (spend !== undefined) each.get(method)!.push(lossOf(spend, actual.spend));
    }
  }
  const tried = trials.length;
  const losses: Record<string, number> = {};
  for (const method of METHODS) {
    const own = each.get(method)!;
    // Only what could be tried everywhere can be compared.
    if (tried === 0 ? isModel(method) : own.length === tried)
      losses[method] = own.reduce((a, b) => a + b, 0) / Math.max(1, tried);
  }
  return losses;
}

/**
 * One minus the normalised Gini of spend, and a tenth of the mean absolute error over mean spend once the total is right:
 * tiers need the order first. Totals are left out, since a season of a few months says little of the next year's.
 */
function lossOf(foretold: Float64Array, actual: Float64Array): number {
  const mean = actual.reduce((a, b) => a + b, 0) / actual.length;
  const error = meanAbsoluteError(sameTotal(foretold, actual), actual) / mean;
  return 1 - gini(actual, foretold) + 0.1 * error;
}
