/**
 * The root split that is best together with the splits below it. A greedy root never parts on a feature that matters only
 * along with another (an interaction without main effects), except by chance; here the two levels are weighed as one, on a
 * sample of rows and eight coarse bins a feature.
 *
 * In the spirit of Lou, Caruana, Gehrke, Hooker (2013), Accurate intelligible models with pairwise interactions, KDD.
 */
import type { Machine } from '#kernels/machine.ts';
import { random, split } from '#kernels/random.ts';
import { type Binning, type Bins, MISSING_BIN } from './bins.ts';

/** Coarse bins; the last one is of missing values. */
const CODES = 8;
const SAMPLE = 16_384;
/** More features than this are not paired: the pairs grow with the square. */
const FEATURES_MAX = 64;
/** How much better than the greedy root the two levels must be; below it the difference is noise of the sample. */
const BETTER = 1.1;

export interface RootSplit {
  readonly feature: number;
  /** Bins up to it go left. */
  readonly bin: number;
}

export class LookAhead {
  readonly #machine: Machine;
  readonly #bins: Bins;
  readonly #seed: number;
  readonly #l2: number;
  readonly #minHessian: number;
  readonly #features: number;
  /** By feature: the last fine bin of each coarse one but the missing. */
  readonly #lastBins: readonly number[][];
  readonly #codes: number;
  readonly #out: number;
  readonly #rows: number;
  readonly #scratch: readonly number[];

  constructor(
    machine: Machine,
    bins: Bins,
    binning: Binning,
    options: { seed: number; l2: number; minHessian: number },
  ) {
    this.#machine = machine;
    this.#bins = bins;
    this.#seed = options.seed;
    this.#l2 = options.l2;
    this.#minHessian = options.minHessian;
    this.#features = binning.inputs.length;
    this.#codes = machine.allocate(256 * this.#features);
    this.#out = machine.allocate(this.#features ** 2 * 512);
    this.#rows = machine.allocate(4 * Math.min(SAMPLE, bins.rows));
    this.#scratch = Array.from({ length: machine.threads }, () => machine.allocate(this.#features));
    this.#lastBins = this.#coarsen(binning);
  }

  static suits(binning: Binning, monotone: Int32Array): boolean {
    return binning.inputs.length >= 2 && binning.inputs.length <= FEATURES_MAX && monotone.every((m) => m === 0);
  }

