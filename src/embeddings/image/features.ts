/**
 * What can be seen in a picture without having learned anything: colours of what stands before the ground, colours by
 * place, edges by place and direction, and fine texture.
 *
 * @see Lazebnik, Schmid, Ponce (2006), CVPR (pyramids over places); Dalal and Triggs (2005), CVPR (oriented gradients);
 *      Ojala, Pietikäinen, Mäenpää (2002), PAMI 24(7) (local binary patterns)
 */
import { type Pixels, resized } from './decode.ts';

const SIZE = 64;
const CELL = 8;
const CELLS = SIZE / CELL;
const DIRECTIONS = 9;
const HUES = 12;
const SHADES = 3;
const GREYS = 6;
const COLOURS = HUES * SHADES * SHADES + GREYS;
const PLACES = 4;
const PATTERNS = 59;

const WIDTHS = [COLOURS, COLOURS, PLACES * PLACES * 6, CELLS * CELLS * DIRECTIONS, 4 * PATTERNS, 1] as const;
/** Numbers of a picture's features. */
export const IMAGE_FEATURES = WIDTHS.reduce((sum, width) => sum + width, 0);

/** [IMAGE_FEATURES], finite, about -1 to 2; square roots of shares, so that their inner product is one of distributions. */
export function imageFeatures(pixels: Pixels): Float32Array {
  const rgb = resized(pixels, SIZE);
  const front = frontOf(rgb);
  const grey = new Float32Array(SIZE * SIZE);
  for (let i = 0; i < grey.length; i++)
    grey[i] = (0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!) / 255;
  const out = new Float32Array(IMAGE_FEATURES);
  let at = 0;
  for (const part of [
    colours(rgb, front),
    colours(rgb, null),
    places(rgb),
    edges(grey),
    texture(grey),
    [Math.log(pixels.width / pixels.height)],
  ]) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** [pixels] 0 to 1: how far a pixel is from the colour of the rim; product pictures stand on an even ground. */
function frontOf(rgb: Float32Array): Float32Array {
  const rim: number[] = [];
  for (let i = 0; i < SIZE; i++) rim.push(i, (SIZE - 1) * SIZE + i, i * SIZE, i * SIZE + SIZE - 1);
  const ground = [0, 1, 2].map((c) => rim.map((at) => rgb[3 * at + c]!).sort((a, b) => a - b)[rim.length >> 1]!);
  return Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [r, g, b] = ground as [number, number, number];
    const gap = Math.sqrt((rgb[3 * i]! - r) ** 2 + (rgb[3 * i + 1]! - g) ** 2 + (rgb[3 * i + 2]! - b) ** 2);
    return Math.min(1, Math.max(0, (gap - 12) / 36));
  });
}

/** Square roots of the shares of hue x saturation x value, and of greys; hues are shared out between their two bins. */
function colours(rgb: Float32Array, weight: Float32Array | null): Float32Array {
  const out = new Float32Array(COLOURS);
  let total = 1e-6;
  for (let i = 0; i < SIZE * SIZE; i++) {
    const w = weight === null ? 1 : weight[i]!;
    if (w === 0) continue;
    total += w;
    const r = rgb[3 * i]! / 255;
    const g = rgb[3 * i + 1]! / 255;
    const b = rgb[3 * i + 2]! / 255;
    const most = Math.max(r, g, b);
    const gap = most - Math.min(r, g, b);
    const saturation = most > 0 ? gap / most : 0;
    const grey = Math.min(1, Math.max(0, (0.2 - saturation) / 0.1, (0.15 - most) / 0.08));
    if (grey > 0) out[HUES * SHADES * SHADES + Math.min(GREYS - 1, Math.floor(most * GREYS))]! += w * grey;
    if (grey === 1) continue;
    const hue = hueOf(r, g, b, most, gap) * HUES;
    const shade =
      SHADES * Math.min(SHADES - 1, Math.floor(saturation * SHADES)) + Math.min(SHADES - 1, Math.floor(most * SHADES));
    const low = Math.floor(hue);
    const put = (bin: number, part: number) => {
      out[(bin % HUES) * SHADES * SHADES + shade]! += w * (1 - grey) * part;
    };
    put(low, 1 - (hue - low));
    put(low + 1, hue - low);
  }
  return out.map((x) => Math.sqrt(x / total));
}

/** 0 to 1. */
function hueOf(r: number, g: number, b: number, most: number, gap: number): number {
  const sixth = most === r ? ((((g - b) / gap) % 6) + 6) % 6 : most === g ? (b - r) / gap + 2 : (r - g) / gap + 4;
  return sixth / 6;
}

