/** Shapley values of tree ensembles: exact, on the raw score. */
import { known } from '#errors.ts';
import { Machine, type MachineOptions } from '#kernels/machine.ts';
import { rawScores, type TreeEnsemble } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import type { Attributions } from './attributions.ts';
import { type BlockOptions, blockwise, fillCodes, fillNumbers, type Reader, readersOf } from './row-blocks.ts';
import { programOf, type TreeProgram } from './tree-program.ts';
import { rankOf, scratchBytesOf, type Tabled, type TabledTree, tablesOf } from './tree-tables.ts';

/**
 * Rows of one task of walks, a multiple of the four that a kernel takes at once; odd multiples of 64 bytes keep columns
 * out of each other's place in the cache.
 */
const BLOCK = 136;
/** Most rows of one task of look-ups: tables are fetched once a task. */
const TABLE_BLOCK = 4136;
/** Numbers of the tables that are filled at one time: 8 MB, which the cache still holds when they are read. */
const TABLE_NUMBERS = 2 ** 20;

export interface PathOptions extends MachineOptions {
  /** Rows from which filling tables pays; default 2000. Values differ by rounding from those of walks. */
  readonly tablesFrom?: number;
}

/**
 * Shapley values by tree path: a feature that is not known sends a row down both sides by training cover.
 *
 * Cost: splits x (features of the longest path / 2) a row and tree; for many rows one look-up for each eight leaves or so.
 * Values do not depend on the number of threads. `expected[k] + sum of values` is the raw score k within rounding (1e-9 for scores of the size 1).
 *
 * @throws FEATURE_MISSING when a column of the model is not in the table
 * @see Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67, algorithm 1 for the game; `tree-program.ts` for the method
 */
export function pathShap(model: TreeEnsemble, data: Table, options: PathOptions = {}): Attributions {
  const readers = readersOf(model, data);
  const program = programOf(model);
  const tabled = data.length >= (options.tablesFrom ?? 2000) ? tablesOf(model, program) : undefined;
  const machine = new Machine(options);
  try {
    const values =
      tabled === undefined
        ? byWalks(machine, model, program, readers, data.length, [{ at: 0, trees: program.trees }])
        : byTables(machine, model, program, readers, data.length, tabled);
    return { width: model.width, features: namesOf(model), expected: program.expected, values };
  } finally {
    machine.close();
  }
}

/** Where the columns and attributions of walks lie. */
function walkBlocks(machine: Machine, model: TreeEnsemble, readers: readonly Reader[], rows: number): BlockOptions {
  const numbers = 2 * readers.length * BLOCK;
  const fill = (x: number, from: number, count: number) => fillNumbers(machine.f64(x, numbers), readers, from, count);
  return { rows, across: model.width * readers.length, block: BLOCK, blocksMax: 256, bytes: 8 * numbers, fill };
}

/** Trees next to each other in a program. */
interface Run {
  readonly at: number;
  readonly trees: number;
}

function byWalks(
  machine: Machine,
  model: TreeEnsemble,
  program: TreeProgram,
  readers: readonly Reader[],
  rows: number,
  runs: readonly Run[],
): Float64Array {
  const { depthMax, pointsMax } = program;
  const scratchBytes = 4 * (depthMax + 2) * 32 * (pointsMax + 1);
  const scratch = machine.allocate(scratchBytes * machine.threads);
  const programAt = place(machine, program.bytes);
  return blockwise(machine, walkBlocks(machine, model, readers, rows), (blocks) => {
    for (const { at, trees } of runs)
      machine.each(
        'treeShap',
        blocks.map(({ x, phi, rows: count }) => [
          ...[programAt, programAt + at, trees, x, phi, count, BLOCK, readers.length],
          ...[depthMax, pointsMax, scratch, scratchBytes],
        ]),
      );
  });
}

/** Trees that tables can hold by these, the others by walks. */
function byTables(
  machine: Machine,
  model: TreeEnsemble,
  program: TreeProgram,
  readers: readonly Reader[],
  rows: number,
  { tables, others, ranks }: Tabled,
): Float64Array {
  const values =
    others.length === 0
      ? new Float64Array(rows * model.width * readers.length)
      : byWalks(
          machine,
          model,
          program,
          readers,
          rows,
          others.map(({ at }) => ({ at, trees: 1 })),
        );
  if (tables.length === 0) return values;
  const features = readers.length;
  const programAt = place(machine, program.bytes);
  const scratchBytes = Math.max(...tables.map((tree) => scratchBytesOf(tree, features, TABLE_BLOCK)));
  const scratch = machine.allocate(scratchBytes * machine.threads);
  const chunks = chunksOf(machine, tables);
  const numbers = machine.allocate(8 * Math.max(...chunks.map((chunk) => chunk.numbers)));
  // As many rows for each thread, in an odd number of eights.
  const block = Math.min(TABLE_BLOCK, 16 * Math.ceil(rows / machine.threads / 16) + 8);
  const options: BlockOptions = {
    rows,
    across: model.width * features,
    block,
    blocksMax: Math.max(machine.threads, 16),
    bytes: 2 * features * block,
    fill: (x, from, count) =>
      fillCodes(machine.u16(x, features * block), readers, (f, value) => rankOf(ranks[f]!, value), from, count),
  };
  const added = blockwise(machine, options, (blocks) => {
    for (const { trees } of chunks) {
      machine.each(
        'treeTables',
        trees.map((tree) => [programAt, tree, numbers, features, scratch, scratchBytes]),
      );
      machine.each(
        'treeShapByTables',
        blocks.map(({ x, phi, rows: count }) => [
          ...[programAt, trees[0]!, trees.length, numbers, x, phi, count, block, features, scratch, scratchBytes],
        ]),
      );
    }
  });
  for (let i = 0; i < values.length; i++) values[i]! += added[i]!;
  return values;
}

