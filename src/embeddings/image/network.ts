/**
 * Picture vectors that know the shop's own words for things: a small network learns to tell categories, colours and
 * whatever else the shop labels from the features of pictures; what stands before its answers is the vector.
 */
import { known } from '#errors.ts';
import { Machine } from '#kernels/machine.ts';
import { random, shuffled, split } from '#kernels/random.ts';
import type { Vectors } from '../nearest.ts';
import { isZero, unitLength } from '../whiten.ts';
import { denseSteps, type Layer, type Steps } from './dense-steps.ts';

export interface ImageNetworkOptions {
  /** Units of the hidden layers; the last is the width of the vectors. Default [256, 96]. */
  readonly layers?: readonly number[];
  /** Default 30. */
  readonly epochs?: number;
  /** Rows of a step; default 256, of few pictures a sixteenth of them. */
  readonly batch?: number;
  /** Largest step, falling to nothing by a cosine; default 0.002. */
  readonly rate?: number;
  /** Default 0.02. */
  readonly decay?: number;
  /** Share of hidden units left out at each step; default 0.3. */
  readonly dropout?: number;
  readonly threads?: number;
  readonly seed: number;
}

export interface Head {
  readonly name: string;
  readonly classes: readonly string[];
}

export interface ImageNetwork {
  readonly kind: 'image-network';
  /** [inputs] subtracted and divided by before the first layer */
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  readonly layers: readonly Layer[];
  /** What the outputs are about, in their order. */
  readonly heads: readonly Head[];
  readonly rows: number;
}

/**
 * Learns from pictures that have labels; a picture without features (all zeros) or without any label is passed over.
 *
 * @param features one row a picture, from `imageFeatures` or an ONNX encoder
 * @param labels by name, e.g. category and colour, each [pictures], null where unknown; names with one class are left out
 * @throws LABEL_ONE_CLASS where no name has two classes; VECTORS_DIFFER
 */
export function fitImageNetwork(
  features: Vectors,
  labels: Readonly<Record<string, readonly (string | null)[]>>,
  options: ImageNetworkOptions,
): ImageNetwork {
  const { layers = [256, 96], epochs = 30, rate = 0.002, decay = 0.02, dropout = 0.3, seed } = options;
  const { heads, codes } = headsOf(features, labels);
  const rows = usableRows(features, codes);
  const { mean, scale } = momentsOf(features, rows);
  const batch = Math.min(options.batch ?? Math.min(256, Math.ceil(rows.length / 16)), rows.length);
  const outputs = heads.reduce((sum, { classes }) => sum + classes.length, 0);
  const machine = new Machine(options.threads === undefined ? {} : { threads: options.threads });
  try {
    const draw = random(split(seed, 'network'));
    const steps = denseSteps(machine, {
      sizes: [features.width, ...layers, outputs],
      batchMax: batch,
      dropout,
      decay,
      draw,
    });
    const count = Math.ceil(rows.length / batch);
    for (let epoch = 0, t = 0; epoch < epochs; epoch++) {
      const order = shuffled(rows.length, draw);
      for (let s = 0; s < count; s++, t++) {
        const [from, to] = [Math.floor((s * rows.length) / count), Math.floor(((s + 1) * rows.length) / count)];
        const own = order.subarray(from, to).map((place) => rows[place]!);
        const now = rate * 0.5 * (1 + Math.cos((Math.PI * t) / (epochs * count)));
        const fill = (into: Float32Array) => standardise(features, own, { mean, scale }, into);
        steps.step(own.length, now, fill, (out) => slopeOf(out, own, heads, codes));
      }
    }
    return { kind: 'image-network', mean, scale, layers: steps.layers(), heads, rows: rows.length };
  } finally {
    machine.close();
  }
}

function headsOf(features: Vectors, labels: Readonly<Record<string, readonly (string | null)[]>>) {
  const heads: Head[] = [];
  const codes: Int32Array[] = [];
  for (const [name, column] of Object.entries(labels)) {
    if (column.length !== features.count)
      throw known('VECTORS_DIFFER', { what: `labels ${name}`, expected: features.count, came: column.length });
    const classes = [...new Set(column.filter((label) => label !== null))].sort();
    if (classes.length < 2) continue;
    const lookup = new Map(classes.map((label, i) => [label, i]));
    heads.push({ name, classes });
    codes.push(Int32Array.from(column, (label) => (label === null ? -1 : lookup.get(label)!)));
  }
  if (heads.length === 0) {
    const [name = '(none)', column = []] = Object.entries(labels)[0] ?? [];
    throw known('LABEL_ONE_CLASS', { label: name, classes: [...new Set(column.filter((label) => label !== null))] });
  }
  return { heads, codes };
}

function usableRows({ count, width, values }: Vectors, codes: readonly Int32Array[]): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < count; i++)
    if (codes.some((column) => column[i]! >= 0) && !isZero(values, i * width, width)) rows.push(i);
  if (rows.length === 0) throw known('LABEL_ONE_CLASS', { label: 'of pictures that can be seen', classes: [] });
  return Int32Array.from(rows);
}

