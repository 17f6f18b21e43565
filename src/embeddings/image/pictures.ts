/** Features of many pictures, where some are missing or cannot be read. */
import { KnownError } from '#errors.ts';
import type { Vectors } from '../nearest.ts';
import { type DecodeOptions, decodeImage } from './decode.ts';
import { IMAGE_FEATURES, imageFeatures } from './features.ts';

export interface Pictures {
  /** [pictures x IMAGE_FEATURES]; zeros where there is none */
  readonly features: Vectors;
  readonly missing: number;
  /** Pictures that could not be read, and why. */
  readonly unreadable: readonly { readonly index: number; readonly reason: string }[];
}

/**
 * Features of each picture. A missing one (null) has zeros, and so has one that is empty, broken or too large: it is
 * counted with its reason, and the others go on.
 *
 * @throws PACKAGE_MISSING
 */
export function picturesFeatures(
  files: Iterable<Uint8Array | null>,
  options: Omit<DecodeOptions, 'name'> & { readonly nameOf?: (index: number) => string } = {},
): Pictures {
  const { nameOf = (index) => `picture ${index + 1}`, ...limits } = options;
  const rows: Float32Array[] = [];
  const unreadable: { index: number; reason: string }[] = [];
  let missing = 0;
  for (const bytes of files) {
    const index = rows.length;
    let row = new Float32Array(IMAGE_FEATURES);
    if (bytes === null) missing++;
    else
      try {
        row = Float32Array.from(imageFeatures(decodeImage(bytes, { ...limits, name: nameOf(index) })));
      } catch (error) {
        if (!(error instanceof KnownError) || error.code === 'PACKAGE_MISSING') throw error;
        unreadable.push({ index, reason: error.message });
      }
    rows.push(row);
  }
  const values = new Float32Array(rows.length * IMAGE_FEATURES);
  for (const [i, row] of rows.entries()) values.set(row, i * IMAGE_FEATURES);
  return { features: { count: rows.length, width: IMAGE_FEATURES, values }, missing, unreadable };
}
