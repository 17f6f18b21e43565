/**
 * Words of Chinese text, which has no spaces: by jieba's dictionary where its package loads, else by the word breaks of
 * the Unicode library that Node carries. The two cut differently, so a model remembers by which it was made.
 */
import { createRequire } from 'node:module';
import { known } from '#errors.ts';

export const CUTTERS = ['jieba', 'icu'] as const;
export type Cutter = (typeof CUTTERS)[number];

interface Jieba {
  cut(text: string, hmm: boolean): string[];
}

interface JiebaPackage {
  readonly Jieba: { withDict(dict: Uint8Array): Jieba };
}

const load = createRequire(import.meta.url);
let jieba: Jieba | Error | undefined;
let icu: Intl.Segmenter | undefined;

function openJieba(): Jieba | Error {
  if (jieba !== undefined) return jieba;
  try {
    const { dict } = load('@node-rs/jieba/dict') as { dict: Uint8Array };
    jieba = (load('@node-rs/jieba') as JiebaPackage).Jieba.withDict(dict);
  } catch (cause) {
    jieba = cause instanceof Error ? cause : new Error(String(cause));
  }
  return jieba;
}

/** The better one of those that load here. */
export const bestCutter = (): Cutter => (openJieba() instanceof Error ? 'icu' : 'jieba');

/**
 * Words in their order, without what is between them left out.
 *
 * @throws PACKAGE_MISSING where jieba is asked for and does not load
 */
export function chineseWords(text: string, cutter: Cutter): string[] {
  if (cutter === 'icu') {
    icu ??= new Intl.Segmenter('zh', { granularity: 'word' });
    return Array.from(icu.segment(text), ({ segment }) => segment);
  }
  const open = openJieba();
  if (open instanceof Error)
    throw known('PACKAGE_MISSING', { name: '@node-rs/jieba', need: 'Chinese words', reason: open.message }, open);
  return open.cut(text, true);
}
