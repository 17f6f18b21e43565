/** The pixels of a JPEG, PNG or WebP file. */
import { createRequire } from 'node:module';
import { known } from '#errors.ts';
import { type ImageHeader, imageHeader } from './header.ts';
import { pngPixels } from './png.ts';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** [height x width x 3] red, green, blue, 0 to 255 */
  readonly rgb: Uint8Array;
}

export interface DecodeOptions {
  /** What the picture is called in errors; default 'the picture'. */
  readonly name?: string;
  /** Pixels read at most; default 40,000,000. A picture of more is refused by its header, before it is unpacked. */
  readonly pixelsMax?: number;
}

export const PIXELS_MAX = 40_000_000;

/**
 * Decodes a picture; transparency is laid over white, the turn that a camera noted is not applied.
 *
 * @throws IMAGE_UNREADABLE (no bytes, another format, broken), IMAGE_TOO_LARGE, PACKAGE_MISSING
 */
export function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Pixels {
  const { name = 'the picture', pixelsMax = PIXELS_MAX } = options;
  const header = imageHeader(bytes, name);
  const { width, height } = header;
  if (width * height > pixelsMax) throw known('IMAGE_TOO_LARGE', { name, width, height, pixelsMax });
  const decode = DECODERS[header.format](); // a missing package is not the picture's fault
  let rgb: Uint8Array;
  try {
    rgb = decode(bytes, header);
  } catch (cause) {
    const reason = `${header.format.toUpperCase()}: ${(cause as Error).message.split('\n')[0]}`;
    throw known('IMAGE_UNREADABLE', { name, reason }, cause);
  }
  if (rgb.length !== 3 * width * height)
    throw known('IMAGE_UNREADABLE', {
      name,
      reason: `its parts say ${width} x ${height} and ${rgb.length / 3} pixels`,
    });
  return { width, height, rgb };
}

type Decode = (bytes: Uint8Array, header: ImageHeader) => Uint8Array;

const load = createRequire(import.meta.url);

function packageOf<T>(name: string, need: string): T {
  try {
    return load(name) as T;
  } catch (cause) {
    throw known('PACKAGE_MISSING', { name, need, reason: (cause as Error).message.split('\n')[0] ?? '' }, cause);
  }
}

const DECODERS: Readonly<Record<ImageHeader['format'], () => Decode>> = {
  png: () => pngPixels,
  jpeg: () => {
    const jpeg = packageOf<typeof import('jpeg-js')>('jpeg-js', 'reading JPEG pictures');
    const limits = { maxResolutionInMP: Number.POSITIVE_INFINITY, maxMemoryUsageInMB: 4096 };
    return (bytes) => jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false, ...limits }).data;
  },
  webp: () => {
    const webp = packageOf<typeof import('@cwasm/webp')>('@cwasm/webp', 'reading WebP pictures');
    return (bytes) => overWhite(webp.decode(bytes).data);
  },
};

/** [pixels x 4] to [pixels x 3]. */
function overWhite(rgba: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!;
    for (let c = 0; c < 3; c++) out[to + c] = Math.round((rgba[from + c]! * alpha + 255 * (255 - alpha)) / 255);
  }
  return out;
}

/** Pixels averaged over areas into size x size, whatever the shape was: [size x size x 3], 0 to 255. */
export function resized({ width, height, rgb }: Pixels, size: number): Float32Array {
  const out = new Float32Array(size * size * 3);
  const columns = coverOf(width, size);
  const rows = coverOf(height, size);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      let [red, green, blue, sum] = [0, 0, 0, 0];
      for (const [row, tall] of rows[y]!)
        for (const [column, wide] of columns[x]!) {
          const at = 3 * (row * width + column);
          const weight = tall * wide;
          red += weight * rgb[at]!;
          green += weight * rgb[at + 1]!;
          blue += weight * rgb[at + 2]!;
          sum += weight;
        }
      out.set([red / sum, green / sum, blue / sum], 3 * (y * size + x));
    }
  return out;
}

/** For each of `size` places, which of `length` it covers and by how much. */
function coverOf(length: number, size: number): (readonly [number, number])[][] {
  return Array.from({ length: size }, (_, i) => {
    const [from, to] = [(i * length) / size, ((i + 1) * length) / size];
    const out: (readonly [number, number])[] = [];
    for (let at = Math.floor(from); at < Math.min(length, Math.ceil(to)); at++)
      out.push([at, Math.min(at + 1, to) - Math.max(at, from)]);
    return out;
  });
}
