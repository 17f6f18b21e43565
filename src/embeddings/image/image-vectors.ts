/** Vectors of a shop's pictures, in one step: by the network where the shop has labels, else by the pictures alone. */
import type { Vectors } from '../nearest.ts';
import { fitWhitening, unitLength, type Whitening, whitened } from '../whiten.ts';
import { fitImageNetwork, type ImageNetwork, type ImageNetworkOptions, networkVectors } from './network.ts';

export type ImageModel = ImageNetwork | { readonly kind: 'image-directions'; readonly whitening: Whitening };

/** Pictures with a label that a network needs: with fewer it would learn them by heart. */
export const LABELLED_MIN = 200;
/** Directions kept without a network. */
const DIRECTIONS = 64;

/**
 * Fits vectors of pictures: what a network sees that tells the shop's labels apart (category, colour, ...), or without
 * two classes on 200 pictures the main directions of their features.
 *
 * @param features from `picturesFeatures`; zeros where there is no picture
 * @param labels by name, each [pictures], null where unknown
 */
export function fitImageVectors(
  features: Vectors,
  labels: Readonly<Record<string, readonly (string | null)[]>>,
  options: ImageNetworkOptions,
): ImageModel {
  const usable = Object.fromEntries(
    Object.entries(labels).filter(([, column]) => {
      const known = column.filter((label) => label !== null);
      return known.length >= LABELLED_MIN && new Set(known).size > 1;
    }),
  );
  if (Object.keys(usable).length > 0) return fitImageNetwork(features, usable, options);
  return { kind: 'image-directions', whitening: fitWhitening(features, { kept: DIRECTIONS, power: 0.5 }) };
}

/**
 * [pictures x width] of length one; zeros where there is no picture.
 *
 * @throws VECTORS_DIFFER
 */
export const imageVectors = (model: ImageModel, features: Vectors): Vectors =>
  model.kind === 'image-network' ? networkVectors(model, features) : unitLength(whitened(model.whitening, features));
