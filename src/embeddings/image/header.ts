/** Format and size of a picture from its first bytes, so that a huge one is refused before it is unpacked. */
import { known } from '#errors.ts';

export interface ImageHeader {
  readonly format: 'jpeg' | 'png' | 'webp';
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/**
 * Reads the header.
 *
 * @param name what the picture is called in errors
 * @throws IMAGE_UNREADABLE for no bytes, another format, or a header that ends early
 */
export function imageHeader(bytes: Uint8Array, name: string): ImageHeader {
  const wrong = (reason: string) => known('IMAGE_UNREADABLE', { name, reason });
  if (bytes.length === 0) throw wrong('it has no bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, length: number) => String.fromCharCode(...bytes.subarray(from, from + length));
  let found: ImageHeader | undefined;
  if (text(0, 4) === '\x89PNG' && text(4, 4) === '\r\n\x1a\n') found = pngHeader(view, text);
  else if (bytes[0] === 0xff && bytes[1] === 0xd8) found = jpegHeader(view);
  else if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP') found = webpHeader(view, text);
  else throw wrong(`it begins with ${[...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0')).join(' ')}`);
  if (found === undefined) throw wrong('its header is broken or ends early');
  if (found.width === 0 || found.height === 0) throw wrong(`it is ${found.width} x ${found.height}`);
  return found;
}

type Text = (from: number, length: number) => string;

function pngHeader(view: DataView, text: Text): ImageHeader | undefined {
  if (view.byteLength < 33 || text(12, 4) !== 'IHDR') return undefined;
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** Frame headers are SOF0 to SOF15 but for DHT (c4), JPG (c8) and DAC (cc). @see ITU T.81, annex B */
function jpegHeader(view: DataView): ImageHeader | undefined {
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { format: 'jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    const bare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    at += bare ? 2 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** @see RFC 9649, sections 2.5 to 2.7 */
function webpHeader(view: DataView, text: Text): ImageHeader | undefined {
  if (view.byteLength < 30) return undefined;
  const three = (at: number) => view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
  const made = (width: number, height: number): ImageHeader => ({ format: 'webp', width, height });
  const kind = text(12, 4);
  if (kind === 'VP8X') return made(three(24) + 1, three(27) + 1);
  if (kind === 'VP8 ') return made(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  if (kind !== 'VP8L') return undefined;
  const bits = view.getUint32(21, true);
  return made((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
}
