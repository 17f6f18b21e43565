/** Twins of assembly/layers.ts: layers of a network over packed sequences, forward and back, in f32. */
import type { Kernel, Machine } from '../machine.ts';
import { log } from './lanes.ts';

const { fround, imul } = Math;
const MAGIC = 12_582_912; // 1.5 x 2^23: adding it rounds to a whole number
const NONE = fround(-1e30);
const [LOG2E, LN2_HIGH, LN2_LOW] = [fround(Math.LOG2E), fround(0.693359375), fround(-2.1219444e-4)];
const POWERS = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1].map(
  fround,
);
const cell = new Float32Array(1);
const bits = new Int32Array(cell.buffer);

/** exp in 32 bits, arguments held to [-87, 87]; within 2 units in the last place. */
export function exp32(argument: number): number {
  const x = Math.min(Math.max(fround(argument), -87), 87);
  const n = fround(fround(fround(x * LOG2E) + MAGIC) - MAGIC);
  const r = fround(fround(x - fround(n * LN2_HIGH)) - fround(n * LN2_LOW));
  let p = POWERS[0]!;
  for (let i = 1; i < 6; i++) p = fround(fround(p * r) + POWERS[i]!);
  p = fround(fround(fround(fround(p * r) * r) + r) + 1);
  bits[0] = (n + 127) << 23;
  return fround(p * cell[0]!);
}

/** Sum of products in four lanes, then (0 + 1) + (2 + 3). */
function inner(a: Float32Array, at: number, b: Float32Array, bt: number, size: number): number {
  const lanes = [0, 0, 0, 0];
  for (let i = 0; i < size; i++) lanes[i & 3] = fround(lanes[i & 3]! + fround(a[at + i]! * b[bt + i]!));
  return folded(lanes);
}

const folded = (lanes: readonly number[]): number =>
  fround(fround(lanes[0]! + lanes[1]!) + fround(lanes[2]! + lanes[3]!));

function addTimes(all: Float32Array, to: number, from: number, factor: number, size: number): void {
  for (let i = 0; i < size; i++) all[to + i] = fround(all[to + i]! + fround(factor * all[from + i]!));
}

/** Whether dropout under `seed` takes the element numbered `index`. */
function dropped(seed: number, index: number, bar: number): boolean {
  let h = seed ^ imul(index + 1, 0x9e3779b1);
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0 < bar;
}

export function layerKernels(machine: Machine): Record<string, Kernel> {
  const floats = () => machine.f32(0, machine.bytes >> 2);
  const ints = () => machine.i32(0, machine.bytes >> 2);
  return {
    ...rowKernels(floats, ints),
    ...normKernels(floats),
    ...attentionKernels(floats, ints),
    ...lossKernels(machine),
  };
}

