/** Scores of a filter for blocks of 32 users, on the threads of a machine that stays with the model. */
import type { Machine } from '#kernels/machine.ts';
import { type Sparse, transpose } from '#kernels/sparse.ts';
import { floats32, LANES, type Placed, pieces, placed32, tasksOfProduct } from '#kernels/sparse32.ts';
import { type BlurModel, type Rows32, sharpenFactors } from './blur.ts';
import { type Room, roomOf } from './room.ts';

/** Where the parts of a model lie in the memory of a machine. */
interface BlurRoom {
  /** [users x items] and back, such that back(forth x) = F x; forth turned, to begin with sparse rows. */
  readonly forth: Placed;
  readonly back: Placed;
  readonly forthTurned: Placed;
  readonly low?: { readonly vectors: number; readonly outs: number; readonly width: number };
  readonly panels: number;
}

/** Blocks of users together, so that there is enough to share out. */
const BLOCKS = 4;

/**
 * Scores of every item for rows of items.
 *
 * @param rows [n] rows of what each has, and which of them to score
 * @returns [n x items]
 */
export function blurScores(model: BlurModel, rows: Rows32, wanted: Int32Array, threads?: number): Float64Array {
  const room = roomOf(model, place, threads);
  const items = model.graph.ins.length;
  const out = new Float64Array(wanted.length * items);
  for (let from = 0; from < wanted.length; from += BLOCKS * LANES)
    scoreBlocks(
      model,
      room,
      { rows, wanted: wanted.subarray(from, from + BLOCKS * LANES) },
      out.subarray(from * items),
    );
  const { tie } = model;
  for (let row = 0; row < wanted.length; row++)
    for (let item = 0; item < items; item++) out[row * items + item]! += tie[item]!;
  return out;
}

function place(machine: Machine, { graph, low, lowWeight }: BlurModel): BlurRoom {
  const [users, items] = [graph.users.length, graph.ins.length];
  const scaled = (factors: Float32Array, byUser: boolean): Sparse => {
    const values = Float64Array.from(graph.strengths);
    for (let user = 0; user < users; user++)
      for (let e = graph.offsets[user]!; e < graph.offsets[user + 1]!; e++)
        values[e]! *= factors[graph.indices[e]!]! * (byUser ? graph.users[user]! : 1);
    return { rows: users, columns: items, offsets: graph.offsets, indices: graph.indices, values };
  };
  const forth = scaled(graph.ins, true);
  return {
    forth: placed32(machine, forth),
    forthTurned: placed32(machine, transpose(forth)),
    back: placed32(machine, transpose(scaled(graph.outs, false))),
    ...(low === undefined ? {} : { low: placedLow(machine, low, lowWeight) }),
    panels: machine.allocate(8192 * machine.threads),
  };
}

function placedLow(machine: Machine, { rank, vectors, ins }: NonNullable<BlurModel['low']>, weight: number) {
  const width = LANES * Math.ceil(rank / LANES);
  const at = machine.allocate(4 * ins.length * width);
  const padded = machine.f32(at, ins.length * width);
  padded.fill(0);
  for (let item = 0; item < ins.length; item++)
    padded.set(vectors.subarray(item * rank, (item + 1) * rank), item * width);
  return {
    vectors: at,
    outs: floats32(
      machine,
      ins.map((value) => (value > 0 ? weight / value : 0)),
    ),
    width,
  };
}

/** Addresses of one block of users: [items x 32] three or four times, [users x 32]. */
interface Block {
  /** What was blurred by the graph alone, where it is wanted again. */
  readonly blurred?: number;
  readonly first: number;
  readonly count: number;
  readonly start: number;
  readonly sharp: number;
  readonly spare: number;
  readonly users: number;
}

