// Aim: encoders from ONNX files say what their graphs say; word pieces are cut longest first; wrong files are refused by name.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KnownError } from '#errors.ts';
import { openImageEncoder, openTextEncoder } from './encoder.ts';
import { pieceIds, wordPieces } from './word-pieces.ts';

const golden = JSON.parse(readFileSync(new URL('../../../golden/encoders.json', import.meta.url), 'utf8')) as {
  readonly picture: string;
  readonly text: string;
  readonly vocabulary: readonly string[];
};
const missing = await import('onnxruntime-node').then(
  () => false as const,
  (error: Error) => `onnxruntime-node is not here: ${error.message}`,
);
const dir = mkdtempSync(join(tmpdir(), 'tierwise-encoder-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};
const code = (wanted: string) => (error: unknown) => error instanceof KnownError && error.code === wanted;

const near = (actual: ArrayLike<number>, expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(actual[i]! - value) < 1e-6, `${i}: ${actual[i]}`);
};

test('word pieces: longest first, Chinese letter by letter, what is unknown, what is too long', () => {
  const pieces = wordPieces(['[UNK]', '[CLS]', '[SEP]', 'shirt', '##s', 'shir', '衬', '衫', '!'].join('\n'))!;
  assert.deepEqual(pieceIds(pieces, 'Shirts 衬衫! blue', 20), [1, 3, 4, 6, 7, 8, 0, 2]);
  assert.deepEqual(pieceIds(pieces, 'shirt '.repeat(1e6), 6), [1, 3, 3, 3, 3, 2]);
  assert.deepEqual(pieceIds(pieces, '', 6), [1, 2]);
  assert.equal(wordPieces('shirt\nred'), null);
});

test('pictures: the mean over places of what the graph says', { skip: missing }, async () => {
  const encoder = await openImageEncoder(file('picture.onnx', Buffer.from(golden.picture, 'base64')), {
    mean: [0, 0, 0],
    deviation: [1, 1, 1],
  });
  const even = { width: 2, height: 2, rgb: Uint8Array.of(...Array(4).fill([255, 0, 51]).flat()) };
  const { count, width, values } = await encoder.encode([even, null]);
  assert.deepEqual([count, width], [2, 3]);
  near(values, [1 / Math.hypot(1, 0.2), 0, 0.2 / Math.hypot(1, 0.2), 0, 0, 0]);
  await encoder.close();
});

test('texts: the mean over the words that are there, or the first', { skip: missing }, async () => {
  const model = file('text.onnx', Buffer.from(golden.text, 'base64'));
  await assert.rejects(openTextEncoder(model), code('ENCODER_WRONG'));
  file('vocab.txt', `${golden.vocabulary.join('\n')}\n`);
  const encoder = await openTextEncoder(model);
  const { values } = await encoder.encode(['red shirts', 'red', '']);
  // rows of the table: red (1, 0), shirt (0, 1), ##s (1, 1), all others 0
  near(values, [Math.SQRT1_2, Math.SQRT1_2, 1, 0, 0, 0]);
  await encoder.close();
  const first = await openTextEncoder(model, { pooling: 'first' });
  near((await first.encode(['red'])).values, [0, 0]);
  await first.close();
});

test('files that are no encoders are refused', { skip: missing }, async () => {
  await assert.rejects(openImageEncoder(join(dir, 'none.onnx')), code('ENCODER_WRONG'));
  await assert.rejects(openImageEncoder(file('broken.onnx', 'no graph')), code('ENCODER_WRONG'));
  const [picture, text] = [golden.picture, golden.text].map((one, i) => file(`${i}.onnx`, Buffer.from(one, 'base64')));
  await assert.rejects(openImageEncoder(text!), code('ENCODER_WRONG'));
  await assert.rejects(openTextEncoder(picture!), code('ENCODER_WRONG'));
});
