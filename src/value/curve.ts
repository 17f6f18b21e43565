/** One forecast told over other horizons: never falling with time, and discounted where asked. */
import { type BgNbd, expectedPurchases, type Histories } from './bg-nbd.ts';
import type { Forecast } from './forecast.ts';
import { type CustomerHistories, statistics } from './histories.ts';
import { paretoExpectedPurchases } from './pareto-nbd.ts';

export interface CurveOptions {
  /** Days ahead that the forecast speaks of. */
  readonly horizonDays: number;
  /** Days in the unit of its parameters. */
  readonly unitDays: number;
}

/**
 * Shares of a forecast that fall within shorter or longer horizons: 1 at its own. Purchases and spend over `days` are
 * those of the forecast times these. The shape in time is that of the probability model behind the forecast (of learned
 * and blend: MBG/NBD), under which expected purchases rise with the horizon; so no customer's value falls with it. The
 * baselines `frequency` and `mean` grow in proportion.
 *
 * @param days horizons, each above 0
 * @returns [horizons] of [customers] shares
 */
export function sharesWithin(
  foretold: Forecast,
  seen: CustomerHistories,
  days: readonly number[],
  { horizonDays, unitDays }: CurveOptions,
): Float64Array[] {
  const history = statistics(seen, unitDays, 'all');
  const within = purchasesOver(foretold, history);
  if (within === undefined) return days.map((own) => new Float64Array(seen.customers.length).fill(own / horizonDays));
  const whole = within(horizonDays / unitDays);
  return days.map((own) => {
    const part = own === horizonDays ? whole : within(own / unitDays);
    return part.map((n, i) => (whole[i]! > 0 ? n / whole[i]! : own / horizonDays));
  });
}

function purchasesOver({ method, parameters }: Forecast, history: Histories) {
  const { r, alpha, a, b, s, beta } = parameters;
  const common = { logLikelihood: 0, customers: history.repeats.length, converged: true };
  if (r === undefined || alpha === undefined) return undefined;
  if (s !== undefined && beta !== undefined)
    return (horizon: number) => paretoExpectedPurchases({ r, alpha, s, beta, ...common }, history, horizon);
  if (a === undefined || b === undefined) return undefined;
  const leaving: BgNbd['leaving'] = method === 'bg-nbd' || method === 'bg-nbd-all' ? 'after-repeat' : 'after-any';
  return (horizon: number) => expectedPurchases({ leaving, r, alpha, a, b, ...common }, history, horizon);
}

/** Steps of at most so many days, each discounted as of its middle. */
const STEP_DAYS = 31;

/**
 * Expected spend over the forecast's horizon in today's money.
 *
 * @param yearlyRate e.g. 0.1 for ten per cent a year, above -1
 * @returns [customers]
 */
export function discountedSpend(
  foretold: Forecast,
  seen: CustomerHistories,
  { yearlyRate, ...options }: CurveOptions & { readonly yearlyRate: number },
): Float64Array {
  const steps = Math.ceil(options.horizonDays / STEP_DAYS);
  const ends = Array.from({ length: steps }, (_, k) => (options.horizonDays * (k + 1)) / steps);
  const shares = sharesWithin(foretold, seen, ends, options);
  const out = new Float64Array(foretold.spend.length);
  for (const [k, share] of shares.entries()) {
    const middle = ends[k]! - options.horizonDays / steps / 2;
    const worth = (1 + yearlyRate) ** (-middle / 365.25);
    for (let i = 0; i < out.length; i++)
      out[i]! += foretold.spend[i]! * (share[i]! - (k === 0 ? 0 : shares[k - 1]![i]!)) * worth;
  }
  return out;
}
