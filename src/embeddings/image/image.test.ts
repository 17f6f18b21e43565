// Aim: pictures are read as Pillow reads them, broken and huge ones are refused by name, and vectors tell forms and colours apart.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KnownError } from '#errors.ts';
import { random } from '#kernels/random.ts';
import { decodeImage, type Pixels } from './decode.ts';
import { IMAGE_FEATURES, imageFeatures } from './features.ts';
import { framesVectors } from './frames.ts';
import { imageHeader } from './header.ts';
import { fitImageVectors, imageVectors } from './image-vectors.ts';
import { fitImageNetwork, networkVectors, seenClasses } from './network.ts';
import { picturesFeatures } from './pictures.ts';

interface Case {
  readonly name: string;
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly tolerance: number;
  readonly file: string;
  readonly rgb: string;
}
const GOLDEN = new URL('../../../golden/pictures.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as { cases: Case[] };
const fileOf = (name: string): Uint8Array => Buffer.from(cases.find((one) => one.name === name)!.file, 'base64');

test('pixels are those of Pillow', () => {
  for (const { name, format, width, height, tolerance, file, rgb } of cases) {
    const bytes = Buffer.from(file, 'base64');
    assert.deepEqual(imageHeader(bytes, name), { format, width, height });
    const pixels = decodeImage(bytes, { name });
    const want = Buffer.from(rgb, 'base64');
    assert.equal(pixels.rgb.length, want.length, name);
    let largest = 0;
    for (const [i, value] of want.entries()) largest = Math.max(largest, Math.abs(value - pixels.rgb[i]!));
    // lossy formats: another inverse transform and another way to stretch colours
    assert.ok(largest <= tolerance, `${name}: ${largest}`);
  }
});

const refused = (bytes: Uint8Array, code: string, says: RegExp, options = {}) =>
  assert.throws(
    () => decodeImage(bytes, { name: 'p1.jpg', ...options }),
    (error) => error instanceof KnownError && error.code === code && says.test(error.message),
  );

test('no bytes, no picture, half a picture, a huge one', () => {
  refused(new Uint8Array(0), 'IMAGE_UNREADABLE', /p1\.jpg.*no bytes/);
  refused(Buffer.from('<html>not found</html>'), 'IMAGE_UNREADABLE', /3c 68 74 6d/);
  refused(fileOf('png rgb').subarray(0, 20), 'IMAGE_UNREADABLE', /header/);
  refused(fileOf('png rgb').subarray(0, 70), 'IMAGE_UNREADABLE', /PNG/);
  refused(fileOf('jpeg').subarray(0, 12), 'IMAGE_UNREADABLE', /header/);
  refused(fileOf('webp lossy').subarray(0, 60), 'IMAGE_UNREADABLE', /WEBP/);
  const huge = Buffer.from(fileOf('png rgb'));
  huge.writeUInt32BE(10_000, 16);
  huge.writeUInt32BE(5000, 20);
  refused(huge, 'IMAGE_TOO_LARGE', /10000 x 5000 pixels; at most 40000000/);
  refused(fileOf('jpeg'), 'IMAGE_TOO_LARGE', /24 x 17/, { pixelsMax: 100 });
  huge.writeUInt32BE(6000, 16); // few enough pixels, but they are not there
  refused(huge, 'IMAGE_UNREADABLE', /PNG/);
  huge.writeUInt32BE(0, 16);
  refused(huge, 'IMAGE_UNREADABLE', /0 x 5000/);
});

test('pictures cut anywhere or with broken bytes are read or refused, never worse', () => {
  const draw = random(1);
  for (const { file } of cases)
    for (let n = 0; n < 12; n++) {
      const bytes = Buffer.from(file, 'base64').subarray(0, n < 6 ? draw.integer(file.length * 0.7) : undefined);
      if (n >= 6) bytes[12 + draw.integer(bytes.length - 12)] = draw.integer(256);
      try {
        decodeImage(bytes, { pixelsMax: 1e6 });
      } catch (error) {
        assert.ok(error instanceof KnownError && error.code.startsWith('IMAGE_'), String(error));
      }
    }
});

/** A form in a colour on a light ground, somewhere in the middle, with some noise. */
function drawn(form: number, colour: readonly number[], draw: ReturnType<typeof random>): Pixels {
  const [width, height] = [40, 48];
  const [x0, y0, size] = [16 + draw.integer(8), 20 + draw.integer(8), 9 + draw.integer(5)];
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [Math.abs(x - x0), Math.abs(y - y0)];
      const inside =
        form === 0 ? dx + dy < size : form === 1 ? Math.max(dx, dy) < size * 0.7 : dx < 4 && dy < size * 1.4;
      for (let c = 0; c < 3; c++)
        rgb[(y * width + x) * 3 + c] = Math.min(255, Math.max(0, (inside ? colour[c]! : 240) + 8 * draw.normal()));
    }
  return { width, height, rgb };
}

