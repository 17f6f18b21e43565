/**
 * The graph of users and items as a filter of a user's row, and what is made of it.
 *
 * With A the strengths [users x items] and d their sums by user and by item:
 *   F = Di^-in A' Du^-user A Di^-out, scaled so that its largest eigenvalue is 1;
 *   x F is what goes with the items of a row x. In, out and user say how much is held back from what is popular.
 */
import { columnSums, rowSums, type Sparse } from '#kernels/sparse.ts';

export interface GraphPowers {
  /** How much active users are held back; 1: each user counts the same. */
  readonly userPower: number;
  /** How much popular items of the row are held back. */
  readonly inPower: number;
  /** How much popular items are held back as answers. */
  readonly outPower: number;
}

/** F by its factors. */
export interface Graph {
  /** [users x items] A: [users + 1], [entries], [entries] */
  readonly offsets: Int32Array;
  readonly indices: Int32Array;
  readonly strengths: Float32Array;
  /** [users] Du^-user over the largest eigenvalue; 0 for users without rows */
  readonly users: Float32Array;
  /** [items] Di^-in and Di^-out; 0 for items that nobody has */
  readonly ins: Float32Array;
  readonly outs: Float32Array;
}

/** Steps of the power method: each comes nearer by the square of the ratio of the first two singular values. */
const POWER_STEPS = 30;

/** The filter of `strengths` [users x items], above 0. */
export function graphOf(strengths: Sparse, { userPower, inPower, outPower }: GraphPowers): Graph {
  const items = columnSums(strengths);
  const powers = (sums: Float64Array, power: number) => Float32Array.from(sums, (sum) => (sum > 0 ? sum ** -power : 0));
  const graph: Graph = {
    offsets: strengths.offsets,
    indices: strengths.indices,
    strengths: Float32Array.from(strengths.values),
    users: powers(rowSums(strengths), userPower),
    ins: powers(items, inPower),
    outs: powers(items, outPower),
  };
  const largest = largestEigenvalue(graph);
  return largest > 0 ? { ...graph, users: graph.users.map((value) => value / largest) } : graph;
}

function largestEigenvalue(graph: Graph): number {
  let x: Float64Array = new Float64Array(graph.ins.length).fill(1);
  let length = 0;
  for (let step = 0; step < POWER_STEPS; step++) {
    x = filtered(graph, x);
    length = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
    if (!(length > 0)) return 0;
    x = x.map((value) => value / length);
  }
  return length;
}

/** x F [items], or with `turned` the column way F x. */
export function filtered(graph: Graph, x: Float64Array, turned = false): Float64Array {
  const { offsets, indices, strengths, users } = graph;
  const [before, after] = turned ? [graph.outs, graph.ins] : [graph.ins, graph.outs];
  const out = new Float64Array(x.length);
  const scaled = x.map((value, item) => value * before[item]!);
  for (let user = 0; user < users.length; user++) {
    const end = offsets[user + 1]!;
    let sum = 0;
    for (let e = offsets[user]!; e < end; e++) sum += strengths[e]! * scaled[indices[e]!]!;
    sum *= users[user]!;
    if (sum !== 0) for (let e = offsets[user]!; e < end; e++) out[indices[e]!]! += sum * strengths[e]!;
  }
  return out.map((value, item) => value * after[item]!);
}