  /** Coarse bins of about equal count, from a sample of the rows. */
  #coarsen(binning: Binning): number[][] {
    const machine = this.#machine;
    const count = this.#sample(machine.u32(this.#rows, Math.min(SAMPLE, this.#bins.rows)), undefined, 0);
    const rows = machine.u32(this.#rows, count);
    return binning.inputs.map(({ categories }, f) => {
      const codes = machine.u8(this.#codes + 256 * f, 256).fill(CODES - 1);
      const last: number[] = [];
      if (categories !== undefined) return last;
      const counts = new Float64Array(256);
      const { at, groupStride, rowStride } = this.#bins;
      const bytes = machine.u8(at, (this.#bins.rows - 1) * rowStride + this.#bins.groups * groupStride);
      const byte = (f >> 3) * groupStride + (f & 7);
      for (const row of rows) counts[bytes[byte + row * rowStride]!]! += 1;
      const present = count - counts[MISSING_BIN]!;
      let sum = 0;
      let code = 0;
      for (let bin = 0; bin < binning.binCounts[f]!; bin++) {
        codes[bin] = code;
        sum += counts[bin]!;
        if (sum * (CODES - 1) >= present * (code + 1) && code < CODES - 2 && counts[bin]! > 0) {
          last[code++] = bin;
          while (code < CODES - 2 && sum * (CODES - 1) >= present * (code + 1)) last[code++] = bin;
        }
      }
      return last;
    });
  }

  /** Fills `into` with row numbers of `learned` (all rows where undefined), evenly spread; returns how many. */
  #sample(into: Uint32Array, learned: Uint32Array | undefined, round: number): number {
    const have = learned?.length ?? this.#bins.rows;
    const count = Math.min(into.length, have);
    const offset = random(split(this.#seed, 'look-ahead', round)).uniform();
    for (let i = 0; i < count; i++) {
      const j = count === have ? i : Math.min(have - 1, Math.floor(((i + offset) * have) / count));
      into[i] = learned === undefined ? j : learned[j]!;
    }
    return count;
  }

  /** The root to take rather than the greedy one, if any. */
  find(gh: number, learned: Uint32Array, used: ArrayLike<boolean | number>, round: number): RootSplit | undefined {
    const machine = this.#machine;
    const features = this.#features;
    const count = this.#sample(machine.u32(this.#rows, Math.min(SAMPLE, this.#bins.rows)), learned, round);
    const parts = evenParts(features, this.#scratch.length);
    machine.each(
      'pairSums',
      parts.map(({ first, end }, t) => [
        ...[this.#bins.at, this.#bins.rowStride, features, this.#codes, this.#rows, count, gh, first, end],
        ...[this.#out, this.#scratch[t]!],
      ]),
    );
    return this.#choose(machine.f32(this.#out, features ** 2 * 128), used);
  }

  #choose(sums: Float32Array, used: ArrayLike<boolean | number>): RootSplit | undefined {
    const features = this.#features;
    const usable = Array.from({ length: features }, (_, f) => f).filter(
      (f) => used[f] && this.#lastBins[f]!.length > 0,
    );
    let greedy = { one: 0, two: 0, feature: -1, bin: -1 };
    let ahead = greedy;
    for (const a of usable)
      for (const [code, bin] of this.#lastBins[a]!.entries()) {
        if (bin === this.#lastBins[a]![code + 1]) continue;
        const found = this.#gains(sums, a, code, usable);
        if (found === undefined) continue;
        const here = { ...found, feature: a, bin };
        if (here.one > greedy.one) greedy = here;
        if (here.two > ahead.two) ahead = here;
      }
    if (ahead.feature < 0 || ahead.two < BETTER * greedy.two || ahead.feature === greedy.feature) return undefined;
    return { feature: ahead.feature, bin: ahead.bin };
  }

  /** Fall of the loss by parting on `a` after coarse bin `code`, alone and with the best split of each side. */
  #gains(sums: Float32Array, a: number, code: number, usable: readonly number[]) {
    let one = 0;
    let bestLeft = 0;
    let bestRight = 0;
    const side = new Float64Array(4 * CODES);
    for (const b of usable) {
      if (b === a) continue;
      this.#sidesOf(sums, a, code, b, side);
      const left = this.#bestCut(side, 0);
      const right = this.#bestCut(side, 2 * CODES);
      if (left === undefined || right === undefined) return undefined;
      one = left.whole + right.whole - (left.g + right.g) ** 2 / (left.h + right.h + this.#l2);
      bestLeft = Math.max(bestLeft, left.gain);
      bestRight = Math.max(bestRight, right.gain);
    }
    return { one, two: one + bestLeft + bestRight };
  }

  /** Sums by coarse bin of b: gradients and hessians of a's left side, then of its right side. */
  #sidesOf(sums: Float32Array, a: number, code: number, b: number, side: Float64Array): void {
    side.fill(0);
    const at = 128 * (a < b ? a * this.#features + b : b * this.#features + a);
    for (let ca = 0; ca < CODES; ca++)
      for (let cb = 0; cb < CODES; cb++) {
        const cell = at + 2 * (a < b ? ca * CODES + cb : cb * CODES + ca);
        const to = (ca <= code ? 0 : 2 * CODES) + 2 * cb;
        side[to]! += sums[cell]!;
        side[to + 1]! += sums[cell + 1]!;
      }
  }

  #bestCut(side: Float64Array, from: number) {
    let g = 0;
    let h = 0;
    for (let c = 0; c < CODES; c++) {
      g += side[from + 2 * c]!;
      h += side[from + 2 * c + 1]!;
    }
    if (h < this.#minHessian) return undefined;
    const l2 = this.#l2;
    const whole = (g * g) / (h + l2);
    let gain = 0;
    let leftG = 0;
    let leftH = 0;
    for (let c = 0; c + 1 < CODES; c++) {
      leftG += side[from + 2 * c]!;
      leftH += side[from + 2 * c + 1]!;
      const rightH = h - leftH;
      if (leftH < this.#minHessian || rightH < this.#minHessian) continue;
      const rightG = g - leftG;
      gain = Math.max(gain, (leftG * leftG) / (leftH + l2) + (rightG * rightG) / (rightH + l2) - whole);
    }
    return { whole, gain, g, h };
  }
}

/** Firsts 0..features-1 in parts of about equal numbers of pairs. */
function evenParts(features: number, parts: number): { first: number; end: number }[] {
  const pairs = (features * (features - 1)) / 2;
  const out: { first: number; end: number }[] = [];
  let first = 0;
  let done = 0;
  for (let p = 1; p <= parts; p++) {
    let end = first;
    while (end < features && (done < (pairs * p) / parts || p === parts)) done += features - 1 - end++;
    if (end > first) out.push({ first, end });
    first = end;
  }
  return out;
}
