/** What is measured, as data: a column, and what is made of it. */
import { known } from '#errors.ts';
import { type NumberColumn, type Table, table } from '#table/index.ts';
import { finite } from './columns.ts';

export interface MetricSpec {
  /** As it is told, e.g. `p90:seconds`. */
  readonly name: string;
  readonly column: string;
  /** Of a ratio: revenue per order, clicks per view. */
  readonly denominator?: string;
  /** Of a median or another quantile. */
  readonly quantile?: number;
  /** nps: 0 to 10 becomes -100, 0 or 100, whose mean is the net promoter score. csat: 1 to 5 becomes 0 or 1. */
  readonly answer?: 'nps' | 'csat';
}

const EXPECTED = 'COL, COL/COL, median:COL, p90:COL, nps:COL or csat:COL';

/**
 * Reads `revenue`, `clicks/views` (a ratio), `median:seconds`, `p90:seconds`, `nps:score`, `csat:score`.
 *
 * @throws EXPERIMENT_BAD
 */
export function parseMetric(text: string): MetricSpec {
  const name = text.trim();
  const [, kind, rest] = /^(median|p\d{1,2}(?:\.\d+)?|nps|csat|mean):(.+)$/.exec(name) ?? [];
  const column = rest ?? name;
  const parts = column.split('/');
  const bad = (): never => {
    throw known('EXPERIMENT_BAD', { what: `the metric "${name}"`, expected: EXPECTED });
  };
  if (column === '' || parts.length > 2 || parts.some((part) => part === '')) return bad();
  if (parts.length === 2 && (kind === undefined || kind === 'mean'))
    return { name, column: parts[0]!, denominator: parts[1]! };
  if (parts.length === 2) return bad();
  if (kind === undefined || kind === 'mean') return { name, column };
  if (kind === 'nps' || kind === 'csat') return { name, column, answer: kind };
  const quantile = kind === 'median' ? 0.5 : Number(kind.slice(1)) / 100;
  if (!(quantile > 0 && quantile < 1)) return bad();
  return { name, column, quantile };
}

/** What a column of answers counts as; undefined for an answer outside its scale. */
export function answerValue(answer: 'nps' | 'csat', score: number): number | undefined {
  if (answer === 'nps') {
    if (!(score >= 0 && score <= 10)) return undefined;
    return score >= 9 ? 100 : score <= 6 ? -100 : 0;
  }
  return score >= 1 && score <= 5 ? Number(score >= 4) : undefined;
}

/**
 * The columns that `analyse` reads, for one metric of a table of many.
 *
 * @param data columns arm, and those that the metric names; cluster, weight where there are any
 * @param covariate [rows] known before the experiment
 */
export function metricTable(data: Table, metric: MetricSpec, covariate?: Float64Array): Table {
  const pick = (name: string): NumberColumn => {
    const values = finite(data, name);
    const own =
      metric.answer === undefined || name !== metric.column
        ? values
        : values.map((score) => answerValue(metric.answer!, score) ?? Number.NaN);
    return { kind: 'number', values: own };
  };
  const kept = (name: string) => (data.columns[name] === undefined ? {} : { [name]: data.columns[name] });
  return table({
    ...{ arm: data.columns.arm!, metric: pick(metric.column) },
    ...(metric.denominator === undefined ? {} : { denominator: pick(metric.denominator) }),
    ...(covariate === undefined || metric.denominator !== undefined || metric.quantile !== undefined
      ? {}
      : { covariate: { kind: 'number' as const, values: covariate } }),
    ...{ ...kept('cluster'), ...(metric.quantile === undefined ? kept('weight') : {}) },
  });
}
