/** Vectors of a shop's texts (titles with descriptions, as one text a product), in one step. */
import type { Vectors } from '../nearest.ts';
import { bestCutter, type Cutter } from './chinese-words.ts';
import { fitSemantics, type Semantics, type SemanticsOptions, semanticVectors } from './document-vectors.ts';
import { tokens } from './tokens.ts';

export interface TextModel {
  readonly kind: 'text-vectors';
  /** How Chinese was cut when it was fitted; texts to come are cut the same way. */
  readonly cutter: Cutter;
  readonly semantics: Semantics;
}

/**
 * Fits the main directions of the words of `texts`, zh, en or mixed; a missing text counts as empty.
 *
 * @example textVectors(fitTextVectors(titles, { seed: 1 }), titles)
 */
export function fitTextVectors(
  texts: readonly (string | null)[],
  options: SemanticsOptions & { readonly cutter?: Cutter },
): TextModel {
  const cutter = options.cutter ?? bestCutter();
  const documents = texts.map((text) => tokens(text ?? '', { cutter }));
  return { kind: 'text-vectors', cutter, semantics: fitSemantics(documents, options) };
}

/**
 * [texts x width] of length one; zeros for a missing text, or one without a known word.
 *
 * @throws PACKAGE_MISSING where the model was fitted with jieba and it does not load here
 */
export function textVectors({ cutter, semantics }: TextModel, texts: readonly (string | null)[]): Vectors {
  return semanticVectors(
    semantics,
    texts.map((text) => tokens(text ?? '', { cutter })),
  );
}
