/** The tier of the next period, learned by the chosen candidates from where customers stand now. */
import { deviation } from '#kernels/metrics.ts';
import type { Table } from '#table/index.ts';
import type { Candidate } from './candidates.ts';
import { type ChanceModel, chancesOf, fitChances } from './chances.ts';
import { type Lesson, meanMargins, type Part, partsOf, pick, rowsOfFold, sharesOf } from './lesson.ts';
import { fitMember, type MemberFit, memberEffects, memberScore } from './member.ts';
import { rowsOf, signedRoot } from './relative.ts';

/** A member's score brought to the common scale: `intercept + slope x score` is an expected root of the margin. */
export interface Scale {
  readonly slope: number;
  readonly intercept: number;
}

export interface Member extends Scale {
  readonly candidate: Candidate;
  /** Weights of all members add up to 1. */
  readonly weight: number;
  readonly fit: MemberFit;
}

/** Plain data. */
export interface TierModel {
  readonly members: readonly Member[];
  readonly chances: ChanceModel;
  /** [tiers] share of the lesson's customers in each tier */
  readonly tierShares: readonly number[];
  /** [tiers] mean margin of each tier in the lesson; what a chance of it is worth, minor units. */
  readonly tierMargins: readonly number[];
  /** Standard deviation of the scores of the lesson's customers, each by a fit without them; above 0. */
  readonly scoreSpread: number;
}

/** Straight line by least squares from a score to the root of the margin; level where the score does not vary. */
export function scaleOf(score: Float64Array, margin: Float64Array): Scale {
  const n = score.length;
  let [meanX, meanY] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanX += score[i]! / n;
    meanY += signedRoot(margin[i]!) / n;
  }
  let [xx, xy] = [0, 0];
  for (let i = 0; i < n; i++) {
    xx += (score[i]! - meanX) ** 2;
    xy += (score[i]! - meanX) * (signedRoot(margin[i]!) - meanY);
  }
  // A score that falls with the margin out of sample is noise: it must not turn the order around.
  const slope = xx > 0 ? Math.max(0, xy / xx) : 0;
  return { slope, intercept: meanY - slope * meanX };
}

export const tierRootsOf = (lesson: Lesson, tierCount: number): number[] =>
  meanMargins(lesson, tierCount).map(signedRoot);

export interface Trained {
  readonly model: TierModel;
  /** What models of other folds say of each customer of `asked`. */
  readonly crossed?: Foretold;
}

/**
 * Learns from a lesson. Scales and chances are fitted to scores of customers who were left out of the fit, fold by fold.
 *
 * @param asked customers to be foretold by models that did not learn from them
 */
export function trainTiers(
  lesson: Lesson,
  chosen: readonly Candidate[],
  { tierCount, seed, asked }: { tierCount: number; seed: number; asked?: Asked },
): Trained {
  const parts = asked === undefined && lesson.ids.length > MANY ? partsOf(lesson).slice(0, 2) : partsOf(lesson);
  const given = { parts, tierRoots: tierRootsOf(lesson, tierCount), seed, asked };
  const found = chosen.map((candidate) => crossFitted(candidate, lesson, given));
  const rows = leftOut(lesson, parts);
  const margin = at(lesson.margin, rows);
  const members = found.map(({ candidate, fit, own }) => ({
    ...{ candidate, weight: 1 / chosen.length, fit },
    ...scaleOf(at(own, rows), margin),
  }));
  const score = blended(
    members,
    found.map(({ own }) => at(own, rows)),
  );
  const model: TierModel = {
    members,
    chances: fitChances(
      score,
      rows.map((i) => lesson.tier[i]!),
    ),
    scoreSpread: deviation(score) || 1,
    tierShares: sharesOf(lesson.tier, tierCount),
    tierMargins: meanMargins(lesson, tierCount),
  };
  const others = found.flatMap(({ other }) => (other === undefined ? [] : [other]));
  return { model, ...(others.length === 0 ? {} : { crossed: told(model, blended(members, others)) }) };
}

