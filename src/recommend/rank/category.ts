/** What a user had of a category (or brand, department), and how large a part of the category an item is now. */
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import type { PurchaseGaps } from '../methods/baskets/gaps.ts';

export interface CategoryMoment {
  readonly name: string;
  /** [items] -1 where not known */
  readonly codes: Int32Array;
  readonly count: number;
  /** [users x categories] added weights; the arrays below follow its entries. */
  readonly counts: Sparse;
  readonly decayed28: Float64Array;
  readonly decayed56: Float64Array;
  readonly sinceLast: Float64Array;
  /** Distinct items. */
  readonly kinds: Float64Array;
  /** [users x categories] decayed counts cut at 1: what a peer vouches for. */
  readonly shown: Sparse;
  /** [items] share of the item among the users of the category's items in the last 28 days. */
  readonly share: Float64Array;
}

interface Pairs {
  readonly counts: Sparse;
  readonly decayed: readonly Float64Array[];
  readonly gaps: PurchaseGaps;
  readonly itemUsers28: Float64Array;
}

export function categoryMoment(name: string, codes: Int32Array, pairs: Pairs): CategoryMoment {
  const { counts, decayed, gaps, itemUsers28 } = pairs;
  const count = codes.reduce((most, code) => Math.max(most, code + 1), 1);
  const { kept, rowOf } = known(counts, codes);
  const columnOf = kept.map((e) => codes[counts.indices[e]!]!);
  const summed = (values?: Float64Array): Sparse =>
    fromTriples({
      rows: counts.rows,
      columns: count,
      rowOf,
      columnOf,
      ...(values === undefined ? {} : { values: Float64Array.from(kept, (e) => values[e]!) }),
    });
  const own = summed(counts.values);
  const recent = summed(decayed[1]!);
  const users28 = new Float64Array(count);
  for (let item = 0; item < codes.length; item++) if (codes[item]! >= 0) users28[codes[item]!]! += itemUsers28[item]!;
  return {
    name,
    codes,
    count,
    counts: own,
    decayed28: recent.values,
    decayed56: summed(decayed[2]!).values,
    sinceLast: latest(own, { kept, rowOf, columnOf, sinceLast: gaps.sinceLast }),
    kinds: summed().values,
    shown: { ...recent, values: recent.values.map((x) => Math.min(1, x)) },
    share: Float64Array.from(codes, (code, item) => (code < 0 ? 0 : itemUsers28[item]! / Math.max(1, users28[code]!))),
  };
}

/** Entries whose item has a code, and their users. */
function known({ rows, offsets, indices }: Sparse, codes: Int32Array): { kept: Int32Array; rowOf: Int32Array } {
  const kept = new Int32Array(indices.length);
  const rowOf = new Int32Array(indices.length);
  let write = 0;
  for (let user = 0; user < rows; user++)
    for (let e = offsets[user]!; e < offsets[user + 1]!; e++)
      if (codes[indices[e]!]! >= 0) {
        kept[write] = e;
        rowOf[write++] = user;
      }
  return { kept: kept.subarray(0, write), rowOf: rowOf.subarray(0, write) };
}

function latest(
  own: Sparse,
  given: { kept: Int32Array; rowOf: Int32Array; columnOf: Int32Array; sinceLast: Float64Array },
): Float64Array {
  const { kept, rowOf, columnOf, sinceLast } = given;
  const out = new Float64Array(own.indices.length).fill(Number.POSITIVE_INFINITY);
  const place = new Int32Array(own.columns);
  let user = -1;
  for (const [n, e] of kept.entries()) {
    if (rowOf[n] !== user) {
      user = rowOf[n]!;
      for (let f = own.offsets[user]!; f < own.offsets[user + 1]!; f++) place[own.indices[f]!] = f;
    }
    const at = place[columnOf[n]!]!;
    if (sinceLast[e]! < out[at]!) out[at] = sinceLast[e]!;
  }
  return out;
}
