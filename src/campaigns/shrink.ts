/**
 * Effects of groups from randomised history, drawn toward those of like groups, and all of them toward nothing, as far as
 * the history says little.
 *
 * In a group the campaigns are compared each within itself and their differences weighted by n1 n0 / (n1 + n0), so a
 * campaign's season or audience can't pass for an effect. Over groups a Gaussian process: the true effect of group g is
 * common + own(g) with variances omega^2 and tau^2, and cov(own(g), own(h)) = tau^2 x the share of traits that g and h have
 * in common (being the same group counts as one trait more). Both deviations have a half-Cauchy prior of one scale, and
 * answers are averaged over a grid of them by how likely each makes the differences: a spread that chance alone could
 * have made is not taken for a fact, and standard errors know that the spread is not known. Intervals of 1.96 of them hold
 * some 94 % over spreads drawn from the prior: more where true effects are smaller than the scale, less where larger.
 *
 * @see Gelman (2006), Bayesian Analysis 1(3), for half-Cauchy priors of few groups' spread
 * @see Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, equations 2.25, 2.26 and 2.30
 */
import { cholesky, dot, solveLower, solveUpper } from '#kernels/linear.ts';

/** Sums of an outcome over the people of one group, campaign and side. */
export interface Cell {
  readonly group: string;
  /** What the group shares with others, by position, e.g. tier and recency; absent: nothing but its name. */
  readonly traits?: readonly string[];
  readonly campaign: string;
  readonly treated: boolean;
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

export interface GroupEffect {
  readonly group: string;
  readonly treated: number;
  readonly held: number;
  /** Difference of means, treated minus held, and its standard error. */
  readonly raw: number;
  readonly rawSe: number;
  /** After shrinkage. */
  readonly effect: number;
  readonly se: number;
  /** Weight of the group's own difference, 0 to 1. */
  readonly own: number;
}

/** A number of people whose traits are these. */
export interface Crowd {
  readonly traits: readonly string[];
  readonly people: number;
}

export interface Effects {
  readonly groups: readonly GroupEffect[];
  /** Common effect and its standard error. */
  readonly overall: number;
  readonly overallSe: number;
  /** Standard deviation of true effects between groups. */
  readonly between: number;
  /** Effect on one person of these traits, in a group that was seen or not: the mean of `total`, at once. */
  mean(traits: readonly string[]): number;
  /** Summed effect on some people, of groups that were seen or not, and its standard error. */
  total(crowds: readonly Crowd[]): { readonly mean: number; readonly se: number };
}

/** Fewer people than this on a side, and a group has no difference of its own. */
const SIDE_MIN = 5;
/** Fewer than this on a side of the whole, and nothing is estimated. */
const WHOLE_MIN = 20;
/** The variance within a group leans on that of everybody with so many degrees of freedom. */
const PRIOR_FREEDOM = 20;
/** Without a scale effects are taken to be about so small beside the outcome's own deviation. */
const SMALL = 0.1;
const GRID = [0, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32] as const;

/**
 * Estimates the effect of every group that has people on both sides.
 *
 * @param scale how large an effect may well be, in the unit of the outcome; default a tenth of its standard deviation
 * @returns no groups where the history has fewer than 20 people on a side
 */
export function shrunkEffects(cells: readonly Cell[], scale?: number): Effects {
  const raw = differences(cells);
  const [treated, held] = [sumOf(raw, (each) => each.treated), sumOf(raw, (each) => each.held)];
  if (treated < WHOLE_MIN || held < WHOLE_MIN) return NOTHING;
  const own = raw.map(({ variance }) => variance);
  const usual = SMALL * Math.sqrt(own.reduce((a, b) => a + b, 0) / own.length);
  const grid = weighed(raw, scale !== undefined && scale > 0 ? scale : usual);
  const total = (crowds: readonly Crowd[]) => totalOf(raw, grid, crowds, 1);
  const overall = totalOf(raw, grid, [{ traits: [], people: 1 }], 0);
  return {
    groups: raw.map(({ traits, variance: _, ...group }, g) => {
      const { mean, se } = total([{ traits, people: 1 }]);
      return { ...group, effect: mean, se, own: sumOf(grid, ({ weight, shares }) => weight * shares[g]!) };
    }),
    overall: overall.mean,
    overallSe: overall.se,
    between: sumOf(grid, ({ weight, tau }) => weight * tau),
    mean: meanOf(raw, grid),
    total,
  };
}

const NOTHING: Effects = {
  ...{ groups: [], overall: 0, overallSe: Number.POSITIVE_INFINITY, between: 0 },
  mean: () => 0,
  total: () => ({ mean: 0, se: Number.POSITIVE_INFINITY }),
};

interface Difference extends Pick<GroupEffect, 'group' | 'treated' | 'held' | 'raw' | 'rawSe'> {
  readonly traits: readonly string[];
  /** Of the outcome of one person. */
  readonly variance: number;
}

function differences(cells: readonly Cell[]): Difference[] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) groups.set(cell.group, [...(groups.get(cell.group) ?? []), cell]);
  const found = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, own]) => compared(own) ?? []);
  const everybody =
    sumOf(found, (each) => each.within) /
    Math.max(
      1,
      sumOf(found, (each) => each.freedom),
    );
  return found.flatMap(({ within, freedom, weights, ...each }) => {
    const variance = (within + PRIOR_FREEDOM * everybody) / (freedom + PRIOR_FREEDOM);
    return variance > 0 ? [{ ...each, variance, rawSe: Math.sqrt(variance / weights) }] : [];
  });
}

