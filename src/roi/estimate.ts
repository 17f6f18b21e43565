/**
 * What an offer changed in all for those who got it: within each stratum their mean beside that of the held-out people,
 * both less what earlier behaviour explains, times how many got it. Strata are those within which the draw was the same
 * for everybody, so tiers and offers add up to the whole where all of them have enough people.
 *
 * Within a stratum both sides are taken to vary alike: an offer changes the spread of what people spend little, while the
 * spread of some hundred held-out people, most of whom buy nothing, is known badly and is small just when their mean is too,
 * so that intervals by it hold the truth too seldom.
 *
 * @see Miratrix, Sekhon, Yu (2013), Journal of the Royal Statistical Society B 75(2), for post-stratification
 * @see Lin (2013), Annals of Applied Statistics 7(1), for adjusting by regression
 */
import { normalQuantile, tQuantile, tTwoSided } from '#kernels/distributions.ts';
import { symmetricInverse } from '#kernels/small-inverse.ts';
import type { Cell, Sums } from './cells.ts';

/** A total over those who got the offer, with its 95 % interval. */
export interface Total {
  readonly total: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
  /** Degrees of freedom over all strata. */
  readonly freedom: number;
  readonly pValue: number;
}

/** Degrees of freedom beyond which Student is the normal law. */
const MANY = 1e6;

/** Fewer on a side of the whole, and nothing is said. */
export const SIDE_MIN = 10;
/** Fewer on a side, and a stratum is compared together with others: few people who mostly do nothing seem to vary little. */
const STRATUM_MIN = 50;

type Pick = (cell: Cell) => Sums;

/** People of one side of a stratum: sums of an outcome and of the figures from before. */
interface Side {
  readonly people: number;
  readonly before: readonly number[];
  readonly beforeSquares: readonly (readonly number[])[];
  readonly outcome: Sums;
}

/**
 * Estimates the total over the treated among `cells`.
 *
 * @param cells of one campaign: those of some offers or tiers, and all its held-out people of the same strata
 * @param slopes of the outcome on the figures from before, see `slopesOf`
 * @returns undefined where there are fewer than 10 people on a side
 */
export function totalOf(cells: readonly Cell[], pick: Pick, slopes: readonly number[]): Total | undefined {
  const groups = strata(cells);
  if (groups === undefined) return undefined;
  let [total, variance, spread] = [0, 0, 0];
  for (const group of groups) {
    const treated = sideOf(group, true, pick);
    const held = sideOf(group, false, pick);
    const [one, other] = [adjusted(treated, slopes), adjusted(held, slopes)];
    total += treated.people * (one.mean - other.mean);
    const freedom = treated.people + held.people - 2;
    const noise = ((one.squares + other.squares) / freedom) * treated.people ** 2;
    const part = noise / treated.people + noise / held.people;
    variance += part;
    spread += part ** 2 / freedom;
  }
  return told(total, Math.sqrt(variance), spread > 0 ? variance ** 2 / spread : MANY);
}

/** A total with its interval. */
export function told(total: number, standardError: number, freedom: number): Total {
  if (!(standardError > 0)) return { total, low: total, high: total, standardError: 0, freedom, pValue: 1 };
  const half = (freedom >= MANY ? normalQuantile(0.975) : tQuantile(0.975, freedom)) * standardError;
  const pValue = tTwoSided(total / standardError, Math.min(MANY, freedom));
  return { total, low: total - half, high: total + half, standardError, freedom, pValue };
}

/** Totals of unlike people, such as campaigns of different times: errors add up by their squares. */
export function sumOf(totals: readonly Total[]): Total {
  const variance = totals.reduce((sum, own) => sum + own.standardError ** 2, 0);
  const spread = totals.reduce((sum, own) => sum + own.standardError ** 4 / own.freedom, 0);
  return told(
    totals.reduce((sum, own) => sum + own.total, 0),
    Math.sqrt(variance),
    spread > 0 ? variance ** 2 / spread : MANY,
  );
}

/** The total less an amount that is known, such as contacts. */
export const lessKnown = ({ total, low, high, ...rest }: Total, known: number): Total => ({
  ...rest,
  total: total - known,
  low: low - known,
  high: high - known,
});

