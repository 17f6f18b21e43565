// From numbers to bins: how many of the rising bounds lie below a value.

const MISSING: u8 = 255;

/**
 * values f64[count], valid u8[count] or 0, bounds f64[bounds] rising; the bin of row r is written to out + r * stride.
 * A value is in bin b when bounds[b - 1] < value <= bounds[b]; NaN, infinities and rows that are not valid are 255.
 */
export function binNumbers(
  values: usize, valid: usize, count: i32, bounds: usize, boundCount: i32, out: usize, stride: i32,
): void {
  for (let i: i32 = 0; i < count; i++) {
    const x = load<f64>(values + (<usize>i << 3));
    let bin: i32 = 0;
    let left = boundCount;
    // the first bound that is >= x
    while (left > 0) {
      const half = left >> 1;
      const below = i32(load<f64>(bounds + (<usize>(bin + half) << 3)) < x);
      bin = select<i32>(bin + half + 1, bin, below);
      left = select<i32>(left - half - 1, half, below);
    }
    const finite = i32(x - x == 0) & (valid == 0 ? 1 : i32(load<u8>(valid + <usize>i)));
    store<u8>(out + <usize>i * <usize>stride, finite != 0 ? <u8>bin : MISSING);
  }
}

/** The same for 16-bit bins; missing is 65535. */
export function binNumbersWide(
  values: usize, valid: usize, count: i32, bounds: usize, boundCount: i32, out: usize, stride: i32,
): void {
  for (let i: i32 = 0; i < count; i++) {
    const x = load<f64>(values + (<usize>i << 3));
    let bin: i32 = 0;
    let left = boundCount;
    while (left > 0) {
      const half = left >> 1;
      const below = i32(load<f64>(bounds + (<usize>(bin + half) << 3)) < x);
      bin = select<i32>(bin + half + 1, bin, below);
      left = select<i32>(left - half - 1, half, below);
    }
    const finite = i32(x - x == 0) & (valid == 0 ? 1 : i32(load<u8>(valid + <usize>i)));
    store<u16>(out + <usize>i * <usize>stride, finite != 0 ? <u16>bin : 65535);
  }
}
