/** A number for each row that depends on what stands in it, not on where it stands. */
import { fnv1a32, mix32 } from '#kernels/random.ts';
import type { Table } from '#table/index.ts';

/** [rows] 32-bit hashes of the rows' values in `columns`; missing, NaN and infinite values count as one value. */
export function rowKeys(data: Table, columns: readonly string[]): Uint32Array {
  const keys = new Uint32Array(data.length);
  const double = new Float64Array(1);
  const words = new Uint32Array(double.buffer);
  for (const name of columns) {
    const column = data.columns[name]!;
    if (column.kind === 'text') {
      const byCode = column.dictionary.map(fnv1a32);
      for (let i = 0; i < keys.length; i++) keys[i] = mix32(Math.imul(keys[i]!, 31) ^ (byCode[column.codes[i]!] ?? 1));
      continue;
    }
    const { values, valid } = column;
    for (let i = 0; i < keys.length; i++) {
      const value = values[i]!;
      double[0] = Number.isFinite(value) && valid?.[i] !== 0 ? value + 0 : Number.POSITIVE_INFINITY;
      keys[i] = mix32(Math.imul(keys[i]!, 31) ^ words[0]! ^ Math.imul(words[1]!, 0x9e3779b1));
    }
  }
  return keys;
}