/** The difference of one group, over its campaigns. */
function compared(cells: readonly Cell[]) {
  let [weights, sum, treated, held, within, freedom] = [0, 0, 0, 0, 0, 0];
  for (const campaign of new Set(cells.map((cell) => cell.campaign))) {
    const side = (is: boolean) => cells.find((cell) => cell.campaign === campaign && cell.treated === is);
    const [one, other] = [side(true), side(false)];
    if (one === undefined || other === undefined || one.n === 0 || other.n === 0) continue;
    const weight = (one.n * other.n) / (one.n + other.n);
    weights += weight;
    sum += weight * (one.sum / one.n - other.sum / other.n);
    treated += one.n;
    held += other.n;
    for (const { n, sum: total, squares } of [one, other]) {
      within += Math.max(0, squares - total ** 2 / n);
      freedom += n - 1;
    }
  }
  if (treated < SIDE_MIN || held < SIDE_MIN) return undefined;
  const { group, traits = [group] } = cells[0]!;
  return { group, traits, treated, held, raw: sum / weights, within, freedom, weights };
}

/** One point of the grid, with what it takes to ask it. */
interface Point {
  readonly omega: number;
  readonly tau: number;
  readonly weight: number;
  /** Lower factor of the covariance of the differences. */
  readonly factor: Float64Array;
  /** [groups] the factor's inverse times the differences */
  readonly white: Float64Array;
  /** [groups] how much of a group's effect comes from its own difference */
  readonly shares: Float64Array;
}

/** Share of traits that two groups have in common. */
function likeness(one: readonly string[], other: readonly string[]): number {
  if (one.length !== other.length) return 0;
  const same = sumOf(one, (trait, k) => (trait === other[k] ? 1 : 0));
  return (same + (same === one.length ? 1 : 0)) / (one.length + 1);
}

/** Points that matter and their weights, which sum to one. */
function weighed(raw: readonly Difference[], scale: number): Point[] {
  const alike = raw.map((one) => raw.map((other) => likeness(one.traits, other.traits)));
  const points = GRID.flatMap((w) => GRID.map((t) => pointOf(raw, alike, { omega: w * scale, tau: t * scale, scale })));
  const most = Math.max(...points.map(({ logWeight }) => logWeight));
  const kept = points.filter(({ logWeight }) => logWeight > most - 12);
  const all = sumOf(kept, ({ logWeight }) => Math.exp(logWeight - most));
  return kept.map(({ logWeight, ...point }) => {
    const weight = Math.exp(logWeight - most) / all;
    return { ...point, weight, shares: sharesOf(raw, point.factor) };
  });
}

interface Spreads {
  readonly omega: number;
  readonly tau: number;
  readonly scale: number;
}

