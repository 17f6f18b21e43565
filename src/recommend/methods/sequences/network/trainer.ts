/** The sequence network while it learns: batches in fixed parts, whose gradients are added in a fixed order. */
import type { Machine } from '#kernels/machine.ts';
import { writeProgram } from '#kernels/program.ts';
import { split } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { transpose } from '#kernels/sparse.ts';
import { backward, type Drawn, forward, type Pass } from './passes.ts';
import { makeRoom, type Room } from './room.ts';
import { entryScale, type Place, placesOf, type Shape, type Weights, weightCount } from './shape.ts';

/** Parts of a batch, whatever the threads. */
export const PARTS = 4;
const ROWS_A_TASK = 1024;
const [KEEP, KEEP_SQUARE, FLOOR] = [0.9, 0.98, 1e-8];

/** Some histories to learn from. */
export interface Part {
  /** [histories + 1] */
  readonly offsets: Int32Array;
  /** [steps] what was had, its place counted from the end of its history, and what came next. */
  readonly items: Int32Array;
  readonly places: Int32Array;
  readonly wanted: Int32Array;
}

export interface Batch {
  /** At most PARTS. */
  readonly parts: readonly Part[];
  /** Drawn items, as many as the trainer was made for. */
  readonly drawn: Int32Array;
}

export interface TrainerOptions {
  readonly shape: Shape;
  readonly weights: Weights;
  /** [items x attributes], each row adding up to 1, where the shape has attributes. */
  readonly attributes: Sparse | undefined;
  /** [items] logarithm of the chance that an item is drawn. */
  readonly offset: Float32Array;
  readonly drawn: number;
  /** Steps of one part at most. */
  readonly steps: number;
  readonly dropout: number;
}

/** Compressed rows in the machine's memory. */
interface Rows {
  readonly offsets: number;
  readonly indices: number;
  readonly values: number;
}

/** Weights with what Adam keeps of each: addresses of [count] floats. */
interface Moving {
  readonly count: number;
  readonly weights: number;
  readonly gradient: number;
  readonly mean: number;
  readonly square: number;
}

export class Trainer {
  readonly #machine: Machine;
  readonly #options: TrainerOptions;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #dense: Moving;
  readonly #items: Moving;
  readonly #attributes: Moving;
  /** Vectors as the network sees them: the items' own where there are no attributes. */
  readonly #table: number;
  readonly #rows: Rows | undefined;
  readonly #columns: Rows | undefined;
  /** Transposes of the dense weights, at the same places. */
  readonly #turned: number;
  readonly #rooms: readonly Room[];
  readonly #drawn: Omit<Drawn, 'scale'>;
  readonly #panels: number;

  constructor(machine: Machine, options: TrainerOptions) {
    const { shape, weights, attributes, offset, drawn, steps } = options;
    this.#machine = machine;
    this.#options = options;
    const places = placesOf(shape);
    this.#places = new Map(places.map((place) => [place.name, place]));
    const floats = (count: number) => machine.allocate(4 * count);
    const moving = (values: Float32Array): Moving => {
      const count = values.length;
      const own = {
        count,
        weights: floats(count),
        gradient: floats(count),
        mean: floats(count),
        square: floats(count),
      };
      machine.f32(own.weights, count).set(values);
      for (const at of [own.gradient, own.mean, own.square]) machine.f32(at, count).fill(0);
      return own;
    };
    this.#dense = moving(weights.dense);
    this.#items = moving(weights.items);
    this.#attributes = moving(weights.attributes);
    const rows = (m: Sparse): Rows => {
      const own = { offsets: floats(m.rows + 1), indices: floats(m.indices.length), values: floats(m.indices.length) };
      machine.i32(own.offsets, m.rows + 1).set(m.offsets);
      machine.i32(own.indices, m.indices.length).set(m.indices);
      machine.f32(own.values, m.indices.length).set(m.values);
      return own;
    };
    this.#rows = attributes === undefined ? undefined : rows(attributes);
    this.#columns = attributes === undefined ? undefined : rows(transpose(attributes));
    this.#table = attributes === undefined ? this.#items.weights : floats(weights.items.length);
    this.#turned = floats(weightCount(places));
    this.#drawn = {
      items: floats(drawn),
      vectors: floats(drawn * shape.width),
      turned: floats(drawn * shape.width),
      offset: floats(shape.items),
      drawnOffset: floats(drawn),
    };
    machine.f32(this.#drawn.offset, shape.items).set(offset);
    this.#panels = machine.allocate(8192 * machine.threads);
    this.#rooms = Array.from({ length: PARTS }, () => makeRoom(machine, shape, { steps, drawn }));
    this.#mixItems();
  }

