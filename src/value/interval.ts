/**
 * How far a customer's spend of the next horizon may lie from what is expected. The number of buys has the closed form
 * of BG/NBD and, given n buys, Gamma-Gamma makes the spend v' times a beta-prime variate of (p n, q'); so the chance of
 * spending at most s is a weighted sum of incomplete beta functions, and quantiles come from a table of it.
 *
 * Given one model its parameters count as known; given several, such as draws from what the data leave open, their
 * distributions are mixed, so that the interval also covers the error of the fit.
 */
import { type Groups, groupRows } from '#kernels/group.ts';
import { betaCdf } from '#kernels/special.ts';
import { type BgNbd, chanceAlive, type Histories, purchaseChances } from './bg-nbd.ts';
import type { GammaGamma } from './gamma-gamma.ts';

export interface SpendHistory extends Histories {
  /** [customers] orders behind `means`, >= 0 */
  readonly orders: Float64Array;
  /** [customers] mean spend an order */
  readonly means: Float64Array;
}

export interface IntervalOptions {
  /** In the unit of time of the histories. */
  readonly horizon: number;
  /** Share inside, e.g. 0.8. */
  readonly level: number;
}

const POINTS = 48;
const BUYS_TABLED = 160;

/** Columns are [customers]. */
export interface SpendIntervals {
  /** In the unit of money of the means. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Chance of spending within the ends, by the model: `level`, or the chance to spend nothing where that is more. */
  readonly inside: Float64Array;
}

/**
 * Interval of each customer's spend in the next `horizon`, both ends included.
 *
 * Spend is a chance to spend nothing and a spread beyond it. Where nothing is less likely than half of what may be left
 * out, as much is left out below as above. Where it is likelier, nothing can be left out below, so the interval begins at
 * 0 and leaves out all at the top: equal tails would hold 90 % instead of 80 there. Where the chance to spend nothing is
 * more than `level`, both ends are 0 and the interval holds more than it promises, which no choice of ends can mend.
 *
 * Ages and counts are rounded to about 2 % before the table is looked up, and the quantile is read between 48 points:
 * ends are within a few per cent of the model's own.
 */
export function spendIntervals(
  bgNbd: BgNbd,
  gammaGamma: GammaGamma,
  history: SpendHistory,
  options: IntervalOptions,
): SpendIntervals {
  return mixedIntervals([{ bgNbd, gammaGamma }], history, options);
}

/** A model of buys and one of money. */
export interface ModelPair {
  readonly bgNbd: BgNbd;
  readonly gammaGamma: GammaGamma;
}

/** As `spendIntervals`, of the even mixture of several models. */
export function mixedIntervals(
  models: readonly ModelPair[],
  history: SpendHistory,
  { horizon, level }: IntervalOptions,
): SpendIntervals {
  const size = history.repeats.length;
  const low = new Float64Array(size);
  const high = new Float64Array(size);
  const inside = new Float64Array(size);
  const tail = (1 - level) / 2;
  const tabled = models.map((pair) => tablesOf(pair, history, horizon));
  for (let i = 0; i < size; i++) {
    const parts = tabled.map(({ tables, groups, alive, v }) => ({
      table: tables[groups.of[i]!]!,
      alive: alive[i]!,
      scale: v + history.orders[i]! * history.means[i]!,
    }));
    let nothing = 0;
    for (const { table, alive } of parts) nothing += (1 - alive * (1 - table.chance[0]!)) / parts.length;
    low[i] = nothing < tail ? passedWith(parts, 1 - tail) : 0;
    high[i] = passedWith(parts, nothing < tail ? tail : 1 - level);
    inside[i] = Math.max(level, nothing);
  }
  return { low, high, inside };
}

interface Tabled {
  readonly tables: readonly SpendTable[];
  readonly groups: Groups;
  readonly alive: Float64Array;
  readonly v: number;
}

/** Spend tables of one model for each count, orders and age that occur, rounded. */
function tablesOf({ bgNbd, gammaGamma }: ModelPair, history: SpendHistory, horizon: number): Tabled {
  const { p, q, v } = gammaGamma;
  const keys = [
    history.repeats.map(coarse),
    history.orders.map(coarse),
    history.age.map((age) => coarse(age + bgNbd.alpha)),
  ];
  const groups = groupRows(keys);
  const tables = Array.from(groups.first, (row) => {
    const chances = purchaseChances(bgNbd, keys[0]![row]!, Math.max(0, keys[2]![row]! - bgNbd.alpha), horizon);
    return spendTable(chances, p, q + p * keys[1]![row]!);
  });
  return { tables, groups, alive: chanceAlive(bgNbd, history), v };
}