/**
 * Slopes of an outcome on the figures from before, within sides and strata, so that the effect itself doesn't enter. All
 * zero where they can't be told.
 */
export function slopesOf(cells: readonly Cell[], pick: Pick): number[] {
  const size = cells[0]?.before.length ?? 0;
  const none = new Array<number>(size).fill(0);
  const groups = strata(cells);
  if (groups === undefined) return none;
  const square = new Float64Array(size * size);
  const cross = new Float64Array(size);
  let freedom = 0;
  for (const group of groups)
    for (const side of [sideOf(group, true, pick), sideOf(group, false, pick)]) {
      freedom += side.people - 1;
      for (let j = 0; j < size; j++) {
        const mean = side.before[j]! / side.people;
        cross[j]! += side.outcome.cross[j]! - mean * side.outcome.sum;
        for (let k = 0; k < size; k++) square[j * size + k]! += side.beforeSquares[j]![k]! - mean * side.before[k]!;
      }
    }
  // a slope a hundred people; on scales of one the inverse is well behaved
  if (freedom < 100 * size) return none;
  const scale = Float64Array.from({ length: size }, (_, j) => Math.sqrt(square[j * size + j]!));
  if (scale.some((own) => !(own > 0))) return none;
  const inverse = symmetricInverse(
    square.map((own, at) => own / scale[Math.floor(at / size)]! / scale[at % size]!),
    size,
  );
  if (inverse === undefined) return none;
  return none.map((_, j) => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += inverse[j * size + k]! * (cross[k]! / scale[k]!);
    return sum / scale[j]!;
  });
}

/** Cells by stratum; strata with few people on a side are put together with the next by name: of the same tier where there is one. */
function strata(cells: readonly Cell[]): Cell[][] | undefined {
  const byName = new Map<string, Cell[]>();
  for (const cell of cells) byName.set(cell.stratum, [...(byName.get(cell.stratum) ?? []), cell]);
  const people = (group: readonly Cell[], treated: boolean) =>
    group.reduce((sum, cell) => sum + (cell.treated === treated ? cell.people : 0), 0);
  const has = (group: readonly Cell[], least: number) => people(group, true) >= least && people(group, false) >= least;
  const groups = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  // a stratum in which nobody was treated says nothing
  const asked = groups.filter((group) => people(group, true) > 0);
  const out: Cell[][] = [];
  let few: Cell[] = [];
  for (const group of asked) {
    if (has(group, STRATUM_MIN)) {
      out.push(group);
      continue;
    }
    few = [...few, ...group];
    if (!has(few, STRATUM_MIN)) continue;
    out.push(few);
    few = [];
  }
  const last = out.pop();
  if (last === undefined) return has(few, SIDE_MIN) ? [few] : undefined;
  return [...out, [...last, ...few]];
}

function sideOf(cells: readonly Cell[], treated: boolean, pick: Pick): Side {
  const own = cells.filter((cell) => cell.treated === treated);
  const size = own[0]?.before.length ?? 0;
  const sum = (of: (cell: Cell) => number) => own.reduce((all, cell) => all + of(cell), 0);
  const places = Array.from({ length: size }, (_, j) => j);
  return {
    people: sum((cell) => cell.people),
    before: places.map((j) => sum((cell) => cell.before[j]!)),
    beforeSquares: places.map((j) => places.map((k) => sum((cell) => cell.beforeSquares[j]![k]!))),
    outcome: {
      sum: sum((cell) => pick(cell).sum),
      squares: sum((cell) => pick(cell).squares),
      cross: places.map((j) => sum((cell) => pick(cell).cross[j]!)),
    },
  };
}

/** Mean, and sum of squares around it, of the outcome less slopes times the figures from before. */
function adjusted({ people, before, beforeSquares, outcome }: Side, slopes: readonly number[]) {
  const mean = outcome.sum / people;
  let squares = outcome.squares - mean * outcome.sum;
  let shift = 0;
  for (const [j, slope] of slopes.entries()) {
    const own = before[j]! / people;
    shift += slope * own;
    squares -= 2 * slope * (outcome.cross[j]! - own * outcome.sum);
    for (const [k, other] of slopes.entries()) squares += slope * other * (beforeSquares[j]![k]! - own * before[k]!);
  }
  return { mean: mean - shift, squares: Math.max(0, squares) };
}
