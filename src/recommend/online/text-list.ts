/** Many short texts as one run of UTF-8 bytes: a million ids cost their bytes and four more each. */

export interface TextList {
  readonly bytes: Buffer;
  /** [texts + 1] where each begins */
  readonly offsets: Uint32Array;
}

/** The list of `texts`. */
export function textList(texts: readonly string[]): TextList {
  const offsets = new Uint32Array(texts.length + 1);
  for (const [i, text] of texts.entries()) offsets[i + 1] = offsets[i]! + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafeSlow(offsets[texts.length]!);
  for (const [i, text] of texts.entries()) bytes.write(text, offsets[i]!);
  return { bytes, offsets };
}

export const textCount = ({ offsets }: TextList): number => offsets.length - 1;

/** Text `i`. */
export const textAt = ({ bytes, offsets }: TextList, i: number): string =>
  bytes.toString('utf8', offsets[i]!, offsets[i + 1]!);

/** The place of `text` in a list that rises by its bytes, -1 where it isn't there. */
export function placeOf({ bytes, offsets }: TextList, text: string): number {
  const wanted = Buffer.from(text);
  let low = 0;
  let high = offsets.length - 2;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = bytes.compare(wanted, 0, wanted.length, offsets[middle]!, offsets[middle + 1]!);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
