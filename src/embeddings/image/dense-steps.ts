/**
 * The steps by which a small dense network with several answers learns: products in the compiled kernels, shared out
 * over threads by rows (each row's sums run in one order, so the bits do not depend on the threads), the rest here.
 *
 * @see Loshchilov and Hutter (2019), Decoupled weight decay regularization, ICLR; Srivastava et al. (2014), JMLR 15
 */
import type { Machine } from '#kernels/machine.ts';
import type { Random } from '#kernels/random.ts';

/** One layer: outputs = inputs x weights + constants; all but the last are cut at zero. */
export interface Layer {
  readonly inputs: number;
  readonly units: number;
  /** [inputs x units] */
  readonly weights: Float32Array;
  /** [units] */
  readonly constants: Float32Array;
}

export interface Steps {
  /**
   * One step from some rows.
   *
   * @param fill writes the inputs of the rows [rows x inputs]
   * @param slope turns outputs [rows x outputs] into the slope of the loss by them, in place
   */
  step(rows: number, rate: number, fill: (to: Float32Array) => void, slope: (outputs: Float32Array) => void): void;
  /** Values of the last hidden layer and of the outputs. */
  run(rows: number, fill: (to: Float32Array) => void): { hidden: Float32Array; outputs: Float32Array };
  layers(): Layer[];
}

export interface StepOptions {
  /** Inputs, units of each hidden layer, outputs. */
  readonly sizes: readonly number[];
  readonly batchMax: number;
  readonly dropout: number;
  readonly decay: number;
  readonly draw: Random;
  readonly start?: readonly Layer[];
}

interface Place {
  readonly inputs: number;
  readonly units: number;
  /** Addresses: weights and their transpose, slopes of the weights, values in and their transpose, slopes out. */
  readonly weights: number;
  readonly turned: number;
  readonly change: number;
  readonly values: number;
  readonly valuesTurned: number;
  readonly slopes: number;
  readonly constants: Float32Array;
  /** Moments of the weights and of the constants. */
  readonly moments: readonly [Float32Array, Float32Array, Float32Array, Float32Array];
  readonly mask: Uint8Array;
}

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8];
const ROWS_A_TASK = 64;

