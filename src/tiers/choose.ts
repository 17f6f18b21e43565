/** Which candidates foretell the next tier, chosen by cross-validation inside one lesson. */
import { confusion, gini, tierMetrics } from '#kernels/metrics.ts';
import { type LogisticModel, type Spread, spreads } from '#learners/index.ts';
import { CANDIDATES, type Candidate } from './candidates.ts';
import { shareCuts, tiersBy } from './cuts.ts';
import { head, type Lesson, partsOf, pick, sharesOf } from './lesson.ts';
import { fitMember, memberScore } from './member.ts';
import { rowsOf } from './relative.ts';
import { blended, scaleOf, tierRootsOf } from './train.ts';

/** Figures of one candidate over the folds, more is better. */
export interface CandidateReport {
  readonly name: string;
  /** Family, or `blend`. */
  readonly family: string;
  /** Members with equal weights; the candidate itself unless it is a blend. */
  readonly of: readonly string[];
  /** Quadratic kappa of tiers that cut the ranking at the lesson's shares. */
  readonly kappa: Spread;
  /** Normalised Gini of the margin, losses counted as nothing. */
  readonly gini: Spread;
  readonly macroF1: Spread;
  /** Models fitted for these figures: 0 of a blend, which is made of the others' answers. */
  readonly fits: number;
}

export interface TierChoice {
  readonly metric: 'kappa';
  readonly tieBreaker: 'gini';
  /** Customers that the choice was made on, and folds of them. */
  readonly rows: number;
  readonly folds: number;
  /** By falling kappa. */
  readonly candidates: readonly CandidateReport[];
  readonly chosen: string;
  /** Members of what was chosen; weights add up to 1. */
  readonly weights: readonly { readonly name: string; readonly weight: number }[];
  /** Candidates that count as equal in kappa: at most `tolerance` behind the best. Of them the best Gini was chosen. */
  readonly equals: readonly string[];
  /** Standard error of the best kappa over the folds, at most 0.01: what kappa can't tell apart, Gini often can. */
  readonly tolerance: number;
}

export interface Chosen {
  readonly choice: TierChoice;
  readonly candidates: readonly Candidate[];
}

const ROWS_MAX = 4000;
/** In small shops the error is so large that all would count as equal. */
const TOLERANCE_MAX = 0.01;

/**
 * Chooses by customers of the lesson alone, each foretold by models that did not learn from them: of all candidates, and
 * blends of the best of two families, of three and so on, whose kappa is within one standard error of the best, and 0.01 at most, the one with the best Gini.
 *
 * @see Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees, 3.4.3, for the standard error
 */
export function chooseTiers(
  whole: Lesson,
  { tierCount, seed, candidates = CANDIDATES }: { tierCount: number; seed: number; candidates?: readonly Candidate[] },
): Chosen {
  const lesson = head(whole, ROWS_MAX);
  const held = heldOut(lesson, candidates, { tierCount, seed });
  const rows = Int32Array.from(held.rows);
  const judge = (score: Float64Array) => figuresOf(score, lesson, held.parts, tierCount);
  const single = candidates.map((candidate, c): CandidateReport => {
    const { name, family } = candidate;
    return { name, family, of: [name], ...judge(held.scores[c]!), fits: held.parts.length };
  });
  const scaled = new Map(
    candidates.map(({ name }, c) => {
      const score = held.scores[c]!;
      const scale = scaleOf(at(score, rows), at(lesson.margin, rows));
      return [name, { score, ...scale }];
    }),
  );
  const heads = bestOfFamilies(single);
  const blends = heads.slice(1).map((_, more): CandidateReport => {
    const size = more + 2;
    const of = heads.slice(0, size).map(({ name }) => name);
    const members = of.map((name) => ({ ...scaled.get(name)!, weight: 1 / size }));
    const score = blended(
      members,
      members.map((member) => member.score),
    );
    return { name: `blend-${size}`, family: 'blend', of, ...judge(score), fits: 0 };
  });
  const all = [...single, ...blends].sort((a, b) => b.kappa.mean - a.kappa.mean || b.gini.mean - a.gini.mean);
  const error = all[0]!.kappa.sd / Math.sqrt(Math.max(1, held.parts.length - 1));
  const tolerance = Math.min(error, TOLERANCE_MAX);
  const equals = all.filter(({ kappa }) => kappa.mean >= all[0]!.kappa.mean - tolerance);
  const chosen = equals.reduce((best, one) => (one.gini.mean > best.gini.mean ? one : best));
  return {
    choice: {
      ...{ metric: 'kappa', tieBreaker: 'gini', rows: rows.length, folds: held.parts.length },
      candidates: all,
      chosen: chosen.name,
      weights: chosen.of.map((name) => ({ name, weight: 1 / chosen.of.length })),
      equals: equals.map(({ name }) => name),
      tolerance,
    },
    candidates: chosen.of.map((name) => candidates.find((one) => one.name === name)!),
  };
}

const at = (values: Float64Array, rows: Int32Array): Float64Array => Float64Array.from(rows, (i) => values[i]!);

/** Scores of each candidate for the customers of all folds, by models of the other folds. */
function heldOut(
  lesson: Lesson,
  candidates: readonly Candidate[],
  { tierCount, seed }: { tierCount: number; seed: number },
) {
  const tierRoots = tierRootsOf(lesson, tierCount);
  const scores = candidates.map(() => new Float64Array(lesson.ids.length));
  const parts = partsOf(lesson);
  for (const { inside, held } of parts) {
    const part = pick(lesson, inside);
    const asked = rowsOf(lesson.features, held);
    const starts = new Map<string, LogisticModel | undefined>();
    for (const [c, candidate] of candidates.entries()) {
      const { fit, start } = fitMember(candidate, part, { seed, tierRoots, start: starts.get(candidate.family) });
      starts.set(candidate.family, start);
      for (const [j, score] of memberScore(fit, asked).entries()) scores[c]![held[j]!] = score;
    }
  }
  return { scores, parts, rows: parts.flatMap(({ held }) => Array.from(held)) };
}

/** Kappa, Gini and macro F1 of tiers by ranks, fold by fold. */
export function figuresOf(
  score: Float64Array,
  lesson: Pick<Lesson, 'tier' | 'margin'>,
  parts: readonly { readonly held: Int32Array }[],
  tierCount: number,
): Record<'kappa' | 'gini' | 'macroF1', Spread> {
  const shares = sharesOf(lesson.tier, tierCount);
  return spreads(
    parts.map(({ held }) => {
      const own = at(score, held);
      const tier = tiersBy(own, shareCuts(own, shares));
      const actual = held.map((i) => lesson.tier[i]!);
      const { kappa, macroF1 } = tierMetrics(confusion(actual, tier, tierCount), tierCount);
      const margins = Float64Array.from(held, (i) => Math.max(0, lesson.margin[i]!));
      return { kappa, gini: gini(margins, own), macroF1 };
    }),
  );
}

/** The best of each family by kappa, best family first. */
function bestOfFamilies(reports: readonly CandidateReport[]): CandidateReport[] {
  const best = new Map<string, CandidateReport>();
  for (const report of reports) {
    const before = best.get(report.family);
    if (before === undefined || report.kappa.mean > before.kappa.mean) best.set(report.family, report);
  }
  return [...best.values()].sort((a, b) => b.kappa.mean - a.kappa.mean || (a.name < b.name ? -1 : 1));
}
