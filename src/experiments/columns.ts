/** The number columns of one metric, as an analysis reads them: missing is NaN, and what is too large is cut. */
import { quantile } from '#kernels/metrics.ts';
import { numberColumn, type Table, textColumn } from '#table/index.ts';

export interface MetricColumns {
  /** [rows] NaN where missing. */
  readonly metric: Float64Array;
  readonly denominator?: Float64Array;
  readonly covariate?: Float64Array;
  /** One over the chance with which the member got their arm. */
  readonly weight?: Float64Array;
  /** Who was drawn together; -1 for none. */
  readonly cluster?: Int32Array;
  readonly cut: { readonly at: number; readonly values: number } | null;
}

/** @param share quantile above which values of metric and covariate are cut; undefined: none is */
export function metricColumns(data: Table, share: number | undefined): MetricColumns {
  const column = (name: string): Float64Array => finite(data, name);
  const has = (name: string): boolean => data.columns[name] !== undefined;
  const metric = column('metric');
  const common = {
    ...(has('denominator') ? { denominator: column('denominator') } : {}),
    ...(has('weight') ? { weight: column('weight') } : {}),
    ...(has('cluster') ? { cluster: textColumn(data, 'cluster').codes } : {}),
  };
  const covariate = has('covariate') ? filled(column('covariate')) : undefined;
  if (share === undefined) return { metric, ...common, ...(covariate && { covariate }), cut: null };
  const own = capOf(metric, share);
  return {
    ...{ metric: own.values, ...common },
    ...(covariate && { covariate: capOf(covariate, share).values }),
    cut: { at: own.at, values: own.count },
  };
}

/** [rows] the column's numbers, NaN where missing or not finite. */
export function finite(data: Table, name: string): Float64Array {
  const { values, valid } = numberColumn(data, name);
  return values.map((value, i) => (valid?.[i] === 0 || !Number.isFinite(value) ? Number.NaN : value));
}

/** A member without a covariate counts as one at its mean: nothing is explained of them. */
function filled(covariate: Float64Array): Float64Array {
  let [sum, n] = [0, 0];
  for (const value of covariate)
    if (!Number.isNaN(value)) {
      sum += value;
      n++;
    }
  return covariate.map((value) => (Number.isNaN(value) ? sum / Math.max(1, n) : value));
}

function capOf(values: Float64Array, share: number): { values: Float64Array; at: number; count: number } {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const at = sorted.length === 0 ? 0 : quantile(sorted, share);
  let count = 0;
  const out = values.map((value) => {
    if (!(value > at)) return value;
    count++;
    return at;
  });
  return { values: out, at, count };
}

export const isBinary = (metric: Float64Array): boolean =>
  metric.every((value) => Number.isNaN(value) || value === 0 || value === 1);
