/** The models in use: what each foretells, from which days it was learned, and on whom it was judged. */
import type { ModelSummary } from '../../api/types.ts';
import { isKey, useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { useCandidateName } from './candidate-name.ts';

export function UseCard({ models }: { models: readonly ModelSummary[] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const candidateName = useCandidateName();
  const learner = ({ name, learner: own, fallback }: ModelSummary) => {
    if (own === null) return fallback === null ? '–' : t('models.notLearned');
    const key = `forecast.${own}`;
    return name === 'value' && isKey(key) ? t(key) : candidateName(own);
  };
  const columns: Column<ModelSummary>[] = [
    {
      key: 'name',
      title: t('models.foretells'),
      cell: ({ name }) => (
        <>
          <strong>{t(`models.${name}`)}</strong>
          <span className="spread models-about">{t(`models.${name}.about`)}</span>
        </>
      ),
    },
    { key: 'learner', title: t('models.learner'), cell: learner },
    {
      key: 'learned',
      title: t('models.learned'),
      cell: ({ learnedFrom, learnedTo }) =>
        learnedTo === null
          ? '–'
          : learnedFrom === null
            ? t('models.until', { to: format.date(learnedTo) })
            : t('models.span', { from: format.date(learnedFrom), to: format.date(learnedTo) }),
    },
    {
      key: 'judged',
      title: t('models.judged'),
      cell: ({ judged }) =>
        judged === null
          ? '–'
          : judged.from === null || judged.until === null
            ? t('count.customers', { n: judged.customers })
            : t('models.judgedOn', {
                n: judged.customers,
                from: format.date(judged.from),
                to: format.date(judged.until),
              }),
    },
    {
      key: 'version',
      title: t('models.version'),
      cell: ({ version }) => <code className="small nowrap">{version}</code>,
    },
  ];
  return (
    <Card title={t('models.use')} hint={t('models.use.hint')} className="w12 models-use">
      <DataTable caption={t('models.use')} columns={columns} rows={models} rowKey={({ name }) => name} />
    </Card>
  );
}