export function denseSteps(machine: Machine, options: StepOptions): Steps {
  const { sizes, batchMax, dropout, decay, draw } = options;
  const room = (floats: number) => machine.allocate(4 * floats);
  const scratch = machine.allocate(8192 * machine.threads);
  const places = sizes.slice(1).map((units, l): Place => {
    const inputs = sizes[l]!;
    const made = {
      inputs,
      units,
      weights: room(inputs * units),
      turned: room(inputs * units),
      change: room(inputs * units),
      values: room(inputs * batchMax),
      valuesTurned: room(inputs * batchMax),
      slopes: room(units * batchMax),
      constants: options.start?.[l]?.constants.slice() ?? new Float32Array(units),
      moments: [inputs * units, inputs * units, units, units].map(
        (n) => new Float32Array(n),
      ) as unknown as Place['moments'],
      mask: new Uint8Array(units * batchMax),
    };
    return made;
  });
  for (const [l, { inputs, units, weights }] of places.entries()) {
    const to = machine.f32(weights, inputs * units);
    const given = options.start?.[l]?.weights;
    if (given !== undefined) to.set(given);
    else
      for (let e = 0; e < to.length; e++) to[e] = Math.sqrt((l === places.length - 1 ? 1 : 2) / inputs) * draw.normal();
  }
  const outputs = room(sizes.at(-1)! * batchMax);
  const multiply = (a: number, b: number, c: number, m: number, n: number, k: number): void => {
    machine.f32(c, m * n).fill(0);
    const tasks: number[][] = [];
    for (let i = 0; i < m; i += ROWS_A_TASK)
      tasks.push([a + 4 * i * k, b, c + 4 * i * n, Math.min(ROWS_A_TASK, m - i), n, k, scratch]);
    machine.each('gemm32', tasks);
  };

  function forward(rows: number, learning: boolean): void {
    for (const [l, place] of places.entries()) {
      const { inputs, units, values, weights, constants, mask } = place;
      const last = l === places.length - 1;
      const to = last ? outputs : places[l + 1]!.values;
      multiply(values, weights, to, rows, units, inputs);
      const out = machine.f32(to, rows * units);
      for (let e = 0; e < out.length; e++) {
        const z = out[e]! + constants[e % units]!;
        if (last) out[e] = z;
        else {
          const open = z > 0 && !(learning && dropout > 0 && draw.uniform() < dropout);
          mask[e] = open ? 1 : 0;
          out[e] = open ? (learning ? z / (1 - dropout) : z) : 0;
        }
      }
    }
  }

  let time = 0;
  return {
    step(rows, rate, fill, slope) {
      time++;
      fill(machine.f32(places[0]!.values, rows * sizes[0]!));
      forward(rows, true);
      const at = places.at(-1)!;
      const out = machine.f32(outputs, rows * at.units);
      slope(out);
      machine.f32(at.slopes, out.length).set(out);
      for (let l = places.length - 1; l >= 0; l--) {
        const { inputs, units, weights, turned, change, values, valuesTurned, slopes } = places[l]!;
        turn(machine, values, valuesTurned, rows, inputs);
        multiply(valuesTurned, slopes, change, inputs, units, rows);
        if (l > 0) {
          const below = places[l - 1]!;
          turn(machine, weights, turned, inputs, units);
          multiply(slopes, turned, below.slopes, rows, inputs, units);
          const own = machine.f32(below.slopes, rows * inputs);
          for (let e = 0; e < own.length; e++) own[e] = below.mask[e] === 1 ? own[e]! / (1 - dropout) : 0;
        }
      }
      for (const place of places) move(machine, place, { rows, rate, decay, time });
    },
    run(rows, fill) {
      fill(machine.f32(places[0]!.values, rows * sizes[0]!));
      forward(rows, false);
      const last = places.at(-1)!;
      return {
        hidden: machine.f32(last.values, rows * last.inputs).slice(),
        outputs: machine.f32(outputs, rows * last.units).slice(),
      };
    },
    layers: () =>
      places.map(({ inputs, units, weights, constants }) => ({
        inputs,
        units,
        weights: machine.f32(weights, inputs * units).slice(),
        constants: constants.slice(),
      })),
  };
}

function turn(machine: Machine, from: number, to: number, rows: number, columns: number): void {
  const [a, b] = [machine.f32(from, rows * columns), machine.f32(to, rows * columns)];
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) b[j * rows + i] = a[i * columns + j]!;
}

function move(
  machine: Machine,
  place: Place,
  { rows, rate, decay, time }: { rows: number; rate: number; decay: number; time: number },
): void {
  const { inputs, units, moments, constants } = place;
  const slopes = machine.f32(place.slopes, rows * units);
  const sums = new Float32Array(units);
  for (let e = 0; e < slopes.length; e++) sums[e % units]! += slopes[e]!;
  const count = inputs * units;
  const weights = machine.f32(place.weights, count);
  adam(weights, machine.f32(place.change, count), moments[0], moments[1], { rate, decay, time });
  adam(constants, sums, moments[2], moments[3], { rate, decay: 0, time });
}

function adam(
  at: Float32Array,
  slope: Float32Array,
  first: Float32Array,
  second: Float32Array,
  { rate, decay, time }: { rate: number; decay: number; time: number },
): void {
  const [one, two] = [1 - BETA_1 ** time, 1 - BETA_2 ** time];
  for (let e = 0; e < at.length; e++) {
    const g = slope[e]!;
    const m = BETA_1 * first[e]! + (1 - BETA_1) * g;
    const v = BETA_2 * second[e]! + (1 - BETA_2) * g * g;
    first[e] = m;
    second[e] = v;
    at[e]! -= rate * (m / one / (Math.sqrt(v / two) + EPSILON) + decay * at[e]!);
  }
}
