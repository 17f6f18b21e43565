/** The tiers that a policy gives along the stored past, and how much its customers move. */
import { DAY_MS } from '#kernels/local-time.ts';
import { assignRows, type Memory } from './assign.ts';
import type { PastMoment, TierHistory } from './history.ts';
import type { Policy } from './policy.ts';
import { type Ratio, ratioOf } from './ratio.ts';

/** A move that is undone within so many days counts as reverted: a quarter, for moments are at most 91 days apart. */
export const REVERT_DAYS = 92;
const YEAR_DAYS = 365.25;

export interface Replayed {
  readonly moment: PastMoment;
  readonly tierIndex: Int32Array;
  readonly why: Int32Array;
  /** [customers of the moment] row at the moment before, or -1 */
  readonly before: Int32Array;
  /** [customers of the history] row at this moment, or -1 */
  readonly rowOf: Int32Array;
  readonly cuts: Float64Array;
}

/** The tiers that a policy gives at each moment of the past, each remembering the one before. */
export function replayed({ customers, moments }: TierHistory, policy: Policy): Replayed[] {
  const out: Replayed[] = [];
  const nobody = new Int32Array(customers).fill(-1);
  let memory: Memory | undefined;
  for (const moment of moments) {
    const earlier = out.at(-1)?.rowOf ?? nobody;
    const before = moment.customer.map((code) => earlier[code]!);
    const rowOf = nobody.slice();
    for (let i = 0; i < moment.customer.length; i++) rowOf[moment.customer[i]!] = i;
    const { tierIndex, why, cuts, ...rest } = assignRows(moment, memory && { memory, row: before }, policy, moment.at);
    memory = { tierIndex, ...rest };
    out.push({ moment, before, rowOf, tierIndex, why, cuts });
  }
  return out;
}

/** Moves of each customer, and years in which they could have moved; [customers] both. */
export function movesIn(
  history: readonly Replayed[],
  customers: number,
): { readonly moves: Float64Array; readonly years: Float64Array } {
  const moves = new Float64Array(customers);
  const years = new Float64Array(customers);
  for (const [step, { moment, before, tierIndex }] of history.entries()) {
    const earlier = history[step - 1];
    if (earlier === undefined) continue;
    const span = (moment.at - earlier.moment.at) / (YEAR_DAYS * DAY_MS);
    for (let i = 0; i < before.length; i++) {
      if (before[i]! < 0) continue;
      years[moment.customer[i]!]! += span;
      if (earlier.tierIndex[before[i]!] !== tierIndex[i]) moves[moment.customer[i]!]! += 1;
    }
  }
  return { moves, years };
}

/**
 * Share of moves that were undone: a later tier, within REVERT_DAYS, is back at the one that was left or beyond it. Null
 * where of no move it is known what came after.
 */
export function revertedIn(history: readonly Replayed[], customers: number): Ratio | null {
  const judged = new Float64Array(customers);
  const undone = new Float64Array(customers);
  for (const [step, { moment, before, tierIndex }] of history.entries()) {
    const later = history.slice(step + 1).filter((each) => each.moment.at - moment.at <= REVERT_DAYS * DAY_MS);
    const earlier = history[step - 1];
    if (earlier === undefined || later.length === 0) continue;
    for (let i = 0; i < before.length; i++) {
      if (before[i]! < 0) continue;
      const from = earlier.tierIndex[before[i]!]!;
      const to = tierIndex[i]!;
      if (from === to) continue;
      const customer = moment.customer[i]!;
      const tiers = later.flatMap(({ rowOf, tierIndex: then }) =>
        rowOf[customer]! < 0 ? [] : [then[rowOf[customer]!]!],
      );
      if (tiers.length === 0) continue;
      judged[customer]! += 1;
      if (tiers.some((tier) => (to > from ? tier <= from : tier >= from))) undone[customer]! += 1;
    }
  }
  return ratioOf(undone, judged, 1);
}
