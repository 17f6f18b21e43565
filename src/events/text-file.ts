/** A text file as the engine wants it: UTF-8 without mark, plain, with one kind of line end and no blank lines between. */
import { isUtf8 } from 'node:buffer';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { known } from '#errors.ts';
import { bomOf, judge, type Verdict } from './encoding.ts';
import { evened } from './line-ends.ts';

export interface TextFile {
  /** Plain UTF-8, perhaps a copy in the scratch folder. */
  readonly path: string;
  readonly encoding: string;
  readonly evidence: string;
  /** Rows that begin with this character are blank lines, kept so that row numbers stay true. */
  readonly hasBlanks: boolean;
}

export interface TextOptions {
  /** As people know the file, for messages. */
  readonly name: string;
  /** From the mapping; undefined to read it from the bytes. */
  readonly encoding: string | undefined;
  /** Of cells; undefined for one record a line (JSONL). */
  readonly delimiter: string | undefined;
  /** Scratch folder, emptied by the caller. */
  readonly scratch: string;
  /** Distinct for every file of one import. */
  readonly index: number;
}

/**
 * @throws ENCODING_WRONG, ENCODING_UNSURE naming the row; FILE_BROKEN for a gzip that does not unpack
 */
export async function prepareText(file: string, options: TextOptions): Promise<TextFile> {
  const scratch = (step: string): string => join(options.scratch, `${options.index}.${step}`);
  let path = file;
  if (file.endsWith('.gz') || (await startsWith(file, [0x1f, 0x8b]))) {
    path = scratch('plain');
    await unpack(file, path, options.name);
  }
  let facts = await scan(path);
  const mark = bomOf(facts.head);
  const verdict = options.encoding === undefined ? judge(facts) : stated(options, mark);
  const { encoding, evidence } = verdict;
  if (encoding === undefined)
    throw known('ENCODING_UNSURE', { file: options.name, row: await rowOf(path, facts.firstForeign ?? 0), evidence });
  if (encoding !== 'utf-8') {
    const plain = scratch('utf8');
    await transcode(path, plain, encoding, verdict.bom, options);
    path = plain;
    facts = await scan(path);
  } else if (facts.firstForeign !== undefined) throw await wrong(path, options, encoding, facts.firstForeign, evidence);
  if (facts.ends.isEven) return { path, encoding, evidence, hasBlanks: false };
  const even = scratch('even');
  const start = bomOf(facts.head)?.bom ?? 0;
  const source = createReadStream(path, { start, highWaterMark: CHUNK });
  await pipeline(source, evened(options.delimiter), createWriteStream(even)).catch((cause) => {
    throw full(even, cause);
  });
  return { path: even, encoding, evidence, hasBlanks: true };
}

async function unpack(file: string, to: string, name: string): Promise<void> {
  try {
    await pipeline(createReadStream(file), createGunzip(), createWriteStream(to));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw full(to, cause);
    throw known('FILE_BROKEN', { file: name, format: 'gzip', reason: message }, cause);
  }
}

function stated(options: TextOptions, mark: { encoding: string; bom: number } | undefined): Verdict {
  const encoding = options.encoding!;
  if (mark !== undefined && mark.encoding !== encoding)
    throw known('ENCODING_WRONG', {
      ...{ file: options.name, row: 1, encoding, bytes: 'at the start' },
      evidence: `stated in the mapping, but the byte order mark says ${mark.encoding}`,
    });
  return { encoding, evidence: 'stated in the mapping', bom: mark?.bom ?? 0 };
}

interface Facts {
  readonly head: Uint8Array;
  readonly isUtf8: boolean;
  readonly hasNul: boolean;
  /** A stretch that begins before the first bytes that are not UTF-8. */
  readonly foreign: Uint8Array;
  /** Byte position of the first bytes that are not UTF-8. */
  readonly firstForeign: number | undefined;
  readonly ends: LineEnds;
}

const CHUNK = 1 << 20;
const HEAD = 1 << 16;

/** One pass over the bytes: whether all is UTF-8, which line ends there are, and whether lines are blank. */
async function scan(path: string): Promise<Facts> {
  let head: Buffer = Buffer.alloc(0);
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  let firstForeign: number | undefined;
  let foreign: Buffer = Buffer.alloc(0);
  let hasNul = false;
  const ends = new LineEnds();
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)]);
    hasNul ||= chunk.includes(0);
    ends.add(chunk);
    if (firstForeign !== undefined) {
      if (foreign.length < CHUNK) foreign = Buffer.concat([foreign, chunk]);
    } else {
      const whole: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = boundary(whole);
      if (isUtf8(whole.subarray(0, end))) rest = Buffer.from(whole.subarray(end));
      else {
        firstForeign = position - rest.length + firstBad(whole);
        foreign = Buffer.from(whole);
      }
    }
    position += chunk.length;
  }
  if (firstForeign === undefined && rest.length > 0) {
    firstForeign = position - rest.length;
    foreign = rest;
  }
  return { head, isUtf8: firstForeign === undefined, hasNul, foreign, firstForeign, ends };
}

