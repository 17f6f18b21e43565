import { crc32, deflateSync } from 'node:zlib';

/** Pixels of an indexed picture, compressed once and used with many palettes. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

/** @param indices palette positions, row by row, [width * height] */
export function pixels(width: number, height: number, indices: Uint8Array): Pixels {
  const raw = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) raw.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return { width, height, data: deflateSync(raw, { level: 9 }) };
}

/**
 * A PNG file of 8-bit palette colour.
 *
 * @param palette red, green, blue of up to 256 entries, 3 bytes each
 * @see PNG specification (ISO/IEC 15948), 5.3 chunk layout and 11.2 IHDR, PLTE, IDAT, IEND
 */
export function png({ width, height, data }: Pixels, palette: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}
