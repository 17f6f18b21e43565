/** How the chosen candidates gain from more customers, on those they learned from and on others. */
import { type LearningCurve, type OverfitWarning, overfitWarning, type Spread, spreads } from '#learners/index.ts';
import type { Candidate } from './candidates.ts';
import { figuresOf } from './choose.ts';
import { head, type Lesson, partsOf, pick } from './lesson.ts';
import { fitMember, memberScore } from './member.ts';
import { blended, scaleOf, tierRootsOf } from './train.ts';

export interface TierCurve {
  readonly metric: 'kappa';
  readonly points: readonly {
    /** Share of the customers outside the fold, and how many they are on the mean. */
    readonly share: number;
    readonly rows: number;
    readonly train: Spread;
    readonly validation: Spread;
  }[];
  /** Where much of what training shows is lost on other customers. */
  readonly warning?: Omit<OverfitWarning, 'message'>;
}

const ROWS_MAX = 4000;
const FOLDS_TRIED = 3;
const SHARES = [0.2, 0.5, 1] as const;

/** Kappa of tiers by ranks at growing shares of the customers of three folds' training parts. */
export function tierCurve(
  whole: Lesson,
  chosen: readonly Candidate[],
  { tierCount, seed }: { tierCount: number; seed: number },
): TierCurve {
  const lesson = head(whole, ROWS_MAX);
  const tierRoots = tierRootsOf(lesson, tierCount);
  const parts = partsOf(lesson).slice(0, FOLDS_TRIED);
  const kappaAt = (rows: Int32Array, score: Float64Array) =>
    figuresOf(score, lesson, [{ held: rows }], tierCount).kappa.mean;
  const points = SHARES.flatMap((share) => {
    const folds = parts.flatMap(({ inside, held }) => {
      const rows = inside.subarray(0, Math.max(2, Math.round(share * inside.length)));
      const part = pick(lesson, rows);
      if (!part.tier.some((tier) => tier !== part.tier[0])) return [];
      const scores = chosen.map((candidate) =>
        memberScore(fitMember(candidate, part, { seed, tierRoots }).fit, lesson.features),
      );
      const scales = scores.map((score) => ({
        weight: 1 / chosen.length,
        ...scaleOf(
          Float64Array.from(rows, (i) => score[i]!),
          part.margin,
        ),
      }));
      const score = blended(scales, scores);
      return [{ train: kappaAt(rows, score), validation: kappaAt(held, score), rows: rows.length }];
    });
    if (folds.length < parts.length || folds.length === 0) return [];
    const { train, validation, rows } = spreads(folds);
    return [{ share, rows: Math.round(rows.mean), train, validation }];
  });
  return { metric: 'kappa', points, ...warned(points, parts) };
}

/** Ranks by nothing have a kappa of 0. */
function warned(points: TierCurve['points'], parts: readonly { inside: Int32Array; held: Int32Array }[]) {
  if (points.length === 0) return {};
  const nothing = parts.map(() => 0);
  const curve: LearningCurve = {
    ...{ metric: 'kappa', points },
    baseline: { mean: 0, sd: 0, folds: nothing },
    testShare: parts.reduce((sum, { inside, held }) => sum + held.length / inside.length, 0) / parts.length,
  };
  const found = overfitWarning(curve);
  if (found === undefined) return {};
  const { lost, lostAtLeast, isRising } = found;
  return { warning: { lost, lostAtLeast, isRising } };
}
