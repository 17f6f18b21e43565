/** Twins of assembly/row-blocks.ts: the same sums in the same order, even and odd rows of a block apart. */
import type { Kernel, Machine } from '../machine.ts';
import { exp, log } from './lanes.ts';

const ROWS = 256;
type Doubles = Float64Array<SharedArrayBuffer>;

export function rowBlockKernels(machine: Machine): Record<string, Kernel> {
  const memory = (): Doubles => machine.f64(0, machine.bytes >> 3);
  return {
    blockColumn: (values = 0, rows = 0, x = 0, width = 0, column = 0, center = 0, scale = 1) => {
      const m = memory();
      for (let i = 0; i < Math.ceil(rows / ROWS) * ROWS; i++) {
        const value = i < rows ? (m[values / 8 + i]! - center) / scale : 0;
        m[x / 8 + (Math.floor(i / ROWS) * width + column) * ROWS + (i % ROWS)] = Number.isFinite(value) ? value : 0;
      }
      return undefined;
    },
    blockScores: (x = 0, width = 0, from = 0, to = 0, coefficients = 0, out = 0) => {
      const m = memory();
      for (let b = from; b < to; b++) scores(m, x / 8 + b * width * ROWS, width, coefficients / 8, out / 8 + b * ROWS);
      return undefined;
    },
    blockSlopes: (x = 0, width = 0, from = 0, to = 0, factor = 0, out = 0) => {
      const m = memory();
      for (let b = from; b < to; b++) slopes(m, x / 8 + b * width * ROWS, width, factor / 8 + b * ROWS, out / 8);
      return undefined;
    },
    blockGram: (x = 0, width = 0, from = 0, to = 0, step = 1, weights = 0, scratch = 0, out = 0) => {
      const m = memory();
      for (let b = from; b < to; b += step)
        gram(m, x / 8 + b * width * ROWS, width, weights / 8 + b * ROWS, scratch / 8, out / 8);
      return undefined;
    },
    linearPass: (kind = 0, x = 0, width = 0, from = 0, to = 0, step = 1, coefficients = 0, outputs = 1, ...rest) => {
      const m = memory();
      const [labels = 0, weights = 0, scratch = 0, out = 0] = rest.map((address) => address / 8);
      for (let b = from; b < to; b += step) {
        const block = x / 8 + b * width * ROWS;
        const at = { z: scratch, y: labels + b * ROWS, w: weights + b * ROWS, h: 0, outputs };
        for (let k = 0; k < outputs; k++)
          scores(m, block, width, coefficients / 8 + k * (width + 1), scratch + k * ROWS);
        m[out]! += kind === 0 ? softmaxRows(m, at) : kind === 1 ? logisticRows(m, at) : hingeRows(m, at);
        for (let k = 0; k < outputs; k++) slopes(m, block, width, scratch + k * ROWS, out + 1 + k * (width + 1));
      }
      return undefined;
    },
    linearCurvature: (
      kind = 0,
      x = 0,
      width = 0,
      from = 0,
      to = 0,
      step = 1,
      coefficients = 0,
      outputs = 1,
      ...rest
    ) => {
      const m = memory();
      const [labels = 0, weights = 0, scratch = 0, out = 0] = rest.map((address) => address / 8);
      const [a = 0, b = 0] = rest.slice(4);
      const h = scratch + outputs * ROWS;
      for (let i = from; i < to; i += step) {
        const block = x / 8 + i * width * ROWS;
        const at = { z: scratch, y: labels + i * ROWS, w: weights + i * ROWS, h, outputs };
        for (let k = 0; k < outputs; k++)
          scores(m, block, width, coefficients / 8 + k * (width + 1), scratch + k * ROWS);
        if (kind === 0) softmaxCurvature(m, at, a, b);
        else if (kind === 1) logisticRows(m, at);
        else hingeRows(m, at);
        gram(m, block, width, h, h + ROWS, out);
      }
      return undefined;
    },
  };
}

/** Where the scores, labels, weights and second derivatives (0: none wanted) of a block lie, in doubles. */
interface Rows {
  readonly z: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly outputs: number;
}

function scores(m: Doubles, x: number, width: number, coefficients: number, out: number): void {
  for (let i = 0; i < ROWS; i++) {
    let z = m[coefficients + width]!;
    for (let j = 0; j < width; j++) z += m[x + j * ROWS + i]! * m[coefficients + j]!;
    m[out + i] = z;
  }
}