/** Which line ends a file has, told chunk by chunk; a chunk without carriage returns is searched, not walked. */
class LineEnds {
  cr = false;
  lf = false;
  crlf = false;
  blank = false;
  private isStart = true;
  private isOpen = false;

  get isEven(): boolean {
    return !this.cr && !this.blank && !(this.lf && this.crlf);
  }

  add(chunk: Buffer): void {
    if (!this.isOpen && !chunk.includes(13)) {
      this.lf ||= chunk.includes(10);
      this.blank ||= (this.isStart && chunk[0] === 10) || chunk.includes('\n\n');
      this.isStart = chunk.at(-1) === 10;
      return;
    }
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.isOpen) {
        this.isOpen = false;
        if (byte === 10) {
          this.crlf = true;
          continue;
        }
        this.cr = true;
      }
      if (byte !== 13 && byte !== 10) {
        this.isStart = false;
        continue;
      }
      if (this.isStart) this.blank = true;
      this.isStart = true;
      if (byte === 13) this.isOpen = true;
      else this.lf = true;
    }
  }
}

/** Length of `bytes` without a character that is cut at its end. */
function boundary(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < needs ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

/** Position of the first byte that breaks UTF-8, by halving: a prefix is sound when its whole characters are. */
function firstBad(bytes: Buffer): number {
  let [sound, broken] = [0, bytes.length];
  while (broken - sound > 1) {
    const middle = (sound + broken) >> 1;
    if (isUtf8(bytes.subarray(0, boundary(bytes.subarray(0, middle))))) sound = middle;
    else broken = middle;
  }
  return boundary(bytes.subarray(0, broken - 1));
}

/** The row, as a spreadsheet counts it, that holds a byte position: line ends before it, plus one. */
async function rowOf(path: string, at: number): Promise<number> {
  let row = 1;
  let previous = 0;
  if (at > 0)
    for await (const chunk of createReadStream(path, { end: at - 1, highWaterMark: CHUNK }) as AsyncIterable<Buffer>)
      for (const byte of chunk) {
        if (byte === 13 || (byte === 10 && previous !== 13)) row++;
        previous = byte;
      }
  return row;
}

async function wrong(
  path: string,
  options: TextOptions,
  encoding: string,
  at: number,
  evidence: string,
): Promise<Error> {
  const handle = await open(path);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, at);
  await handle.close();
  const bytes = [...buffer.subarray(0, bytesRead)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return known('ENCODING_WRONG', { file: options.name, row: await rowOf(path, at), encoding, bytes, evidence });
}

/** Writes a copy in UTF-8. GBK is read as GB18030, which holds it. */
async function transcode(
  from: string,
  to: string,
  encoding: string,
  skip: number,
  options: TextOptions,
): Promise<void> {
  const decoder = new TextDecoder(encoding === 'gbk' ? 'gb18030' : encoding, { fatal: true, ignoreBOM: true });
  let position = skip;
  let failed: number | undefined;
  async function* decoded(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source) {
        yield Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
        position += chunk.length;
      }
      yield Buffer.from(decoder.decode(), 'utf8');
    } catch (cause) {
      failed = position;
      throw cause;
    }
  }
  try {
    await pipeline(createReadStream(from, { start: skip, highWaterMark: CHUNK }), decoded, createWriteStream(to));
  } catch (cause) {
    if (failed === undefined) throw full(to, cause);
    const at = await undecodable(from, failed, encoding);
    throw await wrong(
      from,
      options,
      encoding,
      at,
      options.encoding === undefined ? 'read from the bytes' : 'stated in the mapping',
    );
  }
}

/** Position of the bytes that cannot be decoded, at or after `from`: decoding byte by byte until it fails. */
async function undecodable(path: string, from: number, encoding: string): Promise<number> {
  const decoder = new TextDecoder(encoding === 'gbk' ? 'gb18030' : encoding, { fatal: true, ignoreBOM: true });
  let at = from;
  let start = from;
  try {
    for await (const chunk of createReadStream(path, { start: from, highWaterMark: CHUNK }) as AsyncIterable<Buffer>)
      for (let i = 0; i < chunk.length; i++, at++)
        if (decoder.decode(chunk.subarray(i, i + 1), { stream: true }) !== '') start = at + 1;
  } catch {}
  return start;
}

async function startsWith(file: string, bytes: readonly number[]): Promise<boolean> {
  const handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes.length), 0, bytes.length, 0);
  await handle.close();
  return bytesRead === bytes.length && bytes.every((byte, i) => buffer[i] === byte);
}

/** A gzip that does not unpack, or a full disk. */
function full(path: string, cause: unknown): unknown {
  return (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? known('DISK_FULL', { path }, cause) : cause;
}
