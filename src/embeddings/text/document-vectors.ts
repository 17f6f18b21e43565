/**
 * Vectors of documents. `fitSemantics`: the main directions of TF-IDF. `fitDocumentVectors`: means of word vectors by
 * smooth inverse frequency, less the direction that all of them share.
 *
 * @see Deerwester et al. (1990), JASIS 41(6) (latent semantic indexing);
 *      Arora, Liang, Ma (2017), A simple but tough-to-beat baseline for sentence embeddings, ICLR, algorithm 1
 */
import { eigenvectors, gram, times, truncatedSvd } from '../components.ts';
import type { Vectors } from '../nearest.ts';
import { isZero, unitLength } from '../whiten.ts';
import { fitTfidf, type TfidfModel, type TfidfOptions, tfidf } from './tfidf.ts';
import type { WordVectors } from './word-vectors.ts';

export interface Semantics {
  readonly kind: 'semantics';
  readonly tfidf: TfidfModel;
  readonly width: number;
  /** [terms x width] */
  readonly map: Float64Array;
}

export interface SemanticsOptions extends TfidfOptions {
  /** Default 64. */
  readonly width?: number;
  /** Each direction is divided by its strength to this power; default 0: what is frequent stays strong (best for titles). */
  readonly level?: number;
  readonly seed: number;
}

export function fitSemantics(documents: readonly (readonly string[])[], options: SemanticsOptions): Semantics {
  const model = fitTfidf(documents, options);
  const { width = 64, level = 0, seed } = options;
  const { right, values, width: kept } = truncatedSvd(tfidf(model, documents), { width, seed });
  const factor = values.map((value) => (value > 0 ? value ** -level : 0));
  return { kind: 'semantics', tfidf: model, width: kept, map: right.map((x, e) => x * factor[e % kept]!) };
}

/** [documents x width] of length one; a document without a known word has only zeros. */
export function semanticVectors(model: Semantics, documents: readonly (readonly string[])[]): Vectors {
  const values = Float32Array.from(times(tfidf(model.tfidf, documents), model.map, model.width));
  return unitLength({ count: documents.length, width: model.width, values });
}

export interface DocumentVectors {
  readonly kind: 'document-vectors';
  readonly words: WordVectors;
  /** The a of a / (a + p(word)). */
  readonly smooth: number;
  /** [width] of length one, taken out of each mean; zeros where there was none */
  readonly common: Float64Array;
}

/** @param smooth default 1e-3; the larger, the less a frequent word is held back */
export function fitDocumentVectors(
  words: WordVectors,
  documents: readonly (readonly string[])[],
  { smooth = 1e-3 }: { readonly smooth?: number } = {},
): DocumentVectors {
  const none = { kind: 'document-vectors', words, smooth, common: new Float64Array(words.width) } as const;
  const means = unitLength(meansOf(none, documents));
  const { vectors } = eigenvectors(gram(means.values, means.count, words.width), words.width);
  return { ...none, common: vectors.slice(0, words.width) };
}

/** [documents x width] of length one; a document without a known word has only zeros. */
export function documentVectors(model: DocumentVectors, documents: readonly (readonly string[])[]): Vectors {
  const means = meansOf(model, documents);
  const { width, values } = means;
  for (let i = 0; i < means.count; i++) {
    if (isZero(values, i * width, width)) continue;
    let along = 0;
    for (let j = 0; j < width; j++) along += values[i * width + j]! * model.common[j]!;
    for (let j = 0; j < width; j++) values[i * width + j]! -= along * model.common[j]!;
  }
  return unitLength(means);
}

const lookups = new WeakMap<WordVectors, ReadonlyMap<string, number>>();

function meansOf({ words, smooth }: DocumentVectors, documents: readonly (readonly string[])[]): Vectors {
  const lookup = lookups.get(words) ?? new Map(words.words.map((word, i) => [word, i]));
  lookups.set(words, lookup);
  const { width, counts, vectors } = words;
  const total = counts.reduce((a, b) => a + b, 0);
  const out = new Float32Array(documents.length * width);
  for (const [row, document] of documents.entries()) {
    const sum = new Float64Array(width);
    let known = 0;
    for (const word of document) {
      const code = lookup.get(word);
      if (code === undefined) continue;
      known++;
      const weight = smooth / (smooth + counts[code]! / total);
      for (let j = 0; j < width; j++) sum[j]! += weight * vectors[code * width + j]!;
    }
    if (known > 0) for (let j = 0; j < width; j++) out[row * width + j] = sum[j]! / known;
  }
  return { count: documents.length, width, values: out };
}
