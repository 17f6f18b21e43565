/**
 * The bytes of a log segment: 16 bytes of head ("TWLOG001", number of its first record), then frames. A frame is what
 * one sync made durable: 4 bytes "TWF1", length of its body, records in it, CRC-32 of all but the first and itself (uint32 each), number
 * of its first record (uint64), and the body: each record as its length (uint32) and bytes. Little-endian.
 */
import { crc32 } from 'node:zlib';

const HEAD = 'TWLOG001';
const HEAD_BYTES = 16;
const MARK = 0x31465754;
export const FRAME_HEAD = 24;
export const SEGMENT_HEAD = HEAD_BYTES;

export interface Frame {
  readonly first: number;
  readonly records: readonly Uint8Array[];
  /** Place after it. */
  readonly end: number;
}

export function segmentHead(first: number): Uint8Array {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.write(HEAD, 'latin1');
  bytes.writeBigUInt64LE(BigInt(first), 8);
  return bytes;
}

/** Number of the first record of a segment; undefined where the head is not whole. */
export function headOf(segment: Uint8Array): number | undefined {
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength);
  if (bytes.length < HEAD_BYTES || bytes.toString('latin1', 0, 8) !== HEAD) return undefined;
  return Number(bytes.readBigUInt64LE(8));
}

/** The frame of records, the first of them numbered `first`. */
export function frameOf(first: number, records: readonly Uint8Array[]): Buffer {
  let body = 0;
  for (const record of records) body += 4 + record.length;
  const bytes = Buffer.allocUnsafe(FRAME_HEAD + body);
  bytes.writeUInt32LE(MARK, 0);
  bytes.writeUInt32LE(body, 4);
  bytes.writeUInt32LE(records.length, 8);
  bytes.writeBigUInt64LE(BigInt(first), 16);
  let at = FRAME_HEAD;
  for (const record of records) {
    bytes.writeUInt32LE(record.length, at);
    bytes.set(record, at + 4);
    at += 4 + record.length;
  }
  bytes.writeUInt32LE(sumOf(bytes), 12);
  return bytes;
}

/** Over lengths, counts and number too: a flipped bit anywhere is seen. */
const sumOf = (frame: Buffer): number => crc32(frame.subarray(16), crc32(frame.subarray(4, 12)));

/** The frame at `at`; undefined where there is no whole and sound one. */
export function frameAt(segment: Uint8Array, at: number): Frame | undefined {
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength);
  if (at + FRAME_HEAD > bytes.length || bytes.readUInt32LE(at) !== MARK) return undefined;
  const end = at + FRAME_HEAD + bytes.readUInt32LE(at + 4);
  if (end > bytes.length || sumOf(bytes.subarray(at, end)) !== bytes.readUInt32LE(at + 12)) return undefined;
  const records: Uint8Array[] = [];
  let place = at + FRAME_HEAD;
  for (let left = bytes.readUInt32LE(at + 8); left > 0; left--) {
    const length = bytes.readUInt32LE(place);
    records.push(bytes.subarray(place + 4, place + 4 + length));
    place += 4 + length;
  }
  return { first: Number(bytes.readBigUInt64LE(at + 16)), records, end };
}

/** Place of the next sound frame at or after `from`; -1: none. */
export function soundFrameAfter(segment: Uint8Array, from: number): number {
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength);
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(MARK);
  for (let at = bytes.indexOf(mark, from); at >= 0; at = bytes.indexOf(mark, at + 1))
    if (frameAt(segment, at) !== undefined) return at;
  return -1;
}
