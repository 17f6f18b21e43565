/**
 * Records of a text file, each ended by one line feed. Line ends inside quotes are left as they are. A blank line
 * becomes a row that begins with BLANK, so that the rows after it keep their numbers.
 */

export const BLANK = '\u0003';

const [LF, CR, QUOTE] = [10, 13, 34];

/**
 * A stage of a stream pipeline: UTF-8 bytes in, UTF-8 bytes out.
 *
 * @param delimiter between cells; undefined where a record is a line and quotes mean nothing (JSONL)
 */
export function evened(delimiter: string | undefined): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  const comma = delimiter?.charCodeAt(0);
  const blank = Buffer.from(`${BLANK}\n`);
  return async function* (source) {
    let isQuoted = false;
    let isClosed = false;
    let isCellStart = true;
    let isRowStart = true;
    let afterCr = false;
    for await (const chunk of source) {
      const out = Buffer.allocUnsafe(chunk.length * 2 + 2);
      let size = 0;
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]!;
        const skips = afterCr && byte === LF;
        afterCr = false;
        if (skips) continue;
        if (isQuoted || (byte !== CR && byte !== LF)) {
          const wasQuoted: boolean = isQuoted;
          if (byte === QUOTE && comma !== undefined) isQuoted = !isQuoted && (isCellStart || isClosed);
          isClosed = wasQuoted && !isQuoted;
          isCellStart = !isQuoted && byte === comma;
          isRowStart = false;
          out[size++] = byte;
          continue;
        }
        if (isRowStart) size += blank.copy(out, size);
        else out[size++] = LF;
        isRowStart = true;
        isCellStart = true;
        isClosed = false;
        afterCr = byte === CR;
      }
      yield out.subarray(0, size);
    }
  };
}
