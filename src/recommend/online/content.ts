/**
 * Which products are described alike: cosine of TF-IDF over the words of title, brand and category levels. Words are runs
 * of letters and digits, Chinese text in pairs of letters. A table of better vectors can stand in for it.
 *
 * @see Salton, Buckley (1988), Information Processing & Management 24(5), the weights ntc
 */
import { fromTriples, mapped, productTopK, type Sparse, transpose } from '#kernels/sparse.ts';

export interface ContentOptions {
  /** Products kept for each, > 0. */
  readonly k: number;
  /** Multiplications at most: the words of most products are left out until it is met. */
  readonly workMax: number;
}

export const CONTENT: ContentOptions = { k: 20, workMax: 50_000_000 };

/** [products x products] cosine of each with its nearest, best first; of equal ones the lower product. */
export function alike(texts: readonly (readonly string[])[], { k, workMax }: ContentOptions = CONTENT): Sparse {
  const words = wordsOf(texts);
  const most = mostFrequent(words, workMax);
  const weights = mapped(words, Math.log1p);
  const frequency = transpose(words).offsets;
  const values = weights.values.map((count, e) => {
    const word = words.indices[e]!;
    const products = frequency[word + 1]! - frequency[word]!;
    return products > most ? 0 : count * Math.log(1 + texts.length / products);
  });
  const unit = unitRows({ ...words, values });
  const kept = withoutZeros(unit);
  return productTopK(kept, transpose(kept), { k, skipDiagonal: true });
}

/** [products x words] counts. */
function wordsOf(texts: readonly (readonly string[])[]): Sparse {
  const codes = new Map<string, number>();
  const [rowOf, columnOf]: [number[], number[]] = [[], []];
  for (const [product, all] of texts.entries())
    for (const text of all)
      for (const word of tokens(text)) {
        const code = codes.get(word) ?? codes.size;
        codes.set(word, code);
        rowOf.push(product);
        columnOf.push(code);
      }
  return fromTriples({
    rows: texts.length,
    columns: codes.size,
    rowOf: Int32Array.from(rowOf),
    columnOf: Int32Array.from(columnOf),
  });
}

const RUNS = /\p{Script=Han}+|[\p{L}\p{N}]+?(?=\p{Script=Han}|[^\p{L}\p{N}]|$)/gu;

/** Lower-case words; of a run of Chinese letters each two that stand together. */
export function tokens(text: string): string[] {
  const out: string[] = [];
  for (const [run] of text.normalize('NFKC').toLowerCase().matchAll(RUNS)) {
    if (!/\p{Script=Han}/u.test(run)) out.push(run);
    else if ([...run].length === 1) out.push(run);
    else {
      const letters = [...run];
      for (let i = 1; i < letters.length; i++) out.push(letters[i - 1]! + letters[i]!);
    }
  }
  return out;
}

/** The largest number of products that a word may have, so that all multiplications together stay within `workMax`. */
function mostFrequent(words: Sparse, workMax: number): number {
  const { offsets } = transpose(words);
  const products = Float64Array.from(
    { length: words.columns },
    (_, word) => offsets[word + 1]! - offsets[word]!,
  ).sort();
  let work = 0;
  for (const own of products) {
    work += own * own;
    if (work > workMax) return Math.max(1, own - 1);
  }
  return Number.POSITIVE_INFINITY;
}

function unitRows(m: Sparse): Sparse {
  const values = m.values.slice();
  for (let r = 0; r < m.rows; r++) {
    let squares = 0;
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) squares += values[e]! ** 2;
    if (squares > 0) for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) values[e]! /= Math.sqrt(squares);
  }
  return { ...m, values };
}

function withoutZeros(m: Sparse): Sparse {
  const offsets = new Int32Array(m.rows + 1);
  const [indices, values]: [number[], number[]] = [[], []];
  for (let r = 0; r < m.rows; r++) {
    for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++)
      if (m.values[e]! > 0) {
        indices.push(m.indices[e]!);
        values.push(m.values[e]!);
      }
    offsets[r + 1] = indices.length;
  }
  return { ...m, offsets, indices: Int32Array.from(indices), values: Float64Array.from(values) };
}
