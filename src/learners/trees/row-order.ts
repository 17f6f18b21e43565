/** An order of the rows of a table that their content alone decides, so that a draw of rows does not depend on their order. */
import { mix32 } from '#kernels/random.ts';

/**
 * The rows of `words` [rows x width] by a 64-bit hash of their words and of the bits of `beside` [rows] each, leaving out
 * those where `kept` is 0. Only rows that are equal in all of it keep the order in which they came, and those are
 * exchangeable (or differ in all 64 bits of luck).
 */
export function contentOrder(
  words: Uint32Array,
  beside: readonly Float64Array[],
  kept: (row: number) => boolean,
): Int32Array {
  const rows = beside[0]!.length;
  const width = words.length / rows;
  const high = new Uint32Array(rows);
  const low = new Uint32Array(rows);
  const bits = beside.map((column) => new Uint32Array(column.slice().buffer));
  for (let i = 0; i < rows; i++) {
    let a = 0x9e3779b9;
    let b = 0x85ebca6b;
    for (let j = i * width; j < (i + 1) * width; j++) {
      a = Math.imul(a ^ words[j]!, 0xcc9e2d51);
      a ^= a >>> 15;
      b = Math.imul(b + words[j]!, 0x1b873593);
      b ^= b >>> 13;
    }
    for (const column of bits)
      for (let j = 2 * i; j < 2 * i + 2; j++) {
        a = Math.imul(a ^ column[j]!, 0xcc9e2d51);
        a ^= a >>> 15;
        b = Math.imul(b + column[j]!, 0x1b873593);
        b ^= b >>> 13;
      }
    high[i] = mix32(a);
    low[i] = mix32(b);
  }
  let order = Int32Array.from({ length: rows }, (_, i) => i).filter(kept);
  for (const key of [low, high]) for (const shift of [0, 16]) order = sorted(order, key, shift);
  return order;
}

/** One pass of radix sort: by 16 bits of `key`, stable. */
function sorted(order: Int32Array, key: Uint32Array, shift: number): Int32Array<ArrayBuffer> {
  const starts = new Int32Array(65_537);
  for (const i of order) starts[((key[i]! >>> shift) & 0xffff) + 1]! += 1;
  for (let b = 0; b < 65_536; b++) starts[b + 1]! += starts[b]!;
  const out = new Int32Array(order.length);
  for (const i of order) out[starts[(key[i]! >>> shift) & 0xffff]!++] = i;
  return out;
}
