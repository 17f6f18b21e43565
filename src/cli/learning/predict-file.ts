/** A fitted model on the rows of a file: predictions, judged where the file has the label, and written where asked. */
import type { Compute } from '#engines/index.ts';
import { type Fitted, judge, type Outcome, outcomeOf } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Context, Values } from '../command.ts';
import { withCompute } from '../values.ts';
import { predictionColumns, writePredictions } from './predictions.ts';
import { has, type LearnPlan, openTable, type Roles, readTable } from './table-files.ts';

/** Opens the engine while files are read; both are let go of before long work, so that a signal stops it at once. */
export const withTables = <T>(
  values: Values,
  context: Context,
  files: readonly string[],
  work: (compute: Compute, paths: string[]) => Promise<T>,
): Promise<T> => withCompute(values, context, (compute) => withAnalystFiles(files, (paths) => work(compute, paths)));

export const secondsSince = (from: number): number => Math.round(performance.now() - from) / 1000;

interface Application {
  readonly learner: { predict(model: never, data: Table): Float64Array | Promise<Float64Array> };
  readonly model: Fitted;
  readonly plan: Pick<LearnPlan, 'features' | 'label' | 'weight' | 'group'>;
  readonly roles: Roles;
  readonly test: string;
  readonly predictions: string | undefined;
}

export interface Applied {
  readonly rows: number;
  readonly predictSeconds: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  /** Undefined where the file has no label. */
  readonly outcome: Outcome | undefined;
}

/** Predicts, judges and writes. */
export function apply(values: Values, context: Context, given: Application): Promise<Applied> {
  const { learner, model, plan, roles, predictions } = given;
  return withTables(values, context, [given.test], async (compute, [path]) => {
    const test = await openTable(compute, { file: given.test, path: path!, names: [roles.label, roles.id] });
    const data = await readTable(compute, test, [...plan.features, plan.label, plan.weight, plan.group]);
    const from = performance.now();
    const predicted = await learner.predict(model as never, data);
    const predictSeconds = secondsSince(from);
    const outcome = has(test.columns, roles.label)
      ? outcomeOf(model, predicted, data, columnsOf(roles, data))
      : undefined;
    if (predictions !== undefined)
      await writePredictions(compute, {
        ...{ test, roles, model, file: predictions },
        made: predictionColumns(model, predicted, plan.label.kind !== 'text'),
      });
    return {
      ...{ rows: data.length, predictSeconds, outcome },
      metrics: outcome === undefined || outcome.target.length === 0 ? {} : judge({ task: model.task, ...outcome }),
      warnings: outcome?.warnings ?? [unjudged(given.test, roles.label)],
    };
  });
}

/** The columns to judge by, those that the rows have. */
const columnsOf = ({ label, weight, group }: Roles, data: Table) => ({
  label,
  weight: weight !== undefined && data.columns[weight] !== undefined ? weight : undefined,
  group: group !== undefined && data.columns[group] !== undefined ? group : undefined,
});

const unjudged = (file: string, label: string): string =>
  label === '' ? 'no --label: nothing to judge by' : `${file} has no column ${label}: nothing to judge by`;
