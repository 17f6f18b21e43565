/** How the lists did on purchases that they had not seen: all of them, products bought before, and new ones. */
import { Segmented } from 'antd';
import { useState } from 'react';
import type { Recommender } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { MetricsTable } from '../../parts/metrics-table.tsx';
import { Card } from '../../parts/page.tsx';
import { type MetricRow, metricRows, numberIn } from '../../parts/report.ts';
import { ReportTree } from '../../parts/report-tree.tsx';
import { Empty } from '../../parts/states.tsx';

const PARTS = ['all', 'repeat', 'explore'] as const;
type Part = (typeof PARTS)[number];

/** Where methods are judged by part, the part is the last name and the method the one before. */
function ofPart(rows: readonly MetricRow[], part: Part): readonly MetricRow[] {
  return rows.flatMap((row) => (row.path.at(-1) === part ? [{ ...row, name: row.path.at(-2) ?? row.name }] : []));
}

export function OfflineCard({ recommender: { metrics } }: { recommender: Recommender }) {
  const { t } = useI18n();
  const [part, setPart] = useState<Part>('all');
  const all = metricRows(metrics);
  const parts = PARTS.filter((each) => ofPart(all, each).length > 0);
  const rows = parts.length === 0 ? all : ofPart(all, part);
  const holdDays = numberIn(metrics, 'holdDays');
  const k = numberIn(metrics, 'k');
  const judged = numberIn(metrics, 'judged');
  const note =
    holdDays === null || k === null || judged === null
      ? t('offline.note')
      : t('offline.judged', { days: holdDays, k, n: judged });
  return (
    <Card title={t('offline.title')} hint={t('offline.hint')} note={note} className="w12">
      {rows.length === 0 ? <Empty title={t('evaluation.none')}>{t('evaluation.noneFix')}</Empty> : null}
      {parts.length < 2 ? null : (
        <Segmented<Part>
          size="small"
          value={part}
          onChange={setPart}
          aria-label={t('offline.part')}
          options={parts.map((value) => ({ value, label: t(`offline.part.${value}`) }))}
        />
      )}
      {rows.length === 0 ? null : <MetricsTable rows={rows} title={t('offline.title')} name="recommender-metrics" />}
      {metrics === null || metrics === undefined ? null : (
        <details className="more">
          <summary>{t('report.all')}</summary>
          <ReportTree value={metrics} />
        </details>
      )}
    </Card>
  );
}
