/** What the experiment shows: metrics, guardrails, days, slices. */
import { Figure } from '../../charts/figure.tsx';
import { type IntervalRow, Intervals } from '../../charts/intervals.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { DaysCard } from './days-card.tsx';
import { signed, useMetrics, whyKey } from './metric.ts';
import { SliceCard } from './slice-card.tsx';
import type { ArmResult, Report } from './types.ts';

export function ResultsTab({ report }: { report: Report }) {
  const { t, pick } = useI18n();
  const blocked = report.verdict.verdict === 'blocked';
  return (
    <div className="grid">
      {blocked ? (
        <div className="xp-blocked w12" role="alert">
          <strong>{t('xp.blocked')}</strong>
          <ul>
            {report.verdict.reasons.map((reason) => (
              <li key={reason.code}>{pick(reason)}</li>
            ))}
          </ul>
        </div>
      ) : null}
      <MetricsCard report={report} />
      {report.guardrails.length === 0 ? null : <GuardrailsCard report={report} />}
      {report.overTime === undefined ? null : <DaysCard report={report} />}
      {(report.sliced ?? []).map((sliced) => (
        <SliceCard key={sliced.column} report={report} sliced={sliced} />
      ))}
    </div>
  );
}

interface MetricRow extends ArmResult {
  readonly metric: string;
  readonly base: number;
  readonly isFirst: boolean;
}

const rowsOf = ({ metrics, control }: Report): MetricRow[] =>
  metrics.flatMap(({ name, arms }) =>
    arms
      .filter(({ arm }) => arm !== control)
      .map((arm, k) => ({ ...arm, metric: name, base: arms[0]?.mean ?? 0, isFirst: k === 0 })),
  );

function MetricsCard({ report }: { report: Report }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { name, value, p } = useMetrics();
  const rows = rowsOf(report);
  const mute = report.verdict.verdict === 'blocked';
  const percents = (arm: MetricRow) =>
    arm.lift === null || arm.interval === null
      ? t(whyKey(arm.why))
      : t('interval.text', {
          label: `${name(arm.metric)}, ${arm.arm}`,
          mid: signed(format.percent(arm.lift, 1), arm.lift),
          low: format.percent(arm.interval[0], 1),
          high: format.percent(arm.interval[1], 1),
        });
  const columns: Column<MetricRow>[] = [
    {
      key: 'metric',
      title: t('xp.metric'),
      cell: (row) => (row.isFirst ? <strong className="xp-nowrap">{name(row.metric)}</strong> : ''),
    },
    { key: 'arm', title: t('table.arm'), cell: (row) => row.arm },
    { key: 'base', title: t('xp.baseline'), numeric: true, cell: (row) => value(row.metric, row.base) },
    { key: 'mean', title: t('xp.variation'), numeric: true, cell: (row) => value(row.metric, row.mean) },
    {
      key: 'lift',
      title: t('xp.change'),
      numeric: true,
      cell: (row) =>
        row.lift !== null
          ? signed(format.percent(row.lift, 1), row.lift)
          : row.difference === null
            ? '–'
            : signed(value(row.metric, row.difference), row.difference),
    },
    {
      key: 'range',
      title: t('xp.interval', { share: format.percent(1 - report.alpha, 0) }),
      numeric: true,
      cell: (row) =>
        row.differenceInterval === null
          ? t(whyKey(row.why))
          : t('interval.range', {
              low: value(row.metric, row.differenceInterval[0]),
              high: value(row.metric, row.differenceInterval[1]),
            }),
    },
    {
      key: 'chance',
      title: t('xp.chanceToWin'),
      numeric: true,
      cell: (row) => (mute || row.chanceToWin === null ? '–' : format.percent(row.chanceToWin, 1)),
    },
    { key: 'p', title: t('xp.p'), numeric: true, cell: (row) => (mute ? '–' : p(row.pValue)) },
  ];
  const drawn = rows.flatMap((row): IntervalRow[] =>
    row.lift === null || row.interval === null
      ? []
      : [
          {
            key: `${row.metric} ${row.arm}`,
            label: (
              <>
                {name(row.metric)} <span className="soft">{row.arm}</span>
              </>
            ),
            ...{ mid: row.lift, low: row.interval[0], high: row.interval[1], text: percents(row) },
          },
        ],
  );
  return (
    <Card
      title={t('xp.metrics')}
      hint={t('xp.metrics.hint')}
      note={t(report.test === 'sequential' ? 'xp.sequential' : 'xp.fixed')}
      className={mute ? 'w12 xp-mute' : 'w12'}
    >
      <DataTable caption={t('xp.metrics')} columns={columns} rows={rows} rowKey={(row) => `${row.metric} ${row.arm}`} />
      {drawn.length === 0 ? null : (
        <Figure
          title={t('xp.change')}
          summary={rows.map(percents).join('. ')}
          table={{
            name: 'experiment-results',
            header: [t('xp.metric'), t('table.arm'), t('interval.low'), t('xp.change'), t('interval.high'), t('xp.p')],
            rows: rows.map((row) => [row.metric, row.arm, row.interval?.[0], row.lift, row.interval?.[1], row.pValue]),
            shown: rows.map((row) => [
              ...[name(row.metric), row.arm, row.interval === null ? '–' : format.percent(row.interval[0], 1)],
              row.lift === null ? '–' : format.percent(row.lift, 1),
              row.interval === null ? '–' : format.percent(row.interval[1], 1),
              p(row.pValue),
            ]),
          }}
        >
          <Intervals label={t('xp.change')} format={(share) => format.percent(share, 0)} rows={drawn} />
        </Figure>
      )}
    </Card>
  );
}

function GuardrailsCard({ report }: { report: Report }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { name, p } = useMetrics();
  const rows = report.guardrails.flatMap((own) => own.arms.map((arm) => ({ ...own, ...arm, metric: own.name })));
  type Row = (typeof rows)[number];
  const look = { harmed: 'chip no', safe: 'chip yes', unsure: 'chip mark' } as const;
  const columns: Column<Row>[] = [
    {
      key: 'metric',
      title: t('xp.guardrail'),
      cell: (row) => (
        <>
          {name(row.metric)}
          <p className="small soft">
            {t(row.harm === 'down' ? 'xp.guardrail.down' : 'xp.guardrail.up', {
              share: format.percent(row.threshold, 1),
            })}
          </p>
        </>
      ),
    },
    { key: 'arm', title: t('table.arm'), cell: (row) => row.arm },
    {
      key: 'lift',
      title: t('xp.change'),
      numeric: true,
      cell: (row) => (row.lift === null ? '–' : signed(format.percent(row.lift, 1), row.lift)),
    },
    {
      key: 'worst',
      title: t('xp.guardrail.worst'),
      numeric: true,
      cell: (row) => (row.worst === null ? '–' : format.percent(row.worst, 1)),
    },
    { key: 'p', title: t('xp.p'), numeric: true, cell: (row) => p(row.pValue) },
    {
      key: 'state',
      title: t('table.status'),
      cell: (row) => <span className={look[row.state]}>{t(`xp.guardrail.${row.state}`)}</span>,
    },
  ];
  return (
    <Card title={t('xp.guardrails')} hint={t('xp.guardrails.hint')} className="w12">
      <DataTable
        dense
        caption={t('xp.guardrails')}
        columns={columns}
        rows={rows}
        rowKey={(row) => `${row.metric} ${row.arm}`}
      />
    </Card>
  );
}
