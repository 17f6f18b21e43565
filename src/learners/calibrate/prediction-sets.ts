/** Adaptive prediction sets: for each row the classes that hold the true one with a stated chance. */

/**
 * Score of a class in a row: the chance of all likelier classes plus `share` times its own. `share` uniform in [0, 1)
 * makes the promise exact; 1 makes sets larger, never smaller than promised. Of equal chances the first class is likelier.
 *
 * @param chances [rows x classCount], row-major
 * @param labels [rows] the class asked for in each row
 * @param shares [rows]; default: 1 each
 * @returns [rows], to be cut by `thresholdAt` on calibration rows
 * @see Romano, Sesia and Candes (2020), Classification with Valid and Adaptive Coverage, NeurIPS
 */
export function setScores(
  chances: Float64Array,
  labels: ArrayLike<number>,
  { classCount, shares }: { classCount: number; shares?: ArrayLike<number> },
): Float64Array {
  return Float64Array.from(labels, (label, i) =>
    setScore(chances, i * classCount, { classCount, label, share: shares?.[i] ?? 1 }),
  );
}

function setScore(
  chances: Float64Array,
  from: number,
  { classCount, label, share }: { classCount: number; label: number; share: number },
): number {
  const own = chances[from + label]!;
  let sum = share * own;
  for (let k = 0; k < classCount; k++) {
    const other = chances[from + k]!;
    if (other > own || (other === own && k < label)) sum += other;
  }
  return sum;
}

/**
 * The classes of each row whose score is at most the threshold; the likeliest is always among them, so no set is empty.
 *
 * @param threshold one for all, or one a row (by group)
 * @param shares [rows], drawn anew, where the calibration rows had shares; default: 1 each
 * @returns [rows x classCount] 1 where the class is in the set
 */
export function predictionSets(
  chances: Float64Array,
  threshold: number | ArrayLike<number>,
  { classCount, shares }: { classCount: number; shares?: ArrayLike<number> },
): Uint8Array {
  const out = new Uint8Array(chances.length);
  for (let i = 0; i * classCount < chances.length; i++) {
    const from = i * classCount;
    const cut = typeof threshold === 'number' ? threshold : threshold[i]!;
    let best = 0;
    for (let label = 0; label < classCount; label++) {
      if (chances[from + label]! > chances[from + best]!) best = label;
      // A cut of one, or next to it by rounding, is every class.
      const score = setScore(chances, from, { classCount, label, share: shares?.[i] ?? 1 });
      if (score <= cut || cut >= 1) out[from + label] = 1;
    }
    out[from + best] = 1;
  }
  return out;
}