  /**
   * Mean loss of the batch and, in the gradients' places, its slopes. `seed` decides the dropout.
   */
  slopes(batch: Batch, seed: number): number {
    const { shape, drawn, offset } = this.#options;
    const machine = this.#machine;
    const { width } = shape;
    machine.i32(this.#drawn.items, drawn).set(batch.drawn);
    machine.f32(this.#drawn.drawnOffset, drawn).set(Float32Array.from(batch.drawn, (item) => offset[item]!));
    machine.call('embed32', this.#table, this.#drawn.items, 0, 0, 1, this.#drawn.vectors, drawn, width);
    machine.call('transpose32', this.#drawn.vectors, this.#drawn.turned, drawn, width);
    for (const { from, rows, columns } of this.#places.values())
      machine.call('transpose32', this.#dense.weights + 4 * from, this.#turned + 4 * from, rows, columns);
    const steps = batch.parts.reduce((sum, part) => sum + part.items.length, 0);
    const tasks = batch.parts.map((part, p) => [this.#written(part, p, { seed: split(seed, p), scale: 1 / steps })]);
    machine.each('runProgram', tasks);
    return this.#gathered(batch);
  }

  /** One step of Adam along the slopes; they become 0. `t`: number of the step, from 1. */
  step(learningRate: number, t: number): void {
    const machine = this.#machine;
    const { width } = this.#options.shape;
    if (this.#columns !== undefined)
      this.#mix(this.#columns, this.#items.gradient, 0, this.#attributes.gradient, this.#attributes.count / width);
    const fix = Math.sqrt(1 - KEEP_SQUARE ** t);
    const rates = [(learningRate * fix) / (1 - KEEP ** t), FLOOR * fix, KEEP, KEEP_SQUARE, 0];
    const tasks = [this.#items, this.#attributes, this.#dense].flatMap((own) =>
      ranges(own.count, ROWS_A_TASK * width).map(([from, to]) => [
        ...[own.weights, own.gradient, own.mean, own.square, from, to],
        ...rates,
      ]),
    );
    machine.each('adam32', tasks);
    this.#mixItems();
  }

  /** A copy of the weights. */
  weights(): Weights {
    const copy = ({ weights, count }: Moving) => new Float32Array(this.#machine.f32(weights, count));
    return { dense: copy(this.#dense), items: copy(this.#items), attributes: copy(this.#attributes) };
  }

  /** A copy of the slopes of the last `slopes`, those of attributes among them only after they were mixed for a step. */
  gradients(): { readonly dense: Float32Array; readonly items: Float32Array } {
    const copy = ({ gradient, count }: Moving) => new Float32Array(this.#machine.f32(gradient, count));
    return { dense: copy(this.#dense), items: copy(this.#items) };
  }

  /** Vectors of the items as the network sees them [items x width]. */
  vectors(): Float32Array {
    return new Float32Array(this.#machine.f32(this.#table, this.#items.count));
  }

  #written(part: Part, p: number, { seed, scale }: { seed: number; scale: number }): number {
    const { shape, dropout } = this.#options;
    const machine = this.#machine;
    const room = this.#rooms[p]!;
    loadPart(machine, room, part);
    machine.i32(room.wanted, part.wanted.length).set(part.wanted);
    const denseCount = this.#dense.count;
    machine.f32(room.dense, denseCount).fill(0);
    machine.f32(room.drawnGradient, room.drawn * shape.width).fill(0);
    machine.f32(room.gradient, part.items.length * shape.width).fill(0);
    machine.f64(room.loss, 1)[0] = 0;
    const at = (begin: number) => (name: string) => begin + 4 * this.#places.get(name)!.from;
    const pass: Pass = {
      shape,
      room,
      steps: part.items.length,
      histories: part.offsets.length - 1,
      table: this.#table,
      weight: at(this.#dense.weights),
      turned: at(this.#turned),
      gradient: at(room.dense),
      panels: this.#panels,
      dropout: { share: dropout, seed: (layer) => split(seed, layer) },
    };
    const program = [...forward(pass), ...backward(pass, { ...this.#drawn, scale })];
    return writeProgram(machine, room.code, room.codeRoom, program);
  }

  /** Adds up what the parts found, one after the other. */
  #gathered(batch: Batch): number {
    const machine = this.#machine;
    const { shape, drawn } = this.#options;
    const { width } = shape;
    const { gradient } = this.#items;
    let loss = 0;
    for (const [p, part] of batch.parts.entries()) {
      const room = this.#rooms[p]!;
      const steps = part.items.length;
      machine.call('add32s', this.#dense.gradient, room.dense, this.#dense.count);
      machine.call('scatter32', gradient, room.item, entryScale(shape), room.gradient, steps, width);
      machine.call('scatterBy32', gradient, room.wanted, room.right, room.hidden, steps, width);
      machine.call('scatter32', gradient, this.#drawn.items, 1, room.drawnGradient, drawn, width);
      loss += machine.f64(room.loss, 1)[0]!;
    }
    return loss;
  }

  #mixItems(): void {
    const { shape } = this.#options;
    if (this.#rows !== undefined)
      this.#mix(this.#rows, this.#attributes.weights, this.#items.weights, this.#table, shape.items);
  }

  #mix({ offsets, indices, values }: Rows, table: number, base: number, out: number, rows: number): void {
    const { width } = this.#options.shape;
    const tasks = ranges(rows, ROWS_A_TASK).map(([from, to]) => [
      ...[offsets, indices, values, table, base, out, from, to, width],
    ]);
    this.#machine.each('mixRows32', tasks);
  }
}

/** Writes a part's steps into its room. */
export function loadPart(machine: Machine, room: Room, part: Omit<Part, 'wanted'>): void {
  machine.i32(room.item, part.items.length).set(part.items);
  machine.i32(room.place, part.places.length).set(part.places);
  machine.i32(room.offsets, part.offsets.length).set(part.offsets);
}

/** [0, count) in pieces of at most `each`. */
function ranges(count: number, each: number): [from: number, to: number][] {
  const out: [number, number][] = [];
  for (let from = 0; from < count; from += each) out.push([from, Math.min(count, from + each)]);
  return out;
}
