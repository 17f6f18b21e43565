/** From a score to the chance of each tier, fitted to scores of customers whom the scoring model had not met. */
import { fitLogistic, type LogisticModel, logistic } from '#learners/index.ts';
import { numbers, type Table } from '#table/index.ts';

/** Plain data: a logistic regression of the tier on the score and on how far it is above some knots. */
export interface ChanceModel {
  readonly knots: readonly number[];
  readonly logistic: LogisticModel;
}

/** Shares of the scores below the knots: closer where tiers are small. */
const KNOTS = [0.25, 0.5, 0.7, 0.85, 0.95] as const;

function basisOf(score: Float64Array, knots: readonly number[]): Record<string, ReturnType<typeof numbers>> {
  const hinges = knots.map((knot, k) => [`above${k + 1}`, numbers(score.map((s) => Math.max(0, s - knot)))] as const);
  return { score: numbers(score), ...Object.fromEntries(hinges) };
}

/**
 * Fits the chances.
 *
 * @param score [rows] of models that did not learn from the row
 * @param tier [rows], two tiers at least
 */
export function fitChances(score: Float64Array, tier: Int32Array): ChanceModel {
  const sorted = score.slice().sort();
  const knots = [...new Set(KNOTS.map((share) => sorted[Math.floor(share * (sorted.length - 1))]!))];
  const data: Table = {
    length: score.length,
    columns: { ...basisOf(score, knots), label: numbers(Float64Array.from(tier)) },
  };
  return { knots, logistic: fitLogistic(data, { ...logistic.defaults, l2: 1, iterationsMax: 200, tolerance: 1e-5 }) };
}

/** Chances of each tier [rows x tiers]; 0 of a tier that was not met. */
export function chancesOf(
  { knots, logistic: model }: ChanceModel,
  score: Float64Array,
  tierCount: number,
): Float64Array {
  const known = logistic.predict(model, { length: score.length, columns: basisOf(score, knots) });
  const tiers = model.classes.map(Number);
  const out = new Float64Array(score.length * tierCount);
  for (let i = 0; i < score.length; i++)
    for (const [c, tier] of tiers.entries()) out[i * tierCount + tier] = known[i * tiers.length + c]!;
  return out;
}
