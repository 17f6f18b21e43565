// From numbers to bins: how many of the rising bounds lie below a value.

const MISSING: u8 = 255;

// How many of the rising bounds are below x.
@inline
function boundsBelow(x: f64, bounds: usize, boundCount: i32): i32 {
  let bin: i32 = 0;
  let left = boundCount;
  while (left > 0) {
    const half = left >> 1;
    const below = i32(load<f64>(bounds + (<usize>(bin + half) << 3)) < x);
    bin = select<i32>(bin + half + 1, bin, below);
    left = select<i32>(left - half - 1, half, below);
  }
  return bin;
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
  for (let i: i32 = 0; i < count; i++) {
    const x = load<f64>(values + (<usize>i << 3));
    const bin = boundsBelow(x, bounds, boundCount);
    store<u8>(out + <usize>i * <usize>stride, isThere(x, valid, i) ? <u8>bin : MISSING);
  }
}

/** The same for 16-bit bins; missing is 65535. */
export function binNumbersWide(
  values: usize, valid: usize, count: i32, bounds: usize, boundCount: i32, out: usize, stride: i32,
): void {
  for (let i: i32 = 0; i < count; i++) {
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
