/** Which products are described alike: the neighbours of the source `content`, for products that nobody has bought yet too. */
import { fitTextVectors, nearest, textVectors } from '#embeddings/index.ts';
import type { Compute } from '#engines/index.ts';
import { fromTriples, rowNormalised, type Sparse } from '#kernels/sparse.ts';
import { textAt, textColumn } from '#table/index.ts';

export interface ContentOptions {
  readonly seed: number;
  readonly threads?: number;
  /** Neighbours of each product; default 20. */
  readonly k?: number;
}

/** Cosines below this say no more than that both are things for sale. */
const COSINE_MIN = 0.3;
/** With fewer products the words tell too little apart. */
const PRODUCTS_MIN = 10;
/** With more, comparing all with all costs a run more than these lists gain: there are none. */
const PRODUCTS_MAX = 12_000;
const WIDTH = 64;

/**
 * [products x products] of the ids given, rows best first and adding up to 1: cosines of title, brand, category and
 * description in the main directions of their words, Chinese or English. Products without words have no neighbours, and none has
 * where there are more than 12,000.
 */
export async function describedAlike(
  compute: Compute,
  productIds: readonly string[],
  { seed, threads, k = 20 }: ContentOptions,
): Promise<Sparse> {
  const products = productIds.length;
  const none = () =>
    fromTriples({ rows: products, columns: products, rowOf: new Int32Array(0), columnOf: new Int32Array(0) });
  if (products > PRODUCTS_MAX) return none();
  const texts = await textsOf(compute, productIds);
  if (texts.filter((text) => text !== null).length < PRODUCTS_MIN) return none();
  const vectors = textVectors(fitTextVectors(texts, { seed, width: Math.min(WIDTH, products) }), texts);
  const {
    ids,
    scores,
    k: found,
  } = nearest(vectors, vectors, { k: k + 1, ...(threads === undefined ? {} : { threads }) });
  const [rowOf, columnOf, values]: [number[], number[], number[]] = [[], [], []];
  for (let product = 0; product < products; product++)
    for (let place = 0; place < found; place++) {
      const other = ids[product * found + place]!;
      const score = scores[product * found + place]!;
      if (other < 0 || other === product || !(score >= COSINE_MIN)) continue;
      rowOf.push(product);
      columnOf.push(other);
      values.push(score);
    }
  return bestFirst(
    rowNormalised(
      fromTriples({
        ...{ rows: products, columns: products },
        ...{ rowOf: Int32Array.from(rowOf), columnOf: Int32Array.from(columnOf), values: Float64Array.from(values) },
      }),
    ),
  );
}

async function textsOf(compute: Compute, productIds: readonly string[]): Promise<(string | null)[]> {
  const rows = await compute.table(
    `select product_id, nullif(trim(concat_ws(' ', title, title_zh, brand, replace(category, ' > ', ' '), description)), '') as words
     from products where product_id is not null`,
  );
  const ids = textColumn(rows, 'product_id');
  const words = textColumn(rows, 'words');
  const known = new Map<string, string | null>();
  for (let i = 0; i < rows.length; i++) known.set(textAt(ids, i)!, textAt(words, i) ?? null);
  return productIds.map((id) => known.get(id) ?? null);
}

/** The same with each row's largest first; of equals the lower column. */
function bestFirst(m: Sparse): Sparse {
  const indices = m.indices.slice();
  const values = m.values.slice();
  for (let row = 0; row < m.rows; row++) {
    const entries = Array.from({ length: m.offsets[row + 1]! - m.offsets[row]! }, (_, e) => m.offsets[row]! + e);
    entries.sort((a, b) => m.values[b]! - m.values[a]! || m.indices[a]! - m.indices[b]!);
    for (const [place, e] of entries.entries()) {
      indices[m.offsets[row]! + place] = m.indices[e]!;
      values[m.offsets[row]! + place] = m.values[e]!;
    }
  }
  return { ...m, indices, values };
}
