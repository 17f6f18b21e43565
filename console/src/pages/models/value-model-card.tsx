/** How the forecast of value did one horizon ago, against what then happened. */
import type { Model } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

export function ValueModelCard({ model: { metrics, horizonDays } }: { model: Model }) {
  const { t } = useI18n();
  const { format } = useShop();
  const percent = (value: number) => format.percent(value, 0);
  const figures = (
    [
      ['giniSpend', (value: number) => format.fixed(value, 3)],
      ['captureTop10', percent],
      ['totalRatioSpend', percent],
      ['coverage80', percent],
    ] as const
  ).flatMap(([name, write]) => {
    const value = metrics?.[name];
    return value === undefined ? [] : [[t(`valueModel.${name}`), write(value)] as const];
  });
  return (
    <Card title={t('valueModel.title')} hint={t('valueModel.hint')} className="w12">
      {figures.length === 0 ? (
        <Empty title={t('evaluation.none')}>{t('evaluation.noneFix')}</Empty>
      ) : (
        <>
          <p>{t('valueModel.lead', { days: horizonDays })}</p>
          <Facts items={figures} />
        </>
      )}
    </Card>
  );
}