interface Part {
  readonly table: SpendTable;
  readonly alive: number;
  readonly scale: number;
}

/** The spend that is passed with chance `beyond`: of several models by halving between the ends that each alone gives. */
function passedWith(parts: readonly Part[], beyond: number): number {
  const ends = parts.map(({ table, alive, scale }) => scale * quantileOf(table, 1 - beyond / alive));
  let from = Math.min(...ends);
  let to = Math.max(...ends);
  if (parts.length === 1) return to;
  for (let round = 0; round < 30 && to - from > 1e-4 * to; round++) {
    const middle = (from + to) / 2;
    let passed = 0;
    for (const { table, alive, scale } of parts)
      passed += (alive * (1 - chanceUpTo(table, middle / scale))) / parts.length;
    if (passed > beyond) from = middle;
    else to = middle;
  }
  return to <= 1e-6 * Math.max(...ends) ? 0 : to;
}

/** Rounds to whole numbers up to 25, beyond to steps of some 2 %. */
function coarse(value: number): number {
  if (value <= 25) return Math.round(value);
  return Math.round(25 * 1.02 ** Math.round(Math.log(value / 25) / Math.log(1.02)));
}

interface SpendTable {
  /** Spend over scale, rising. */
  readonly spend: Float64Array;
  /** Chance of at most that spend, for a customer who is alive. */
  readonly chance: Float64Array;
}

/** Distribution of spend / scale of a customer who is alive, from the chances of 0, 1, 2 ... buys. */
function spendTable(chances: Float64Array, p: number, q: number): SpendTable {
  const buys = thinned(chances);
  const spend = new Float64Array(POINTS + 1);
  const chance = new Float64Array(POINTS + 1);
  chance[0] = chances[0]!;
  const [from, to] = logitRange(chances, p, q);
  for (let i = 1; i <= POINTS; i++) {
    const odds = Math.exp(from + ((to - from) * (i - 1)) / (POINTS - 1));
    let sum = chances[0]!;
    for (const [n, weight] of buys) sum += weight * betaCdf(p * n, q, odds / (1 + odds));
    spend[i] = odds;
    chance[i] = sum;
  }
  return { spend, chance };
}

/** At most some 160 counts above 0, neighbours joined. */
function thinned(chances: Float64Array): (readonly [number, number])[] {
  const step = Math.ceil((chances.length - 1) / BUYS_TABLED);
  const out: (readonly [number, number])[] = [];
  for (let from = 1; from < chances.length; from += step) {
    let weight = 0;
    let sum = 0;
    for (let n = from; n < Math.min(from + step, chances.length); n++) {
      weight += chances[n]!;
      sum += n * chances[n]!;
    }
    if (weight > 1e-7) out.push([sum / weight, weight]);
  }
  return out;
}

/** Range of log(spend / scale) that holds all but a sliver. */
function logitRange(chances: Float64Array, p: number, q: number): readonly [number, number] {
  let least = 1;
  for (let n = 1, sum = chances[0]!; n < chances.length && sum < 0.02; n++) {
    sum += chances[n]!;
    least = n;
  }
  const most = chances.length - 1;
  const spread = 5;
  const low = Math.log((p * least) / q) - spread * Math.sqrt(1 / (p * least) + 1 / q);
  const high = Math.log((p * Math.max(most, 1)) / q) + spread * 0.7 * Math.sqrt(1 / (p * most + 1) + 1 / q);
  return [low, Math.max(high, low + 1)];
}

/** Spend below which a share `at` of the table lies; 0 at and below the chance of no buy. */
function quantileOf({ spend, chance }: SpendTable, at: number): number {
  if (at <= chance[0]!) return 0;
  let i = 1;
  while (i < spend.length - 1 && chance[i]! < at) i++;
  const below = chance[i - 1]!;
  const share = chance[i]! > below ? (at - below) / (chance[i]! - below) : 1;
  return spend[i - 1]! + Math.min(1, share) * (spend[i]! - spend[i - 1]!);
}

/** The inverse of `quantileOf`. */
function chanceUpTo({ spend, chance }: SpendTable, at: number): number {
  let [below, above] = [0, spend.length - 1];
  if (at >= spend[above]!) return chance[above]!;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (spend[middle]! <= at) below = middle;
    else above = middle;
  }
  const share = (at - spend[below]!) / (spend[above]! - spend[below]!);
  return chance[below]! + share * (chance[above]! - chance[below]!);
}
