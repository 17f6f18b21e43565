/** The weights of the sequence network: their names, places and first values. */
import { random, split } from '#kernels/random.ts';

export interface Shape {
  readonly items: number;
  /** Attributes of items that have vectors of their own; 0: none. */
  readonly attributes: number;
  /** Length of an item's vector; a multiple of 4 and of `heads`. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Longest history looked at. */
  readonly length: number;
}

/** One array of weights, in floats from the begin of all. */
export interface Place {
  readonly name: string;
  readonly from: number;
  readonly rows: number;
  readonly columns: number;
}

/** The weights but for the vectors of items and attributes, one after the other. */
export function placesOf({ width, blocks, length }: Shape): readonly Place[] {
  const parts: (readonly [string, number, number])[] = [['place', length, width]];
  for (let b = 0; b < blocks; b++)
    parts.push(
      [`gain1.${b}`, 1, width],
      [`attend.${b}`, width, 3 * width],
      [`out.${b}`, width, width],
      [`gain2.${b}`, 1, width],
      [`wide.${b}`, width, 2 * width],
      [`wideBias.${b}`, 1, 2 * width],
      [`narrow.${b}`, 2 * width, width],
      [`narrowBias.${b}`, 1, width],
    );
  parts.push(['gain', 1, width]);
  let from = 0;
  return parts.map(([name, rows, columns]) => {
    const place = { name, from, rows, columns };
    from += rows * columns;
    return place;
  });
}

export const weightCount = (places: readonly Place[]): number =>
  places.reduce((sum, { rows, columns }) => sum + rows * columns, 0);

/** How much vectors are lengthened where they enter the network. */
export const entryScale = ({ width }: Shape): number => Math.sqrt(width);

export interface Weights {
  /** [all of `placesOf`] */
  readonly dense: Float32Array;
  /** [items x width] each item's own part */
  readonly items: Float32Array;
  /** [attributes x width] */
  readonly attributes: Float32Array;
}

/** Weights to begin with: gains 1, biases 0, the rest normal. */
export function firstWeights(shape: Shape, seed: number): Weights {
  const places = placesOf(shape);
  const dense = new Float32Array(weightCount(places));
  const spread = 0.16 / Math.sqrt(shape.width);
  for (const { name, from, rows, columns } of places) {
    const part = dense.subarray(from, from + rows * columns);
    if (name.startsWith('gain')) part.fill(1);
    else if (!name.includes('Bias')) normal(part, name === 'place' ? spread : 0.7 / Math.sqrt(rows), split(seed, name));
  }
  const vectors = (name: 'items' | 'attributes') =>
    normal(new Float32Array(shape[name] * shape.width), spread, split(seed, name));
  return { dense, items: vectors('items'), attributes: vectors('attributes') };
}

function normal(to: Float32Array, deviation: number, seed: number): Float32Array {
  const draw = random(seed);
  for (let i = 0; i < to.length; i++) to[i] = deviation * draw.normal();
  return to;
}
