/** Which products are alike by words and pictures: the neighbours of the source `content`, for products that nobody has bought yet too. */
import {
  fitImageVectors,
  fitTextVectors,
  fuse,
  IMAGE_FEATURES,
  imageVectors,
  nearest,
  textVectors,
  type Vectors,
} from '#embeddings/index.ts';
import type { Compute } from '#engines/index.ts';
import { fromTriples, rowNormalised, type Sparse } from '#kernels/sparse.ts';
import { textAt, textColumn } from '#table/index.ts';

export interface ContentOptions {
  readonly seed: number;
  readonly threads?: number;
  /** Neighbours of each product; default 20. */
  readonly k?: number;
  /** `picturesFeatures` of the picture at an `image_path`; null where there is none. Default: no pictures. */
  readonly picture?: (path: string) => Promise<Float32Array | null>;
}

/** Cosines below this say no more than that both are things for sale. */
const COSINE_MIN = 0.3;
/** With fewer products the words tell too little apart. */
const PRODUCTS_MIN = 10;
/** With more, comparing all with all costs a run more than these lists gain: there are none. */
const PRODUCTS_MAX = 12_000;
const WIDTH = 64;
/** Reading and seeing one picture takes some 4 ms: shops with more go by words alone. */
const PICTURES_MAX = 2000;
/** Pictures say less than words of what is bought together, style and background more than kind. @see Zhou, Shen (2023), MM: image 0.1, text 0.9 */
const GATES = { words: 0.9, pictures: 0.1 };

/**
 * [products x products] of the ids given, rows best first and adding up to 1: cosines of title, brand, category and
 * description in the main directions of their words, Chinese or English, and for a tenth of the main directions of their
 * pictures' colours, texture and layout. Products without words have no neighbours, and none has where there are more than 12,000.
 */
export async function describedAlike(
  compute: Compute,
  productIds: readonly string[],
  { seed, threads, k = 20, picture }: ContentOptions,
): Promise<Sparse> {
  const products = productIds.length;
  const none = () =>
    fromTriples({ rows: products, columns: products, rowOf: new Int32Array(0), columnOf: new Int32Array(0) });
  if (products > PRODUCTS_MAX) return none();
  const { texts, paths } = await aboutProducts(compute, productIds);
  if (texts.filter((text) => text !== null).length < PRODUCTS_MIN) return none();
  const words = textVectors(fitTextVectors(texts, { seed, width: Math.min(WIDTH, products) }), texts);
  const seen = picture === undefined ? undefined : await seenOf(paths, seed, picture);
  const vectors =
    seen === undefined
      ? words
      : fuse(
          [
            { name: 'words', vectors: words },
            { name: 'pictures', vectors: seen },
          ],
          [GATES.words, GATES.pictures],
        );
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

/** Vectors of the pictures; undefined where there are none, or too many. */
async function seenOf(
  paths: readonly (string | null)[],
  seed: number,
  picture: NonNullable<ContentOptions['picture']>,
): Promise<Vectors | undefined> {
  const known = paths.filter((path) => path !== null).length;
  if (known < PRODUCTS_MIN || known > PICTURES_MAX) return undefined;
  const values = new Float32Array(paths.length * IMAGE_FEATURES);
  let found = 0;
  for (const [i, path] of paths.entries()) {
    const seen = path === null ? null : await picture(path);
    if (seen === null) continue;
    found++;
    values.set(seen, i * IMAGE_FEATURES);
  }
  if (found < PRODUCTS_MIN) return undefined;
  const features = { count: paths.length, width: IMAGE_FEATURES, values };
  return imageVectors(fitImageVectors(features, {}, { seed }), features);
}

async function aboutProducts(compute: Compute, productIds: readonly string[]) {
  const rows = await compute.table(
    `select product_id, image_path::varchar as image_path,
       nullif(trim(concat_ws(' ', title, title_zh, brand, replace(category, ' > ', ' '), description)), '') as words
     from products where product_id is not null`,
  );
  const ids = textColumn(rows, 'product_id');
  const at = new Map(Array.from({ length: rows.length }, (_, i) => [textAt(ids, i)!, i]));
  const column = (name: string) => {
    const texts = textColumn(rows, name);
    return productIds.map((id) => {
      const row = at.get(id);
      return row === undefined ? null : (textAt(texts, row) ?? null);
    });
  };
  return { texts: column('words'), paths: column('image_path') };
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
