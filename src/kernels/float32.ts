/** Neighbours among the 32-bit floats: so that a comparison of rounded numbers falls as one of the numbers themselves. */

const cell = new Float32Array(1);
const bits = new Int32Array(cell.buffer);

/** The next 32-bit float above `value` (which is one), or below it. */
export function neighbour32(value: number, direction: 'up' | 'down'): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return direction === 'up' ? 2 ** -149 : -(2 ** -149);
  cell[0] = value;
  bits[0]! += (direction === 'up') === value > 0 ? 1 : -1;
  return cell[0]!;
}

/** The largest 32-bit float that is not above `value`. A 32-bit float x is <= value just when it is <= this. */
export function floor32(value: number): number {
  const near = Math.fround(value);
  return near > value ? neighbour32(near, 'down') : near;
}

const wide = new Float64Array(1);
const wideBits = new BigInt64Array(wide.buffer);

/**
 * The largest number that rounds to a 32-bit float not above `limit` (which is one): a number x rounds to at most
 * `limit` just when x is <= this.
 */
export function roundsTo32(limit: number): number {
  const above = neighbour32(limit, 'up');
  if (!Number.isFinite(limit) || !Number.isFinite(above)) return limit;
  const middle = limit + (above - limit) / 2;
  if (Math.fround(middle) <= limit) return middle;
  wide[0] = middle;
  wideBits[0]! -= middle > 0 ? 1n : -1n;
  return middle === 0 ? -Number.MIN_VALUE : wide[0]!;
}
