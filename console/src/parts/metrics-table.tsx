/** Methods beside their baselines: one row a method, one column a metric, each with its spread; the best is marked. */
import { en } from '../i18n/en.ts';
import { type Key, useI18n } from '../i18n/index.tsx';
import { useShop } from '../shop.tsx';
import { CsvButton } from './csv.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { Hint } from './page.tsx';
import type { Measured, MetricRow } from './report.ts';

/** For these a smaller number is better. */
const LOWER = /^(mae|rmse|logLoss|brier|ece|error|max)/i;

const known = (key: string): key is Key => key in en;

export function useMetricName(): (metric: string) => string {
  const { t } = useI18n();
  return (metric) => {
    const key = `metric.${metric}`;
    return known(key) ? t(key) : metric;
  };
}

export function useMethodName(): (method: string) => string {
  const { t } = useI18n();
  return (method) => {
    const key = `method.${method}`;
    return known(key) ? t(key) : method;
  };
}

function bestOf(rows: readonly MetricRow[], metric: string): number | undefined {
  const values = rows.flatMap((row) => row.metrics.get(metric)?.value ?? []);
  if (values.length < 2 || new Set(values).size === 1) return undefined;
  return LOWER.test(metric) ? Math.min(...values) : Math.max(...values);
}

export function MetricsTable({ rows, title, name }: { rows: readonly MetricRow[]; title: string; name: string }) {
  const { t } = useI18n();
  const metricName = useMetricName();
  const methodName = useMethodName();
  const metrics = [...new Set(rows.flatMap((row) => [...row.metrics.keys()]))];
  const columns: Column<MetricRow>[] = [
    { key: 'method', title: t('table.method'), cell: (row) => <span className="nowrap">{methodName(row.name)}</span> },
    ...metrics.map((metric) => {
      const best = bestOf(rows, metric);
      return {
        key: metric,
        title: <MetricTitle metric={metric} name={metricName(metric)} />,
        numeric: true,
        cell: (row: MetricRow) => <MetricCell measured={row.metrics.get(metric)} best={best} />,
      };
    }),
  ];
  const source = {
    name,
    header: ['method', ...metrics.flatMap((metric) => [metric, `${metric}_low`, `${metric}_high`, `${metric}_sd`])],
    rows: () =>
      rows.map((row) => [
        row.name,
        ...metrics.flatMap((metric) => {
          const it = row.metrics.get(metric);
          return [it?.value, it?.low, it?.high, it?.deviation];
        }),
      ]),
  };
  return (
    <>
      <div className="table-tools">
        <CsvButton what={title} source={source} />
      </div>
      <DataTable caption={title} columns={columns} rows={rows} rowKey={(row) => row.name} />
    </>
  );
}

export function MetricTitle({ metric, name }: { metric: string; name: string }) {
  const { t } = useI18n();
  const key = `metric.${metric}.hint`;
  return (
    <>
      {name}
      {known(key) ? <Hint label={name}>{t(key)}</Hint> : null}
    </>
  );
}

function MetricCell({ measured, best }: { measured: Measured | undefined; best: number | undefined }) {
  const { t } = useI18n();
  const { format } = useShop();
  if (measured === undefined) return <>–</>;
  const { value, low, high, deviation } = measured;
  const number = (each: number) => format.fixed(each, Math.abs(each) < 10 ? 3 : 1);
  const spread =
    low !== null && high !== null
      ? `${number(low)} – ${number(high)}`
      : deviation !== null
        ? `± ${number(deviation)}`
        : '';
  return (
    <>
      <span className={value === best ? 'best' : undefined}>{number(value)}</span>
      {value === best ? <span className="hidden">{t('metric.best')}</span> : null}
      {spread === '' ? null : <span className="spread">{spread}</span>}
    </>
  );
}