function rowKernels(floats: () => Float32Array, ints: () => Int32Array): Record<string, Kernel> {
  return {
    clear32: (to = 0, count = 0) => {
      floats().fill(0, to / 4, to / 4 + count);
      return undefined;
    },
    add32s: (to = 0, from = 0, count = 0) => {
      addTimes(floats(), to / 4, from / 4, 1, count);
      return undefined;
    },
    transpose32: (from = 0, to = 0, rows = 0, columns = 0) => {
      const all = floats();
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) all[to / 4 + c * rows + r] = all[from / 4 + r * columns + c]!;
      return undefined;
    },
    embed32: (table = 0, index = 0, places = 0, place = 0, scale = 0, out = 0, rows = 0, width = 0) => {
      const [all, whole, s] = [floats(), ints(), fround(scale)];
      for (let r = 0; r < rows; r++) {
        const own = table / 4 + whole[index / 4 + r]! * width;
        const there = places === 0 ? -1 : places / 4 + whole[place / 4 + r]! * width;
        for (let e = 0; e < width; e++) {
          const sum = there < 0 ? all[own + e]! : fround(all[own + e]! + all[there + e]!);
          all[out / 4 + r * width + e] = fround(s * sum);
        }
      }
      return undefined;
    },
    scatter32: (table = 0, index = 0, scale = 0, from = 0, rows = 0, width = 0) => {
      const [all, whole] = [floats(), ints()];
      for (let r = 0; r < rows; r++)
        addTimes(all, table / 4 + whole[index / 4 + r]! * width, from / 4 + r * width, fround(scale), width);
      return undefined;
    },
    scatterBy32: (table = 0, index = 0, factors = 0, from = 0, rows = 0, width = 0) => {
      const [all, whole] = [floats(), ints()];
      for (let r = 0; r < rows; r++) {
        const to = table / 4 + whole[index / 4 + r]! * width;
        addTimes(all, to, from / 4 + r * width, all[factors / 4 + r]!, width);
      }
      return undefined;
    },
    gatherBy32: (table = 0, index = 0, factors = 0, out = 0, rows = 0, width = 0) => {
      const [all, whole] = [floats(), ints()];
      for (let r = 0; r < rows; r++) {
        const from = table / 4 + whole[index / 4 + r]! * width;
        addTimes(all, out / 4 + r * width, from, all[factors / 4 + r]!, width);
      }
      return undefined;
    },
    dropout32: (at = 0, count = 0, seed = 0, bar = 0, kept = 0) => {
      const [all, k] = [floats(), fround(kept)];
      for (let i = 0; i < count; i++) all[at / 4 + i] = dropped(seed, i, bar) ? 0 : fround(all[at / 4 + i]! * k);
      return undefined;
    },
    bias32: (x = 0, bias = 0, relu = 0, rows = 0, width = 0) => {
      const all = floats();
      for (let r = 0; r < rows; r++)
        for (let e = 0; e < width; e++) {
          const sum = fround(all[x / 4 + r * width + e]! + all[bias / 4 + e]!);
          all[x / 4 + r * width + e] = relu === 0 ? sum : Math.max(sum, 0);
        }
      return undefined;
    },
    biasBack32: (x = 0, dx = 0, dbias = 0, relu = 0, rows = 0, width = 0) => {
      const all = floats();
      for (let r = 0; r < rows; r++)
        for (let e = 0; e < width; e++) {
          const at = r * width + e;
          if (relu !== 0 && !(all[x / 4 + at]! > 0)) all[dx / 4 + at] = 0;
          all[dbias / 4 + e] = fround(all[dbias / 4 + e]! + all[dx / 4 + at]!);
        }
      return undefined;
    },
    mixRows32: (offsets = 0, indices = 0, values = 0, table = 0, base = 0, out = 0, from = 0, to = 0, width = 0) => {
      const [all, whole] = [floats(), ints()];
      for (let r = from; r < to; r++) {
        const own = out / 4 + r * width;
        if (base === 0) all.fill(0, own, own + width);
        else all.copyWithin(own, base / 4 + r * width, base / 4 + (r + 1) * width);
        for (let e = whole[offsets / 4 + r]!; e < whole[offsets / 4 + r + 1]!; e++)
          addTimes(all, own, table / 4 + whole[indices / 4 + e]! * width, all[values / 4 + e]!, width);
      }
      return undefined;
    },
  };
}

