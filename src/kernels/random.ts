/**
 * Seeded random numbers: PCG-like streams on 32-bit arithmetic (sfc32), so results are the same on every machine.
 * `split` gives independent streams by name, so adding a draw in one place does not shift another.
 *
 * @see Doty-Humphrey, PractRand (sfc32); Marsaglia and Tsang (2000), ACM TOMS 26(3), for gamma variates
 */

export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Whole number in [0, below), below <= 2^32. */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
  /** Exponential with the given rate. */
  exponential(rate?: number): number;
  /** Gamma with the given shape and rate. */
  gamma(shape: number, rate?: number): number;
  /** Beta(a, b) in (0, 1). */
  beta(a: number, b: number): number;
  /** Poisson count with the given mean. */
  poisson(mean: number): number;
}

const encoder = new TextEncoder();

/** 32-bit FNV-1a of the UTF-8 bytes of `text`. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Finaliser of MurmurHash3: spreads every input bit over all 32 output bits. */
export function mix32(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A seed for an independent stream named by `path`.
 *
 * @example random(split(seed, 'bootstrap', i))
 */
export function split(seed: number, ...path: (string | number)[]): number {
  let h = mix32(seed);
  for (const part of path)
    h = mix32(Math.imul(h, 0x9e3779b1) ^ (typeof part === 'number' ? mix32(part) : fnv1a32(part)));
  return h;
}

/** A uniform number in [0, 1) that depends only on seed and key: stable assignment of ids to arms and folds. */
export function hashUniform(seed: number, key: string): number {
  const a = mix32(fnv1a32(key) ^ mix32(seed));
  const b = mix32(Math.imul(a, 0x9e3779b1) ^ seed);
  return (a * 2 ** 21 + (b >>> 11)) / 2 ** 53;
}

/** A generator of random numbers from a whole-number seed. */
export function random(seed: number): Random {
  let a = mix32(seed);
  let b = mix32(seed ^ 0x9e3779b9);
  let c = mix32(seed ^ 0x3c6ef372);
  let counter = 1;
  let spare = Number.NaN;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();

  const self: Random = {
    uniform: () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53,
    integer: (below) => Math.floor(self.uniform() * below),
    normal: () => {
      if (!Number.isNaN(spare)) {
        const value = spare;
        spare = Number.NaN;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - self.uniform()));
      const angle = 2 * Math.PI * self.uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    exponential: (rate = 1) => -Math.log(1 - self.uniform()) / rate,
    gamma: (shape, rate = 1) => {
      if (shape < 1) return self.gamma(shape + 1, rate) * (1 - self.uniform()) ** (1 / shape);
      const d = shape - 1 / 3;
      const scale = 1 / Math.sqrt(9 * d);
      for (;;) {
        const x = self.normal();
        const v = (1 + scale * x) ** 3;
        if (v > 0 && Math.log(1 - self.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v) / rate;
      }
    },
    beta: (alpha, beta) => {
      const x = self.gamma(alpha);
      return x / (x + self.gamma(beta));
    },
    poisson: (mean) => {
      if (mean > 30) {
        const half = self.poisson(mean / 2);
        return half + self.poisson(mean / 2);
      }
      const floor = Math.exp(-mean);
      let count = 0;
      for (let product = self.uniform(); product > floor; product *= self.uniform()) count++;
      return count;
    },
  };
  return self;
}

/** The numbers 0 to count - 1 in an order drawn by `draw`, all orders alike. */
export function shuffled(count: number, draw: Random): Int32Array<ArrayBuffer> {
  const out = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = draw.integer(i + 1);
    const kept = out[i]!;
    out[i] = out[j]!;
    out[j] = kept;
  }
  return out;
}
