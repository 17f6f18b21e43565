/** Memory in which one part of a batch goes forward and back through the sequence network. */
import type { Machine } from '#kernels/machine.ts';
import { placesOf, type Shape, weightCount } from './shape.ts';

/** Addresses of one block's values. */
export interface BlockRoom {
  /** [steps x width] what comes in. */
  readonly entry: number;
  readonly normed: number;
  readonly stats: number;
  /** [steps x 3 width] queries, keys, values */
  readonly asked: number;
  readonly chances: number;
  readonly heard: number;
  /** [steps x width] after attention. */
  readonly middle: number;
  readonly normed2: number;
  readonly stats2: number;
  /** [steps x 2 width] */
  readonly wide: number;
}

/** Addresses of one part of a batch. */
export interface Room {
  readonly steps: number;
  readonly drawn: number;
  /** i32: [steps] item, its place counted from the end, the next item; [histories + 1] first step of each history. */
  readonly item: number;
  readonly place: number;
  readonly wanted: number;
  readonly offsets: number;
  readonly blocks: readonly BlockRoom[];
  /** [steps x width] out of the last block, and normed: what is compared with items. */
  readonly exit: number;
  readonly hidden: number;
  readonly exitStats: number;
  readonly logits: number;
  readonly right: number;
  /** [drawn x width] gradient of the drawn items' vectors */
  readonly drawnGradient: number;
  /** [steps x width] gradient of the entry */
  readonly gradient: number;
  /** Gradient of `placesOf`. */
  readonly dense: number;
  /** f64 */
  readonly loss: number;
  /** [steps x max(3 width, drawn)] thrice, and of the longest history. */
  readonly scratch: readonly [number, number, number];
  readonly row: number;
  readonly code: number;
  readonly codeRoom: number;
}

/**
 * Room for at most `steps` steps.
 *
 * @param drawn drawn items of a batch; 0: only forward
 */
export function makeRoom(machine: Machine, shape: Shape, { steps, drawn }: { steps: number; drawn: number }): Room {
  const { width, blocks, heads, length } = shape;
  const floats = (count: number) => machine.allocate(4 * count);
  const back = drawn > 0 ? 1 : 0;
  const wide = Math.max(3 * width, drawn);
  const codeRoom = 512 + 1024 * blocks;
  return {
    steps,
    drawn,
    item: floats(steps),
    place: floats(steps),
    wanted: floats(steps),
    offsets: floats(steps + 1),
    blocks: Array.from({ length: blocks }, () => ({
      entry: floats(steps * width),
      normed: floats(steps * width),
      stats: floats(2 * steps),
      asked: floats(3 * steps * width),
      chances: floats(Math.ceil((steps * heads * (length + 1)) / 2) + length),
      heard: floats(steps * width),
      middle: floats(steps * width),
      normed2: floats(steps * width),
      stats2: floats(2 * steps),
      wide: floats(2 * steps * width),
    })),
    exit: floats(steps * width),
    hidden: floats(steps * width),
    exitStats: floats(2 * steps),
    logits: floats(steps * drawn),
    right: floats(steps),
    drawnGradient: floats(drawn * width),
    gradient: floats(back * steps * width),
    dense: floats(back * weightCount(placesOf(shape))),
    loss: machine.allocate(8),
    scratch: [floats(back * steps * wide), floats(back * steps * wide), floats(back * steps * wide)],
    row: floats(length),
    code: machine.allocate(8 * codeRoom),
    codeRoom,
  };
}
