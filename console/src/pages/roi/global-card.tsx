/** The people whom all campaigns leave out, or why there should be some. */
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { MoneyTotal } from './parts.tsx';
import type { GlobalHoldout, Measured } from './roi-types.ts';

export function GlobalCard({ holdout, total }: { holdout: GlobalHoldout | null; total: Measured }) {
  const { t } = useI18n();
  const { format } = useShop();
  return (
    <Card title={t('roi.global')} hint={t('roi.global.hint')} className="w4">
      {holdout === null ? (
        <>
          <Empty title={t('roi.global.none')}>{t('roi.global.noneFix')}</Empty>
          <Facts items={[[t('roi.global.sum'), <MoneyTotal key="sum" total={total.profit} />]]} />
        </>
      ) : (
        <Facts
          items={[
            [
              t('roi.global.people'),
              <>
                {t('count.customers', { n: holdout.people })}
                <span className="spread">{t('roi.global.shareOf', { share: format.percent(holdout.share) })}</span>
              </>,
            ],
            [t('roi.global.since'), format.date(holdout.since)],
            [t('roi.global.profit'), <MoneyTotal key="profit" total={holdout.profit} />],
            [
              t('roi.global.month'),
              t('roi.global.monthPair', {
                treated: format.money(holdout.treatedMonthMinor),
                held: format.money(holdout.heldMonthMinor),
              }),
            ],
            [
              t('roi.global.drift'),
              <>
                <span className={holdout.drift.ok ? 'chip yes' : 'chip no'}>
                  {t(holdout.drift.ok ? 'roi.global.drift.ok' : 'roi.global.drift.bad')}
                </span>
                <span className="spread">
                  {t('roi.global.drift.text', { size: format.decimal(holdout.drift.largest, 2) })}
                </span>
              </>,
            ],
          ]}
        />
      )}
    </Card>
  );
}
