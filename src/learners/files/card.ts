/** What a model says of where it comes from, kept beside it in its file. */
import { createHash } from 'node:crypto';
import { deviation } from '#kernels/metrics.ts';
import { random, split } from '#kernels/random.ts';
import type { Table } from '#table/index.ts';
import { judge } from '../judge.ts';
import type { Task } from '../learner.ts';
import type { Outcome } from '../trial.ts';

export interface CardFeature {
  readonly name: string;
  /** number, text, day (since 1970), moment (epoch ms) or clock (ms since midnight). */
  readonly kind: string;
}

export interface Figure {
  readonly value: number;
  /** Standard deviation over bootstrap samples of the test rows; absent where it was not asked for. */
  readonly standardError?: number;
}

export interface ModelCard {
  readonly learner: string;
  readonly task: Task;
  readonly label: string;
  readonly features: readonly CardFeature[];
  readonly rows: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** Time that the training rows tell of, as the maker gave it. */
  readonly window?: string;
  readonly split: { readonly train: string; readonly test: string; readonly testRows: number };
  readonly metrics: Readonly<Record<string, Figure>>;
  /** SHA-256 of the training columns, `hashOf`. */
  readonly trainingHash: string;
  /** Of Tierwise. */
  readonly version: string;
  /** ISO moment. */
  readonly made: string;
}

/** Rows sorted by all bootstrap samples together. */
const SAMPLED_ROWS = 4_000_000;

/**
 * Figures with their spread.
 *
 * @param samples bootstrap samples; default 200, fewer (from 10) for more than 20,000 rows
 * @see Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 6
 */
export function figuresOf(
  task: Task,
  outcome: Outcome,
  { seed, samples }: { seed: number; samples?: number },
): Record<string, Figure> {
  const rows = outcome.target.length;
  if (rows === 0) return {};
  const values = judge({ task, ...outcome });
  const count = samples ?? Math.min(200, Math.max(10, Math.floor(SAMPLED_ROWS / rows)));
  const drawn = new Map(Object.keys(values).map((name) => [name, [] as number[]]));
  for (let s = 0; s < count; s++) {
    const figures = judge({ task, ...resampled(outcome, task, split(seed, 'card', s)) });
    for (const [name, list] of drawn) if (figures[name] !== undefined) list.push(figures[name]);
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const list = drawn.get(name)!;
      return [name, list.length < 2 ? { value } : { value, standardError: deviation(list) }];
    }),
  );
}

/** Rows drawn with repeats; of a ranking whole groups. */
function resampled(outcome: Outcome, task: Task, seed: number): Outcome {
  const { predicted, target, weights, groups, decided } = outcome;
  const draw = random(seed);
  const rows =
    task === 'rank' && groups !== undefined ? groupRows(groups, draw.integer) : rowDraw(target.length, draw.integer);
  const width = predicted.length / target.length;
  const chances = new Float64Array(rows.of.length * width);
  for (const [i, row] of rows.of.entries())
    for (let k = 0; k < width; k++) chances[i * width + k] = predicted[row * width + k]!;
  return {
    ...outcome,
    predicted: chances,
    target: Float64Array.from(rows.of, (row) => target[row]!),
    decided: decided === undefined ? undefined : Float64Array.from(rows.of, (row) => decided[row]!),
    weights: weights === undefined ? undefined : Float64Array.from(rows.of, (row) => weights[row]!),
    groups: rows.groups,
  };
}

const rowDraw = (count: number, integer: (below: number) => number) => ({
  of: Int32Array.from({ length: count }, () => integer(count)),
  groups: undefined,
});

function groupRows(groups: Float64Array, integer: (below: number) => number) {
  const members = new Map<number, number[]>();
  for (const [i, group] of groups.entries()) members.set(group, [...(members.get(group) ?? []), i]);
  const lists = [...members.values()];
  const drawn = lists.map(() => lists[integer(lists.length)]!);
  return {
    of: Int32Array.from(drawn.flat()),
    groups: Float64Array.from(drawn.flatMap((list, g) => list.map(() => g))),
  };
}

/** SHA-256 (hex) of names, kinds and cells of a table's columns, in their order. */
export function hashOf(data: Table): string {
  const hash = createHash('sha256');
  for (const [name, column] of Object.entries(data.columns)) {
    hash.update(JSON.stringify([name, column.kind, data.length]));
    if (column.kind === 'text') {
      hash.update(JSON.stringify(column.dictionary));
      hash.update(column.codes);
    } else {
      hash.update(column.values);
      if (column.valid !== undefined) hash.update(column.valid);
    }
  }
  return hash.digest('hex');
}
