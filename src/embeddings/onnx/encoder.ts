/**
 * Encoders that the user has: any ONNX graph of pictures, and of texts where it reads word pieces. They need the optional
 * package onnxruntime-node; nothing is fetched.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { known } from '#errors.ts';
import { type Pixels, resized } from '../image/decode.ts';
import type { Vectors } from '../nearest.ts';
import { unitLength } from '../whiten.ts';
import { pieceIds, type WordPieces, wordPieces } from './word-pieces.ts';

type Runtime = typeof import('onnxruntime-node');

interface Opened {
  readonly runtime: Runtime;
  readonly session: InferenceSession;
}

async function open(file: string): Promise<Opened> {
  let runtime: Runtime;
  try {
    runtime = await import('onnxruntime-node');
  } catch (cause) {
    throw known('ONNX_RUNTIME_MISSING', { file, reason: (cause as Error).message.split('\n')[0] ?? '' }, cause);
  }
  try {
    const options = { executionProviders: ['cpu'], logSeverityLevel: 3 } as const;
    return { runtime, session: await runtime.InferenceSession.create(await readFile(file), options) };
  } catch (cause) {
    throw refused(file, cause);
  }
}

const refused = (file: string, cause: unknown) =>
  known('ENCODER_WRONG', { file, reason: (cause as Error).message.split('\n')[0] ?? '' }, cause);

export interface ImageEncoder {
  /** [pictures x width] of length one; zeros for null */
  encode(pictures: readonly (Pixels | null)[]): Promise<Vectors>;
  close(): Promise<void>;
}

export interface ImageEncoderOptions {
  /** Side of the square that the graph takes; default: what the graph says, else 224. */
  readonly side?: number;
  /** Subtracted from and divided by, red, green, blue as shares of 255; default those of CLIP. */
  readonly mean?: readonly [number, number, number];
  readonly deviation?: readonly [number, number, number];
}

const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
const CLIP_DEVIATION = [0.26862954, 0.26130258, 0.27577711] as const;
const PICTURES_AT_ONCE = 16;

/**
 * Opens an encoder of pictures: one float input [n, 3, side, side], of its outputs the one called image_embeds,
 * pooler_output or the first; a map of places is averaged over them. Pictures are stretched to the square.
 *
 * @throws ONNX_RUNTIME_MISSING, ENCODER_WRONG
 */
export async function openImageEncoder(file: string, options: ImageEncoderOptions = {}): Promise<ImageEncoder> {
  const { runtime, session } = await open(file);
  const { mean = CLIP_MEAN, deviation = CLIP_DEVIATION } = options;
  const [input] = session.inputMetadata;
  if (session.inputNames.length !== 1 || input?.isTensor !== true || input.type !== 'float32')
    throw known('ENCODER_WRONG', { file, reason: `it takes ${session.inputNames.join(', ')}` });
  const stated = input.shape[2];
  const side = options.side ?? (typeof stated === 'number' && stated > 0 ? stated : 224);
  const run = async (pictures: readonly Pixels[]): Promise<Pooled> => {
    const cells = new Float32Array(pictures.length * 3 * side * side);
    for (const [p, pixels] of pictures.entries()) {
      const rgb = resized(pixels, side);
      for (let at = 0; at < side * side; at++)
        for (let c = 0; c < 3; c++)
          cells[(p * 3 + c) * side * side + at] = (rgb[3 * at + c]! / 255 - mean[c]!) / deviation[c]!;
    }
    try {
      const made = await session.run({
        [session.inputNames[0]!]: new runtime.Tensor('float32', cells, [pictures.length, 3, side, side]),
      });
      return pooledPlaces(chosen(made, ['image_embeds', 'pooler_output']));
    } catch (cause) {
      throw refused(file, cause);
    }
  };
  return {
    close: () => session.release(),
    encode: async (pictures) => {
      const places = pictures.flatMap((pixels, i) => (pixels === null ? [] : [i]));
      const parts: Pooled[] = [];
      for (let from = 0; from < places.length; from += PICTURES_AT_ONCE)
        parts.push(await run(places.slice(from, from + PICTURES_AT_ONCE).map((i) => pictures[i]!)));
      return spread(parts, places, pictures.length);
    },
  };
}

export interface TextEncoder {
  /** [texts x width] of length one; zeros for an empty text */
  encode(texts: readonly string[]): Promise<Vectors>;
  close(): Promise<void>;
}

export interface TextEncoderOptions {
  /** Its word pieces; default: vocab.txt beside the file. */
  readonly vocabulary?: string;
  /** Pieces read of a text; default 256. */
  readonly lengthMax?: number;
  /** mean (MiniLM, e5), or first: the vector of [CLS] (bge); default mean. */
  readonly pooling?: 'mean' | 'first';
  /** Put before each text, e.g. 'passage: ' for e5. */
  readonly prefix?: string;
}

const TEXTS_AT_ONCE = 32;

/**
 * Opens an encoder of texts: input_ids, attention_mask and, where it asks, token_type_ids; of its outputs the one called
 * sentence_embedding, text_embeds, or the first, pooled over the words that are there.
 *
 * @throws ONNX_RUNTIME_MISSING, ENCODER_WRONG (no vocab.txt, other inputs)
 */
