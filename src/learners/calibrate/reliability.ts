/** How far chances are from what happens: reliability bins and the expected calibration error. */

export interface ReliabilityBin {
  /** Weight of its rows. */
  readonly weight: number;
  /** Mean of the chances told. */
  readonly told: number;
  /** Share of the rows where it happened. */
  readonly happened: number;
}

/**
 * Bins of about equal weight by rising chance; rows of equal chance share a bin.
 *
 * @param hits [rows] 1 where it happened, else 0
 * @param weights [rows] >= 0; default: 1 each
 */
export function reliability(
  chances: ArrayLike<number>,
  hits: ArrayLike<number>,
  { bins = 15, weights }: { bins?: number; weights?: ArrayLike<number> | undefined } = {},
): ReliabilityBin[] {
  const order = Int32Array.from({ length: chances.length }, (_, i) => i).sort(
    (a, b) => chances[a]! - chances[b]! || a - b,
  );
  let total = 0;
  for (let i = 0; i < chances.length; i++) total += weights?.[i] ?? 1;
  const out: ReliabilityBin[] = [];
  let bin = { weight: 0, told: 0, happened: 0 };
  let passed = 0;
  for (const [at, i] of order.entries()) {
    const weight = weights?.[i] ?? 1;
    bin.weight += weight;
    bin.told += weight * chances[i]!;
    bin.happened += weight * hits[i]!;
    passed += weight;
    const isLast = at + 1 === order.length;
    if (!isLast && chances[order[at + 1]!] === chances[i]) continue;
    if (!isLast && passed < ((out.length + 1) * total) / bins) continue;
    if (bin.weight > 0)
      out.push({ weight: bin.weight, told: bin.told / bin.weight, happened: bin.happened / bin.weight });
    bin = { weight: 0, told: 0, happened: 0 };
  }
  return out;
}

/**
 * Expected calibration error of the likeliest class over bins of equal mass: mean distance between the chance told and
 * the share of hits. It is above zero even for perfect chances, by about sqrt(p (1 - p) / rows of a bin) x 0.8.
 *
 * @param chances [rows x classCount], row-major
 * @param labels [rows] index of the class
 * @see Naeini, Cooper and Hauskrecht (2015), AAAI; equal mass: Roelofs et al. (2022), AISTATS
 */
export function calibrationError(
  chances: Float64Array,
  labels: ArrayLike<number>,
  { classCount, bins = 15, weights }: { classCount: number; bins?: number; weights?: ArrayLike<number> | undefined },
): number {
  const told = new Float64Array(labels.length);
  const hits = new Float64Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let k = 1; k < classCount; k++) if (chances[i * classCount + k]! > chances[i * classCount + best]!) best = k;
    told[i] = chances[i * classCount + best]!;
    hits[i] = labels[i] === best ? 1 : 0;
  }
  return binnedError(reliability(told, hits, { bins, weights }));
}

/** The same of the chance of one event, not of the likeliest class. */
export const eventCalibrationError = (
  chances: ArrayLike<number>,
  hits: ArrayLike<number>,
  options: { bins?: number; weights?: ArrayLike<number> | undefined } = {},
): number => binnedError(reliability(chances, hits, options));

function binnedError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((sum, { weight }) => sum + weight, 0);
  return bins.reduce((sum, { weight, told, happened }) => sum + (weight * Math.abs(told - happened)) / total, 0);
}