function normKernels(floats: () => Float32Array): Record<string, Kernel> {
  return {
    norm32: (x = 0, gain = 0, out = 0, stats = 0, rows = 0, width = 0) => {
      const all = floats();
      const ones = fround(1 / width);
      for (let r = 0; r < rows; r++) {
        const own = x / 4 + r * width;
        const [sums, squares] = [
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ];
        for (let e = 0; e < width; e++) sums[e & 3] = fround(sums[e & 3]! + all[own + e]!);
        const mean = fround(folded(sums) * ones);
        for (let e = 0; e < width; e++) {
          const gap = fround(all[own + e]! - mean);
          squares[e & 3] = fround(squares[e & 3]! + fround(gap * gap));
        }
        const inside = fround(fround(folded(squares) * ones) + fround(1e-6));
        const scale = fround(1 / fround(Math.sqrt(inside)));
        for (let e = 0; e < width; e++)
          all[out / 4 + r * width + e] = fround(fround(fround(all[own + e]! - mean) * scale) * all[gain / 4 + e]!);
        all[stats / 4 + 2 * r] = mean;
        all[stats / 4 + 2 * r + 1] = scale;
      }
      return undefined;
    },
    normBack32: (x = 0, gain = 0, stats = 0, dout = 0, dx = 0, dgain = 0, rows = 0, width = 0) => {
      const all = floats();
      const ones = fround(1 / width);
      for (let r = 0; r < rows; r++) {
        const [own, up, to] = [x / 4 + r * width, dout / 4 + r * width, dx / 4 + r * width];
        const [mean, scale] = [all[stats / 4 + 2 * r]!, all[stats / 4 + 2 * r + 1]!];
        const [sums, along] = [
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ];
        for (let e = 0; e < width; e++) {
          const unit = fround(fround(all[own + e]! - mean) * scale);
          all[dgain / 4 + e] = fround(all[dgain / 4 + e]! + fround(all[up + e]! * unit));
          const g = fround(all[up + e]! * all[gain / 4 + e]!);
          sums[e & 3] = fround(sums[e & 3]! + g);
          along[e & 3] = fround(along[e & 3]! + fround(g * unit));
        }
        const [a, b] = [fround(folded(sums) * ones), fround(folded(along) * ones)];
        for (let e = 0; e < width; e++) {
          const unit = fround(fround(all[own + e]! - mean) * scale);
          const g = fround(all[up + e]! * all[gain / 4 + e]!);
          all[to + e] = fround(all[to + e]! + fround(scale * fround(fround(g - a) - fround(unit * b))));
        }
      }
      return undefined;
    },
  };
}

function attentionKernels(floats: () => Float32Array, ints: () => Int32Array): Record<string, Kernel> {
  return {
    attend32: (qkv = 0, offsets = 0, sequences = 0, heads = 1, width = 0, chances = 0, out = 0) => {
      const [all, whole] = [floats(), ints()];
      const [row, part] = [3 * width, width / heads];
      const scale = fround(1 / fround(Math.sqrt(part)));
      let at = chances / 4;
      for (let s = 0; s < sequences; s++) {
        const first = whole[offsets / 4 + s]!;
        const length = whole[offsets / 4 + s + 1]! - first;
        for (let h = 0; h < heads; h++) {
          const q = qkv / 4 + first * row + h * part;
          const [k, v, to] = [q + width, q + 2 * width, out / 4 + first * width + h * part];
          for (let i = 0; i < length; i++) {
            let most = NONE;
            for (let j = 0; j <= i; j++) {
              all[at + j] = fround(inner(all, q + i * row, all, k + j * row, part) * scale);
              most = Math.max(most, all[at + j]!);
            }
            let sum = 0;
            for (let j = 0; j <= i; j++) {
              all[at + j] = exp32(fround(all[at + j]! - most));
              sum = fround(sum + all[at + j]!);
            }
            all.fill(0, to + i * width, to + i * width + part);
            for (let j = 0; j <= i; j++) {
              all[at + j] = fround(all[at + j]! / sum);
              addTimes(all, to + i * width, v + j * row, all[at + j]!, part);
            }
            at += i + 1;
          }
        }
      }
      return undefined;
    },
    attendBack32: (
      ...[qkv = 0, offsets = 0, sequences = 0, heads = 1, width = 0, chances = 0, dout = 0, dqkv = 0, scratch = 0]
    ) => {
      const [all, whole] = [floats(), ints()];
      const [row, part] = [3 * width, width / heads];
      const scale = fround(1 / fround(Math.sqrt(part)));
      all.fill(0, dqkv / 4, dqkv / 4 + whole[offsets / 4 + sequences]! * row);
      let at = chances / 4;
      for (let s = 0; s < sequences; s++) {
        const first = whole[offsets / 4 + s]!;
        const length = whole[offsets / 4 + s + 1]! - first;
        for (let h = 0; h < heads; h++) {
          const from = first * row + h * part;
          for (let i = 0; i < length; i++) {
            const own = dout / 4 + (first + i) * width + h * part;
            const q = from + i * row;
            let mean = 0;
            for (let j = 0; j <= i; j++) {
              const v = from + j * row + 2 * width;
              const d = inner(all, own, all, qkv / 4 + v, part);
              all[scratch / 4 + j] = d;
              mean = fround(mean + fround(all[at + j]! * d));
              addTimes(all, dqkv / 4 + v, own, all[at + j]!, part);
            }
            for (let j = 0; j <= i; j++) {
              const k = from + j * row + width;
              const d = fround(fround(all[at + j]! * fround(all[scratch / 4 + j]! - mean)) * scale);
              addTimes(all, dqkv / 4 + q, qkv / 4 + k, d, part);
              addTimes(all, dqkv / 4 + k, qkv / 4 + q, d, part);
            }
            at += i + 1;
          }
        }
      }
      return undefined;
    },
  };
}