export async function openTextEncoder(file: string, options: TextEncoderOptions = {}): Promise<TextEncoder> {
  const { vocabulary = join(dirname(file), 'vocab.txt'), lengthMax = 256, pooling = 'mean', prefix = '' } = options;
  const { runtime, session } = await open(file);
  const strange = session.inputNames.filter((name) => !/^(input_ids|attention_mask|token_type_ids)$/.test(name));
  if (strange.length > 0 || !session.inputNames.includes('input_ids'))
    throw known('ENCODER_WRONG', { file, reason: `it takes ${session.inputNames.join(', ')}` });
  const pieces = wordPieces(
    await readFile(vocabulary, 'utf8').catch((cause: unknown) => {
      throw refused(file, cause);
    }),
  );
  if (pieces === null) throw known('ENCODER_WRONG', { file, reason: `${vocabulary} lacks [CLS], [SEP] or [UNK]` });
  const run = async (texts: readonly string[]): Promise<Pooled> => {
    const fed = fill(pieces, texts, lengthMax, prefix);
    const tensor = (values: BigInt64Array) => new runtime.Tensor('int64', values, [texts.length, fed.length]);
    const inputs = Object.fromEntries(session.inputNames.map((name) => [name, tensor(fed.columns[name]!)]));
    try {
      const made = chosen(await session.run(inputs), ['sentence_embedding', 'text_embeds']);
      return pooledWords(made, fed, pooling);
    } catch (cause) {
      throw refused(file, cause);
    }
  };
  return {
    close: () => session.release(),
    encode: async (texts) => {
      const places = texts.flatMap((text, i) => (text.trim() === '' ? [] : [i]));
      const parts: Pooled[] = [];
      for (let from = 0; from < places.length; from += TEXTS_AT_ONCE)
        parts.push(await run(places.slice(from, from + TEXTS_AT_ONCE).map((i) => texts[i]!)));
      return spread(parts, places, texts.length);
    },
  };
}

interface Fed {
  /** Longest text, in pieces. */
  readonly length: number;
  /** [texts x length] */
  readonly columns: Readonly<Record<string, BigInt64Array>>;
}

function fill(pieces: WordPieces, texts: readonly string[], lengthMax: number, prefix: string): Fed {
  const ids = texts.map((text) => pieceIds(pieces, prefix + text, lengthMax));
  const length = Math.max(...ids.map((own) => own.length));
  const [words, mask] = [new BigInt64Array(texts.length * length), new BigInt64Array(texts.length * length)];
  for (const [row, own] of ids.entries())
    for (const [at, id] of own.entries()) {
      words[row * length + at] = BigInt(id);
      mask[row * length + at] = 1n;
    }
  const columns = { input_ids: words, attention_mask: mask, token_type_ids: new BigInt64Array(words.length) };
  return { length, columns };
}

interface Pooled {
  readonly width: number;
  readonly values: Float32Array;
}

function chosen(made: Readonly<Record<string, Tensor>>, names: readonly string[]): Tensor {
  const name = names.find((wanted) => made[wanted] !== undefined) ?? Object.keys(made)[0]!;
  return made[name]!;
}

/** [n, width], [n, places, width] or [n, width, height, width]: the mean over places. */
function pooledPlaces(tensor: Tensor): Pooled {
  const [count = 0, ...rest] = tensor.dims;
  const data = tensor.data as Float32Array;
  if (rest.length === 1) return { width: rest[0]!, values: Float32Array.from(data) };
  const channelsFirst = rest.length === 3;
  const width = channelsFirst ? rest[0]! : rest[1]!;
  const places = channelsFirst ? rest[1]! * rest[2]! : rest[0]!;
  const values = new Float32Array(count * width);
  for (let n = 0; n < count; n++)
    for (let place = 0; place < places; place++)
      for (let j = 0; j < width; j++) {
        const at = channelsFirst ? (n * width + j) * places + place : (n * places + place) * width + j;
        values[n * width + j]! += data[at]! / places;
      }
  return { width, values };
}

function pooledWords(tensor: Tensor, { length, columns }: Fed, pooling: 'mean' | 'first'): Pooled {
  if (tensor.dims.length === 2)
    return { width: tensor.dims[1]!, values: Float32Array.from(tensor.data as Float32Array) };
  const [count = 0, , width = 0] = tensor.dims;
  const data = tensor.data as Float32Array;
  const mask = columns.attention_mask!;
  const values = new Float32Array(count * width);
  for (let n = 0; n < count; n++) {
    let words = 0;
    for (let at = 0; at < length; at++) {
      if (mask[n * length + at] === 0n || (pooling === 'first' && at > 0)) continue;
      words++;
      for (let j = 0; j < width; j++) values[n * width + j]! += data[(n * length + at) * width + j]!;
    }
    for (let j = 0; j < width; j++) values[n * width + j]! /= Math.max(words, 1);
  }
  return { width, values };
}

/** Rows of the parts at their places, others zero. */
function spread(parts: readonly Pooled[], places: readonly number[], count: number): Vectors {
  const width = parts[0]?.width ?? 0;
  const values = new Float32Array(count * width);
  let row = 0;
  for (const part of parts)
    for (let at = 0; at < part.values.length; at += width)
      values.set(part.values.subarray(at, at + width), places[row++]! * width);
  return unitLength({ count, width, values });
}
