/** One vector an item out of several sources, so that its inner products are the gated sum of the sources' cosines. */
import { known } from '#errors.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { times, truncatedSvd } from '../components.ts';
import type { Vectors } from '../nearest.ts';
import { unitLength } from '../whiten.ts';

export interface Source {
  /** e.g. text, image, attributes */
  readonly name: string;
  readonly vectors: Vectors;
}

/**
 * The sources side by side, each of length one times the root of its gate. An item that lacks a source has zeros there:
 * it is then less like others, not unlike them.
 *
 * @param gates one a source, >= 0
 * @returns [items x sum of widths]; (i, j): sum over sources of gate x cosine
 * @throws VECTORS_DIFFER where sources have different counts or gates are not one a source
 */
export function fuse(sources: readonly Source[], gates: readonly number[]): Vectors {
  const count = sources[0]?.vectors.count ?? 0;
  if (gates.length !== sources.length)
    throw known('VECTORS_DIFFER', { what: 'gates of sources', expected: sources.length, came: gates.length });
  const width = sources.reduce((sum, { vectors }) => sum + vectors.width, 0);
  const values = new Float32Array(count * width);
  let from = 0;
  for (const [g, { name, vectors }] of sources.entries()) {
    if (vectors.count !== count)
      throw known('VECTORS_DIFFER', { what: `vectors of ${name}`, expected: count, came: vectors.count });
    const unit = unitLength(vectors).values;
    const root = Math.sqrt(Math.max(gates[g]!, 0));
    for (let i = 0; i < count; i++)
      for (let j = 0; j < vectors.width; j++) values[i * width + from + j] = root * unit[i * vectors.width + j]!;
    from += vectors.width;
  }
  return { count, width, values };
}

/** Attributes of more columns than this are turned into main directions. */
const COLUMNS_MAX = 1024;
const DIRECTIONS = 256;

/**
 * Attributes as dense vectors of length one, rare ones weighing more: their inverse frequency times their value. Up to
 * 1,024 attributes stay as they are (the cosine is exact), of more the 256 main directions are kept.
 *
 * @param attributes [items x attributes] above 0
 */
export function attributeVectors(attributes: Sparse, seed: number): Vectors {
  const { rows, columns, offsets, indices } = attributes;
  const have = new Float64Array(columns);
  for (const column of indices) have[column]! += 1;
  const weighed = {
    ...attributes,
    values: attributes.values.map((value, e) => value * (Math.log((1 + rows) / (1 + have[indices[e]!]!)) + 1)),
  };
  if (columns > COLUMNS_MAX) {
    const { right, width } = truncatedSvd(weighed, { width: DIRECTIONS, seed });
    return unitLength({ count: rows, width, values: Float32Array.from(times(weighed, right, width)) });
  }
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let e = offsets[i]!; e < offsets[i + 1]!; e++) values[i * columns + indices[e]!] = weighed.values[e]!;
  return unitLength({ count: rows, width: columns, values });
}

/**
 * What a person likes, in the items' space: the weighted sum of the vectors of what they had.
 *
 * @param rows [people x items] strengths
 * @returns [people x width]; inner products with an item's vector are sums over what the person had
 */
export function interestVectors(rows: Sparse, { count, width, values }: Vectors): Vectors {
  if (rows.columns !== count)
    throw known('VECTORS_DIFFER', { what: 'items of the rows', expected: count, came: rows.columns });
  const dense = Float64Array.from(values);
  return { count: rows.rows, width, values: Float32Array.from(times(rows, dense, width)) };
}
