/** Twins of assembly/als.ts: the same single-precision steps in the same order. */
import type { Kernel, Machine } from '../machine.ts';
import { random } from '../random.ts';
import { denseKernels } from './dense.ts';

const { fround } = Math;
const LEAST = fround(1e-25);
type Singles = Float32Array<SharedArrayBuffer>;

export function alsKernels(machine: Machine): Record<string, Kernel> {
  const f32 = (): Singles => machine.f32(0, machine.bytes >> 2);
  const { gemm32 } = denseKernels(machine);
  return {
    alsRows: (from = 0, to = 0, offsets = 0, indices = 0, weights = 0, own = 0, other = 0, width = 0, ...rest) => {
      const [diagonal = 0, ridges = 0, steps = 0, tolerance = 0, scratch = 0, tile = 0] = rest;
      const bounds = machine.i32(offsets, to + 1);
      const system: System = {
        m: f32(),
        indices: machine.u32(indices, bounds[to]!),
        weights: weights / 4,
        other: other / 4,
        width,
        diagonal: diagonal / 4,
        scratch: scratch / 4,
        tile,
      };
      for (let row = from; row < to; row++) {
        const w = own / 4 + row * width;
        if (bounds[row] === bounds[row + 1]) system.m.fill(0, w, w + width);
        else solveRow(system, bounds[row]!, bounds[row + 1]!, w, system.m[ridges / 4 + row]!, { steps, tolerance });
      }
      return undefined;
    },
    gramRows: (x = 0, from = 0, to = 0, width = 0, out = 0) => {
      const m = f32();
      const sums = machine.f64(out, width * width);
      for (let start = from; start < to; start += 256)
        for (let i = 0; i < width; i++)
          for (let j = 0; j < Math.min(width, i - (i % 16) + 16); j++) {
            let sum = 0;
            for (let row = start; row < Math.min(start + 256, to); row++)
              sum = fround(sum + fround(m[x / 4 + row * width + i]! * m[x / 4 + row * width + j]!));
            sums[i * width + j]! += sum;
          }
      return undefined;
    },
    turnRows: (x = 0, from = 0, to = 0, width = 0, basis = 0, scratch = 0) => {
      const m = f32();
      for (let row = from; row < to; row++) {
        const at = x / 4 + row * width;
        m.fill(0, scratch / 4, scratch / 4 + width);
        gemm32!(4 * at, basis, scratch, 1, width, width);
        m.copyWithin(at, scratch / 4, scratch / 4 + width);
      }
      return undefined;
    },
    drawUniform: (at = 0, count = 0, seed = 0, scale = 0) => {
      const draw = random(seed);
      const m = machine.f32(at, count);
      for (let i = 0; i < count; i++) m[i] = (2 * draw.uniform() - 1) * scale;
      return undefined;
    },
  };
}

interface System {
  readonly m: Singles;
  readonly indices: Uint32Array;
  /** 0: all 1 */
  readonly weights: number;
  readonly other: number;
  readonly width: number;
  readonly diagonal: number;
  readonly scratch: number;
  readonly tile: number;
}

function solveRow(
  system: System,
  from: number,
  to: number,
  w: number,
  ridge: number,
  { steps, tolerance }: { steps: number; tolerance: number },
): void {
  const { m, width, diagonal, scratch } = system;
  const [r, p, q, inverse] = [scratch, scratch + width, scratch + 2 * width, scratch + 3 * width];
  for (let k = 0; k < width; k++) {
    const d = fround(m[diagonal + k]! + ridge);
    m[r + k] = -fround(d * m[w + k]!);
    m[inverse + k] = d;
  }
  products(system, from, to, w, r, inverse);
  for (let k = 0; k < width; k++) {
    m[inverse + k] = 1 / m[inverse + k]!;
    m[p + k] = m[r + k]! * m[inverse + k]!;
    m[q + k] = m[p + k]!;
  }
  let rz = inner(m, r, q, width);
  const enough = fround(fround(tolerance) * rz);
  for (let step = 1; step <= steps && rz > LEAST; step++) {
    for (let k = 0; k < width; k++) m[q + k] = fround(m[diagonal + k]! + ridge) * m[p + k]!;
    products(system, from, to, p, q, 0);
    const alpha = fround(rz / inner(m, p, q, width));
    for (let k = 0; k < width; k++) m[w + k] = m[w + k]! + fround(alpha * m[p + k]!);
    if (step === steps) return;
    for (let k = 0; k < width; k++) {
      m[r + k] = m[r + k]! - fround(alpha * m[q + k]!);
      m[q + k] = m[r + k]! * m[inverse + k]!;
    }
    const after = inner(m, r, q, width);
    if (!(after > enough)) return;
    const beta = fround(after / rz);
    for (let k = 0; k < width; k++) m[p + k] = m[q + k]! + fround(beta * m[p + k]!);
    rz = after;
  }
}

/** out += sum c (x . v) x over neighbours [from, to); with `squares` sum c (1 - x . v) x, and c x^2 go there. */
function products(system: System, from: number, to: number, v: number, out: number, squares: number): void {
  const { m, indices, weights, other, width, tile } = system;
  // fours begin anew with every tile that a long row fills
  const step = Math.min(to - from, tile);
  for (let start = from; start < to; start += step)
    for (let e = start; e < Math.min(start + step, to); e += 4) {
      const rows = [0, 1, 2, 3].filter((r) => e + r < Math.min(start + step, to));
      const at = rows.map((r) => other + indices[e + r]! * width);
      const c = rows.map((r) => (weights === 0 ? 1 : m[weights + e + r]!));
      const f = at.map((x, r) => {
        const dot = inner(m, x, v, width);
        return fround(c[r]! * (squares === 0 ? dot : fround(1 - dot)));
      });
      for (let k = 0; k < width; k++) {
        const x = (r: number) => (r < at.length ? m[at[r]! + k]! : 0);
        const part = (r: number) => fround((f[r] ?? 0) * x(r));
        const square = (r: number) => fround((c[r] ?? 0) * fround(x(r) * x(r)));
        m[out + k] = m[out + k]! + fround(fround(part(0) + part(1)) + fround(part(2) + part(3)));
        if (squares !== 0)
          m[squares + k] = m[squares + k]! + fround(fround(square(0) + square(1)) + fround(square(2) + square(3)));
      }
    }
}

const lanes = new Float32Array(8);

function inner(m: Singles, a: number, b: number, width: number): number {
  lanes.fill(0);
  for (let k = 0; k < width; k++) lanes[k % 8]! += fround(m[a + k]! * m[b + k]!);
  const of = (lane: number) => fround(lanes[lane]! + lanes[lane + 4]!);
  return fround(fround(of(0) + of(2)) + fround(of(1) + of(3)));
}
