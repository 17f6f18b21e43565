/** Cut points that make classes in an order of one score, so that a figure of the decision is as good as it can be. */

export type CutGoal =
  | { readonly kind: 'qwk' | 'macroF1' | 'accuracy' }
  /** gain [classCount x classCount], row-major: what a row of class i that is taken for class j is worth. */
  | { readonly kind: 'profit'; readonly gain: ArrayLike<number> };

export interface CutOptions {
  readonly classCount: number;
  readonly goal: CutGoal;
  /** [rows] >= 0; default: 1 each. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Places that are tried, at about equal weight of rows apart; default 256. */
  readonly candidates?: number;
  /**
   * Rows that the quantile cuts (each class decided as often as it happens) count for beside the rows at hand, when the
   * shares of rows below each cut are averaged; default 10 a class, 0 trusts the rows alone.
   */
  readonly priorRows?: number;
}

/**
 * Rising cut points [classCount - 1]: a row is of class k where k of them are at most its score. The best among the
 * candidates are found exactly: profit, accuracy and macro F1 are sums over the segments between cuts, which dynamic
 * programming solves; quadratic kappa is one minus a ratio of two such sums, solved as a series of them. Then the cuts
 * are drawn toward the quantile cuts, the more the fewer the rows.
 *
 * @param scores [rows], finite, best of rows that the model did not learn from
 * @param labels [rows] index of the class
 * @see Dinkelbach (1967), Management Science 13(7), for the ratio
 */
export function cutPoints(scores: ArrayLike<number>, labels: ArrayLike<number>, options: CutOptions): Float64Array {
  const { classCount, goal, priorRows = 10 * classCount } = options;
  const steps = stepsOf(scores, labels, options);
  const shares = sharesOf(steps);
  const isOneClass = shares.some((share) => share > 1 - 1e-12);
  const trust = isOneClass ? 0 : scores.length / (scores.length + priorRows);
  const found = isOneClass ? [] : goal.kind === 'qwk' ? kappaCuts(steps, shares) : segmentCuts(steps, goal);
  let below = 0;
  return Float64Array.from({ length: classCount - 1 }, (_, k) => {
    below += shares[k]!;
    if (trust === 1) return steps.cuts[found[k]!]!;
    return cutAtShare(steps, (trust > 0 ? trust * steps.below[found[k]!]! : 0) + (1 - trust) * below);
  });
}

/** Class of each score: how many of the rising cuts are at most it. */
export function classesByCuts(scores: ArrayLike<number>, cuts: ArrayLike<number>): Float64Array {
  return Float64Array.from(scores, (score) => {
    let k = 0;
    while (k < cuts.length && cuts[k]! <= score) k++;
    return k;
  });
}

/** Expected class index of each row of chances [rows x classCount]. */
export function expectedClass(chances: Float64Array, classCount: number): Float64Array {
  const out = new Float64Array(chances.length / classCount);
  for (let i = 0; i < out.length; i++) for (let k = 1; k < classCount; k++) out[i]! += k * chances[i * classCount + k]!;
  return out;
}

/** Rows by rising score in steps; boundary b lies below step b, the last one above all. */
interface Steps {
  /** Boundaries less one. */
  readonly count: number;
  readonly classCount: number;
  /** [boundaries] scores halfway between the neighbours. */
  readonly cuts: Float64Array;
  /** [boundaries] share of the weight below. */
  readonly below: Float64Array;
  /** [boundaries x classCount] weight of each class below. */
  readonly counts: Float64Array;
}

function stepsOf(scores: ArrayLike<number>, labels: ArrayLike<number>, options: CutOptions): Steps {
  const { classCount, weights, candidates = 256 } = options;
  const order = Int32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => scores[a]! - scores[b]! || a - b,
  );
  const lowest = scores[order[0]!]!;
  const highest = scores[order[order.length - 1]!]!;
  const beyond = highest - lowest || 1;
  let total = 0;
  for (let i = 0; i < scores.length; i++) total += weights?.[i] ?? 1;
  const cuts = [lowest - beyond];
  const below = [0];
  const counts = Array<number>(classCount).fill(0);
  const running = new Float64Array(classCount);
  let passed = 0;
  for (const [at, i] of order.entries()) {
    const weight = weights?.[i] ?? 1;
    running[labels[i]!]! += weight;
    passed += weight;
    const isLast = at + 1 === order.length;
    const next = scores[order[at + 1]!]!;
    if (!isLast && (next === scores[i] || passed < (cuts.length * total) / candidates)) continue;
    cuts.push(isLast ? highest + beyond : scores[i]! + (next - scores[i]!) / 2);
    below.push(total > 0 ? passed / total : 0);
    counts.push(...running);
  }
  return {
    count: cuts.length - 1,
    classCount,
    cuts: Float64Array.from(cuts),
    below: Float64Array.from(below),
    counts: Float64Array.from(counts),
  };
}

