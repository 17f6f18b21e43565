/**
 * Vectors of words from the company they keep, trained on the shop's own titles, descriptions and reviews; and, with
 * product ids for words and sessions for sentences, of products.
 *
 * @see Mikolov, Sutskever, Chen, Corrado, Dean (2013), NIPS 26 (skip-gram with negative sampling, subsampling);
 *      Barkan and Koenigstein (2016), Item2Vec, MLSP; settings for products: Caselles-Dupré et al. (2018), RecSys
 */
import { Machine } from '#kernels/machine.ts';
import { random, split } from '#kernels/random.ts';

export interface WordVectorOptions {
  /** Numbers of a vector, a multiple of 4; default 64. */
  readonly width?: number;
  /** Words to each side that count as company, drawn from 1 to this; default 5. */
  readonly window?: number;
  /** Words drawn as company that was not kept; default 5. */
  readonly negatives?: number;
  /** Passes over the sentences; default 5. */
  readonly epochs?: number;
  /** First step, falling to nothing; default 0.05. */
  readonly rate?: number;
  /** Occurrences that a word must have; default 2. */
  readonly occurrencesMin?: number;
  /** Words more frequent than this share are thinned out; default 1e-3; 1: none. */
  readonly thin?: number;
  /** Negatives are drawn by frequency to this power; default 0.75; products do well with less, even below 0. */
  readonly negativePower?: number;
  readonly seed: number;
}

export interface WordVectors {
  readonly kind: 'word-vectors';
  readonly width: number;
  /** Most frequent first; of equal ones by name. */
  readonly words: readonly string[];
  /** [words] occurrences */
  readonly counts: Float64Array;
  /** [words x width] */
  readonly vectors: Float32Array;
}

/** Slots of the table that negatives are drawn from. */
const DRAWS = 2 ** 20;

/**
 * Trains. The same sentences and seed give the same bits on every machine: the steps run on one thread, in order.
 *
 * @param sentences words of each; order within a sentence matters up to the window
 */
export function fitWordVectors(sentences: Iterable<readonly string[]>, options: WordVectorOptions): WordVectors {
  const { epochs = 5, rate = 0.05, occurrencesMin = 2, seed } = options;
  const { window = 5, negatives = 5, thin = 1e-3, negativePower = 0.75 } = options;
  const width = Math.max(4, Math.ceil((options.width ?? 64) / 4) * 4);
  const all = [...sentences];
  const { words, counts } = vocabularyOf(all, occurrencesMin);
  const coded = codedOf(all, words);
  const machine = new Machine({ threads: 1 });
  try {
    const total = coded.words.length;
    const place = (bytes: number) => machine.allocate(Math.max(bytes, 4));
    const [wordsAt, startsAt] = [place(4 * total), place(4 * coded.starts.length)];
    const [keepAt, drawsAt] = [place(4 * words.length), place(4 * DRAWS)];
    const [innerAt, outerAt] = [place(4 * words.length * width), place(4 * words.length * width)];
    const scratch = place(4 * (coded.longest + width));
    machine.i32(wordsAt, total).set(coded.words);
    machine.i32(startsAt, coded.starts.length).set(coded.starts);
    const sum = counts.reduce((a, b) => a + b, 0);
    machine.f32(keepAt, words.length).set(counts.map((count) => Math.min(1, keepChance(count / sum, thin))));
    fillDraws(machine.i32(drawsAt, DRAWS), counts, negativePower);
    const draw = random(split(seed, 'start'));
    const inner = machine.f32(innerAt, words.length * width);
    for (let i = 0; i < inner.length; i++) inner[i] = (draw.uniform() - 0.5) / width;
    machine.f32(outerAt, words.length * width).fill(0);
    const sentenceCount = coded.starts.length - 1;
    for (let epoch = 0, done = 0; epoch < epochs && words.length > 1; epoch++)
      done += machine.call(
        'skipGram',
        ...[wordsAt, startsAt, 0, sentenceCount, keepAt, drawsAt, DRAWS, innerAt, outerAt, width],
        ...[window, negatives, rate, done, epochs * total, split(seed, 'epoch', epoch), scratch],
      );
    return { kind: 'word-vectors', width, words, counts, vectors: machine.f32(innerAt, words.length * width).slice() };
  } finally {
    machine.close();
  }
}

const keepChance = (share: number, thin: number): number => (thin >= 1 ? 1 : Math.sqrt(thin / share) + thin / share);

function vocabularyOf(sentences: readonly (readonly string[])[], occurrencesMin: number) {
  const tally = new Map<string, number>();
  for (const sentence of sentences) for (const word of sentence) tally.set(word, (tally.get(word) ?? 0) + 1);
  const kept = [...tally].filter(([, count]) => count >= occurrencesMin);
  kept.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return { words: kept.map(([word]) => word), counts: Float64Array.from(kept, ([, count]) => count) };
}

function codedOf(sentences: readonly (readonly string[])[], words: readonly string[]) {
  const lookup = new Map(words.map((word, i) => [word, i]));
  const starts = new Int32Array(sentences.length + 1);
  const codes: number[] = [];
  let longest = 0;
  for (const [s, sentence] of sentences.entries()) {
    for (const word of sentence) {
      const code = lookup.get(word);
      if (code !== undefined) codes.push(code);
    }
    starts[s + 1] = codes.length;
    longest = Math.max(longest, codes.length - starts[s]!);
  }
  return { words: Int32Array.from(codes), starts, longest };
}

/** Slots by count ^ power. */
function fillDraws(draws: Int32Array, counts: Float64Array, power: number): void {
  const shares = counts.map((count) => count ** power);
  const sum = shares.reduce((a, b) => a + b, 0);
  for (let slot = 0, word = 0, reached = (shares[0] ?? 1) / sum; slot < draws.length; slot++) {
    draws[slot] = word;
    if ((slot + 1) / draws.length > reached && word < counts.length - 1) reached += shares[++word]! / sum;
  }
}
