/** Isotonic regression: the rising step curve nearest to the points. */

/** A rising curve by its corners; straight lines between them, level outside. */
export interface RisingCurve {
  /** Rising. */
  readonly x: readonly number[];
  /** Not falling, one a corner. */
  readonly y: readonly number[];
}

/**
 * The non-falling curve with the least weighted squared distance, by pooling adjacent violators. Points of equal x are
 * pooled first, so that row order does not matter. Each pooled block keeps its first and last x as corners.
 *
 * @param weights [points] >= 0; default: 1 each. Points of weight zero are left out
 * @returns no corners where no point has weight
 * @see Barlow et al. (1972), Statistical Inference under Order Restrictions; Zadrozny and Elkan (2002), KDD, for chances
 */
export function isotonic(x: ArrayLike<number>, y: ArrayLike<number>, weights?: ArrayLike<number>): RisingCurve {
  const order = Int32Array.from({ length: x.length }, (_, i) => i)
    .filter((i) => (weights?.[i] ?? 1) > 0)
    .sort((a, b) => x[a]! - x[b]! || a - b);
  const blocks: { from: number; to: number; weight: number; sum: number }[] = [];
  for (let at = 0; at < order.length; ) {
    const own = x[order[at]!]!;
    const next = { from: own, to: own, weight: 0, sum: 0 };
    for (; at < order.length && x[order[at]!] === own; at++) {
      const weight = weights?.[order[at]!] ?? 1;
      next.weight += weight;
      next.sum += weight * y[order[at]!]!;
    }
    blocks.push(next);
    while (blocks.length > 1 && levelOf(blocks.at(-2)!) >= levelOf(blocks.at(-1)!)) {
      const last = blocks.pop()!;
      const block = blocks.at(-1)!;
      block.to = last.to;
      block.weight += last.weight;
      block.sum += last.sum;
    }
  }
  const corners = blocks.flatMap((block) => {
    const y = levelOf(block);
    return [...new Set([block.from, block.to])].map((x) => ({ x, y }));
  });
  return { x: corners.map((corner) => corner.x), y: corners.map((corner) => corner.y) };
}

const levelOf = ({ sum, weight }: { sum: number; weight: number }): number => sum / weight;

/** The height of a rising curve at `at`. */
export function heightAt({ x, y }: RisingCurve, at: number): number {
  let low = 0;
  let high = x.length - 1;
  if (!(at > x[0]!)) return y[0]!;
  if (at >= x[high]!) return y[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle;
    else high = middle;
  }
  return y[low]! + ((y[high]! - y[low]!) * (at - x[low]!)) / (x[high]! - x[low]!);
}
