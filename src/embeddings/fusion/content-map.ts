/**
 * From content to behaviour: the ridge regression that takes an item's content vector to what collaborative filtering
 * says of it, learned from items that have both, used for those that have only content.
 *
 * @see Gantner et al. (2010), Learning attribute-to-feature mappings for cold-start recommendations, ICDM
 */
import { known } from '#errors.ts';
import { Machine } from '#kernels/machine.ts';
import type { Vectors } from '../nearest.ts';

/** A content space in which ridge problems over the known items are solved. */
export interface ContentRidge {
  readonly width: number;
  /** [width x width] inverse of F'F + ridge I over the known items, symmetric */
  readonly inverse: Float64Array;
}

/**
 * The solver of ridge problems over the items for which `known` is 1.
 *
 * @param ridge > 0, in items: an item of vectors of length one counts 1
 */
export function contentRidge(
  { count, width, values }: Vectors,
  { known: isKnown, ridge }: { readonly known: ArrayLike<number>; readonly ridge: number },
): ContentRidge {
  const machine = new Machine({ threads: 1 });
  try {
    const rows: number[] = [];
    for (let i = 0; i < count; i++) if (isKnown[i] === 1) rows.push(i);
    const at = machine.allocate(8 * rows.length * width);
    const turned = machine.allocate(8 * rows.length * width);
    const gram = machine.allocate(8 * width * width);
    const inverse = machine.allocate(8 * width * width);
    const scratch = machine.allocate(8192);
    const [own, other] = [machine.f64(at, rows.length * width), machine.f64(turned, rows.length * width)];
    for (const [r, i] of rows.entries())
      for (let j = 0; j < width; j++) own[r * width + j] = other[j * rows.length + r] = values[i * width + j]!;
    const square = machine.f64(gram, width * width).fill(0);
    machine.call('gemm64', turned, at, gram, width, width, rows.length, scratch);
    for (let j = 0; j < width; j++) square[j * width + j]! += ridge;
    const identity = machine.f64(inverse, width * width).fill(0);
    for (let j = 0; j < width; j++) identity[j * width + j] = 1;
    if (machine.call('cholesky64', gram, width) === 0)
      throw known('VECTORS_DIFFER', { what: 'content vectors that are numbers', expected: width, came: 0 });
    machine.call('solve64', gram, width, inverse, width);
    return { width, inverse: identity.slice() };
  } finally {
    machine.close();
  }
}

/**
 * Weights of content features for each of `count` people or factors: right x inverse.
 *
 * @param right [count x width] sums over known items of vector x target
 * @returns [count x width]
 */
export function ridgeWeights({ width, inverse }: ContentRidge, right: Float64Array, count: number): Float64Array {
  const machine = new Machine({ threads: 1 });
  try {
    const [a, b, c] = [count * width, width * width, count * width].map((n) => machine.allocate(8 * n)) as [
      number,
      number,
      number,
    ];
    const scratch = machine.allocate(8192);
    machine.f64(a, count * width).set(right);
    machine.f64(b, width * width).set(inverse);
    const out = machine.f64(c, count * width).fill(0);
    machine.call('gemm64', a, b, c, count, width, width, scratch);
    return out.slice();
  } finally {
    machine.close();
  }
}

/**
 * Collaborative factors of items from their content, for items whose own are not known.
 *
 * @param factors [items x factors], read only of known items
 * @returns [items x factors] for all items
 */
export function mappedFactors(
  content: Vectors,
  factors: Vectors,
  options: { readonly known: ArrayLike<number>; readonly ridge: number },
): Vectors {
  if (content.count !== factors.count)
    throw known('VECTORS_DIFFER', { what: 'factors of items', expected: content.count, came: factors.count });
  const solver = contentRidge(content, options);
  const { width } = content;
  const right = new Float64Array(factors.width * width);
  for (let i = 0; i < content.count; i++)
    if (options.known[i] === 1)
      for (let f = 0; f < factors.width; f++) {
        const target = factors.values[i * factors.width + f]!;
        for (let j = 0; j < width; j++) right[f * width + j]! += target * content.values[i * width + j]!;
      }
  const weights = ridgeWeights(solver, right, factors.width);
  const values = new Float32Array(content.count * factors.width);
  for (let i = 0; i < content.count; i++)
    for (let f = 0; f < factors.width; f++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += content.values[i * width + j]! * weights[f * width + j]!;
      values[i * factors.width + f] = sum;
    }
  return { count: content.count, width: factors.width, values };
}
