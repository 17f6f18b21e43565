/** The sequence network once it has learned: histories to vectors, vectors to scores of all items. */
import { Machine } from '#kernels/machine.ts';
import { writeProgram } from '#kernels/program.ts';
import { type Histories, historiesAt, historyCount } from '../histories.ts';
import { forward, type Pass } from './passes.ts';
import { makeRoom, type Room } from './room.ts';
import { placesOf, type Shape } from './shape.ts';
import { loadPart } from './trainer.ts';

export interface Encoder {
  readonly shape: Shape;
  /** [all of `placesOf`] */
  readonly dense: Float32Array;
  /** [items x width] */
  readonly vectors: Float32Array;
}

const STEPS = 2048;
/** Scores of one piece at most. */
const SCORES = 2 ** 24;

/** An encoder in a machine's memory, kept as long as the encoder itself: an open session is answered in a fraction of the time. */
interface Held {
  readonly machine: Machine;
  readonly room: Room;
  readonly weight: (name: string) => number;
  /** [items x width], and turned over. */
  readonly table: number;
  readonly turned: number;
  readonly panels: number;
  /** Histories of one piece at most; i32 of their last steps, the vectors there, and logits. */
  readonly most: number;
  readonly ends: number;
  readonly last: number;
  readonly logits: number;
}

const held = new WeakMap<Encoder, Held>();

function heldOf(encoder: Encoder): Held {
  const found = held.get(encoder);
  if (found !== undefined) return found;
  const { shape, dense, vectors } = encoder;
  const { items, width } = shape;
  const machine = new Machine({ threads: 1 });
  const copied = (values: Float32Array) => {
    const at = machine.allocate(4 * values.length);
    machine.f32(at, values.length).set(values);
    return at;
  };
  const [weights, table] = [copied(dense), copied(vectors)];
  const turned = machine.allocate(4 * items * width);
  machine.call('transpose32', table, turned, items, width);
  const most = Math.max(1, Math.min(STEPS, Math.floor(SCORES / items)));
  const places = new Map(placesOf(shape).map(({ name, from }) => [name, weights + 4 * from]));
  const made: Held = {
    machine,
    room: makeRoom(machine, shape, { steps: STEPS + shape.length, drawn: 0 }),
    weight: (name) => places.get(name)!,
    table,
    turned,
    panels: machine.allocate(8192),
    most,
    ends: machine.allocate(4 * most),
    last: machine.allocate(4 * width * most),
    logits: machine.allocate(4 * items * most),
  };
  held.set(encoder, made);
  return made;
}

/**
 * Logits of every item for the next step of each history, by its last `shape.length` items; all 0 for an empty one.
 *
 * @returns [histories x items]
 */
export function logitsOf(encoder: Encoder, histories: Histories): Float64Array {
  const { shape } = encoder;
  const { items, width } = shape;
  const { machine, room, weight, table, turned, panels, most, ends, last, logits } = heldOf(encoder);
  const out = new Float64Array(historyCount(histories) * items);
  for (const rows of piecesOf(histories, shape.length, most)) {
    const part = historiesAt(histories, rows, shape.length);
    const steps = part.items.length;
    loadPart(machine, room, { ...part, places: placesFromEnd(part.offsets) });
    const pass: Pass = {
      ...{ shape, room, steps, histories: rows.length, table, panels },
      ...{ weight, turned: weight, gradient: weight, dropout: { share: 0, seed: () => 0 } },
    };
    machine.call('runProgram', writeProgram(machine, room.code, room.codeRoom, forward(pass)));
    machine.i32(ends, rows.length).set(part.offsets.subarray(1).map((end) => end - 1));
    machine.call('embed32', room.hidden, ends, 0, 0, 1, last, rows.length, width);
    machine.call('clear32', logits, rows.length * items);
    machine.call('gemm32', last, turned, logits, rows.length, items, width, panels);
    const found = machine.f32(logits, rows.length * items);
    for (const [row, h] of rows.entries()) out.set(found.subarray(row * items, (row + 1) * items), h * items);
  }
  return out;
}

/** [steps] how many items of its history come after each. */
export function placesFromEnd(offsets: Int32Array): Int32Array {
  const places = new Int32Array(offsets.at(-1)!);
  for (let h = 0; h + 1 < offsets.length; h++)
    for (let e = offsets[h]!; e < offsets[h + 1]!; e++) places[e] = offsets[h + 1]! - 1 - e;
  return places;
}

/** The histories that are not empty, in pieces of at most STEPS steps and `most` histories. */
function* piecesOf({ offsets }: Histories, length: number, most: number): Generator<Int32Array> {
  let rows: number[] = [];
  let steps = 0;
  for (let h = 0; h + 1 < offsets.length; h++) {
    const own = Math.min(length, offsets[h + 1]! - offsets[h]!);
    if (own === 0) continue;
    if (steps + own > STEPS || rows.length === most) {
      yield Int32Array.from(rows);
      rows = [];
      steps = 0;
    }
    rows.push(h);
    steps += own;
  }
  if (rows.length > 0) yield Int32Array.from(rows);
}
