/** Words of Chinese, English and mixed text, as search and word vectors want them. */
import { bestCutter, type Cutter, chineseWords } from './chinese-words.ts';
import { stem } from './porter.ts';
import { STOP_WORDS } from './stop-words.ts';

export interface TokenOptions {
  /** How Chinese is cut; default: jieba where it loads, else icu. */
  readonly cutter?: Cutter;
  /** Leave out words that say nothing; default true. */
  readonly stopWords?: boolean;
  /** Cut English words to their stem; default true. */
  readonly stems?: boolean;
  /** Characters read; what lies behind is left out. Default 100,000: a text of 1 MB costs what a long one does. */
  readonly charactersMax?: number;
}

/** Characters read of a text unless options say otherwise. */
export const CHARACTERS_MAX = 100_000;
/** A run of letters longer than this is no word: a link, a key, a picture in letters. */
const WORD_MAX = 40;

/** A run of Han characters; or of letters with digits, inner marks joined (o'neill, t-shirt, 3.5); or of digits. */
const RUNS = /\p{Script=Han}+|[\p{L}\p{M}\p{N}]+(?:['’.-][\p{L}\p{M}\p{N}]+)*/gu;
const HAS_HAN = /\p{Script=Han}/u;
const HAN_RUNS = /(\p{Script=Han}+)/u;

/**
 * The words of a text, lower case, in their order: Chinese by `cutter`, English by spaces and marks, stemmed. Full-width
 * letters count as their narrow twins. A hyphenated word gives its parts and the whole: t-shirt gives t-shirt and shirt.
 *
 * @example tokens('新款 iPhone 手机壳 Cases') // ['新款', 'iphon', '手机', '壳', 'case'], with jieba
 */
export function tokens(text: string, options: TokenOptions = {}): string[] {
  const { cutter = bestCutter(), stopWords = true, stems = true, charactersMax = CHARACTERS_MAX } = options;
  const out: string[] = [];
  const add = (word: string): void => {
    if (word.length > WORD_MAX || (stopWords && STOP_WORDS.has(word))) return;
    out.push(stems ? word.replace(/[a-z]+$/, stem) : word);
  };
  for (const [run] of text.slice(0, charactersMax).normalize('NFKC').toLowerCase().matchAll(RUNS)) {
    if (HAS_HAN.test(run)) {
      for (const word of mixedWords(run, cutter)) add(word);
      continue;
    }
    const plain = run.replace(/['’]s$/, '').replace(/['’]/g, '');
    add(plain);
    if (plain.includes('-')) for (const part of plain.split('-')) if (part.length > 1) add(part);
  }
  return out;
}

/** A letter that stands before a Chinese word belongs to it: T恤, U盘, A4纸 keeps a4 and 纸 apart. */
function mixedWords(run: string, cutter: Cutter): string[] {
  const out: string[] = [];
  let letter = '';
  for (const part of run.split(HAN_RUNS)) {
    if (HAS_HAN.test(part)) {
      const [first = '', ...rest] = chineseWords(part, cutter);
      out.push(letter + first, ...rest);
      letter = '';
    } else if (/^[a-z]$/.test(part)) letter = part;
    else if (part !== '') out.push(part);
  }
  if (letter !== '') out.push(letter);
  return out;
}
