/** Calibration of chances, as data: fitted on rows that the model has not seen, kept in the model, applied after it. */
import { random, shuffled } from '#kernels/random.ts';
import { heightAt, isotonic, type RisingCurve } from './isotonic.ts';
import { type BetaCurve, beta, betaAt, logit, type PlattCurve, platt, sigmoid } from './sigmoid.ts';
import { temperature, tempered } from './temperature.ts';

export const CALIBRATIONS = ['none', 'platt', 'isotonic', 'beta', 'temperature'] as const;
export type CalibrationKind = (typeof CALIBRATIONS)[number];

type Curve =
  | ({ readonly kind: 'platt' } & PlattCurve)
  | ({ readonly kind: 'isotonic' } & RisingCurve)
  | ({ readonly kind: 'beta' } & BetaCurve);

export type Calibration =
  | { readonly kind: 'none' }
  | { readonly kind: 'temperature'; readonly temperature: number }
  /** One curve for the second of two classes, or one a class, each against the rest; then made to add up to one. */
  | { readonly kind: 'curves'; readonly curves: readonly Curve[] };

export interface CalibrationRows {
  readonly classCount: number;
  /** [rows] >= 0; default: 1 each. */
  readonly weights?: ArrayLike<number> | undefined;
}

/**
 * Fits a calibration of chances to what happened.
 *
 * @param chances [rows x classCount], row-major, of rows that the model did not learn from
 * @param labels [rows] index of the class
 */
export function fitCalibration(
  kind: CalibrationKind,
  chances: Float64Array,
  labels: ArrayLike<number>,
  { classCount, weights }: CalibrationRows,
): Calibration {
  if (kind === 'none' || labels.length === 0) return { kind: 'none' };
  if (kind === 'temperature') return { kind, temperature: temperature(chances, labels, { classCount, weights }) };
  const asked = classCount === 2 ? [1] : Array.from({ length: classCount }, (_, k) => k);
  const curves = asked.map((k): Curve => {
    const own = Float64Array.from(labels, (_, i) => chances[i * classCount + k]!);
    const hits = Float64Array.from(labels, (label) => (label === k ? 1 : 0));
    if (kind === 'platt') return { kind, ...platt(own.map(logit), hits, weights) };
    return kind === 'beta' ? { kind, ...beta(own, hits, weights) } : { kind, ...uncertain(own, hits, weights) };
  });
  return { kind: 'curves', curves };
}

/** Isotonic levels held off certainty by 1 / (rows + 2): a block without a hit does not show that there never is one. */
function uncertain(chances: Float64Array, hits: Float64Array, weights?: ArrayLike<number>): RisingCurve {
  const { x, y } = isotonic(chances, hits, weights);
  let total = 0;
  for (let i = 0; i < hits.length; i++) total += weights?.[i] ?? 1;
  const least = 1 / (total + 2);
  return { x, y: y.map((level) => Math.min(Math.max(level, least), 1 - least)) };
}

/** Calibrated chances [rows x classCount]; each row adds up to one. A row to which every curve gives zero stays as it was. */
export function calibrated(calibration: Calibration, chances: Float64Array, classCount: number): Float64Array {
  if (calibration.kind === 'none') return chances;
  if (calibration.kind === 'temperature') return tempered(chances, classCount, calibration.temperature);
  const { curves } = calibration;
  const out = new Float64Array(chances.length);
  for (let from = 0; from < out.length; from += classCount) {
    if (classCount === 2) {
      const chance = chanceBy(curves[0]!, chances[from + 1]!);
      out[from] = 1 - chance;
      out[from + 1] = chance;
      continue;
    }
    let sum = 0;
    for (let k = 0; k < classCount; k++) {
      out[from + k] = chanceBy(curves[k]!, chances[from + k]!);
      sum += out[from + k]!;
    }
    for (let k = 0; k < classCount; k++) out[from + k] = sum > 0 ? out[from + k]! / sum : chances[from + k]!;
  }
  return out;
}

function chanceBy(curve: Curve, p: number): number {
  if (curve.kind === 'platt') return sigmoid(curve.slope * logit(p) + curve.shift);
  return curve.kind === 'beta' ? betaAt(curve, p) : curve.x.length === 0 ? p : heightAt(curve, p);
}

export interface CalibrationChoice {
  readonly kind: CalibrationKind;
  /** Mean log loss of each kind on parts that it was not fitted on; 'none' is that of the chances as they came. */
  readonly losses: Readonly<Partial<Record<CalibrationKind, number>>>;
}

/**
 * The kind with the least log loss by cross-validation over the rows; 'none' unless another is better by more than one
 * standard error of the difference, since a curve fitted to chance is worse than none.
 *
 * @param folds parts; default 5
 */
export function chooseCalibration(
  chances: Float64Array,
  labels: ArrayLike<number>,
  given: CalibrationRows & {
    readonly seed: number;
    readonly kinds?: readonly CalibrationKind[];
    readonly folds?: number;
  },
): CalibrationChoice {
  const { classCount, weights, seed, kinds = CALIBRATIONS, folds = 5 } = given;
  const foldOfRow = shuffled(labels.length, random(seed)).map((place) => place % folds);
  const lossOf = (kind: CalibrationKind) => {
    const out = new Float64Array(labels.length);
    for (let fold = 0; fold < folds; fold++) {
      const inside = rowsWhere(foldOfRow, (own) => own !== fold);
      const outside = rowsWhere(foldOfRow, (own) => own === fold);
      const fitted = fitCalibration(
        kind,
        chancesAt(chances, inside, classCount),
        inside.map((i) => labels[i]!),
        {
          classCount,
          ...(weights === undefined ? {} : { weights: Float64Array.from(inside, (i) => weights[i]!) }),
        },
      );
      const made = calibrated(fitted, chancesAt(chances, outside, classCount), classCount);
      for (const [at, i] of outside.entries()) out[i] = -Math.log(Math.max(made[at * classCount + labels[i]!]!, 1e-15));
    }
    return out;
  };
  const base = lossOf('none');
  const losses: Partial<Record<CalibrationKind, number>> = { none: weightedMean(base, weights) };
  let best: { kind: CalibrationKind; gain: number } = { kind: 'none', gain: 0 };
  for (const kind of kinds) {
    if (kind === 'none') continue;
    const own = lossOf(kind);
    losses[kind] = weightedMean(own, weights);
    const gains = base.map((loss, i) => loss - own[i]!);
    const gain = weightedMean(gains, weights);
    const error = Math.sqrt(
      weightedMean(
        gains.map((g) => (g - gain) ** 2),
        weights,
      ) / Math.max(1, labels.length - 1),
    );
    if (gain > error && gain > best.gain) best = { kind, gain };
  }
  return { kind: best.kind, losses };
}

const rowsWhere = (folds: Int32Array, isWanted: (fold: number) => boolean): Int32Array =>
  Int32Array.from({ length: folds.length }, (_, i) => i).filter((i) => isWanted(folds[i]!));

function chancesAt(chances: Float64Array, rows: Int32Array, classCount: number): Float64Array {
  const out = new Float64Array(rows.length * classCount);
  for (const [at, i] of rows.entries())
    out.set(chances.subarray(i * classCount, (i + 1) * classCount), at * classCount);
  return out;
}

function weightedMean(values: Float64Array, weights?: ArrayLike<number>): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    sum += weight * values[i]!;
    total += weight;
  }
  return total > 0 ? sum / total : 0;
}