test('the network learns forms and colours, on any number of threads alike; pictures without one have zeros', () => {
  const draw = random(2);
  const colours = [
    [200, 30, 40],
    [30, 60, 190],
  ];
  const made = Array.from({ length: 240 }, (_, i) => ({
    form: i % 3,
    colour: i % 2,
    pixels: drawn(i % 3, colours[i % 2]!, draw),
  }));
  const values = new Float32Array((made.length + 1) * IMAGE_FEATURES);
  for (const [i, { pixels }] of made.entries()) values.set(imageFeatures(pixels), i * IMAGE_FEATURES);
  const features = { count: made.length + 1, width: IMAGE_FEATURES, values };
  assert.ok(values.every((x) => Number.isFinite(x) && Math.abs(x) <= 2));
  const label = (of: (one: (typeof made)[number]) => number) => [
    ...made.map((one, i) => (i < 200 ? String(of(one)) : null)),
    null,
  ];
  const labels = { form: label((one) => one.form), colour: label((one) => one.colour), none: label(() => 1) };
  const options = { layers: [32, 16], epochs: 12, seed: 3 };
  const network = fitImageNetwork(features, labels, { ...options, threads: 1 });
  assert.deepEqual(network, fitImageNetwork(features, labels, { ...options, threads: 2 }));
  assert.deepEqual(
    network.heads.map((head) => head.name),
    ['form', 'colour'],
    'what has one class is not learned',
  );
  for (const name of ['form', 'colour'] as const) {
    const said = seenClasses(network, features, name);
    const right = made.filter((one, i) => i >= 200 && said[i] === String(one[name])).length;
    assert.ok(right >= 35, `${name}: ${right} of 40`);
  }
  const vectors = networkVectors(network, features);
  assert.ok(vectors.values.subarray(240 * 16).every((x) => x === 0));
  const saved = JSON.parse(JSON.stringify(network, (_, x) => (ArrayBuffer.isView(x) ? [...(x as Float32Array)] : x)));
  const back = {
    ...saved,
    layers: saved.layers.map((l: (typeof network.layers)[number]) => ({
      ...l,
      weights: Float32Array.from(l.weights),
      constants: Float32Array.from(l.constants),
    })),
  };
  assert.deepEqual(networkVectors(back, features), vectors);
  assert.throws(
    () => fitImageNetwork(features, { one: label(() => 1) }, { seed: 1 }),
    (error) => error instanceof KnownError && error.code === 'LABEL_ONE_CLASS',
  );
  assert.throws(
    () => networkVectors(network, { count: 1, width: 3, values: new Float32Array(3) }),
    (error) => error instanceof KnownError && error.code === 'VECTORS_DIFFER',
  );
});

test('many pictures: missing and broken ones are counted and have zeros, the others go on', () => {
  const { features, missing, unreadable } = picturesFeatures([
    fileOf('jpeg'),
    null,
    new Uint8Array(0),
    fileOf('png rgb'),
  ]);
  assert.equal(features.count, 4);
  assert.equal(missing, 1);
  assert.deepEqual(unreadable, [{ index: 2, reason: 'picture 3 is no picture that can be read: it has no bytes' }]);
  const row = (i: number) => features.values.subarray(i * IMAGE_FEATURES, (i + 1) * IMAGE_FEATURES);
  assert.ok(row(0).some((x) => x !== 0) && row(1).every((x) => x === 0) && row(2).every((x) => x === 0));
});

test('frames: mean and largest by hand; a frame that could not be read does not count', () => {
  const frames = { count: 4, width: 2, values: Float32Array.of(1, 0, 0, 1, 0, 0, 3, 4) };
  const vectors = framesVectors(frames, Int32Array.of(0, 0, 0, 2), 3);
  // product 0: mean (.5, .5), largest (1, 1), length sqrt(2.5); product 2: (.6, .8) twice, length sqrt(2)
  const want = [0.5, 0.5, 1, 1]
    .map((x) => x / Math.sqrt(2.5))
    .concat(
      [0, 0, 0, 0],
      [0.6, 0.8, 0.6, 0.8].map((x) => x / Math.SQRT2),
    );
  for (const [i, x] of want.entries()) assert.ok(Math.abs(vectors.values[i]! - x) < 1e-6, String(i));
});

test('without labels the main directions of pictures are their vectors', () => {
  const draw = random(5);
  const values = new Float32Array(41 * IMAGE_FEATURES);
  for (let i = 0; i < 40; i++)
    values.set(imageFeatures(drawn(1, i % 2 === 0 ? [200, 30, 40] : [30, 60, 190], draw)), i * IMAGE_FEATURES);
  const features = { count: 41, width: IMAGE_FEATURES, values };
  const few = Array.from({ length: 41 }, (_, i) => String(i % 2));
  const model = fitImageVectors(features, { colour: few }, { seed: 1 });
  assert.equal(model.kind, 'image-directions');
  const vectors = imageVectors(model, features);
  let [same, other] = [0, 0];
  for (let j = 0; j < vectors.width; j++) {
    const at = (i: number) => vectors.values[i * vectors.width + j]!;
    for (let i = 2; i < 40; i++)
      if (i % 2 === 0) same += (at(0) * at(i)) / 19;
      else other += (at(0) * at(i)) / 19;
  }
  assert.ok(same > 0.05 && other < -0.05, `${same} ${other}`);
  assert.ok(vectors.values.subarray(40 * vectors.width).every((x) => x === 0));
});
