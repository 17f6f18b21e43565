/** Twin of `assembly/boost.ts`: the same sums in the same order, one cell at a time. Layouts are told there. */
import type { Kernel, Machine } from '../machine.ts';
import { plainExp } from './exp.ts';

const CELL_WORDS = 512;
const BEST_WORDS = 12;

interface Sums {
  readonly g: number;
  readonly h: number;
}

interface NodeView {
  readonly g: number;
  readonly h: number;
  readonly rows: number;
  readonly low: number;
  readonly high: number;
  readonly histogram: number;
  readonly best: number;
}

interface Settings {
  readonly l2: number;
  readonly l1: number;
  readonly minRows: number;
  readonly minHessian: number;
  readonly categoryL2: number;
  readonly smoothing: number;
  readonly most: number;
  readonly constrained: boolean;
}

export function plainBoost(machine: Machine): Record<string, Kernel> {
  const histogram: Kernel = (bins, rowStride, first, end, rows, count, gh, out) => {
    const cells = machine.f64(out! + first! * 8 * 4096, (end! - first!) * 8 * CELL_WORDS).fill(0);
    const list = rows === 0 ? undefined : machine.u32(rows!, count!);
    for (let i = 0; i < count!; i++) {
      const row = list?.[i] ?? i;
      const bytes = machine.u8(bins! + row * rowStride! + first! * 8, (end! - first!) * 8);
      const [g, h] = machine.f32(gh! + 8 * row, 2);
      for (const [f, bin] of bytes.entries()) {
        cells[f * CELL_WORDS + 2 * bin]! += g!;
        cells[f * CELL_WORDS + 2 * bin + 1]! += h!;
      }
    }
    return undefined;
  };
  const subtract: Kernel = (whole, part, target, first, end) => {
    const [a, b, c] = [whole, part, target].map((at) =>
      machine.f64(at! + first! * 8 * 4096, (end! - first!) * 8 * CELL_WORDS),
    );
    for (let i = 0; i < c!.length; i++) c![i] = a![i]! - b![i]!;
    return undefined;
  };
  const bestSplits: Kernel = (nodeAt, first, end, features, settingsAt) => {
    const node = nodeView(machine, nodeAt!);
    if (node.best === 0) return undefined;
    const settings = settingsView(machine, settingsAt!);
    for (let f = first! * 8; f < end! * 8; f++) {
      const [bins, kind, monotone, used] = machine.i32(features! + 16 * f, 4);
      const to = machine.f64(node.best + f * 96, BEST_WORDS);
      to[0] = 0;
      if (!used) continue;
      const cells = machine.f64(node.histogram + f * 4096, CELL_WORDS);
      if (kind === 1) bestCategories(node, cells, bins!, settings, to);
      else bestCut(node, cells, bins!, monotone!, settings, to);
    }
    return undefined;
  };
  return {
    logitGradients: (scores, labels, weights, gh, from, to) => {
      const s = machine.f64(scores!, to! + 1);
      const y = machine.f32(labels!, to! + 1);
      const w = weights === 0 ? undefined : machine.f32(weights!, to! + 1);
      const out = machine.f32(gh!, 2 * to! + 2);
      // two rows at a time, as the compiled kernel: an odd end writes one more
      for (let i = from!; i < to! + ((to! - from!) % 2); i++) {
        const p = 1 / (1 + plainExp(-s[i]!));
        out[2 * i] = (p - y[i]!) * (w?.[i] ?? 1);
        out[2 * i + 1] = Math.max(p * (1 - p), 1e-16) * (w?.[i] ?? 1);
      }
      return undefined;
    },
    histogram,
    subtract,
    bestSplits,
    growStep: (bins, rowStride, first, end, rows, count, gh, scratch, small, large, features, settings) => {
      const [smaller, larger] = [nodeView(machine, small!).histogram, nodeView(machine, large!).histogram];
      histogram(bins!, rowStride!, first!, end!, rows!, count!, gh!, smaller, scratch!);
      subtract(larger, smaller, larger, first!, end!);
      bestSplits(small!, first!, end!, features!, settings!);
      return bestSplits(large!, first!, end!, features!, settings!);
    },
    ...plainRows(machine),
    pairSums: (bins, rowStride, features, codes, rows, count, gh, first, end, out) => {
      for (let a = first!; a < end!; a++) machine.u8(out! + a * features! * 512, features! * 512).fill(0);
      for (const row of machine.u32(rows!, count!)) {
        const bytes = machine.u8(bins! + row * rowStride!, features!);
        const code = (f: number) => machine.u8(codes! + 256 * f + bytes[f]!, 1)[0]!;
        const [g, h] = machine.f32(gh! + 8 * row, 2);
        for (let a = first!; a < end!; a++)
          for (let b = a + 1; b < features!; b++) {
            const cell = machine.f32(out! + (a * features! + b) * 512 + (code(a) * 8 + code(b)) * 8, 2);
            cell[0]! += g!;
            cell[1]! += h!;
          }
      }
      return undefined;
    },
  };
}

