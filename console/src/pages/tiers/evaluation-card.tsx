/** How well the coming tier is foretold, on a later period, beside the simple rules that it has to beat. */
import { useI18n } from '../../i18n/index.tsx';
import { MetricsTable } from '../../parts/metrics-table.tsx';
import { Card } from '../../parts/page.tsx';
import { metricRows } from '../../parts/report.ts';
import { ReportTree } from '../../parts/report-tree.tsx';
import { Empty } from '../../parts/states.tsx';

export function EvaluationCard({ evaluation }: { evaluation: unknown }) {
  const { t } = useI18n();
  const rows = metricRows(evaluation);
  return (
    <Card title={t('evaluation.title')} hint={t('evaluation.hint')} note={t('evaluation.note')} className="w12">
      {rows.length === 0 ? (
        <Empty title={t('evaluation.none')}>{t('evaluation.noneFix')}</Empty>
      ) : (
        <MetricsTable rows={rows} title={t('evaluation.title')} name="tier-evaluation" />
      )}
      {evaluation === null || evaluation === undefined ? null : (
        <details className="more">
          <summary>{t('report.all')}</summary>
          <ReportTree value={evaluation} />
        </details>
      )}
    </Card>
  );
}
