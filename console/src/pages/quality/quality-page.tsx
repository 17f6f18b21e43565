/** Data quality: every row that was read is accounted for, and every repair has a rule, a count and examples. */
import { useResource } from '../../api/resource.ts';
import type { Quality } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { ReportTree } from '../../parts/report-tree.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { AccountCard } from './account-card.tsx';
import { MissingCard, OddsCard, OutliersCard } from './odds-cards.tsx';
import { type QualityReport, readQuality } from './read-quality.ts';
import { RejectsCard } from './rejects-card.tsx';
import { RulesCard } from './rules-card.tsx';
import { SourcesCard } from './sources-card.tsx';
import './quality.css';

export default function QualityPage() {
  const { t } = useI18n();
  const quality = useResource<Quality>('/quality');
  const report = readQuality(quality.data?.report);
  return (
    <Page
      title={t('nav.quality')}
      lead={
        <span data-testid="main-number" data-value={quality.data === undefined ? '' : String(report?.total.read ?? 0)}>
          {quality.data === undefined ? t('state.loading') : t('quality.lead', { n: report?.total.read ?? 0 })}
        </span>
      }
    >
      <Loaded from={quality} rows={12}>
        {(data) => (
          <>
            {report === undefined ? (
              <Card>
                <Empty title={t('quality.none')}>{t('quality.noneFix')}</Empty>
              </Card>
            ) : (
              <Report report={report} />
            )}
            <RejectsCard rejects={data.rejects} rules={report?.rules ?? []} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Report({ report }: { report: QualityReport }) {
  const { t } = useI18n();
  return (
    <>
      <div className="grid">
        <AccountCard report={report} />
      </div>
      <div className="grid">
        <RulesCard rules={report.rules} />
      </div>
      <div className="grid">
        <OutliersCard outliers={report.outliers} />
        <OddsCard report={report} />
      </div>
      <div className="grid">
        <SourcesCard sources={report.sources} />
        <MissingCard missing={report.missing} />
      </div>
      {Object.keys(report.rest).length === 0 ? null : (
        <div className="grid">
          <Card title={t('quality.more')} className="w12">
            <details className="more">
              <summary>{t('report.all')}</summary>
              <ReportTree value={report.rest} />
            </details>
          </Card>
        </div>
      )}
    </>
  );
}