/** Customers from which two folds of five tell enough about scales and chances. */
const MANY = 4000;

const at = (values: Float64Array, rows: Int32Array): Float64Array => Float64Array.from(rows, (i) => values[i]!);

/** Rows of the customers who were left out in turn, if two tiers are among them; else all. */
function leftOut({ ids, tier }: Lesson, parts: readonly Part[]): Int32Array {
  const rows = Int32Array.from(parts.flatMap(({ held }) => Array.from(held))).sort();
  if (rows.some((i) => tier[i] !== tier[rows[0]!])) return rows;
  return Int32Array.from(ids, (_, i) => i);
}

type Asked = Pick<Lesson, 'ids' | 'features'>;

/**
 * A candidate fitted to the whole lesson, and scores by fits that left the customer's fold out: of the lesson's customers
 * and of those asked. The whole fit stands in for folds that are not left out; a customer asked whose fold the lesson lacks
 * is new to it.
 */
function crossFitted(
  candidate: Candidate,
  lesson: Lesson,
  given: { parts: readonly Part[]; tierRoots: readonly number[]; seed: number; asked: Asked | undefined },
) {
  const { parts, tierRoots, seed, asked } = given;
  const { fit, start } = fitMember(candidate, lesson, { seed, tierRoots });
  const own = memberScore(fit, lesson.features);
  const other = asked === undefined ? undefined : memberScore(fit, asked.features);
  for (const { fold, inside, held } of parts) {
    const { fit: without } = fitMember(candidate, pick(lesson, inside), { seed, tierRoots, start });
    place(own, held, memberScore(without, rowsOf(lesson.features, held)));
    if (asked === undefined || other === undefined) continue;
    const rows = rowsOfFold(asked.ids, (his) => his === fold);
    place(other, rows, memberScore(without, rowsOf(asked.features, rows)));
  }
  return { candidate, fit, own, other };
}

function place(into: Float64Array, rows: Int32Array, values: Float64Array): void {
  for (const [j, i] of rows.entries()) into[i] = values[j]!;
}

/** Weighted mean of the members' scores on the common scale. */
export function blended(
  members: readonly (Scale & { readonly weight: number })[],
  scores: readonly Float64Array[],
): Float64Array {
  const out = new Float64Array(scores[0]!.length);
  for (const [m, { weight, slope, intercept }] of members.entries())
    for (let i = 0; i < out.length; i++) out[i]! += weight * (intercept + slope * scores[m]![i]!);
  return out;
}

export interface Foretold {
  /** [rows] expected signed root of the margin: customers are ranked by it */
  readonly score: Float64Array;
  /** [rows x tiers] */
  readonly chances: Float64Array;
}

const told = ({ chances, tierShares }: TierModel, score: Float64Array): Foretold => ({
  score,
  chances: chancesOf(chances, score, tierShares.length),
});

/** The score of each row and the chances of each tier. */
export function foretell(model: TierModel, features: Table): Foretold {
  return told(
    model,
    blended(
      model.members,
      model.members.map(({ fit }) => memberScore(fit, features)),
    ),
  );
}

export interface TierEffects {
  readonly features: readonly string[];
  /** [rows x features], row-major: what each feature adds to the score */
  readonly values: Float64Array;
  /** With it the effects of a row add up to its score. */
  readonly expected: number;
}

/** What each feature adds to the score of each row: the members' effects on the common scale, by their weights. */
export function effectsOf(model: TierModel, data: Table): TierEffects {
  const features = [...new Set(model.members.flatMap(({ fit }) => fit.features))];
  const width = features.length;
  const values = new Float64Array(data.length * width);
  let expected = 0;
  for (const { fit, weight, slope, intercept } of model.members) {
    const own = memberEffects(fit, data);
    expected += weight * (intercept + slope * own.expected[0]!);
    const to = own.features.map((name) => features.indexOf(name));
    for (let i = 0; i < data.length; i++)
      for (const [j, at] of to.entries()) values[i * width + at]! += weight * slope * own.values[i * to.length + j]!;
  }
  return { features, values, expected };
}
