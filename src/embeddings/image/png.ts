/**
 * PNG pixels: all colour types and depths, interlaced or not; transparency is laid over white.
 *
 * @see PNG specification (ISO/IEC 15948): 7 encoding of images, 8 interlacing, 9 filters, 11 chunks
 */
import { inflateSync } from 'node:zlib';

interface Chunks {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
  readonly palette: Uint8Array | undefined;
  readonly clear: Uint8Array | undefined;
  readonly data: readonly Uint8Array[];
}

/** Samples a pixel of each colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** First column and row, and steps, of the seven passes of Adam7. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * @returns [height x width x 3] red, green, blue
 * @throws Error with a reason in plain words, for a file that breaks the specification
 */
export function pngPixels(bytes: Uint8Array): Uint8Array {
  const chunks = chunksOf(bytes);
  const { width, height, depth, colour, interlaced } = chunks;
  const samples = SAMPLES[colour];
  if (samples === undefined || ![1, 2, 4, 8, 16].includes(depth))
    throw new Error(`colour type ${colour}, depth ${depth}`);
  if (colour === 3 && chunks.palette === undefined) throw new Error('a palette is missing');
  const passes = interlaced ? PASSES : ([[0, 0, 1, 1]] as const);
  const sizes = passes.map(([x, y, stepX, stepY]) => ({
    columns: Math.max(0, Math.ceil((width - x) / stepX)),
    rows: Math.max(0, Math.ceil((height - y) / stepY)),
  }));
  const strideOf = (columns: number) => Math.ceil((columns * samples * depth) / 8);
  const wanted = sizes.reduce((sum, { columns, rows }) => sum + (columns > 0 ? rows * (1 + strideOf(columns)) : 0), 0);
  const raw = inflateSync(Buffer.concat(chunks.data), { maxOutputLength: wanted + 1024 });
  if (raw.length < wanted) throw new Error(`${raw.length} bytes of ${wanted}`);
  const out = new Uint8Array(width * height * 3);
  let at = 0;
  for (const [p, [x0, y0, stepX, stepY]] of passes.entries()) {
    const { columns, rows } = sizes[p]!;
    if (columns === 0) continue;
    const stride = strideOf(columns);
    const plain = unfiltered(raw, at, { rows, stride, back: Math.max(1, (samples * depth) >> 3) });
    at += rows * (1 + stride);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        putPixel(
          chunks,
          samples,
          plain,
          row * stride,
          column,
          out,
          ((y0 + row * stepY) * width + x0 + column * stepX) * 3,
        );
  }
  return out;
}

function chunksOf(bytes: Uint8Array): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let [palette, clear]: (Uint8Array | undefined)[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (kind === 'PLTE') palette = body;
    else if (kind === 'tRNS') clear = body;
    else if (kind === 'IDAT') data.push(body);
    else if (kind === 'IEND') break;
    at += 12 + length;
  }
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: bytes[24]!,
    colour: bytes[25]!,
    interlaced: bytes[28] === 1,
    palette,
    clear,
    data,
  };
}

/** Rows without their filter bytes, [rows x stride]. */
function unfiltered(
  raw: Uint8Array,
  from: number,
  { rows, stride, back }: { rows: number; stride: number; back: number },
): Uint8Array {
  const out = new Uint8Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    const filter = raw[from + row * (1 + stride)]!;
    const source = from + row * (1 + stride) + 1;
    const to = row * stride;
    for (let i = 0; i < stride; i++) {
      const left = i >= back ? out[to + i - back]! : 0;
      const above = row > 0 ? out[to - stride + i]! : 0;
      const corner = row > 0 && i >= back ? out[to - stride + i - back]! : 0;
      out[to + i] = raw[source + i]! + predicted(filter, left, above, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) throw new Error(`a row has filter ${filter}`);
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** Sample `s` of pixel `column`; 16 bits give their high byte. */
function sampleOf(line: Uint8Array, from: number, depth: number, index: number): number {
  if (depth === 8) return line[from + index]!;
  if (depth === 16) return line[from + 2 * index]!;
  const bit = index * depth;
  return (line[from + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

function putPixel(
  { colour, depth, palette, clear }: Chunks,
  samples: number,
  line: Uint8Array,
  from: number,
  column: number,
  out: Uint8Array,
  at: number,
): void {
  const first = sampleOf(line, from, depth, column * samples);
  let [red, green, blue, alpha] = [first, first, first, 255];
  if (colour === 3) {
    [red, green, blue] = [palette![3 * first] ?? 0, palette![3 * first + 1] ?? 0, palette![3 * first + 2] ?? 0];
    alpha = clear?.[first] ?? 255;
  } else if (samples >= 3) {
    green = sampleOf(line, from, depth, column * samples + 1);
    blue = sampleOf(line, from, depth, column * samples + 2);
  } else if (depth < 8) red = green = blue = (first * 255) / ((1 << depth) - 1);
  if (samples === 2 || samples === 4) alpha = sampleOf(line, from, depth, column * samples + samples - 1);
  const over = (value: number) => Math.round((value * alpha + 255 * (255 - alpha)) / 255);
  out[at] = over(red);
  out[at + 1] = over(green);
  out[at + 2] = over(blue);
}