/**
 * Mean and deviation of each feature. A quarter of the mean variance is added to each, so that what hardly varies (a
 * colour that few pictures have) is not blown up to the size of the rest.
 */
function momentsOf({ width, values }: Vectors, rows: Int32Array): { mean: Float64Array; scale: Float64Array } {
  const mean = new Float64Array(width);
  const scale = new Float64Array(width);
  for (const i of rows) for (let j = 0; j < width; j++) mean[j]! += values[i * width + j]! / rows.length;
  for (const i of rows)
    for (let j = 0; j < width; j++) scale[j]! += (values[i * width + j]! - mean[j]!) ** 2 / rows.length;
  const floor = (0.25 * scale.reduce((a, b) => a + b, 0)) / width;
  return { mean, scale: scale.map((variance) => Math.sqrt(variance + floor) || 1) };
}

function standardise(
  { width, values }: Vectors,
  rows: Int32Array,
  { mean, scale }: { mean: Float64Array; scale: Float64Array },
  into: Float32Array,
): void {
  for (const [at, row] of rows.entries())
    for (let j = 0; j < width; j++) into[at * width + j] = (values[row * width + j]! - mean[j]!) / scale[j]!;
}

/** Outputs become the slope of the mean cross entropy of each head; a row without the label has none. */
function slopeOf(out: Float32Array, rows: Int32Array, heads: readonly Head[], codes: readonly Int32Array[]): void {
  const width = out.length / rows.length;
  for (const [at, row] of rows.entries()) {
    let from = at * width;
    for (const [h, { classes }] of heads.entries()) {
      const own = out.subarray(from, from + classes.length);
      const code = codes[h]![row]!;
      if (code < 0) own.fill(0);
      else {
        softmax(own);
        own[code]! -= 1;
        for (let c = 0; c < own.length; c++) own[c]! /= rows.length;
      }
      from += classes.length;
    }
  }
}

function softmax(values: Float32Array): void {
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let c = 0; c < values.length; c++) {
    values[c] = Math.exp(values[c]! - most);
    sum += values[c]!;
  }
  for (let c = 0; c < values.length; c++) values[c]! /= sum;
}

const ROWS_AT_ONCE = 256;

function through(
  model: ImageNetwork,
  features: Vectors,
  each: (from: number, ran: ReturnType<Steps['run']>) => void,
): void {
  const width = model.layers[0]!.inputs;
  if (features.width !== width)
    throw known('VECTORS_DIFFER', { what: 'features of pictures', expected: width, came: features.width });
  const machine = new Machine({ threads: 1 });
  try {
    const sizes = [width, ...model.layers.map(({ units }) => units)];
    const quiet = { dropout: 0, decay: 0, draw: random(0) };
    const steps = denseSteps(machine, { sizes, batchMax: ROWS_AT_ONCE, start: model.layers, ...quiet });
    for (let from = 0; from < features.count; from += ROWS_AT_ONCE) {
      const rows = Int32Array.from({ length: Math.min(ROWS_AT_ONCE, features.count - from) }, (_, i) => from + i);
      each(
        from,
        steps.run(rows.length, (into) => standardise(features, rows, model, into)),
      );
    }
  } finally {
    machine.close();
  }
}

/**
 * Vectors of pictures [pictures x units of the last hidden layer] of length one; without features, zeros.
 *
 * @throws VECTORS_DIFFER
 */
export function networkVectors(model: ImageNetwork, features: Vectors): Vectors {
  const width = model.layers.at(-1)!.inputs;
  const values = new Float32Array(features.count * width);
  through(model, features, (from, { hidden }) => values.set(hidden, from * width));
  for (let i = 0; i < features.count; i++)
    if (isZero(features.values, i * features.width, features.width)) values.fill(0, i * width, (i + 1) * width);
  return unitLength({ count: features.count, width, values });
}

/**
 * The likeliest class of each picture for one of the heads.
 *
 * @throws VECTORS_DIFFER; RangeError for a head that the network lacks
 */
export function seenClasses(model: ImageNetwork, features: Vectors, name: string): string[] {
  const at = model.heads.findIndex((head) => head.name === name);
  if (at < 0) throw new RangeError(`no head ${name}; have ${model.heads.map((head) => head.name).join(', ')}`);
  const first = model.heads.slice(0, at).reduce((sum, { classes }) => sum + classes.length, 0);
  const { classes } = model.heads[at]!;
  const width = model.layers.at(-1)!.units;
  const out: string[] = [];
  through(model, features, (_, { outputs }) => {
    for (let row = 0; row < outputs.length / width; row++) {
      const own = outputs.subarray(row * width + first, row * width + first + classes.length);
      out.push(classes[own.indexOf(own.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY))]!);
    }
  });
  return out;
}
