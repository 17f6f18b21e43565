/**
 * Words of documents as weighted counts: sublinear term frequency times inverse document frequency, length one.
 *
 * @see Salton and Buckley (1988), Information Processing and Management 24(5); smoothing as scikit-learn's TfidfVectorizer
 */
import type { Sparse } from '#kernels/sparse.ts';

export interface TfidfOptions {
  /** Documents that a word must be in; default 2. */
  readonly documentsMin?: number;
  /** Share of the documents that a word may be in at most; default 0.5. */
  readonly shareMax?: number;
  /** Words kept, those in most documents first; default 50,000. */
  readonly termsMax?: number;
  /** Longest run of words that counts as one term; default 1. */
  readonly runMax?: number;
}

export interface TfidfModel {
  readonly kind: 'tfidf';
  /** Sorted. */
  readonly terms: readonly string[];
  /** [terms] ln((1 + n) / (1 + documents with the term)) + 1 */
  readonly idf: Float64Array;
  readonly documents: number;
  readonly runMax: number;
}

/** Terms of a document: its words, and runs of up to `runMax` of them. */
export function termsOf(words: readonly string[], runMax: number): string[] {
  const out = [...words];
  for (let length = 2; length <= runMax; length++)
    for (let at = 0; at + length <= words.length; at++) out.push(words.slice(at, at + length).join(' '));
  return out;
}

/** @param documents words of each, from `tokens` */
export function fitTfidf(documents: readonly (readonly string[])[], options: TfidfOptions = {}): TfidfModel {
  const { documentsMin = 2, shareMax = 0.5, termsMax = 50_000, runMax = 1 } = options;
  const counts = new Map<string, number>();
  for (const words of documents)
    for (const term of new Set(termsOf(words, runMax))) counts.set(term, (counts.get(term) ?? 0) + 1);
  const most = Math.max(documentsMin, shareMax * documents.length);
  const kept = [...counts].filter(([, count]) => count >= documentsMin && count <= most);
  kept.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const chosen = kept.slice(0, termsMax).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return {
    kind: 'tfidf',
    terms: chosen.map(([term]) => term),
    idf: Float64Array.from(chosen, ([, count]) => Math.log((1 + documents.length) / (1 + count)) + 1),
    documents: documents.length,
    runMax,
  };
}

const lookups = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function lookupOf(terms: readonly string[]): ReadonlyMap<string, number> {
  const have = lookups.get(terms);
  if (have !== undefined) return have;
  const made = new Map(terms.map((term, i) => [term, i]));
  lookups.set(terms, made);
  return made;
}

/** [documents x terms] (1 + ln tf) idf, rows of length one; a document without a known term is an empty row. */
export function tfidf(model: TfidfModel, documents: readonly (readonly string[])[]): Sparse {
  const lookup = lookupOf(model.terms);
  const offsets = new Int32Array(documents.length + 1);
  const [indices, values]: [number[], number[]] = [[], []];
  for (const [row, words] of documents.entries()) {
    const counts = new Map<number, number>();
    for (const term of termsOf(words, model.runMax)) {
      const at = lookup.get(term);
      if (at !== undefined) counts.set(at, (counts.get(at) ?? 0) + 1);
    }
    const cells = [...counts].sort((a, b) => a[0] - b[0]);
    let squares = 0;
    for (const cell of cells) {
      cell[1] = (1 + Math.log(cell[1])) * model.idf[cell[0]]!;
      squares += cell[1] * cell[1];
    }
    for (const [at, value] of cells) {
      indices.push(at);
      values.push(value / Math.sqrt(squares));
    }
    offsets[row + 1] = indices.length;
  }
  return {
    rows: documents.length,
    columns: model.terms.length,
    offsets,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}
