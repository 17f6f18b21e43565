// What trees add up to for each row, by bins of their own thresholds.
//
//   bins   u16, row-major: the number of a feature's thresholds that lie below the value (of text the category); 65535 missing
//   node   8 bytes: u16 feature (bits 0..13), is a category (bit 14), missing goes left (bit 15); u16 threshold: bins up
//          to it go left, of a category the index of its set; i32 left child, the right one follows it. A leaf is its own
//          left child and its threshold 65535, so that a row which arrives stays.
//   sets   32 bytes each: 256 bits, 1 for categories that go left
//   values f64, `wide` a node

@inline
function step(nodes: usize, n: i32, row: usize): i32 {
  const node = load<u64>(nodes + (<usize>n << 3));
  const bin = <i32>load<u16>(row + <usize>((node & 0x3fff) << 1));
  const left = i32(bin <= <i32>((node >> 16) & 0xffff)) | ((bin + <i32>((node >> 15) & 1)) >> 16);
  return <i32>(node >> 32) + (left ^ 1);
}

function stepBySet(nodes: usize, sets: usize, n: i32, row: usize): i32 {
  const node = load<u64>(nodes + (<usize>n << 3));
  const bin = <i32>load<u16>(row + <usize>((node & 0x3fff) << 1));
  const threshold = <i32>((node >> 16) & 0xffff);
  let left: i32;
  if (node & 0x4000) {
    const inSet = bin < 256 ? (<i32>load<u8>(sets + (<usize>threshold << 5) + <usize>(bin >> 3)) >> (bin & 7)) & 1 : 0;
    left = bin == 65535 ? <i32>((node >> 15) & 1) : inSet;
  } else left = i32(bin <= threshold) | ((bin + <i32>((node >> 15) & 1)) >> 16);
  return <i32>(node >> 32) + (left ^ 1);
}

/**
 * Adds to out f64[rows x width] what each tree gives, trees in their order. `roots` u32: first node of each tree; tree t
 * adds its one value to output t mod width (wide 1), or its `width` values to all (wide = width). `sets` 0: no categories.
 */
export function scoreTrees(
  bins: usize, rowBytes: usize, count: i32, nodes: usize, sets: usize, roots: usize, trees: i32, values: usize,
  wide: i32, width: i32, out: usize,
): void {
  for (let from: i32 = 0; from < count; from += 128) {
    const to = min(count, from + 128);
    for (let t: i32 = 0; t < trees; t++) {
      const root = <i32>load<u32>(roots + (<usize>t << 2));
      const k = wide == 1 ? t % width : 0;
      let i = from;
      if (!sets)
        for (; i + 8 <= to; i += 8) {
          const row = bins + <usize>i * rowBytes;
          let a = root, b = root, c = root, d = root, e = root, f = root, g = root, h = root;
          let moved: i32;
          do {
            const a1 = step(nodes, a, row);
            const b1 = step(nodes, b, row + rowBytes);
            const c1 = step(nodes, c, row + 2 * rowBytes);
            const d1 = step(nodes, d, row + 3 * rowBytes);
            const e1 = step(nodes, e, row + 4 * rowBytes);
            const f1 = step(nodes, f, row + 5 * rowBytes);
            const g1 = step(nodes, g, row + 6 * rowBytes);
            const h1 = step(nodes, h, row + 7 * rowBytes);
            moved = (a ^ a1) | (b ^ b1) | (c ^ c1) | (d ^ d1) | (e ^ e1) | (f ^ f1) | (g ^ g1) | (h ^ h1);
            a = a1; b = b1; c = c1; d = d1; e = e1; f = f1; g = g1; h = h1;
          } while (moved);
          addValue(values, a, wide, width, k, i, out);
          addValue(values, b, wide, width, k, i + 1, out);
          addValue(values, c, wide, width, k, i + 2, out);
          addValue(values, d, wide, width, k, i + 3, out);
          addValue(values, e, wide, width, k, i + 4, out);
          addValue(values, f, wide, width, k, i + 5, out);
          addValue(values, g, wide, width, k, i + 6, out);
          addValue(values, h, wide, width, k, i + 7, out);
        }
      for (; i < to; i++) {
        const row = bins + <usize>i * rowBytes;
        let a = root;
        for (;;) {
          const next = sets ? stepBySet(nodes, sets, a, row) : step(nodes, a, row);
          if (next == a) break;
          a = next;
        }
        addValue(values, a, wide, width, k, i, out);
      }
    }
  }
}

@inline
function addValue(values: usize, node: i32, wide: i32, width: i32, k: i32, row: i32, out: usize): void {
  if (wide == 1) {
    const at = out + (<usize>(row * width + k) << 3);
    store<f64>(at, load<f64>(at) + load<f64>(values + (<usize>node << 3)));
    return;
  }
  for (let j: i32 = 0; j < width; j++) {
    const at = out + (<usize>(row * width + j) << 3);
    store<f64>(at, load<f64>(at) + load<f64>(values + (<usize>(node * width + j) << 3)));
  }
}
