/** All that is told of an experiment: metrics, guardrails, slices, days, health and the verdict. */
import { known } from '#errors.ts';
import { type Table, textColumn } from '#table/index.ts';
import { type AnalyseOptions, type Analysis, type ArmResult, analyse, corrected, relativeEffects } from './analyse.ts';
import { finite } from './columns.ts';
import { type CupacOptions, covariateOf } from './cupac.ts';
import { type Guardrail, type GuardrailArm, guardrailArm } from './guardrails.ts';
import { covariateColumn, type Members, metricColumn, sliceColumn, tableFor } from './members.ts';
import { answerValue, type MetricSpec, metricTable } from './metric-spec.ts';
import { type OverTime, overTime } from './over-time.ts';
import { type SlicesOf, slicesOf } from './slices.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface Question extends AnalyseOptions {
  /** The first decides. */
  readonly metrics: readonly [MetricSpec, ...MetricSpec[]];
  readonly guardrails?: readonly Guardrail[];
  readonly covariates?: readonly string[];
  /** Learner that foretells the metric from the covariates (CUPAC); default: one number as it is, several by `linear`. */
  readonly learner?: string;
  readonly by?: readonly string[];
  readonly seed?: number;
  readonly threads?: number;
  /** Members in all that were planned for; the verdict of a test that holds at the planned end alone waits for them. */
  readonly plannedMembers?: number;
  /** Metrics in words for people; default: their names. */
  readonly words?: (metric: MetricSpec) => { readonly en: string; readonly zh: string };
  /** The experiment has ended. */
  readonly hasEnded?: boolean;
}

export interface MetricReport {
  readonly name: string;
  readonly metric: Analysis['metric'];
  readonly covariate: Analysis['covariate'];
  /** P-values are corrected over metrics and arms. */
  readonly arms: readonly ArmResult[];
}

export interface ExperimentReport extends Analysis {
  readonly rows: Members['rows'];
  readonly contaminated: number;
  readonly metrics: readonly MetricReport[];
  readonly guardrails: readonly {
    readonly name: string;
    readonly harm: Guardrail['harm'];
    readonly threshold: number;
    readonly arms: readonly GuardrailArm[];
  }[];
  /** Of the first column asked for; `sliced` has all. */
  readonly slices?: SlicesOf['slices'];
  readonly sliced?: readonly SlicesOf[];
  readonly overTime?: OverTime;
  readonly verdict: Verdict;
  /** The arm to ship; null where there is none, and wherever the result must not be read. */
  readonly winner: string | null;
}

/**
 * Answers a question about an experiment's members.
 *
 * @throws the errors of `analyse` and `foretold`
 */
export async function reportOf(members: Members, question: Question): Promise<ExperimentReport> {
  const { metrics, guardrails = [], correction = 'holm', words = itsName } = question;
  const tables: Table[] = [];
  for (const metric of metrics) tables.push(await tableOf(members, metric, question));
  // corrected below, over metrics and arms together
  const raw = tables.map((data, k) => analyse(data, { ...question, ...quantileOf(metrics[k]!), correction: 'none' }));
  const told = correctedTogether(raw, correction);
  const primary = { ...raw[0]!, correction, arms: told[0]! };
  const guarded = await Promise.all(
    guardrails.map(async (guardrail) => ({
      ...{ name: guardrail.metric.name, harm: guardrail.harm, threshold: guardrail.threshold },
      arms: await guardrailArms(members, guardrail, question),
    })),
  );
  const sliced = (question.by ?? []).map((column) => slicesBy(members, tables[0]!, column, question));
  const days = daysOf(members, question);
  const verdict = verdictOf({
    ...{ primary, metricName: words(metrics[0]), inverse: question.inverse === true },
    guardrails: guarded.map(({ arms }, k) => ({ name: words(guardrails[k]!.metric), arms })),
    pValues: new Map(primary.arms.map(({ arm, pValue }) => [arm, pValue])),
    contaminated: members.contaminated,
    units: members.data.length + members.contaminated,
    isOver: question.plannedMembers === undefined ? question.hasEnded !== false : isOver(primary, question),
  });
  return {
    ...primary,
    ...{ rows: members.rows, contaminated: members.contaminated },
    metrics: metrics.map(({ name }, k) => {
      const { metric, covariate } = raw[k]!;
      return { name, metric, covariate, arms: told[k]! };
    }),
    guardrails: guarded,
    ...(sliced.length === 0 ? {} : { slices: sliced[0]!.slices, sliced }),
    ...(days === undefined ? {} : { overTime: days }),
    ...{ verdict, winner: verdict.arm },
  };
}

