/**
 * A frozen graph of like items: for each source the k nearest of each item, by cosine; the sources' graphs added up by
 * their gates; and that mixed into what behaviour says of items.
 *
 * @see Zhou and Shen (2023), A tale of two graphs: freezing and denoising graph structures (FREEDOM), ACM MM, section 3.1
 */
import type { Sparse } from '#kernels/sparse.ts';
import { fromTriples } from '#kernels/sparse.ts';
import { nearest } from '../nearest.ts';
import { isZero, unitLength } from '../whiten.ts';
import type { Source } from './fuse.ts';
import { behaviourShare } from './gates.ts';

export interface GraphOptions {
  /** Neighbours of each item by each source; default 10. */
  readonly k?: number;
  /** Only these may be neighbours, 1 or 0 an item (e.g. those with interactions); default all. */
  readonly ends?: Uint8Array;
  /** Weight of an edge: its cosine over the roots of both ends' strengths, or the cosine as it is; default 'normal'. */
  readonly weighting?: 'normal' | 'cosine';
  readonly threads?: number;
}

/**
 * S = sum over sources of gate x D^-1/2 A D^-1/2, A the cosines above zero of each item with its k nearest.
 *
 * @returns [items x items], row i: what item i is like; empty for an item without any source
 */
export function itemGraph(sources: readonly Source[], gates: readonly number[], options: GraphOptions = {}): Sparse {
  const count = sources[0]?.vectors.count ?? 0;
  const parts = sources.flatMap((source, g) => {
    if (!(gates[g]! > 0)) return [];
    const edges = edgesOf(source, count, options);
    if (options.weighting !== 'cosine') normalise(edges, count);
    for (let e = 0; e < edges.size; e++) edges.values[e]! *= gates[g]!;
    return [edges];
  });
  const size = parts.reduce((sum, edges) => sum + edges.size, 0);
  const [rowOf, columnOf, values] = [new Int32Array(size), new Int32Array(size), new Float64Array(size)];
  let at = 0;
  for (const edges of parts) {
    rowOf.set(edges.from.subarray(0, edges.size), at);
    columnOf.set(edges.to.subarray(0, edges.size), at);
    values.set(edges.values.subarray(0, edges.size), at);
    at += edges.size;
  }
  return fromTriples({ rows: count, columns: count, rowOf, columnOf, values });
}

/** The first `size` of each array are edges. */
interface Edges {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly values: Float64Array;
  size: number;
}

function normalise({ from, to, values, size }: Edges, count: number): void {
  const strength = new Float64Array(count);
  for (let e = 0; e < size; e++) {
    strength[from[e]!]! += values[e]!;
    strength[to[e]!]! += values[e]!;
  }
  for (let e = 0; e < size; e++) values[e]! /= Math.sqrt(strength[from[e]!]! * strength[to[e]!]!);
}

function edgesOf({ vectors }: Source, count: number, { k = 10, ends, threads }: GraphOptions): Edges {
  const unit = unitLength(vectors);
  const { width, values } = unit;
  const places: number[] = [];
  for (let i = 0; i < count; i++) if (ends?.[i] !== 0 && !isZero(values, i * width, width)) places.push(i);
  const among = new Float32Array(places.length * width);
  for (const [at, i] of places.entries()) among.set(values.subarray(i * width, (i + 1) * width), at * width);
  const wanted = Math.min(k, places.length) + 1;
  const found = nearest({ count: places.length, width, values: among }, unit, {
    k: wanted,
    ...(threads === undefined ? {} : { threads }),
  });
  const most = count * (wanted - 1);
  const edges: Edges = {
    from: new Int32Array(most),
    to: new Int32Array(most),
    values: new Float64Array(most),
    size: 0,
  };
  for (let i = 0; i < count; i++)
    for (let rank = 0, kept = 0; rank < wanted && kept < wanted - 1; rank++) {
      const at = found.ids[i * wanted + rank]!;
      const cosine = found.scores[i * wanted + rank]!;
      if (at < 0 || cosine <= 0) break;
      if (places[at] === i) continue;
      edges.from[edges.size] = i;
      edges.to[edges.size] = places[at]!;
      edges.values[edges.size++] = cosine;
      kept++;
    }
  return edges;
}

/**
 * Likeness mixed into collaborative similarity: column j of the result is share_j of `behaviour` and 1 - share_j of
 * `likeness`, with share_j = n_j / (n_j + prior): a new item lives by what it is like, a known one by what was done.
 *
 * @param behaviour [items x items]
 * @param likeness [items x items], row i: what i is like; read by columns: what is like j
 * @param counts [items] interactions
 */
export function mixedSimilarity(behaviour: Sparse, likeness: Sparse, counts: ArrayLike<number>, prior: number): Sparse {
  const size = behaviour.indices.length + likeness.indices.length;
  const [rowOf, columnOf, values] = [new Int32Array(size), new Int32Array(size), new Float64Array(size)];
  let at = 0;
  const add = (row: number, column: number, value: number): void => {
    rowOf[at] = row;
    columnOf[at] = column;
    values[at++] = value;
  };
  for (let i = 0; i < behaviour.rows; i++) {
    for (let e = behaviour.offsets[i]!; e < behaviour.offsets[i + 1]!; e++) {
      const j = behaviour.indices[e]!;
      add(i, j, behaviourShare(counts[j]!, prior) * behaviour.values[e]!);
    }
    // row i of the graph says what i is like: an edge i to l lets those who had l find i
    for (let e = likeness.offsets[i]!; e < likeness.offsets[i + 1]!; e++)
      add(likeness.indices[e]!, i, (1 - behaviourShare(counts[i]!, prior)) * likeness.values[e]!);
  }
  return fromTriples({ rows: behaviour.rows, columns: behaviour.columns, rowOf, columnOf, values });
}
