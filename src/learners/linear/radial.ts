/**
 * What a radial kernel makes of the inputs: kernels against support vectors, or random Fourier features whose inner
 * products are the kernel's on average.
 *
 * @see Rahimi and Recht (2007), Random Features for Large-Scale Kernel Machines
 */
import type { Machine } from '#kernels/machine.ts';
import { random, split } from '#kernels/random.ts';
import { BLOCK_ROWS, RowBlocks } from '#kernels/row-blocks.ts';

/** Plain data. */
export type RadialMap =
  | {
      readonly kind: 'support';
      readonly gamma: number /** [vectors][inputs] */;
      readonly vectors: readonly (readonly number[])[];
    }
  /** The waves come back from the seed. */
  | { readonly kind: 'fourier'; readonly gamma: number; readonly components: number; readonly seed: number };

export const widthOf = (map: RadialMap): number => (map.kind === 'support' ? map.vectors.length : map.components);

/**
 * A function that maps rows of a machine: it takes the address of `count` <= 256 rows [count x inputs] and writes
 * [count x width] to an address.
 */
export function mapper(
  machine: Machine,
  map: RadialMap,
  inputs: number,
): (rows: number, count: number, out: number) => void {
  const scratch = machine.allocate(8192);
  return map.kind === 'support'
    ? kernelMapper(machine, map, inputs, scratch)
    : waveMapper(machine, map, inputs, scratch);
}

function kernelMapper(machine: Machine, map: RadialMap & { kind: 'support' }, inputs: number, scratch: number) {
  const count = map.vectors.length;
  const turned = machine.allocate(8 * inputs * count);
  const squares = machine.allocate(8 * count);
  const own = machine.allocate(8 * BLOCK_ROWS);
  const to = machine.f64(turned, inputs * count);
  const lengths = machine.f64(squares, count);
  for (const [i, vector] of map.vectors.entries()) {
    let sum = 0;
    for (let j = 0; j < inputs; j++) {
      to[j * count + i] = vector[j]!;
      sum += vector[j]! ** 2;
    }
    lengths[i] = sum;
  }
  return (rows: number, rowCount: number, out: number) => {
    const values = machine.f64(rows, rowCount * inputs);
    const ownSquares = machine.f64(own, rowCount);
    for (let i = 0; i < rowCount; i++) {
      let sum = 0;
      for (let j = 0; j < inputs; j++) sum += values[i * inputs + j]! ** 2;
      ownSquares[i] = sum;
    }
    machine.f64(out, rowCount * count).fill(0);
    machine.call('gemm64', rows, turned, out, rowCount, count, inputs, scratch);
    machine.call('radial', out, rowCount, count, own, squares, map.gamma);
  };
}

function waveMapper(machine: Machine, map: RadialMap & { kind: 'fourier' }, inputs: number, scratch: number) {
  const { components, gamma, seed } = map;
  const draw = random(split(seed, 'fourier'));
  const waves = machine.allocate(8 * inputs * components);
  const phases = Float64Array.from({ length: components }, () => 2 * Math.PI * draw.uniform());
  const to = machine.f64(waves, inputs * components);
  for (let i = 0; i < to.length; i++) to[i] = Math.sqrt(2 * gamma) * draw.normal();
  const size = Math.sqrt(2 / components);
  return (rows: number, count: number, out: number) => {
    machine.f64(out, count * components).fill(0);
    machine.call('gemm64', rows, waves, out, count, components, inputs, scratch);
    const values = machine.f64(out, count * components);
    for (let i = 0; i < count; i++)
      for (let k = 0; k < components; k++)
        values[i * components + k] = size * Math.cos(values[i * components + k]! + phases[k]!);
  };
}

/** The mapped rows of a matrix [rows x inputs], as blocks. */
export function mappedBlocks(
  machine: Machine,
  matrix: Float64Array,
  { rows, inputs }: { readonly rows: number; readonly inputs: number },
  map: RadialMap,
): RowBlocks {
  const width = widthOf(map);
  const blocks = new RowBlocks(machine, rows, width);
  const mark = machine.mark();
  const turn = mapper(machine, map, inputs);
  const from = machine.allocate(8 * BLOCK_ROWS * inputs);
  const out = machine.allocate(8 * BLOCK_ROWS * width);
  for (let b = 0; b < blocks.blocks; b++) {
    const count = Math.min(BLOCK_ROWS, rows - b * BLOCK_ROWS);
    machine.f64(from, count * inputs).set(matrix.subarray(b * BLOCK_ROWS * inputs, (b * BLOCK_ROWS + count) * inputs));
    turn(from, count, out);
    const mapped = machine.f64(out, count * width);
    const block = machine.f64(blocks.at + 8 * b * width * BLOCK_ROWS, width * BLOCK_ROWS);
    block.fill(0);
    for (let i = 0; i < count; i++) for (let k = 0; k < width; k++) block[k * BLOCK_ROWS + i] = mapped[i * width + k]!;
  }
  machine.release(mark);
  return blocks;
}

/** 1 / (inputs x variance of all the matrix's numbers); 1 where they do not vary. */
export function scaleGamma(matrix: Float64Array, inputs: number): number {
  let mean = 0;
  for (const value of matrix) mean += value / matrix.length;
  let variance = 0;
  for (const value of matrix) variance += (value - mean) ** 2 / matrix.length;
  return variance > 0 && Number.isFinite(variance) ? 1 / (inputs * variance) : 1;
}
