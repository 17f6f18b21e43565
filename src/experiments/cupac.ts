/**
 * Noise taken off by a learner: what each member would have done, foretold from what was known before the experiment by a
 * model that did not learn from them (or their cluster). The analysis takes it as one covariate, whose slope is fitted, so a
 * bad forecast costs precision and never truth.
 *
 * @see Tang, Huang, Kastelman, Bauman (2020), Control Using Predictions As Covariates in Switchback Experiments (CUPAC)
 * @see Guo, Coey, Konutgan, Li, Schoener, Goldman (2021), Machine Learning for Variance Reduction in Online Experiments
 */
import { known } from '#errors.ts';
import { crossValidate, foldsOf, learners, lessonOf, registry, type Supervised } from '#learners/index.ts';
import { type Column, type Table, table, take } from '#table/index.ts';
import { finite } from './columns.ts';

export interface CupacOptions {
  /** Columns known before the experiment: numbers or text. */
  readonly covariates: readonly string[];
  /** A learner of the registry that can regress; default `linear`: regression adjustment. */
  readonly learner?: string;
  readonly folds?: number;
  readonly seed: number;
  readonly threads?: number;
}

/** Fewer members with an outcome than this teach nothing. */
export const LEARN_FROM = 40;

/** Where a learner begins from, if it is not its own default: small trees, for the signal is weak. */
const PARAMS: Readonly<Record<string, object>> = {
  boosting: { trees: 80, leaves: 7, learningRate: 0.08, minRows: 40 },
};

/**
 * [rows] the metric as foretold from the covariates, NaN where the metric is missing; undefined where there are too few
 * members to learn from.
 *
 * @param data column cluster where members were drawn together: a cluster is then foretold by models of the others
 * @param metric [rows] NaN where missing
 * @throws LEARNER_UNKNOWN, EXPERIMENT_BAD for a learner that cannot regress or a column that is not there
 */
export async function foretold(
  data: Table,
  metric: Float64Array,
  options: CupacOptions,
): Promise<Float64Array | undefined> {
  const { covariates, learner: name = 'linear', folds = 5, seed, threads } = options;
  const learner = registry(learners).get(name) as Supervised;
  if (!learner.tasks.includes('regress'))
    throw known('EXPERIMENT_BAD', {
      what: `the learner ${name}, which cannot foretell a number`,
      expected: 'linear, boosting, forest or network',
    });
  for (const column of covariates)
    if (data.columns[column] === undefined)
      throw known('EXPERIMENT_BAD', {
        what: `no covariate ${column}`,
        expected: `some of ${Object.keys(data.columns).join(', ')}`,
      });
  const rows = Int32Array.from({ length: data.length }, (_, i) => i).filter((i) => !Number.isNaN(metric[i]!));
  if (rows.length < LEARN_FROM) return undefined;
  const cluster = data.columns.cluster;
  const columns: Record<string, Column> = {
    ...Object.fromEntries(covariates.map((column) => [column, data.columns[column]!])),
    experiment_outcome: { kind: 'number', values: metric },
    ...(cluster === undefined ? {} : { experiment_cluster: cluster }),
  };
  const known_ = take(table(columns), rows);
  const lesson = lessonOf(known_, {
    ...{ task: 'regress', label: 'experiment_outcome', features: covariates },
    ...(threads === undefined ? {} : { threads }),
  });
  const plan =
    cluster === undefined
      ? { by: 'rows' as const, folds }
      : { by: 'group' as const, column: 'experiment_cluster', folds };
  const { predicted, rows: judged } = await crossValidate({ learner, params: PARAMS[name] ?? {} }, lesson, {
    folds: foldsOf(known_, plan, seed),
    seed,
  });
  const out = new Float64Array(data.length).fill(Number.NaN);
  for (const [k, at] of judged.entries()) out[rows[at]!] = predicted[k]!;
  return out;
}

/** The one covariate of a metric: the column itself where one is named and no learner, else what `foretold` says. */
export async function covariateOf(
  data: Table,
  metric: Float64Array,
  options: CupacOptions,
): Promise<Float64Array | undefined> {
  const [only, ...rest] = options.covariates;
  if (only === undefined) return undefined;
  if (rest.length === 0 && options.learner === undefined && data.columns[only]?.kind === 'number')
    return finite(data, only);
  return foretold(data, metric, options);
}