function lossKernels(machine: Machine): Record<string, Kernel> {
  return {
    softmaxDrawn32: (
      ...[hidden = 0, table = 0, wanted = 0, items = 0, offset = 0, drawnOffset = 0, logits = 0, right = 0, ...rest]
    ) => {
      const [factor = 0, loss = 0, rows = 0, width = 0, drawn = 0] = rest;
      const all = machine.f32(0, machine.bytes >> 2);
      const whole = machine.i32(0, machine.bytes >> 2);
      const scale = fround(factor);
      for (let r = 0; r < rows; r++) {
        const item = whole[wanted / 4 + r]!;
        const own = logits / 4 + r * drawn;
        const product = inner(all, hidden / 4 + r * width, all, table / 4 + item * width, width);
        const z = fround(product - all[offset / 4 + item]!);
        let most = z;
        for (let e = 0; e < drawn; e++) {
          const x = fround(all[own + e]! - all[drawnOffset / 4 + e]!);
          all[own + e] = whole[items / 4 + e] === item ? NONE : x;
          most = Math.max(most, all[own + e]!);
        }
        const sums = [0, 0, 0, 0];
        for (let e = 0; e < drawn; e++) {
          all[own + e] = exp32(fround(all[own + e]! - most));
          sums[e & 3] = fround(sums[e & 3]! + all[own + e]!);
        }
        const mine = exp32(fround(z - most));
        const sum = fround(folded(sums) + mine);
        const unit = fround(scale / sum);
        for (let e = 0; e < drawn; e++) all[own + e] = fround(all[own + e]! * unit);
        all[right / 4 + r] = fround(fround(mine * unit) - scale);
        machine.f64(loss, 1)[0]! += scale * (log(sum) + (most - z));
      }
      return undefined;
    },
    adam32: (
      ...[weights = 0, gradient = 0, mean = 0, square = 0, from = 0, to = 0, rate = 0, floor = 0, keep = 0, ...rest]
    ) => {
      const [keepSquare = 0, decay = 0] = rest;
      const all = machine.f32(0, machine.bytes >> 2);
      const [a, b, r, f, d] = [keep, keepSquare, rate, floor, decay].map(fround) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const [a1, b1] = [fround(1 - a), fround(1 - b)];
      for (let i = from; i < to; i++) {
        const g = all[gradient / 4 + i]!;
        const m = fround(fround(a * all[mean / 4 + i]!) + fround(a1 * g));
        const v = fround(fround(b * all[square / 4 + i]!) + fround(b1 * fround(g * g)));
        all[mean / 4 + i] = m;
        all[square / 4 + i] = v;
        const w = all[weights / 4 + i]!;
        const step = fround(fround(r * m) / fround(fround(Math.sqrt(v)) + f));
        all[weights / 4 + i] = fround(fround(w - step) - fround(d * w));
        all[gradient / 4 + i] = 0;
      }
      return undefined;
    },
  };
}
