/** Shapley values of tree ensembles: exact, on the raw score. */
import { known } from '#errors.ts';
import { Machine, type MachineOptions } from '#kernels/machine.ts';
import { rawScores, readerOf, type TreeEnsemble } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import type { Attributions } from './attributions.ts';
import { treeProgram } from './tree-program.ts';

/** Rows of one task; a multiple of the four that a kernel takes at once. */
const BLOCK = 128;
/** Blocks whose columns and attributions are in the kernels' memory at one time. */
const BLOCKS = 256;

/**
 * Shapley values by tree path: a feature that is not known sends a row down both sides by training cover.
 *
 * Cost: splits x (features of the longest path / 2) a row and tree. Values of a row do not depend on the others or on
 * the number of threads. `expected[k] + sum of values` is the raw score k within rounding (1e-9 for scores of the size 1).
 *
 * @throws FEATURE_MISSING when a column of the model is not in the table
 * @see Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67, algorithm 1 for the game; `tree-program.ts` for the method
 */
export function pathShap(model: TreeEnsemble, data: Table, options: MachineOptions = {}): Attributions {
  const columns = columnsOf(model, data);
  const program = treeProgram(model);
  const machine = new Machine(options);
  try {
    const scratchBytes = 4 * (program.depthMax + 2) * 32 * (program.pointsMax + 1);
    const scratch = machine.allocate(scratchBytes * machine.threads);
    const programAt = place(machine, program.bytes);
    const values = blockwise(machine, model, columns, data.length, (blocks) => {
      const { depthMax, pointsMax, trees } = program;
      machine.each(
        'treeShap',
        blocks.map(({ x, phi, rows }) => [
          ...[programAt, trees, x, phi, rows, BLOCK, columns.length],
          ...[depthMax, pointsMax, scratch, scratchBytes],
        ]),
      );
    });
    return { width: model.width, features: namesOf(model), expected: program.expected, values };
  } finally {
    machine.close();
  }
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
  const columns = columnsOf(model, data);
  const others = columnsOf(model, background);
  const program = treeProgram(model);
  const machine = new Machine(options);
  try {
    const depths = Math.min(program.depthMax, columns.length) + 1;
    const weights = leafWeights(depths);
    const weightsAt = place(machine, new Uint8Array(weights.buffer));
    const states = machine.allocate(columns.length * machine.threads);
    machine.u8(states, columns.length * machine.threads).fill(0);
    const programAt = place(machine, program.bytes);
    const otherAt = machine.allocate(16 * columns.length * BLOCK);
    const values = blockwise(machine, model, columns, data.length, (blocks) => {
      for (let from = 0; from < background.length; from += 64) {
        const count = Math.min(64, background.length - from);
        fillBlock(machine.f64(otherAt, 2 * columns.length * BLOCK), others, from, count);
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

interface Block {
  readonly x: number;
  readonly phi: number;
  readonly rows: number;
}

/** Lays rows out in blocks of `BLOCK`, lets `run` add to their cleared attributions, and collects these row by row. */
function blockwise(
  machine: Machine,
  { width }: TreeEnsemble,
  columns: readonly Reader[],
  rows: number,
  run: (blocks: readonly Block[]) => void,
): Float64Array {
  const across = width * columns.length;
  const values = new Float64Array(rows * across);
  const xWords = 2 * columns.length * BLOCK;
  const phiWords = across * BLOCK;
  const count = Math.min(BLOCKS, Math.ceil(rows / BLOCK));
  const x = machine.allocate(8 * xWords * count);
  const phi = machine.allocate(8 * phiWords * count);
  for (let from = 0; from < rows; from += BLOCK * count) {
    machine.f64(phi, phiWords * count).fill(0);
    const blocks: Block[] = [];
    for (let row = from; row < Math.min(rows, from + BLOCK * count); row += BLOCK) {
      const b = blocks.length;
      const block = { x: x + 8 * xWords * b, phi: phi + 8 * phiWords * b, rows: Math.min(BLOCK, rows - row) };
      fillBlock(machine.f64(block.x, xWords), columns, row, block.rows);
      blocks.push(block);
    }
    run(blocks);
    for (const [b, block] of blocks.entries())
      takeBlock(machine.f64(block.phi, phiWords), values, from + b * BLOCK, block.rows, across);
  }
  return values;
}

/** A column twice: missing as -Infinity, which every threshold sends left, and as NaN, which it sends right. */
type Reader = { readonly category: boolean; readonly read: (row: number) => number };

function columnsOf(model: TreeEnsemble, data: Table): Reader[] {
  return model.inputs.map(({ feature, categories }) => {
    const column = data.columns[feature];
    if (column === undefined) throw known('FEATURE_MISSING', { feature, have: Object.keys(data.columns) });
    return { category: categories !== undefined, read: readerOf(column, categories) };
  });
}

function fillBlock(x: Float64Array, columns: readonly Reader[], from: number, rows: number): void {
  for (const [f, { category, read }] of columns.entries()) {
    const first = 2 * f * BLOCK;
    for (let i = 0; i < BLOCK; i++) {
      const value = i < rows ? read(from + i) : 0;
      const gone = Number.isNaN(value);
      x[first + i] = !gone ? value : category ? -1 : Number.NEGATIVE_INFINITY;
      x[first + BLOCK + i] = value;
    }
  }
}

function takeBlock(phi: Float64Array, values: Float64Array, from: number, rows: number, width: number): void {
  for (let j = 0; j < width; j++) for (let i = 0; i < rows; i++) values[(from + i) * width + j] = phi[j * BLOCK + i]!;
}
