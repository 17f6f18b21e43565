/** What a catalogue says of its items, as one vector each: every source of length one, the gates learned or given. */
import { attributeVectors, fuse, learnGates, type Source, unitLength, type Vectors } from '#embeddings/index.ts';
import { known } from '#errors.ts';
import { random, split } from '#kernels/random.ts';
import type { Sparse } from '#kernels/sparse.ts';
import type { Content } from '../../data/interactions.ts';

/** Weights of sources by name; a source that is not named weighs `others`. Below 0: learned from what people had. */
export interface SourceWeights extends Readonly<Record<string, number>> {
  readonly text: number;
  readonly image: number;
  readonly attributes: number;
}

/** Parameters that say how much each source weighs, each 0 to 1,000, or -1: learned. */
export const SOURCE_DEFAULTS: SourceWeights = { text: -1, image: -1, attributes: -1 };
export const SOURCE_RANGES = { text: [-1, 1000], image: [-1, 1000], attributes: [-1, 1000] } as const;

export interface FusedContent {
  readonly names: readonly string[];
  /** [sources] adding up to one */
  readonly gates: readonly number[];
  /** [items x width] inner products are gated sums of cosines; width 0 without any content */
  readonly vectors: Vectors;
}

/**
 * All sources of the content, each [items x width] of length one; a vector with NaN or an infinity counts as missing.
 *
 * @throws VECTORS_DIFFER where a source is not one row an item
 */
export function sourcesOf(content: Content | undefined, itemCount: number, seed: number): Source[] {
  const out: Source[] = [];
  const need = (name: string, came: number, expected: number): void => {
    if (came !== expected) throw known('VECTORS_DIFFER', { what: `content ${name}`, expected, came });
  };
  if (content?.attributes !== undefined) need('attributes', content.attributes.rows, itemCount);
  if (content?.attributes !== undefined && content.attributes.columns > 0)
    out.push({ name: 'attributes', vectors: attributeVectors(content.attributes, seed) });
  for (const { name, width, values } of content?.vectors ?? []) {
    need(name, values.length, itemCount * width);
    if (width > 0) out.push({ name, vectors: unitLength({ count: itemCount, width, values }) });
  }
  return out;
}

/**
 * Fuses the sources of the items. Gates below zero are learned: for people drawn by the seed, an item of theirs must be
 * liker to the rest of what they had than an item drawn by how many had it.
 *
 * @param strengths [users x items] what people had
 */
export function fusedContent(
  content: Content | undefined,
  strengths: Sparse,
  weights: SourceWeights,
  seed: number,
): FusedContent {
  const sources = sourcesOf(content, strengths.columns, seed);
  const given = sources.map(({ name }) => (Object.hasOwn(weights, name) ? weights[name]! : -1));
  const open = given.flatMap((weight, s) => (weight < 0 ? [s] : []));
  const gates = given.map((weight) => Math.max(weight, 0));
  if (open.length > 0) {
    const learned = learnGates(
      pairsOf(
        open.map((s) => sources[s]!),
        strengths,
        seed,
      ),
    );
    const fixed = gates.reduce((a, b) => a + b, 0);
    // what is learned shares what is left of one, or one beside larger weights
    const rest = fixed < 1 ? 1 - fixed : 1;
    for (const [at, s] of open.entries()) gates[s] = learned[at]! * rest;
  }
  const sum = gates.reduce((a, b) => a + b, 0);
  const shares = gates.map((gate) => (sum > 0 ? gate / sum : 0));
  const none = { count: strengths.columns, width: 0, values: new Float32Array(0) };
  const vectors = sources.length > 0 ? fuse(sources, shares) : none;
  return { names: sources.map(({ name }) => name), gates: shares, vectors };
}

const PAIRS = 4000;

/** Gaps of likeness between an item that a person had and one that they had not, by each source. */
function pairsOf(sources: readonly Source[], strengths: Sparse, seed: number) {
  const draw = random(split(seed, 'gates'));
  const { offsets, indices } = strengths;
  const gaps: number[] = [];
  const tries = indices.length === 0 ? 0 : 4 * PAIRS;
  for (let t = 0; t < tries && gaps.length < PAIRS * sources.length; t++) {
    const user = draw.integer(strengths.rows);
    const [start, end] = [offsets[user]!, offsets[user + 1]!];
    const item = indices[start + draw.integer(Math.max(1, end - start))]!;
    const other = indices[draw.integer(indices.length)]!;
    if (end - start < 2) continue;
    const had = indices.subarray(start, end);
    if (had.includes(other)) continue;
    for (const { vectors } of sources)
      gaps.push(likeness(vectors, had, item, item) - likeness(vectors, had, other, item));
  }
  return { gaps: Float64Array.from(gaps), sources: sources.length };
}

/** Mean cosine of an item with what was had, but for `left`. */
function likeness({ width, values }: Vectors, had: Int32Array, item: number, left: number): number {
  let sum = 0;
  for (const own of had) {
    if (own === left) continue;
    for (let j = 0; j < width; j++) sum += values[own * width + j]! * values[item * width + j]!;
  }
  return sum / Math.max(1, had.length - 1);
}
