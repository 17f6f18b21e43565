/** Product pictures: a form on a soft ground, in the product's colour with the brand's label. */
import { LEAVES } from './lexicon.ts';
import { SHADES } from './names.ts';
import { type Pixels, pixels, png } from './png.ts';
import { type Form, SILHOUETTES } from './silhouettes.ts';

const SIZE = 160;
/** Places in the palette: ground, shadow, then each tone's shades, then the soft edges between tones. */
const GROUND = 48;
const SHADOW = 8;
const SHADES_OF_TONE = 24;
const TONES = 4;
const EDGES = 3;
const TONE_AT = GROUND + SHADOW;
const EDGE_AT = TONE_AT + TONES * SHADES_OF_TONE;
/** Pairs of lower and upper layer; the ground is 0 and tone t is t + 1. */
const pairAt = (lower: number, upper: number): number => EDGE_AT + (lower * (TONES + 1) + upper) * EDGES;
const ENTRIES = pairAt(TONES, TONES) + EDGES;

type Colour = readonly [number, number, number];

const drawn = new Map<number, Pixels>();

/** The picture of a product of leaf `leaf`; the same bytes for the same arguments. */
export function productPicture({ leaf, shade, brand }: { leaf: number; shade: number; brand: number }): Buffer {
  const form = drawn.get(leaf) ?? draw(SILHOUETTES[LEAVES[leaf]!.key]!);
  drawn.set(leaf, form);
  return png(form, palette(hex(SHADES[shade]![2]), hueColour((brand * 137.5) % 360)));
}

function draw(forms: readonly Form[]): Pixels {
  const out = new Uint8Array(SIZE * SIZE);
  for (let y = 0; y < SIZE; y++) for (let x = 0; x < SIZE; x++) out[y * SIZE + x] = entry(forms, x + 0.5, y + 0.5);
  return pixels(SIZE, SIZE, out);
}

function entry(forms: readonly Form[], x: number, y: number): number {
  let layer = 0;
  let place = groundAt(x, y);
  for (const form of forms) {
    const cover = 0.5 - distance(form, x, y);
    if (cover <= 0) continue;
    const upper = form[1] + 1;
    if (cover < 1 && upper !== layer) place = pairAt(layer, upper) + Math.min(EDGES - 1, Math.floor(cover * EDGES));
    else place = TONE_AT + form[1] * SHADES_OF_TONE + shadeAt(x, y);
    if (cover >= 0.5) layer = upper;
  }
  return place;
}

/** Light falls from the upper left. */
const shadeAt = (x: number, y: number): number =>
  Math.min(SHADES_OF_TONE - 1, Math.max(0, Math.floor(((0.72 * x + 0.28 * y - 24) / 112) * SHADES_OF_TONE)));

function groundAt(x: number, y: number): number {
  const shadow = Math.hypot((x - 80) / 52, (y - 134) / 9);
  if (shadow < 1) return GROUND + Math.min(SHADOW - 1, Math.floor((1 - shadow) * SHADOW));
  return Math.min(GROUND - 1, Math.floor((Math.hypot(x - 62, y - 52) / 150) * GROUND));
}

/** Signed distance from a point to a form's edge in pixels, negative inside (for ovals nearly so). */
function distance(form: Form, x: number, y: number): number {
  switch (form[0]) {
    case 'box': {
      const [, , cx, cy, width, height, corner] = form;
      const dx = Math.abs(x - cx) - width + corner;
      const dy = Math.abs(y - cy) - height + corner;
      return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - corner;
    }
    case 'disc':
      return Math.hypot(x - form[2], y - form[3]) - form[4];
    case 'oval':
      return (Math.hypot((x - form[2]) / form[4], (y - form[3]) / form[5]) - 1) * Math.min(form[4], form[5]);
    case 'ring':
      return Math.abs(Math.hypot(x - form[2], y - form[3]) - form[4]) - form[5];
    case 'line': {
      const [, , x1, y1, x2, y2, half] = form;
      return toSegment(x, y, x1, y1, x2, y2) - half;
    }
    case 'area':
      return toArea(form[2], x, y);
  }
}

function toSegment(x: number, y: number, x1: number, y1: number, x2: number, y2: number): number {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const t = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}

function toArea(points: readonly number[], x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
    const [x1, y1, x2, y2] = [points[i]!, points[i + 1]!, points[j]!, points[j + 1]!];
    nearest = Math.min(nearest, toSegment(x, y, x1, y1, x2, y2));
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside ? -nearest : nearest;
}

function palette(body: Colour, label: Colour): Uint8Array {
  const out = new Uint8Array(ENTRIES * 3);
  const white: Colour = [255, 255, 255];
  const black: Colour = [24, 26, 32];
  const ground = mixed(body, white, 0.84);
  const rim = mixed(body, white, 0.6);
  const tones: Colour[] = [body, mixed(body, black, 0.45), mixed(body, white, 0.62), label];
  const set = (at: number, [r, g, b]: Colour) => out.set([r, g, b], at * 3);
  for (let k = 0; k < GROUND; k++) set(k, mixed(ground, rim, k / (GROUND - 1)));
  for (let k = 0; k < SHADOW; k++) set(GROUND + k, mixed(rim, black, 0.06 + (0.22 * k) / SHADOW));
  for (const [t, tone] of tones.entries())
    for (let k = 0; k < SHADES_OF_TONE; k++) {
      const light = 0.5 - k / (SHADES_OF_TONE - 1);
      set(TONE_AT + t * SHADES_OF_TONE + k, mixed(tone, light > 0 ? white : black, Math.abs(light) * 0.5));
    }
  const layers = [mixed(ground, rim, 0.5), ...tones];
  for (const [lower, a] of layers.entries())
    for (const [upper, b] of layers.entries())
      for (let k = 0; k < EDGES; k++) set(pairAt(lower, upper) + k, mixed(a, b, (k + 0.5) / EDGES));
  return out;
}

function mixed(a: Colour, b: Colour, share: number): Colour {
  const at = (k: 0 | 1 | 2) => Math.round(a[k] + (b[k] - a[k]) * share);
  return [at(0), at(1), at(2)];
}

function hex(text: string): Colour {
  const value = Number.parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A friendly colour of the given hue, 0 to 360. */
function hueColour(hue: number): Colour {
  const part = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (0.55 - 0.2 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [part(0), part(8), part(4)];
}