function pointOf(raw: readonly Difference[], alike: readonly number[][], { omega, tau, scale }: Spreads) {
  const size = raw.length;
  const covariance = new Float64Array(size * size);
  for (let g = 0; g < size; g++)
    for (let h = 0; h <= g; h++)
      covariance[g * size + h] = omega ** 2 + tau ** 2 * alike[g]![h]! + (g === h ? raw[g]!.rawSe ** 2 : 0);
  // Never singular: every difference has an error of its own.
  const factor = cholesky(covariance, size)!;
  const white = solveLower(
    factor,
    Float64Array.from(raw, (each) => each.raw),
    1,
  );
  let logLikelihood = 0;
  for (let g = 0; g < size; g++) logLikelihood -= white[g]! ** 2 / 2 + Math.log(factor[g * size + g]!);
  const logWeight = logLikelihood + logPrior(omega / scale) + logPrior(tau / scale);
  return { omega, tau, factor, white, logWeight };
}

/** Mass of a half-Cauchy around a point of the grid: that up to the middle of the way to its neighbours. */
function logPrior(at: number): number {
  const k = GRID.indexOf(at as (typeof GRID)[number]);
  const before = k <= 0 ? 0 : (GRID[k - 1]! + GRID[k]!) / 2;
  const after = k === GRID.length - 1 ? Number.POSITIVE_INFINITY : (GRID[k]! + GRID[k + 1]!) / 2;
  return Math.log(Math.atan(after) - Math.atan(before));
}

/**
 * With S the covariance of true effects and D that of errors, weights are S (S + D)^-1 = I - D (S + D)^-1, whose diagonal
 * takes the squared columns of the factor's inverse.
 */
function sharesOf(raw: readonly Difference[], factor: Float64Array): Float64Array {
  const size = raw.length;
  const column = new Float64Array(size);
  return Float64Array.from(raw, ({ rawSe }, g) => {
    let squares = 0;
    for (let i = g; i < size; i++) {
      let sum = i === g ? 1 : 0;
      for (let j = g; j < i; j++) sum -= factor[i * size + j]! * column[j]!;
      column[i] = sum / factor[i * size + i]!;
      squares += column[i]! ** 2;
    }
    return 1 - rawSe ** 2 * squares;
  });
}

/** The mean of `totalOf` for one person: linear in the likeness to each group, so the grid is added up once. */
function meanOf(raw: readonly Difference[], grid: readonly Point[]): Effects['mean'] {
  const perLikeness = new Float64Array(raw.length);
  let common = 0;
  for (const { omega, tau, weight, factor, white } of grid) {
    const solved = solveUpper(factor, white, 1);
    for (let g = 0; g < raw.length; g++) {
      common += weight * omega ** 2 * solved[g]!;
      perLikeness[g]! += weight * tau ** 2 * solved[g]!;
    }
  }
  return (traits) => common + sumOf(raw, (group, g) => perLikeness[g]! * likeness(traits, group.traits));
}

/** @param spread 1: of the people named; 0: of their common effect alone */
function totalOf(raw: readonly Difference[], grid: readonly Point[], crowds: readonly Crowd[], spread: number) {
  const people = sumOf(crowds, (crowd) => crowd.people);
  const toGroups = Float64Array.from(raw, ({ traits }) =>
    sumOf(crowds, (crowd) => crowd.people * spread * likeness(crowd.traits, traits)),
  );
  const among = sumOf(crowds, (one) =>
    sumOf(crowds, (other) => one.people * other.people * spread * likeness(one.traits, other.traits)),
  );
  let [mean, squares] = [0, 0];
  for (const { omega, tau, weight, factor, white } of grid) {
    const link = solveLower(
      factor,
      toGroups.map((own) => omega ** 2 * people + tau ** 2 * own),
      1,
    );
    const own = dot(link, white);
    const left = omega ** 2 * people ** 2 + tau ** 2 * among - dot(link, link);
    mean += weight * own;
    squares += weight * (own ** 2 + Math.max(0, left));
  }
  return { mean, se: Math.sqrt(Math.max(0, squares - mean ** 2)) };
}

function sumOf<T>(
  items: { readonly length: number; readonly [index: number]: T },
  pick: (item: T, index: number) => number,
): number {
  let sum = 0;
  for (let i = 0; i < items.length; i++) sum += pick(items[i]!, i);
  return sum;
}
