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
  // first the columns of each row, then the rows
  const narrow = new Float64Array(height * size * 3);
  for (let x = 0; x < size; x++) {
    const [from, to] = [(x * width) / size, ((x + 1) * width) / size];
    for (let column = Math.floor(from); column < Math.min(width, Math.ceil(to)); column++) {
      const share = (Math.min(column + 1, to) - Math.max(column, from)) / (to - from);
      for (let row = 0; row < height; row++)
        for (let c = 0; c < 3; c++) narrow[(row * size + x) * 3 + c]! += share * rgb[(row * width + column) * 3 + c]!;
    }
  }
  for (let y = 0; y < size; y++) {
    const [from, to] = [(y * height) / size, ((y + 1) * height) / size];
    for (let row = Math.floor(from); row < Math.min(height, Math.ceil(to)); row++) {
      const share = (Math.min(row + 1, to) - Math.max(row, from)) / (to - from);
      for (let e = 0; e < size * 3; e++) out[y * size * 3 + e]! += share * narrow[row * size * 3 + e]!;
    }
  }
  return out;
}
