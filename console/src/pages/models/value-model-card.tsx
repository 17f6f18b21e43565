/** How the forecast of value did one horizon ago, against what then happened. */
import type { Model } from '../../api/types.ts';
import { Intervals } from '../../charts/intervals.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

export function ValueModelCard({ model: { metrics, horizonDays, deciles } }: { model: Model }) {
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
          {deciles === null || deciles.length < 2 ? null : <Deciles deciles={deciles} />}
        </>
      )}
    </Card>
  );
}

/** Whether tenths of customers spent what was foretold of them. */
function Deciles({ deciles }: { deciles: NonNullable<Model['deciles']> }) {
  const { t } = useI18n();
  const { format } = useShop();
  const rows = deciles.map(({ foretold, actual, low, high }, place) => ({
    key: String(place),
    label: t('valueModel.tenth', { place: place + 1 }),
    ...{ mid: actual, low: Math.max(0, low), high, mark: foretold },
    text: t('valueModel.tenthText', {
      ...{ place: place + 1, foretold: format.money(foretold), actual: format.money(actual) },
      ...{ low: format.money(Math.max(0, low)), high: format.money(high) },
    }),
  }));
  const words = { mid: t('valueModel.actual'), mark: t('valueModel.foretold') };
  return (
    <>
      <h3 className="models-deciles">{t('valueModel.deciles')}</h3>
      <Intervals rows={rows} format={format.moneyShort} label={t('valueModel.deciles')} words={words} />
    </>
  );
}