const itsName = ({ name }: MetricSpec) => ({ en: name, zh: ` ${name} ` });

const isOver = ({ members }: Analysis, { plannedMembers = 0, hasEnded = false }: Question): boolean =>
  hasEnded || members >= plannedMembers;

const quantileOf = ({ quantile }: MetricSpec): { quantile?: number } => (quantile === undefined ? {} : { quantile });

/** A metric with its column's name as members have it. */
function placed(metric: MetricSpec): MetricSpec {
  const { column, denominator } = metric;
  return {
    ...metric,
    column: metricColumn(column),
    ...(denominator === undefined ? {} : { denominator: metricColumn(denominator) }),
  };
}

async function tableOf(members: Members, metric: MetricSpec, question: Question): Promise<Table> {
  const data = tableFor(members, metric);
  const own = placed(metric);
  const { covariates = [], learner, seed = 1, threads } = question;
  if (covariates.length === 0 || metric.quantile !== undefined || data !== members.data) return metricTable(data, own);
  if (metric.denominator !== undefined) {
    if (question.metrics.length > 1) return metricTable(data, own);
    throw known('EXPERIMENT_BAD', {
      what: 'both a denominator and a covariate',
      expected: 'one of the two: a ratio is not adjusted',
    });
  }
  const values = finite(data, own.column);
  const outcome =
    metric.answer === undefined ? values : values.map((score) => answerValue(metric.answer!, score) ?? Number.NaN);
  const options: CupacOptions = {
    ...{ covariates: covariates.map(covariateColumn), seed },
    ...(learner === undefined ? {} : { learner }),
    ...(threads === undefined ? {} : { threads }),
  };
  return metricTable(data, own, await covariateOf(data, outcome, options));
}

function correctedTogether(
  raw: readonly Analysis[],
  correction: NonNullable<AnalyseOptions['correction']>,
): ArmResult[][] {
  const all = raw.flatMap(({ arms }) => arms.flatMap(({ pValue }) => (pValue === null ? [] : [pValue])));
  const adjusted = corrected(all, correction);
  let next = 0;
  return raw.map(({ arms }) => arms.map((arm) => (arm.pValue === null ? arm : { ...arm, pValue: adjusted[next++]! })));
}

async function guardrailArms(members: Members, guardrail: Guardrail, question: Question): Promise<GuardrailArm[]> {
  const { metric } = guardrail;
  // a ratio is not adjusted, whatever the primary metric is
  const asked = metric.denominator === undefined ? question : { ...question, covariates: [] };
  const data = await tableOf(members, metric, asked);
  const effects = relativeEffects(data, { ...question, ...quantileOf(metric) });
  return [...effects].map(([arm, effect]) => guardrailArm(arm, effect, guardrail, question.alpha));
}

function slicesBy(members: Members, data: Table, column: string, question: Question): SlicesOf {
  const from = tableFor(members, question.metrics[0]);
  const values = textColumn(from, sliceColumn(column));
  return slicesOf(column, data, values, { ...question, ...quantileOf(question.metrics[0]) });
}

function daysOf({ timeline, data }: Members, { control, alpha, metrics }: Question): OverTime | undefined {
  const { denominator, quantile, answer } = metrics[0];
  if (timeline === undefined || denominator !== undefined || quantile !== undefined || answer !== undefined)
    return undefined;
  return overTime(textColumn(data, 'arm'), timeline, { control, ...(alpha === undefined ? {} : { alpha }) });
}

/** For tests and callers with plain arrays: members of one metric. */
export const membersOf = (data: Table): Members => ({
  data,
  rows: { read: data.length, withoutArm: 0, notNumbers: 0 },
  contaminated: 0,
});
