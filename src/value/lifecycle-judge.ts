/** States of an earlier day beside what customers then did. */
import { auc } from '#kernels/metrics.ts';
import { type Lifecycle, STATES, type State } from './lifecycle.ts';

/** A share with its 95 % interval. */
export interface Share {
  readonly customers: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

export interface LifecycleMetrics {
  /** Share who bought again, by state. */
  readonly byState: readonly (Share & { readonly state: State })[];
  /** By tenths of the chance to buy, lowest first: the mean chance that was told, and the share who bought. */
  readonly calibration: readonly (Share & { readonly told: number })[];
  /** Mean distance of told and seen over the tenths. */
  readonly calibrationError: number;
  /** How well each ranks who buys again: the chance to buy, minus the days of silence, and the chance to be alive. */
  readonly auc: { readonly chance: number; readonly recency: number; readonly alive: number };
}

/**
 * Compares states as of a day with who bought in the days after it.
 *
 * @param bought [customers] 1 where there was a purchase in the horizon of `lifecycle.buys`, else 0
 * @param alive [customers] another chance to be alive to rank by; default: that of the lifecycle itself
 */
export function judgeLifecycle(
  lifecycle: Lifecycle,
  bought: Uint8Array,
  alive: ArrayLike<number> = lifecycle.alive,
): LifecycleMetrics {
  const { state, buys, silence } = lifecycle;
  const rows = Array.from(bought.keys());
  const byState = STATES.map((key, code) => ({
    state: key,
    ...shareOf(
      rows.filter((i) => state[i] === code),
      bought,
    ),
  }));
  const order = rows.toSorted((a, b) => buys[a]! - buys[b]! || a - b);
  const calibration = Array.from({ length: 10 }, (_, tenth) => {
    const part = order.slice(Math.floor((tenth * rows.length) / 10), Math.floor(((tenth + 1) * rows.length) / 10));
    const told = part.length === 0 ? 0 : part.reduce((sum, i) => sum + buys[i]!, 0) / part.length;
    return { told, ...shareOf(part, bought) };
  });
  const full = calibration.filter(({ customers }) => customers > 0);
  return {
    byState,
    calibration,
    calibrationError: full.reduce((sum, { told, share }) => sum + Math.abs(told - share), 0) / Math.max(1, full.length),
    auc: {
      chance: auc(bought, buys),
      recency: auc(
        bought,
        silence.map((days) => -days),
      ),
      alive: auc(bought, alive),
    },
  };
}

const Z95 = 1.959963984540054;

/** @see Wilson (1927), Journal of the American Statistical Association 22: an interval that works for shares near 0 and 1 */
function shareOf(rows: readonly number[], bought: Uint8Array): Share {
  const n = rows.length;
  if (n === 0) return { customers: 0, share: 0, low: 0, high: 1 };
  const share = rows.reduce((sum, i) => sum + bought[i]!, 0) / n;
  const weight = 1 + Z95 ** 2 / n;
  const middle = (share + Z95 ** 2 / (2 * n)) / weight;
  const half = (Z95 / weight) * Math.sqrt((share * (1 - share)) / n + Z95 ** 2 / (4 * n * n));
  return { customers: n, share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