function slopes(m: Doubles, x: number, width: number, factor: number, out: number): void {
  for (let j = 0; j < width; j++) m[out + j]! += dot(m, x + j * ROWS, factor);
  m[out + width]! += sum(m, factor);
}

function gram(m: Doubles, x: number, width: number, weights: number, weighed: number, out: number): void {
  for (let j = 0; j < width; j++)
    for (let i = 0; i < ROWS; i++) m[weighed + j * ROWS + i] = m[x + j * ROWS + i]! * m[weights + i]!;
  const stride = width + 1;
  for (let i = 0; i < width; i++)
    for (let j = 0; j <= i; j++) m[out + i * stride + j]! += dot(m, weighed + i * ROWS, x + j * ROWS);
  for (let j = 0; j < width; j++) m[out + width * stride + j]! += sum(m, weighed + j * ROWS);
  m[out + width * stride + width]! += sum(m, weights);
}

function dot(m: Doubles, a: number, b: number): number {
  let even = 0;
  let odd = 0;
  for (let i = 0; i < ROWS; i += 2) {
    even += m[a + i]! * m[b + i]!;
    odd += m[a + i + 1]! * m[b + i + 1]!;
  }
  return even + odd;
}

function sum(m: Doubles, a: number): number {
  let even = 0;
  let odd = 0;
  for (let i = 0; i < ROWS; i += 2) {
    even += m[a + i]!;
    odd += m[a + i + 1]!;
  }
  return even + odd;
}

function softmaxRows(m: Doubles, { z, y, w, outputs }: Rows): number {
  const loss = [0, 0];
  for (let i = 0; i < ROWS; i++) {
    const top = topOf(m, z + i, outputs);
    let own = 0;
    let total = 0;
    for (let k = 0; k < outputs; k++) {
      const shifted = m[z + k * ROWS + i]! - top;
      if (m[y + i] === k) own += shifted;
      const e = exp(shifted);
      total += e;
      m[z + k * ROWS + i] = e;
    }
    loss[i % 2]! += m[w + i]! * (log(total) - own);
    for (let k = 0; k < outputs; k++) {
      const at = z + k * ROWS + i;
      m[at] = m[w + i]! * (m[at]! / total - (m[y + i] === k ? 1 : 0));
    }
  }
  return loss[0]! + loss[1]!;
}

function topOf(m: Doubles, z: number, outputs: number): number {
  let top = m[z]!;
  for (let k = 1; k < outputs; k++) top = Math.max(top, m[z + k * ROWS]!);
  return top;
}

function softmaxCurvature(m: Doubles, { z, w, h, outputs }: Rows, a: number, b: number): void {
  for (let i = 0; i < ROWS; i++) {
    const top = topOf(m, z + i, outputs);
    let total = 0;
    for (let k = 0; k < outputs; k++) total += exp(m[z + k * ROWS + i]! - top);
    const chance = (k: number) => exp(m[z + k * ROWS + i]! - top) / total;
    m[h + i] = m[w + i]! * (chance(a) * ((a === b ? 1 : 0) - chance(b)));
  }
}

function logisticRows(m: Doubles, { z, y, w, h }: Rows): number {
  const loss = [0, 0];
  for (let i = 0; i < ROWS; i++) {
    const s = m[z + i]!;
    const t = exp(-Math.abs(s));
    const total = 1 + t;
    const small = t / total;
    if (h !== 0) {
      m[h + i] = m[w + i]! * (small / total);
      continue;
    }
    loss[i % 2]! += m[w + i]! * (log(total) + (Math.max(s, 0) - m[y + i]! * s));
    m[z + i] = m[w + i]! * ((s >= 0 ? 1 / total : small) - m[y + i]!);
  }
  return loss[0]! + loss[1]!;
}

function hingeRows(m: Doubles, { z, y, w, h }: Rows): number {
  const loss = [0, 0];
  for (let i = 0; i < ROWS; i++) {
    const side = 2 * m[y + i]! - 1;
    const lack = Math.max(0, 1 - side * m[z + i]!);
    if (h !== 0) {
      m[h + i] = m[w + i]! * (lack > 0 ? 2 : 0);
      continue;
    }
    const weighed = m[w + i]! * lack;
    loss[i % 2]! += weighed * lack;
    m[z + i] = -2 * side * weighed;
  }
  return loss[0]! + loss[1]!;
}
