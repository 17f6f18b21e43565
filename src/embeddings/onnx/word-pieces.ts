/**
 * Pieces of words as BERT's family of encoders reads them (MiniLM, bge, e5, gte, Chinese BERT), from its vocab.txt.
 *
 * @see Devlin et al. (2019), BERT; Wu et al. (2016), arXiv 1609.08144, section 4.1 (longest match first)
 */
export interface WordPieces {
  readonly ids: ReadonlyMap<string, number>;
  readonly lowerCase: boolean;
  /** Ids of [CLS], [SEP] and [UNK]. */
  readonly start: number;
  readonly end: number;
  readonly unknown: number;
}

/** @returns null where the text is no vocab.txt: one piece a line with [CLS], [SEP] and [UNK] among them */
export function wordPieces(vocabulary: string): WordPieces | null {
  const lines = vocabulary.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const ids = new Map(lines.map((piece, id) => [piece, id]));
  const [start, end, unknown] = ['[CLS]', '[SEP]', '[UNK]'].map((name) => ids.get(name));
  if (start === undefined || end === undefined || unknown === undefined) return null;
  // a vocabulary without any capital letter was made of lower case
  return { ids, lowerCase: !lines.some((piece) => /^(##)?[A-Z]/.test(piece)), start, end, unknown };
}

/** Letters of Chinese stand alone, marks too; other words are cut into the longest pieces from the left. */
const RUNS = /\p{Script=Han}|[^\s\p{P}\p{S}\p{Script=Han}]+|[\p{P}\p{S}]/gu;
const WORD_MAX = 100;

/** Ids with [CLS] before and [SEP] behind, at most `lengthMax` of them. */
export function pieceIds(pieces: WordPieces, text: string, lengthMax: number): number[] {
  const { ids, lowerCase, start, end, unknown } = pieces;
  // as many characters as can give pieces, and some
  let plain = text.slice(0, lengthMax * 64).normalize('NFC');
  if (lowerCase)
    plain = plain
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '');
  const out = [start];
  for (const [word] of plain.matchAll(RUNS)) {
    if (out.length >= lengthMax - 1) break;
    out.push(...(word.length > WORD_MAX ? [unknown] : piecesOf(word, ids, unknown)));
  }
  out.length = Math.min(out.length, lengthMax - 1);
  out.push(end);
  return out;
}

function piecesOf(word: string, ids: ReadonlyMap<string, number>, unknown: number): number[] {
  const out: number[] = [];
  for (let from = 0; from < word.length; ) {
    let to = word.length;
    let found: number | undefined;
    for (; to > from && found === undefined; to--) found = ids.get((from > 0 ? '##' : '') + word.slice(from, to));
    if (found === undefined) return [unknown];
    out.push(found);
    from = to + 1;
  }
  return out;
}