function plainRows(machine: Machine): Record<string, Kernel> {
  return {
    partRows: (byte, rowStride, rows, from, count, table, left, right, counts) => {
      const goes = machine.u8(table!, 256);
      const [lefts, rights] = [left, right].map((at) => machine.u32(at! + 4 * from!, count!));
      let [l, r] = [0, 0];
      for (const row of machine.u32(rows! + 4 * from!, count!)) {
        if (goes[machine.u8(byte! + row * rowStride!, 1)[0]!] === 1) lefts![l++] = row;
        else rights![r++] = row;
      }
      machine.u32(counts!, 1)[0] = l;
      return undefined;
    },
    moveBytes: (from, to, bytes) => {
      machine.u8(to!, bytes!).set(machine.u8(from!, bytes!).slice());
      return undefined;
    },
    addToRows: (rows, count, value, scores) => {
      for (const row of machine.u32(rows!, count!)) machine.f64(scores! + 8 * row, 1)[0]! += value!;
      return undefined;
    },
    addTree: (bins, rowStride, from, to, nodes, tables, values, scores) => {
      for (let i = from!; i < to!; i++) {
        let node = 0;
        do {
          const [offset, left, right] = machine.i32(nodes! + 12 * node, 3);
          const bin = machine.u8(bins! + i * rowStride! + offset!, 1)[0]!;
          node = machine.u8(tables! + 256 * node + bin, 1)[0] ? left! : right!;
        } while (node >= 0);
        machine.f64(scores! + 8 * i, 1)[0]! += machine.f64(values! + 8 * (-1 - node), 1)[0]!;
      }
      return undefined;
    },
  };
}

function nodeView(machine: Machine, at: number): NodeView {
  const [g = 0, h = 0, rows = 0, low = 0, high = 0, histogram = 0, best = 0] = machine.f64(at, 7);
  return { g, h, rows, low, high, histogram, best };
}

function settingsView(machine: Machine, at: number): Settings {
  const [l2 = 0, l1 = 0, minRows = 0, minHessian = 0, categoryL2 = 0, smoothing = 0, most = 0, constrained = 0] =
    machine.f64(at, 8);
  return { l2, l1, minRows, minHessian, categoryL2, smoothing, most, constrained: constrained !== 0 };
}

const shrunk = (g: number, l1: number): number => (l1 === 0 ? g : Math.sign(g) * Math.max(0, Math.abs(g) - l1));

/** Twice the fall of the loss by the output `w`. */
const fallOf = ({ g, h }: Sums, l1: number, l2: number, w: number): number =>
  -(2 * shrunk(g, l1) * w + (h + l2) * w * w);

const leastHessian = (node: NodeView, { minHessian, minRows }: Settings): number =>
  Math.max(minHessian, (minRows - 0.5) / (node.rows / node.h));

function outputOf({ g, h }: Sums, l1: number, l2: number, node: NodeView): number {
  return Math.min(node.high, Math.max(node.low, -shrunk(g, l1) / (h + l2)));
}

function bestCut(
  node: NodeView,
  cells: Float64Array,
  bins: number,
  monotone: number,
  settings: Settings,
  to: Float64Array,
): void {
  const { l1, l2, constrained } = settings;
  const least = leastHessian(node, settings);
  const missing = { g: cells[510]!, h: cells[511]! };
  const fall = (sums: Sums): number =>
    constrained
      ? fallOf(sums, l1, l2, outputOf(sums, l1, l2, node))
      : (shrunk(sums.g, l1) * shrunk(sums.g, l1)) / (sums.h + l2);
  let bestGain = 0;
  for (const pass of missing.h > 0 ? [0, 1] : [0]) {
    let { g, h } = pass === 0 ? { g: 0, h: 0 } : missing;
    for (let bin = 0; bin < (pass === 0 && missing.h > 0 ? bins : bins - 1); bin++) {
      g += cells[2 * bin]!;
      h += cells[2 * bin + 1]!;
      const right = { g: node.g - g, h: node.h - h };
      if (h < least) continue;
      if (right.h < least) break;
      if (constrained) {
        const rise = outputOf(right, l1, l2, node) - outputOf({ g, h }, l1, l2, node);
        if (monotone * rise < 0) continue;
      }
      const gain = fall({ g, h }) + fall(right) - fall(node);
      if (gain <= bestGain) continue;
      bestGain = gain;
      to.set([gain, bin, missing.h > 0 ? pass : h >= right.h ? 1 : 0, g, h]);
    }
  }
}

function bestCategories(node: NodeView, cells: Float64Array, bins: number, settings: Settings, to: Float64Array): void {
  const { l1, l2: plainL2, constrained } = settings;
  const l2 = plainL2 + settings.categoryL2;
  const least = leastHessian(node, settings);
  const output = (sums: Sums, own: number) =>
    constrained ? outputOf(sums, l1, own, node) : -shrunk(sums.g, l1) / (sums.h + own);
  const whole = fallOf(node, l1, plainL2, output(node, plainL2));
  const order = Array.from({ length: bins }, (_, bin) => bin)
    .filter((bin) => cells[2 * bin + 1]! > 0)
    .map((bin) => ({ bin, mean: cells[2 * bin]! / (cells[2 * bin + 1]! + settings.smoothing) }));
  let bestGain = 0;
  for (const side of [1, -1]) {
    const sorted = [...order].sort((a, b) => side * (a.mean - b.mean) || a.bin - b.bin);
    let g = 0;
    let h = 0;
    const bits = new BigUint64Array(4);
    for (const [taken, { bin }] of sorted.slice(0, Math.min(settings.most, bins - 1)).entries()) {
      bits[bin >> 6]! |= 1n << BigInt(bin & 63);
      g += cells[2 * bin]!;
      h += cells[2 * bin + 1]!;
      const right = { g: node.g - g, h: node.h - h };
      if (h < least) continue;
      if (right.h < least) break;
      const fall = (sums: Sums) => fallOf(sums, l1, l2, output(sums, l2));
      const gain = fall({ g, h }) + fall(right) - whole;
      if (gain <= bestGain) continue;
      bestGain = gain;
      to.set([gain, taken + 1, 0, g, h]);
      to.set(new Float64Array(bits.buffer), 8);
    }
  }
}
