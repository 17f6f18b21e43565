/** A network's answer in plain synchronous arithmetic: serving needs no machinery of learning. */
import { addAnswer, answerWidth, type Head } from './heads.ts';
import type { Encoded } from './inputs.ts';
import { type Net, unpacked } from './weights.ts';

interface Dense {
  readonly inputs: number;
  readonly units: number;
  /** A member each: [inputs x units], factors and scales multiplied in; and [units]. */
  readonly weights: readonly Float64Array[];
  readonly constants: readonly Float64Array[];
}

interface Opened {
  readonly width: number;
  readonly vectors: readonly Float32Array[];
  readonly layers: readonly Dense[];
}

/** Nets that were read, while they live: a service asks one net for one row many times. */
const opened = new WeakMap<Net, Opened>();
const ROWS_AT_ONCE = 64;

/**
 * Outputs of the last layer.
 *
 * @returns [members x rows x outputs]
 */
export function outputsOf(net: Net, encoded: Encoded): Float64Array {
  const { layers } = openedOf(net);
  const { outputs } = net.last;
  const out = new Float64Array(net.members * encoded.rows * outputs);
  forward(net, encoded, layers.length, (units, member, from) =>
    out.set(units, (member * encoded.rows + from) * outputs),
  );
  return out;
}

/**
 * Units of the last hidden layer.
 *
 * @returns [rows x members x units]
 */
export function hiddenUnits(net: Net, encoded: Encoded): Float64Array {
  const { layers } = openedOf(net);
  const { inputs: width } = net.last;
  const out = new Float64Array(net.members * encoded.rows * width);
  forward(net, encoded, layers.length - 1, (units, member, from) => {
    for (let i = 0; i * width < units.length; i++)
      out.set(units.subarray(i * width, (i + 1) * width), ((from + i) * net.members + member) * width);
  });
  return out;
}

/** Hands `take` what the first `depth` layers make of some rows from `from` on, for each member. */
function forward(
  net: Net,
  encoded: Encoded,
  depth: number,
  take: (units: Float64Array, member: number, from: number) => void,
): void {
  const { width, vectors, layers } = openedOf(net);
  const { rows } = encoded;
  const widest = Math.max(width, ...layers.map(({ units }) => units));
  const block = Math.min(rows, ROWS_AT_ONCE);
  const input = new Float64Array(block * width);
  const spare = [new Float64Array(block * widest), new Float64Array(block * widest)] as const;
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, rows - from);
    gather(net, encoded, vectors, { from, count, width, input });
    for (let k = 0; k < net.members; k++) {
      let at = input;
      for (let l = 0; l < depth; l++) {
        const layer = layers[l]!;
        const to = spare[l % 2]!;
        dense(layer, k, at, to, count);
        if (l < layers.length - 1) for (let i = 0; i < count * layer.units; i++) if (to[i]! < 0) to[i] = 0;
        at = to;
      }
      take(at.subarray(0, count * layers[depth - 1]!.units), k, from);
    }
  }
}

/** The mean answer of all members: chances [rows x classes], or amounts [rows]. */
export function answersOf(net: Net, head: Head, encoded: Encoded): Float64Array {
  const outputs = outputsOf(net, encoded);
  const width = answerWidth(head);
  const out = new Float64Array(encoded.rows * width);
  for (let k = 0; k < net.members; k++)
    for (let i = 0; i < encoded.rows; i++)
      addAnswer(head, outputs, (k * encoded.rows + i) * head.outputs, out, i * width, 1 / net.members);
  return out;
}

const openedOf = (net: Net): Opened => opened.get(net) ?? open(net);

function open(net: Net): Opened {
  const hidden = net.layers.map(({ inputs, units, weight, factor, scale, constant }): Dense => {
    const w = unpacked(weight);
    const [r, s, b] = [unpacked(factor), unpacked(scale), unpacked(constant)];
    const weights = Array.from({ length: net.members }, (_, k) =>
      Float64Array.from(w, (x, i) => r[k * inputs + Math.floor(i / units)]! * x * s[k * units + (i % units)]!),
    );
    return { inputs, units, weights, constants: byMember(b, net.members) };
  });
  const { inputs, outputs, weight, constant } = net.last;
  const last: Dense = {
    inputs,
    units: outputs,
    weights: byMember(unpacked(weight), net.members),
    constants: byMember(unpacked(constant), net.members),
  };
  const width = net.texts.reduce((sum, { size }) => sum + size, net.numbers);
  const made = { width, vectors: net.texts.map(({ vectors }) => unpacked(vectors)), layers: [...hidden, last] };
  opened.set(net, made);
  return made;
}

function byMember(values: Float32Array, members: number): Float64Array[] {
  const each = values.length / members;
  return Array.from({ length: members }, (_, k) => Float64Array.from(values.subarray(k * each, (k + 1) * each)));
}

function gather(
  { numbers, texts }: Net,
  encoded: Encoded,
  vectors: readonly Float32Array[],
  { from, count, width, input }: { from: number; count: number; width: number; input: Float64Array },
): void {
  for (let i = 0; i < count; i++) {
    input.set(encoded.numbers.subarray((from + i) * numbers, (from + i + 1) * numbers), i * width);
    let at = i * width + numbers;
    for (const [t, { size }] of texts.entries()) {
      const code = encoded.codes[t]![from + i]!;
      input.set(vectors[t]!.subarray(code * size, (code + 1) * size), at);
      at += size;
    }
  }
}

/** to = from x weights + constants, of one member; zeros, which are many after max(z, 0), are passed over. */
function dense(
  { inputs, units, weights, constants }: Dense,
  k: number,
  from: Float64Array,
  to: Float64Array,
  rows: number,
) {
  const weight = weights[k]!;
  const constant = constants[k]!;
  for (let i = 0; i < rows; i++) {
    const at = i * units;
    for (let o = 0; o < units; o++) to[at + o] = constant[o]!;
    for (let j = 0; j < inputs; j++) {
      const x = from[i * inputs + j]!;
      if (x === 0) continue;
      const row = j * units;
      for (let o = 0; o < units; o++) to[at + o]! += x * weight[row + o]!;
    }
  }
}
