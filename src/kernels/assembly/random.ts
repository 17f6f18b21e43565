// The stream of `random(seed)` in ../random.ts, number for number.

let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let counter: u32 = 0;

function mix32(value: u32): u32 {
  let h = value;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  return h ^ (h >>> 16);
}

function next(): u32 {
  const t = a + b + counter;
  counter += 1;
  a = b ^ (b >>> 9);
  b = c + (c << 3);
  c = ((c << 21) | (c >>> 11)) + t;
  return t;
}

export function seedRandom(seed: u32): void {
  a = mix32(seed);
  b = mix32(seed ^ 0x9e3779b9);
  c = mix32(seed ^ 0x3c6ef372);
  counter = 1;
  for (let i = 0; i < 12; i++) next();
}

/** Uniform in [0, 1), 53 bits. */
export function uniform(): f64 {
  const high = f64(next());
  return (high * 2097152.0 + f64(next() >>> 11)) / 9007199254740992.0;
}

/** Whole number in [0, below). */
export function integer(below: u32): u32 {
  return u32(uniform() * f64(below));
}