/** Mean and deviation of light and of two colour opponents in 4 x 4 places. */
function places(rgb: Float32Array): Float32Array {
  const out = new Float32Array(PLACES * PLACES * 6);
  const side = SIZE / PLACES;
  for (let place = 0; place < PLACES * PLACES; place++) {
    const sums = new Float64Array(6);
    for (let i = 0; i < side * side; i++) {
      const y = Math.floor(place / PLACES) * side + Math.floor(i / side);
      const at = 3 * (y * SIZE + (place % PLACES) * side + (i % side));
      const r = rgb[at]! / 255;
      const g = rgb[at + 1]! / 255;
      const b = rgb[at + 2]! / 255;
      for (let c = 0; c < 3; c++) {
        const value = c === 0 ? (r + g + b) / 3 : c === 1 ? r - g : (r + g) / 2 - b;
        sums[c]! += value / (side * side);
        sums[c + 3]! += (value * value) / (side * side);
      }
    }
    for (let c = 0; c < 3; c++) {
      out[place * 6 + c] = sums[c]!;
      out[place * 6 + 3 + c] = Math.sqrt(Math.max(0, sums[c + 3]! - sums[c]! ** 2));
    }
  }
  return out;
}

/** Gradients by direction in 8 x 8 cells, each cell relative to the strength of the cells around it. */
function edges(grey: Float32Array): Float32Array {
  const raw = new Float32Array(CELLS * CELLS * DIRECTIONS);
  const pixel = (y: number, x: number) =>
    grey[Math.min(SIZE - 1, Math.max(0, y)) * SIZE + Math.min(SIZE - 1, Math.max(0, x))]!;
  for (let y = 0; y < SIZE; y++)
    for (let x = 0; x < SIZE; x++) {
      const dx = pixel(y, x + 1) - pixel(y, x - 1);
      const dy = pixel(y + 1, x) - pixel(y - 1, x);
      const strength = Math.sqrt(dx * dx + dy * dy);
      if (strength === 0) continue;
      const angle = ((Math.atan2(dy, dx) / Math.PI + 2) % 1) * DIRECTIONS;
      const low = Math.floor(angle);
      // shared out over the four cells around the pixel and the two directions beside the angle
      const cy = (y + 0.5) / CELL - 0.5;
      const cx = (x + 0.5) / CELL - 0.5;
      for (let j = Math.floor(cy); j <= Math.floor(cy) + 1; j++)
        for (let i = Math.floor(cx); i <= Math.floor(cx) + 1; i++) {
          if (j < 0 || i < 0 || j >= CELLS || i >= CELLS) continue;
          const part = strength * (1 - Math.abs(cy - j)) * (1 - Math.abs(cx - i));
          const cell = (j * CELLS + i) * DIRECTIONS;
          raw[cell + (low % DIRECTIONS)]! += part * (1 - (angle - low));
          raw[cell + ((low + 1) % DIRECTIONS)]! += part * (angle - low);
        }
    }
  const energy = new Float64Array(CELLS * CELLS);
  for (let e = 0; e < raw.length; e++) energy[Math.floor(e / DIRECTIONS)]! += raw[e]! ** 2;
  return raw.map((x, e) => {
    const cell = Math.floor(e / DIRECTIONS);
    return Math.min(0.4, x / Math.sqrt(around(energy, Math.floor(cell / CELLS), cell % CELLS) + 0.5));
  });
}

function around(energy: Float64Array, y: number, x: number): number {
  let sum = 0;
  for (let j = Math.max(0, y - 1); j <= Math.min(CELLS - 1, y + 1); j++)
    for (let i = Math.max(0, x - 1); i <= Math.min(CELLS - 1, x + 1); i++) sum += energy[j * CELLS + i]!;
  return sum / 2;
}

/** Steps to the ring of eight neighbours, clockwise. */
const RING = Int32Array.of(-SIZE - 1, -SIZE, -SIZE + 1, 1, SIZE + 1, SIZE, SIZE - 1, -1);

/** Uniform patterns (at most two changes round the ring) have a bin each, all others share the last. */
const BIN_OF = (() => {
  const bins = new Uint8Array(256);
  let next = 0;
  for (let code = 0; code < 256; code++) {
    const turned = ((code << 1) | (code >> 7)) & 255;
    let changes = 0;
    for (let bits = code ^ turned; bits > 0; bits >>= 1) changes += bits & 1;
    bins[code] = changes <= 2 ? next++ : PATTERNS - 1;
  }
  return bins;
})();

/** Square roots of the shares of local binary patterns in each quarter. */
function texture(grey: Float32Array): Float32Array {
  const out = new Float32Array(4 * PATTERNS);
  const half = SIZE / 2;
  for (let y = 1; y < SIZE - 1; y++)
    for (let x = 1; x < SIZE - 1; x++) {
      const own = grey[y * SIZE + x]! + 0.01; // what differs by less than noise does not count as brighter
      let code = 0;
      for (let bit = 0; bit < 8; bit++) if (grey[y * SIZE + x + RING[bit]!]! > own) code |= 1 << bit;
      out[(2 * (y < half ? 0 : 1) + (x < half ? 0 : 1)) * PATTERNS + BIN_OF[code]!]!++;
    }
  return out.map((x) => Math.sqrt(x / (half * half)));
}
