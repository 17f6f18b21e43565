/**
 * The bundle as one file: 8 bytes of name and version, the length of the header (uint32), 4 bytes of zero, the SHA-256
 * of the header (32 bytes), the header (JSON: `about` and the arrays with type, length, offset and SHA-256), then the
 * arrays, little-endian, each beginning at a multiple of 64. So it can be read at once or mapped into memory.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { known } from '#errors.ts';
import type { About, Bundle } from './bundle.ts';
import { ARRAYS, assembled } from './bundle-arrays.ts';

const MAGIC = 'TWBNDL02';
const PREAMBLE = 48;
const ALIGN = 64;
const CHUNK = 4 * 1024 * 1024;
/** A header has a few kilobytes; more is a broken length. */
const HEADER_MAX = 16 * 1024 * 1024;

const TYPES = { u8: Uint8Array, i8: Int8Array, u16: Uint16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array };
export type ArrayType = keyof typeof TYPES;
export type Held = Uint8Array | Int8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

interface Entry {
  readonly name: string;
  readonly type: ArrayType;
  readonly length: number;
  readonly offset: number;
  sha256: string;
}

interface Header {
  readonly about: About;
  readonly arrays: readonly Entry[];
  /** Of the whole file. */
  readonly bytes: number;
}

export interface BundleWriter {
  /** Adds to the end of an array. */
  put(name: string, values: Held): void;
  /**
   * Writes the header and closes the file.
   *
   * @throws RangeError when an array hasn't got the length that was said
   */
  finish(): void;
  /** Closes the file as it is. */
  abandon(): void;
}

/** Begins the file; all lengths are known before, so that no array has to be held. */
export function bundleWriter(file: string, about: About, lengths: Readonly<Record<string, number>>): BundleWriter {
  const arrays: Entry[] = [];
  const make = (start: number): Header => {
    arrays.length = 0;
    let offset = start;
    for (const [name, type] of Object.entries(ARRAYS)) {
      const length = lengths[name];
      if (length === undefined) throw new RangeError(`no length of ${name}`);
      arrays.push({ name, type, length, offset, sha256: '0'.repeat(64) });
      offset = aligned(offset + length * TYPES[type].BYTES_PER_ELEMENT);
    }
    return { about, arrays, bytes: offset };
  };
  // The header names offsets, whose digits make its length: a generous guess, filled up with spaces.
  const room = aligned(PREAMBLE + Buffer.byteLength(JSON.stringify(make(2 ** 42))) + ALIGN);
  const header = make(room);
  const state = new Map(arrays.map((entry) => [entry.name, { entry, at: 0, hash: createHash('sha256') }]));
  const handle = openSync(file, 'w');
  return {
    put(name, values) {
      const own = state.get(name);
      if (own === undefined) throw new RangeError(`no array ${name}`);
      const size = TYPES[own.entry.type].BYTES_PER_ELEMENT;
      if (values.BYTES_PER_ELEMENT !== size) throw new RangeError(`${name} is of ${own.entry.type}`);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      own.hash.update(bytes);
      writeAll(handle, bytes, own.entry.offset + own.at * size);
      own.at += values.length;
    },
    finish() {
      for (const { entry, at, hash } of state.values()) {
        if (at !== entry.length) throw new RangeError(`${entry.name} has ${at} of ${entry.length}`);
        entry.sha256 = hash.digest('hex');
      }
      const text = Buffer.alloc(room - PREAMBLE, ' ');
      text.write(JSON.stringify(header));
      const preamble = Buffer.alloc(PREAMBLE);
      preamble.write(MAGIC, 0, 'latin1');
      preamble.writeUInt32LE(text.length, 8);
      createHash('sha256').update(text).digest().copy(preamble, 16);
      writeAll(handle, text, PREAMBLE);
      writeAll(handle, preamble, 0);
      ftruncateSync(handle, header.bytes);
      fsyncSync(handle);
      closeSync(handle);
    },
    abandon: () => closeSync(handle),
  };
}

const aligned = (at: number): number => Math.ceil(at / ALIGN) * ALIGN;

function writeAll(handle: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done, bytes.length - done, at + done);
}

/**
 * Reads a bundle and checks every byte of it; other work goes on in between.
 *
 * @throws WORKSPACE_BROKEN when it is missing, cut off, changed or of another version
 */
export async function readBundle(file: string): Promise<Bundle> {
  const broken = (reason: string, cause?: unknown) => known('WORKSPACE_BROKEN', { file, reason }, cause);
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw broken(cause instanceof Error ? cause.message : String(cause), cause);
  }
  try {
    const { size } = await handle.stat();
    const header = await headerOf(handle, size, broken);
    if (size !== header.bytes) throw broken(`it has ${size} bytes, not ${header.bytes}`);
    const memory = new ArrayBuffer(header.bytes);
    const held: Record<string, Held> = {};
    for (const entry of header.arrays) {
      const { name, type, length, offset } = entry;
      const array = new TYPES[type](memory, offset, length);
      const found = await filled(handle, new Uint8Array(memory, offset, array.byteLength), offset);
      if (found !== entry.sha256) throw broken(`the checksum of ${name} is wrong`);
      held[name] = array;
    }
    return assembled(header.about, held);
  } finally {
    await handle.close();
  }
}

async function headerOf(handle: FileHandle, size: number, broken: (reason: string) => Error): Promise<Header> {
  const preamble = Buffer.alloc(PREAMBLE);
  if (size < PREAMBLE) throw broken(`it has only ${size} bytes`);
  await readAll(handle, preamble, 0);
  const magic = preamble.toString('latin1', 0, 8);
  if (magic !== MAGIC) throw broken(`it begins with ${JSON.stringify(magic)}, not ${JSON.stringify(MAGIC)}`);
  const length = preamble.readUInt32LE(8);
  if (length > HEADER_MAX || PREAMBLE + length > size) throw broken(`its header of ${length} bytes is not all there`);
  const text = Buffer.alloc(length);
  await readAll(handle, text, PREAMBLE);
  if (!createHash('sha256').update(text).digest().equals(preamble.subarray(16, 48)))
    throw broken('the checksum of its header is wrong');
  const header = JSON.parse(text.toString('utf8')) as Header;
  for (const [name, type] of Object.entries(ARRAYS))
    if (!header.arrays.some((entry) => entry.name === name && entry.type === type)) throw broken(`it lacks ${name}`);
  return header;
}

/** Reads the bytes from `at` into `into`, and tells their SHA-256. */
async function filled(handle: FileHandle, into: Uint8Array, at: number): Promise<string> {
  const hash: Hash = createHash('sha256');
  for (let from = 0; from < into.length; from += CHUNK) {
    const part = into.subarray(from, Math.min(from + CHUNK, into.length));
    await readAll(handle, part, at + from);
    hash.update(part);
  }
  return hash.digest('hex');
}

async function readAll(handle: FileHandle, into: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, into.length - done, at + done);
    if (bytesRead === 0) return;
    done += bytesRead;
  }
}
