/** The numbers of a network: what there is, where they start, and how a model keeps and reads them. */
import { random, split } from '#kernels/random.ts';

/**
 * The make of a network. A layer is shared by all members but for three vectors a member: what it multiplies the
 * layer's inputs and outputs by, and its constants.
 *
 * @see Gorishniy, Kotelnikov, Babenko (2025), TabM, section 3.2; Wen, Tran, Ba (2020), BatchEnsemble, equation 3
 */
export interface Shape {
  readonly members: number;
  /** Numbers read, beside the vectors of categories. */
  readonly numbers: number;
  /** A text column each: rows of its dictionary and length of a vector. */
  readonly texts: readonly { readonly rows: number; readonly size: number }[];
  /** Units of each hidden layer. */
  readonly layers: readonly number[];
  readonly outputs: number;
  readonly batchNorm: boolean;
}

/**
 * Arrays by name, row-major. Of layer l: `w` weights [inputs, units], `r` and `s` what each member multiplies inputs and
 * outputs by [members, 1, inputs or units] (with more than one member), `b` constants [members, 1, units], `g` what the
 * normalised outputs are multiplied by (with batch normalisation). `h`, `c`: last layer [members, inputs, outputs] and its
 * constants [members, 1, outputs]. `e`t: vectors of text column t [rows, size].
 */
export type Weights = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** Whether the L2 penalty draws it to zero. */
  readonly decays: boolean;
}

/** Length of what the first layer reads. */
export const inputWidth = ({ numbers, texts }: Shape): number => texts.reduce((sum, { size }) => sum + size, numbers);

/** All that is learned. */
export function parametersOf(shape: Shape): Parameter[] {
  const { members, texts, layers, outputs, batchNorm } = shape;
  const made: Parameter[] = texts.map(({ rows, size }, t) => ({ name: `e${t}`, dims: [rows, size], decays: true }));
  let inputs = inputWidth(shape);
  for (const [l, units] of layers.entries()) {
    made.push({ name: `w${l}`, dims: [inputs, units], decays: true });
    if (members > 1) made.push({ name: `r${l}`, dims: [members, 1, inputs], decays: false });
    if (members > 1) made.push({ name: `s${l}`, dims: [members, 1, units], decays: false });
    made.push({ name: `b${l}`, dims: [members, 1, units], decays: false });
    if (batchNorm) made.push({ name: `g${l}`, dims: [members, 1, units], decays: false });
    inputs = units;
  }
  made.push({ name: 'h', dims: [members, inputs, outputs], decays: true });
  made.push({ name: 'c', dims: [members, 1, outputs], decays: false });
  return made;
}

/** Running mean `m` and variance `v` of each layer before it is normalised; none without batch normalisation. */
export function statisticsOf({ members, layers, batchNorm }: Shape): Parameter[] {
  if (!batchNorm) return [];
  return layers.flatMap((units, l) =>
    ['m', 'v'].map((name) => ({ name: `${name}${l}`, dims: [members, 1, units], decays: false })),
  );
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/**
 * Where learning starts: weights normal with variance 2 / inputs (He et al. 2015), the first layer's input factors +1 or -1
 * so that members differ, all other factors 1, the last constants at `start`.
 */
export function startOf(shape: Shape, start: readonly number[], seed: number): Weights {
  const made: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const { name, dims } of [...parametersOf(shape), ...statisticsOf(shape)]) {
    const draw = random(split(seed, 'weights', name));
    const values = new Float32Array(sizeOf(dims));
    const normal = (deviation: number) => values.map(() => deviation * draw.normal());
    const kind = name[0]!;
    made[name] =
      kind === 'w'
        ? normal(Math.sqrt(2 / dims[0]!))
        : kind === 'h'
          ? normal(Math.sqrt(1 / dims[1]!) * 0.5)
          : kind === 'e'
            ? normal(1 / Math.sqrt(dims[1]!))
            : name === 'r0'
              ? values.map(() => (draw.uniform() < 0.5 ? -1 : 1))
              : kind === 'c'
                ? values.map((_, i) => start[i % start.length]!)
                : kind === 'b' || kind === 'm'
                  ? values
                  : values.fill(1);
  }
  return made;
}

export const NORM_EPSILON = 1e-5;

/** One layer as it is used: z = scale x (W' (factor x input)) + constant, each of a member; then max(z, 0). */
export interface Layer {
  readonly inputs: number;
  readonly units: number;
  /** Base64 of little-endian float32: weight [inputs x units], factor [members x inputs], scale, constant [members x units]. */
  readonly weight: string;
  readonly factor: string;
  readonly scale: string;
  readonly constant: string;
}

/** A network as a model keeps it; arrays are base64 of little-endian float32. */
export interface Net {
  readonly members: number;
  readonly numbers: number;
  /** Vectors of the categories [rows x size]. */
  readonly texts: readonly { readonly size: number; readonly vectors: string }[];
  readonly layers: readonly Layer[];
  /** weight [members x inputs x outputs], constant [members x outputs] */
  readonly last: {
    readonly inputs: number;
    readonly outputs: number;
    readonly weight: string;
    readonly constant: string;
  };
}

/** The network that weights make; batch normalisation is folded into scales and constants. */
export function netOf(shape: Shape, weights: Weights): Net {
  const { members, texts, layers, outputs, batchNorm } = shape;
  let inputs = inputWidth(shape);
  const made = layers.map((units, l): Layer => {
    const of = inputs;
    inputs = units;
    const factor = weights[`r${l}`] ?? new Float32Array(members * of).fill(1);
    const scale = Float32Array.from(weights[`s${l}`] ?? new Float32Array(members * units).fill(1));
    const constant = Float32Array.from(weights[`b${l}`]!);
    if (batchNorm)
      for (let i = 0; i < scale.length; i++) {
        const by = weights[`g${l}`]![i]! / Math.sqrt(weights[`v${l}`]![i]! + NORM_EPSILON);
        scale[i]! *= by;
        constant[i]! -= by * weights[`m${l}`]![i]!;
      }
    return {
      inputs: of,
      units,
      weight: packed(weights[`w${l}`]!),
      factor: packed(factor),
      scale: packed(scale),
      constant: packed(constant),
    };
  });
  return {
    members,
    numbers: shape.numbers,
    texts: texts.map(({ size }, t) => ({ size, vectors: packed(weights[`e${t}`]!) })),
    layers: made,
    last: { inputs, outputs, weight: packed(weights.h!), constant: packed(weights.c!) },
  };
}

/** Base64 of the little-endian float32 of numbers. */
export function packed(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}

/** The numbers of `packed`. */
export function unpacked(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}