function scoreBlocks(
  model: BlurModel,
  { machine, placed }: Room<BlurRoom>,
  { rows, wanted }: { rows: Rows32; wanted: Int32Array },
  out: Float64Array,
): void {
  const mark = machine.mark();
  const [users, items] = [model.graph.users.length, model.graph.ins.length];
  const own = chosen(rows, wanted);
  const x = placed32(machine, { ...own, rows: wanted.length, columns: items });
  const blocks: Block[] = [];
  for (let first = 0; first < wanted.length; first += LANES)
    blocks.push({
      first,
      count: Math.min(LANES, wanted.length - first),
      start: machine.allocate(4 * items * LANES),
      sharp: machine.allocate(4 * items * LANES),
      spare: machine.allocate(4 * items * LANES),
      users: machine.allocate(4 * users * LANES),
      ...(model.sharpen.average ? { blurred: machine.allocate(4 * items * LANES) } : {}),
    });
  const low = placed.low === undefined ? undefined : placedInner(machine, model, placed.low, own, blocks);
  const { forth, back, forthTurned, panels } = placed;
  for (const block of blocks) {
    machine.f32(block.users, users * LANES).fill(0);
    if (low !== undefined) machine.f32(block.spare, items * LANES).fill(0);
  }
  const all = (tasks: (block: Block, index: number) => number[][]) => blocks.flatMap(tasks);
  machine.each(
    'sparseTimesSparse',
    blocks.map(({ first, count, users: y }) => [
      ...[x.offsets, x.indices, x.values, first, count],
      ...[forthTurned.offsets, forthTurned.indices, forthTurned.values, y],
    ]),
  );
  machine.each(
    'sparseTimesDense',
    all((b) => tasksOfProduct(back, b.users, b.start, LANES)),
  );
  const copies = (to: number, from: number, a: number, factor: number) =>
    pieces(items, (first, last) => [to, from, first, last, 0, a, factor]);
  machine.each(
    'combineRows32',
    all((b) => (b.blurred === undefined ? [] : copies(b.blurred, b.start, 0, 1))),
  );
  if (low !== undefined) {
    const { vectors, outs, width } = placed.low!;
    machine.each(
      'gemm32',
      all((b, i) =>
        pieces(
          items,
          (from, to) => [
            ...[vectors + 4 * from * width, low + 4 * i * width * LANES, b.spare + 4 * from * LANES, to - from, LANES],
            ...[width, panels],
          ],
          512,
        ),
      ),
    );
    machine.each(
      'combineRows32',
      all((b) => pieces(items, (from, to) => [b.start, b.spare, from, to, outs, 1, 1])),
    );
  }
  sharpen(model, machine, blocks, { forth, back });
  machine.each(
    'combineRows32',
    all((b) => (b.blurred === undefined ? [] : copies(b.start, b.blurred, 0.5, 0.5))),
  );
  for (const { first, count, start } of blocks) {
    const scores = machine.f32(start, items * LANES);
    for (let lane = 0; lane < count; lane++)
      for (let item = 0, row = (first + lane) * items; item < items; item++)
        out[row + item] = scores[item * LANES + lane]!;
  }
  machine.release(mark);
}

function sharpen(
  model: BlurModel,
  machine: Machine,
  blocks: Block[],
  { forth, back }: { forth: Placed; back: Placed },
) {
  const factors = sharpenFactors(model.sharpen);
  const items = model.graph.ins.length;
  const each = (kernel: string, tasks: (block: Block) => number[][]) => machine.each(kernel, blocks.flatMap(tasks));
  const rows = (task: (from: number, to: number) => number[]) => pieces(items, task);
  for (let step = 0; factors.length > 0 && step < model.sharpen.steps; step++) {
    for (const [q, factor] of factors.entries()) {
      each('sparseTimesDense', (b) => tasksOfProduct(forth, q === 0 ? b.start : b.sharp, b.users, LANES));
      each('sparseTimesDense', (b) => tasksOfProduct(back, b.users, b.spare, LANES));
      const last = q === factors.length - 1;
      // y = b - factor y F, into b itself at the end of the step
      if (!last) each('combineRows32', (b) => rows((from, to) => [b.sharp, b.start, from, to, 0, 0, 1]));
      each('combineRows32', (b) => rows((from, to) => [last ? b.start : b.sharp, b.spare, from, to, 0, 1, -factor]));
    }
  }
}

/** The rows that are wanted, in that order. */
function chosen(rows: Rows32, wanted: Int32Array): Rows32 {
  const offsets = new Int32Array(wanted.length + 1);
  for (const [row, which] of wanted.entries())
    offsets[row + 1] = offsets[row]! + rows.offsets[which + 1]! - rows.offsets[which]!;
  const indices = new Int32Array(offsets[wanted.length]!);
  const values = new Float32Array(indices.length);
  for (const [row, which] of wanted.entries()) {
    indices.set(rows.indices.subarray(rows.offsets[which]!, rows.offsets[which + 1]!), offsets[row]);
    values.set(rows.values.subarray(rows.offsets[which]!, rows.offsets[which + 1]!), offsets[row]);
  }
  return { offsets, indices, values };
}

/** Address of [block][width x 32]: x diag(ins) V of each user. */
function placedInner(
  machine: Machine,
  model: BlurModel,
  { width }: { width: number },
  rows: Rows32,
  blocks: readonly Block[],
): number {
  const { rank, vectors, ins } = model.low!;
  const at = machine.allocate(4 * blocks.length * width * LANES);
  const out = machine.f32(at, blocks.length * width * LANES);
  out.fill(0);
  const sums = new Float64Array(rank);
  for (const [index, { first, count }] of blocks.entries())
    for (let lane = 0; lane < count; lane++) {
      sums.fill(0);
      for (let e = rows.offsets[first + lane]!; e < rows.offsets[first + lane + 1]!; e++) {
        const item = rows.indices[e]!;
        const weight = rows.values[e]! * ins[item]!;
        for (let q = 0; q < rank; q++) sums[q]! += weight * vectors[item * rank + q]!;
      }
      for (let q = 0; q < rank; q++) out[(index * width + q) * LANES + lane] = sums[q]!;
    }
  return at;
}
