/** Twins of assembly/sparse.ts: products of sparse matrices with sparse and dense ones. */
import type { Kernel, Machine } from '../machine.ts';
import { emptyTop, offer, sortTop } from '../top-k.ts';

const { fround } = Math;

export function sparseKernels(machine: Machine): Record<string, Kernel> {
  const words = () => machine.i32(0, machine.bytes >> 2);
  const floats = () => machine.f32(0, machine.bytes >> 2);
  return {
    productTop: (...args) => productTop(machine, args),
    sparseTimesDense: (...args) => {
      const [offsets = 0, indices = 0, values = 0, from = 0, to = 0, x = 0, xRow = 0, y = 0, yRow = 0, blocks = 0] =
        args;
      const [whole, f] = [words(), floats()];
      const sums = new Float32Array(32 * blocks);
      for (let r = from; r < to; r++) {
        sums.fill(0);
        for (let e = whole[offsets / 4 + r]!; e < whole[offsets / 4 + r + 1]!; e++) {
          const at = x / 4 + whole[indices / 4 + e]! * xRow;
          const value = f[values / 4 + e]!;
          for (let c = 0; c < sums.length; c++) sums[c]! += fround(value * f[at + c]!);
        }
        f.set(sums, y / 4 + r * yRow);
      }
      return undefined;
    },
    sparseTimesSparse: (...args) => {
      const [xOffsets = 0, xIndices = 0, xValues = 0, from = 0, count = 0] = args;
      const [, , , , , bOffsets = 0, bIndices = 0, bValues = 0, y = 0] = args;
      const [whole, f] = [words(), floats()];
      for (let lane = 0; lane < count; lane++)
        for (let e = whole[xOffsets / 4 + from + lane]!; e < whole[xOffsets / 4 + from + lane + 1]!; e++) {
          const row = bOffsets / 4 + whole[xIndices / 4 + e]!;
          const factor = f[xValues / 4 + e]!;
          for (let g = whole[row]!; g < whole[row + 1]!; g++)
            f[y / 4 + whole[bIndices / 4 + g]! * 32 + lane]! += fround(factor * f[bValues / 4 + g]!);
        }
      return undefined;
    },
    combineRows32: (y = 0, x = 0, from = 0, to = 0, factors = 0, a = 0, b = 0) => {
      const f = floats();
      for (let r = from; r < to; r++) {
        const other = factors === 0 ? fround(b) : fround(fround(b) * f[factors / 4 + r]!);
        for (let i = 32 * r; i < 32 * r + 32; i++)
          f[y / 4 + i] = (a === 0 ? 0 : fround(fround(a) * f[y / 4 + i]!)) + fround(other * f[x / 4 + i]!);
      }
      return undefined;
    },
    gram32: (y = 0, k = 0, from = 0, to = 0, out = 0) => {
      const f = floats();
      const doubles = machine.f64(0, machine.bytes >> 3);
      for (let first = from; first < to; first += 128)
        for (let i = 0; i < k; i++)
          for (let j = 0; j < 8 * (Math.floor(i / 8) + 1); j++) {
            let sum = 0;
            for (let r = first; r < Math.min(first + 128, to); r++)
              sum = fround(sum + fround(f[y / 4 + r * k + i]! * f[y / 4 + r * k + j]!));
            doubles[out / 8 + i * k + j]! += sum;
          }
      return undefined;
    },
  };
}

function productTop(machine: Machine, args: readonly number[]): undefined {
  const [aOffsets = 0, aIndices = 0, aValues = 0, bOffsets = 0, bIndices = 0, bValues = 0, columns = 0] = args;
  const [, , , , , , , scale = 0, k = 0, skipDiagonal = 0, from = 0, to = 0, base = 0] = args;
  const [outIndices = 0, outValues = 0, counts = 0] = args.slice(13);
  const whole = machine.i32(0, machine.bytes >> 2);
  const doubles = machine.f64(0, machine.bytes >> 3);
  const sums = new Float64Array(columns);
  const top = emptyTop(k);
  for (let r = from; r < to; r++) {
    const found = new Set<number>();
    for (let e = whole[aOffsets / 4 + r]!; e < whole[aOffsets / 4 + r + 1]!; e++) {
      const row = bOffsets / 4 + whole[aIndices / 4 + e]!;
      const factor = doubles[aValues / 8 + e]!;
      for (let f = whole[row]!; f < whole[row + 1]!; f++) {
        const column = whole[bIndices / 4 + f]!;
        found.add(column);
        sums[column]! += factor * doubles[bValues / 8 + f]!;
      }
    }
    top.size = 0;
    for (const column of found) {
      const sum = sums[column]!;
      const value = scale === 0 ? sum : sum * doubles[scale / 8 + column]!;
      sums[column] = 0;
      if (sum !== 0 && (skipDiagonal === 0 || column !== r)) offer(top, value, column);
    }
    sortTop(top);
    whole[counts / 4 + r - base] = top.size;
    whole.set(top.indices.subarray(0, top.size), outIndices / 4 + (r - base) * k);
    doubles.set(top.scores.subarray(0, top.size), outValues / 8 + (r - base) * k);
  }
  return undefined;
}
