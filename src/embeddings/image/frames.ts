/**
 * One vector of several pictures of one product: its views, or frames of its video. Frames are given as pictures; cutting
 * a video file into frames is not done here.
 */
import type { Vectors } from '../nearest.ts';
import { isZero, unitLength } from '../whiten.ts';

/**
 * Mean and largest of each number over the pictures of a product: what it shows all along, and what it shows once.
 *
 * @param pictures vectors of pictures; those of only zeros (missing, unreadable) are passed over
 * @param products [pictures] whose picture it is, 0 .. productCount - 1
 * @returns [products x 2 width] of length one; zeros without a picture
 */
export function framesVectors(pictures: Vectors, products: Int32Array, productCount: number): Vectors {
  const { width } = pictures;
  const unit = unitLength(pictures).values;
  const values = new Float32Array(productCount * 2 * width);
  const seen = new Int32Array(productCount);
  for (const [p, product] of products.entries()) {
    if (isZero(unit, p * width, width)) continue;
    const at = product * 2 * width;
    for (let j = 0; j < width; j++) {
      const x = unit[p * width + j]!;
      values[at + j]! += x;
      values[at + width + j] = seen[product] === 0 ? x : Math.max(values[at + width + j]!, x);
    }
    seen[product]! += 1;
  }
  for (let i = 0; i < productCount; i++)
    for (let j = 0; j < width; j++) values[i * 2 * width + j]! /= Math.max(1, seen[i]!);
  return unitLength({ count: productCount, width: 2 * width, values });
}
