/** What all linear learners begin with: the target, the inputs, and both in the kernels' memory. */
import { known } from '#errors.ts';
import { Machine } from '#kernels/machine.ts';
import type { RowBlocks } from '#kernels/row-blocks.ts';
import type { Table } from '#table/index.ts';
import { blocksOf, designOf, type Input } from '../design.ts';
import type { Aim } from '../learner.ts';
import { type Target, targetOf } from '../target.ts';
import { weightSumOf } from './loss.ts';

export interface DesignParams extends Aim {
  /** sign(x) log(1 + |x|) before standardising. */
  readonly signedLog: boolean;
  readonly standardise: boolean;
  /** Of a text column the most frequent this many get an input of their own; default 50. */
  readonly categoriesMax?: number;
}

export interface Prepared {
  readonly target: Target;
  readonly inputs: readonly Input[];
  readonly machine: Machine;
  readonly blocks: RowBlocks;
}

const THREADS_CELLS = 2 ** 20;

/**
 * Opens a machine with as many threads as the table is worth, gives `work` the matrix in its memory, and closes it.
 *
 * @throws TABLE_TOO_LARGE, and what `targetOf` and `designOf` throw
 */
export function withBlocks<T>(data: Table, params: DesignParams, work: (prepared: Prepared) => T): T {
  const target = targetOf(data, params);
  const inputs = inputsOf(data, target, params);
  assertFits(data.length, inputs.length);
  return withMachine(data.length * inputs.length, params, (machine) => {
    const blocks = blocksOf(machine, data, inputs, params.signedLog);
    return work({ target, inputs, machine, blocks });
  });
}

/** Numbers of a matrix that 4 GiB hold with labels, weights and sums beside them. */
const CELLS_MAX = 440_000_000;

/** @throws TABLE_TOO_LARGE */
export function assertFits(rows: number, inputs: number): void {
  if (rows * (inputs + 4) > CELLS_MAX) throw known('TABLE_TOO_LARGE', { rows, inputs, most: CELLS_MAX });
}

export const inputsOf = (data: Table, { features }: Target, params: DesignParams): Input[] =>
  designOf(data, {
    features,
    signedLog: params.signedLog,
    standardise: params.standardise,
    ...(params.categoriesMax === undefined ? {} : { categoriesMax: params.categoriesMax }),
  });

/** @param cells numbers that will be worked on: few of them are not worth a second thread */
export function withMachine<T>(cells: number, { threads }: Pick<Aim, 'threads'>, work: (machine: Machine) => T): T {
  const machine = new Machine(cells < THREADS_CELLS ? { threads: 1 } : threads === undefined ? {} : { threads });
  try {
    return work(machine);
  } finally {
    machine.close();
  }
}

export type ClassWeights = 'none' | 'balanced' | Readonly<Record<string, number>>;

/**
 * Weight of each row, times that of its class: 'balanced' weighs each class by rows / (classes x rows of the class).
 *
 * @throws WEIGHT_WRONG where nothing above zero is left
 */
export function classWeighted({ weights, label, classes }: Target, given: ClassWeights): Float64Array {
  if (given === 'none') return weights;
  const counts = new Float64Array(classes.length);
  for (const code of label) counts[code]! += 1;
  const factors = classes.map((name, k) =>
    given === 'balanced' ? label.length / (classes.length * counts[k]!) : (given[name] ?? 1),
  );
  const out = weights.map((weight, i) => weight * factors[label[i]!]!);
  const sum = weightSumOf(out);
  if (!(sum > 0) || out.some((weight) => !(weight >= 0)))
    throw known('WEIGHT_WRONG', { weight: 'of the classes', what: JSON.stringify(given) });
  return out;
}
