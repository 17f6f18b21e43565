/** The rule that cuts value into tiers, shown as the data that it is. */
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { ReportTree } from '../../parts/report-tree.tsx';
import { Empty } from '../../parts/states.tsx';

export function PolicyCard({ policy }: { policy: unknown }) {
  const { t } = useI18n();
  return (
    <Card title={t('policy.title')} hint={t('policy.hint')} note={t('policy.note')} className="w5">
      {policy === null || policy === undefined ? <Empty title={t('policy.none')} /> : <ReportTree value={policy} />}
    </Card>
  );
}
