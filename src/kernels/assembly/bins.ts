// From numbers to bins: how many of the rising bounds lie below a value.

const MISSING: u8 = 255;

// Position after which the first of `bounds` that is not below x may lie, halving n bounds to one: the same number of steps
// for every x, so that four searches go side by side.
@inline
function halved(x: f64, bounds: usize, base: usize, half: usize): usize {
  return select<usize>(base + half, base, load<f64>(bounds + ((base + half - 1) << 3)) < x);
}

@inline
function lastStep(x: f64, bounds: usize, base: usize): i32 {
  return <i32>base + i32(load<f64>(bounds + (base << 3)) < x);
}

// How many of the rising bounds are below x.
@inline
function boundsBelow(x: f64, bounds: usize, boundCount: i32): i32 {
  if (boundCount == 0) return 0;
  let base: usize = 0;
  let n = <usize>boundCount;
  while (n > 1) {
    const half = n >> 1;
    base = halved(x, bounds, base, half);
    n -= half;
  }
  return lastStep(x, bounds, base);
}

@inline
function isThere(x: f64, valid: usize, row: i32): bool {
  return x - x == 0 && (valid == 0 || load<u8>(valid + <usize>row) != 0);
}

/**
 * values f64[count], valid u8[count] or 0, bounds f64[bounds] rising; the bin of row r is written to out + r * stride.
 * A value is in bin b when bounds[b - 1] < value <= bounds[b]; NaN, infinities and rows that are not valid are 255.
 */
export function binNumbers(
  values: usize, valid: usize, count: i32, bounds: usize, boundCount: i32, out: usize, stride: i32,
): void {
  let i: i32 = 0;
  if (boundCount > 0)
    for (; i + 4 <= count; i += 4) {
      const at = values + (<usize>i << 3);
      const x0 = load<f64>(at), x1 = load<f64>(at, 8), x2 = load<f64>(at, 16), x3 = load<f64>(at, 24);
      let b0: usize = 0, b1: usize = 0, b2: usize = 0, b3: usize = 0;
      let n = <usize>boundCount;
      while (n > 1) {
        const half = n >> 1;
        b0 = halved(x0, bounds, b0, half);
        b1 = halved(x1, bounds, b1, half);
        b2 = halved(x2, bounds, b2, half);
        b3 = halved(x3, bounds, b3, half);
        n -= half;
      }
      const to = out + <usize>i * <usize>stride;
      store<u8>(to, isThere(x0, valid, i) ? <u8>lastStep(x0, bounds, b0) : MISSING);
      store<u8>(to + <usize>stride, isThere(x1, valid, i + 1) ? <u8>lastStep(x1, bounds, b1) : MISSING);
      store<u8>(to + 2 * <usize>stride, isThere(x2, valid, i + 2) ? <u8>lastStep(x2, bounds, b2) : MISSING);
      store<u8>(to + 3 * <usize>stride, isThere(x3, valid, i + 3) ? <u8>lastStep(x3, bounds, b3) : MISSING);
    }
  for (; i < count; i++) {
    const x = load<f64>(values + (<usize>i << 3));
    const bin = boundsBelow(x, bounds, boundCount);
    store<u8>(out + <usize>i * <usize>stride, isThere(x, valid, i) ? <u8>bin : MISSING);
  }
}

/** The same for 16-bit bins; missing is 65535. */
export function binNumbersWide(
  values: usize, valid: usize, count: i32, bounds: usize, boundCount: i32, out: usize, stride: i32,
): void {
  let i: i32 = 0;
  if (boundCount > 0)
    for (; i + 4 <= count; i += 4) {
      const at = values + (<usize>i << 3);
      const x0 = load<f64>(at), x1 = load<f64>(at, 8), x2 = load<f64>(at, 16), x3 = load<f64>(at, 24);
      let b0: usize = 0, b1: usize = 0, b2: usize = 0, b3: usize = 0;
      let n = <usize>boundCount;
      while (n > 1) {
        const half = n >> 1;
        b0 = halved(x0, bounds, b0, half);
        b1 = halved(x1, bounds, b1, half);
        b2 = halved(x2, bounds, b2, half);
        b3 = halved(x3, bounds, b3, half);
        n -= half;
      }
      const to = out + <usize>i * <usize>stride;
      store<u16>(to, isThere(x0, valid, i) ? <u16>lastStep(x0, bounds, b0) : 65535);
      store<u16>(to + <usize>stride, isThere(x1, valid, i + 1) ? <u16>lastStep(x1, bounds, b1) : 65535);
      store<u16>(to + 2 * <usize>stride, isThere(x2, valid, i + 2) ? <u16>lastStep(x2, bounds, b2) : 65535);
      store<u16>(to + 3 * <usize>stride, isThere(x3, valid, i + 3) ? <u16>lastStep(x3, bounds, b3) : 65535);
    }
  for (; i < count; i++) {
    const x = load<f64>(values + (<usize>i << 3));
    const bin = boundsBelow(x, bounds, boundCount);
    store<u16>(out + <usize>i * <usize>stride, isThere(x, valid, i) ? <u16>bin : 65535);
  }
}

/**
 * Rows from..to-1 of column-major bytes to row-major ones, eight columns to a word of eight bytes. columns: `features`
 * blocks of `columnStride` bytes; out: rows of `rowStride` bytes. Bytes beyond the last feature are 0.
 */
export function interleave(
  columns: usize, columnStride: usize, features: i32, from: i32, to: i32, out: usize, rowStride: usize,
): void {
  for (let first: i32 = 0; first < features; first += 8) {
    const count = min(8, features - first);
    for (let i = from; i < to; i++) {
      let at = columns + <usize>first * columnStride + <usize>i;
      let word: u64 = 0;
      for (let k: i32 = 0; k < count; k++) {
        word |= <u64>load<u8>(at) << <u64>(k << 3);
        at += columnStride;
      }
      store<u64>(out + <usize>i * rowStride + <usize>first, word);
    }
  }
}