interface Chunk {
  /** Addresses of trees next to each other. */
  readonly trees: readonly number[];
  /** Numbers of their tables. */
  readonly numbers: number;
}

/** Places the trees, and cuts them into chunks whose tables are filled together. */
function chunksOf(machine: Machine, tables: readonly TabledTree[]): Chunk[] {
  const chunks: { trees: number[]; numbers: number }[] = [];
  let at = machine.allocate(tables.reduce((sum, { words }) => sum + words.length, 0));
  for (const { words, numbers } of tables) {
    let chunk = chunks.at(-1);
    if (chunk === undefined || chunk.numbers + numbers > TABLE_NUMBERS) {
      chunk = { trees: [], numbers: 0 };
      chunks.push(chunk);
    }
    machine.u8(at, words.length).set(words);
    machine.i32(at, 6)[4] = 8 * chunk.numbers;
    chunk.trees.push(at);
    chunk.numbers += numbers;
    at += words.length;
  }
  return chunks;
}

/**
 * Shapley values against a background: a feature that is not known takes its value from a background row; the mean over
 * these rows. What would change if just this were different is told by these, since features are set and not inferred.
 *
 * Cost: for a row and tree the leaves that a mix of it and 64 background rows reaches. `expected` is the mean raw score of
 * the background.
 *
 * @throws TABLE_EMPTY when the background has no rows; FEATURE_MISSING
 * @see Lundberg et al. (2020), Nature Machine Intelligence 2, supplement, "independent" (interventional) TreeSHAP
 */
export function againstShap(
  model: TreeEnsemble,
  data: Table,
  background: Table,
  options: MachineOptions = {},
): Attributions {
  if (background.length === 0) throw known('TABLE_EMPTY', { what: 'the background to explain against' });
  const columns = readersOf(model, data);
  const others = readersOf(model, background);
  const program = programOf(model);
  const machine = new Machine(options);
  try {
    const depths = Math.min(program.depthMax, columns.length) + 1;
    const weights = leafWeights(depths);
    const weightsAt = place(machine, new Uint8Array(weights.buffer));
    const states = machine.allocate(columns.length * machine.threads);
    machine.u8(states, columns.length * machine.threads).fill(0);
    const programAt = place(machine, program.bytes);
    const otherAt = machine.allocate(16 * columns.length * BLOCK);
    const values = blockwise(machine, walkBlocks(machine, model, columns, data.length), (blocks) => {
      for (let from = 0; from < background.length; from += 64) {
        const count = Math.min(64, background.length - from);
        fillNumbers(machine.f64(otherAt, 2 * columns.length * BLOCK), others, from, count);
        machine.call('treeShapBackground', programAt, program.trees, otherAt, count, BLOCK);
        machine.each(
          'treeShapAgainst',
          blocks.map(({ x, phi, rows }) => [
            ...[programAt, program.trees, x, phi, rows, BLOCK, columns.length],
            ...[count, states, columns.length, weightsAt, depths],
          ]),
        );
      }
    });
    for (let i = 0; i < values.length; i++) values[i]! /= background.length;
    const expected = new Float64Array(model.width);
    const scores = rawScores(model, background, 1);
    for (let i = 0; i < scores.length; i++) expected[i % model.width]! += scores[i]! / background.length;
    return { width: model.width, features: namesOf(model), expected, values };
  } finally {
    machine.close();
  }
}

/** Of a leaf that `a` features of the row and `b` of the background lead to: 1 / (a C(a + b, a)), 1 / (b C(a + b, b)). */
function leafWeights(depths: number): Float64Array {
  const out = new Float64Array(2 * depths * depths);
  for (let a = 0; a < depths; a++) {
    let choose = 1;
    for (let b = 0; b < depths; b++) {
      if (b > 0) choose *= (a + b) / b;
      out[a * depths + b] = a === 0 ? 0 : 1 / (a * choose);
      out[(depths + a) * depths + b] = b === 0 ? 0 : 1 / (b * choose);
    }
  }
  return out;
}

const namesOf = (model: TreeEnsemble): string[] => model.inputs.map(({ feature }) => feature);

function place(machine: Machine, bytes: Uint8Array): number {
  const at = machine.allocate(bytes.length);
  machine.u8(at, bytes.length).set(bytes);
  return at;
}
