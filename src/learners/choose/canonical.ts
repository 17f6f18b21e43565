/** An order of rows that depends on what they hold, not on where they stand. */
import { fnv1a32, mix32 } from '#kernels/random.ts';
import type { Table } from '#table/index.ts';

/**
 * Row numbers in an order made of 53-bit hashes of the rows' content: the same rows in another order give the same table.
 * Equal rows stand side by side. What is drawn by position in it (folds, samples, shuffles) does not depend on how the
 * table came.
 */
export function canonicalOrder(data: Table): Int32Array {
  const first = new Uint32Array(data.length);
  const second = new Uint32Array(data.length);
  const bits = new Float64Array(1);
  const words = new Uint32Array(bits.buffer);
  for (const name of Object.keys(data.columns).sort()) {
    const column = data.columns[name]!;
    const salt = fnv1a32(name);
    const texts = column.kind === 'text' ? Uint32Array.from(column.dictionary, (text) => fnv1a32(text)) : undefined;
    for (let i = 0; i < data.length; i++) {
      let low = 0;
      let high = 0x9e3779b9;
      if (column.kind === 'text') {
        const code = column.codes[i]!;
        if (code >= 0) [low, high] = [texts![code]!, 1];
      } else if (column.valid?.[i] !== 0) {
        bits[0] = column.values[i]! === 0 ? 0 : column.values[i]!;
        [low, high] = [words[0]!, words[1]!];
      }
      const own = mix32(low ^ mix32(high ^ salt));
      first[i] = mix32(Math.imul(first[i]!, 0x9e3779b1) ^ own);
      second[i] = mix32(Math.imul(second[i]!, 0x85ebca77) + own);
    }
  }
  const keys = Float64Array.from(first, (high, i) => high * 2 ** 21 + (second[i]! >>> 11));
  return Int32Array.from({ length: data.length }, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
}