function sharesOf({ counts, count, classCount }: Steps): Float64Array {
  const last = counts.slice(count * classCount);
  const total = last.reduce((sum, n) => sum + n, 0) || 1;
  return last.map((n) => n / total);
}

function cutAtShare({ below, cuts, count }: Steps, share: number): number {
  let b = 0;
  while (b < count - 1 && below[b + 1]! < share) b++;
  const part = below[b + 1]! > below[b]! ? (share - below[b]!) / (below[b + 1]! - below[b]!) : 0;
  return cuts[b]! + Math.min(Math.max(part, 0), 1) * (cuts[b + 1]! - cuts[b]!);
}

type Worth = (from: number, to: number, decided: number) => number;

/** The boundaries [classCount - 1], not falling, with the greatest sum of worth over the segments; of equals the lowest. */
function bestBoundaries({ count, classCount }: Steps, worth: Worth): number[] {
  const size = count + 1;
  let best = Float64Array.from({ length: size }, (_, to) => worth(0, to, 0));
  const from: Int32Array[] = [];
  for (let k = 1; k < classCount; k++) {
    const next = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    const chosen = new Int32Array(size);
    for (let to = 0; to < size; to++)
      for (let b = 0; b <= to; b++) {
        const sum = best[b]! + worth(b, to, k);
        if (sum <= next[to]!) continue;
        next[to] = sum;
        chosen[to] = b;
      }
    best = next;
    from.push(chosen);
  }
  const out: number[] = [];
  for (let k = classCount - 2, to = count; k >= 0; k--) {
    to = from[k]![to]!;
    out.unshift(to);
  }
  return out;
}

function segmentCuts(steps: Steps, goal: CutGoal): number[] {
  const { counts, classCount, count } = steps;
  if (goal.kind === 'macroF1')
    return bestBoundaries(steps, (from, to, k) => {
      let decided = 0;
      for (let i = 0; i < classCount; i++) decided += counts[to * classCount + i]! - counts[from * classCount + i]!;
      const hits = counts[to * classCount + k]! - counts[from * classCount + k]!;
      const sum = decided + counts[count * classCount + k]!;
      return sum > 0 ? (2 * hits) / sum : 0;
    });
  const gainOf = (i: number, j: number) => (goal.kind === 'profit' ? goal.gain[i * classCount + j]! : i === j ? 1 : 0);
  const gains = cumulated(steps, gainOf);
  return bestBoundaries(steps, (from, to, k) => gains[to * classCount + k]! - gains[from * classCount + k]!);
}

/** [boundaries x classCount] sum of gain(label, k) over the rows below, were they all taken for class k. */
function cumulated({ counts, classCount, count }: Steps, gain: (label: number, decided: number) => number) {
  const out = new Float64Array(counts.length);
  for (let b = 0; b <= count; b++)
    for (let k = 0; k < classCount; k++)
      for (let i = 0; i < classCount; i++) out[b * classCount + k]! += counts[b * classCount + i]! * gain(i, k);
  return out;
}

function kappaCuts(steps: Steps, shares: Float64Array): number[] {
  const { classCount, count } = steps;
  const off = cumulated(steps, (i, j) => (i - j) ** 2);
  const chance = cumulated(steps, (_, j) => shares.reduce((sum, share, i) => sum + share * (i - j) ** 2, 0));
  const sumOf = (gains: Float64Array, cuts: readonly number[]) => {
    const ends = [0, ...cuts, count];
    let sum = 0;
    for (let k = 0; k < classCount; k++)
      sum += gains[ends[k + 1]! * classCount + k]! - gains[ends[k]! * classCount + k]!;
    return sum;
  };
  let ratio = 1;
  let best: number[] = [];
  for (let round = 0; round < 50; round++) {
    const found = bestBoundaries(steps, (from, to, k) => {
      const own = off[to * classCount + k]! - off[from * classCount + k]!;
      return ratio * (chance[to * classCount + k]! - chance[from * classCount + k]!) - own;
    });
    const next = sumOf(off, found) / sumOf(chance, found);
    if (best.length > 0 && !(next < ratio - 1e-12)) break;
    best = found;
    ratio = next;
  }
  return best;
}
