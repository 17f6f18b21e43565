/** The answer on top: what all campaigns added, beside what attribution would claim. */
import { useI18n } from '../../i18n/index.tsx';
import { Card, Hint } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { VerdictChip } from './parts.tsx';
import type { Measured, Roi } from './roi-types.ts';

export function Headline({
  total,
  attribution,
  note,
}: {
  total: Measured;
  attribution: Roi['attribution'];
  note?: string;
}) {
  const { t } = useI18n();
  const { format } = useShop();
  const { profit, roi, cost, orders, attributed, verdict, trueProfitMinor } = total;
  return (
    <Card className="w12">
      <div className="roi-headline">
        <div className="roi-main">
          <p className="tile-label">
            {t('roi.headline')}
            <Hint label={t('roi.headline')}>{t('roi.headline.hint')}</Hint>
          </p>
          <p
            className={profit !== null && profit.high < 0 ? 'roi-number bad' : 'roi-number'}
            data-testid="main-number"
            data-value={String(Math.round(profit?.total ?? 0))}
          >
            {profit === null ? '–' : format.moneyShort(profit.total)}
          </p>
          <p className="small soft">
            {profit === null
              ? null
              : t('roi.interval', { low: format.moneyShort(profit.low), high: format.moneyShort(profit.high) })}
          </p>
          <p className="roi-why">
            <VerdictChip verdict={verdict} /> {note ?? t(`roi.why.${verdict}`)}
          </p>
        </div>
        <dl className="roi-facts">
          <div>
            <dt>
              {t('roi.attributedBeside')}
              <Hint label={t('roi.attributedBeside')}>
                {t('roi.attributed.hint', { click: attribution.clickDays, view: attribution.viewDays })}
              </Hint>
            </dt>
            <dd>{format.moneyShort(attributed.profitMinor)}</dd>
          </div>
          <div>
            <dt>{t('roi.spent')}</dt>
            <dd>
              {format.moneyShort(cost.totalMinor)}
              <span className="spread">
                {t('roi.spentSplit', {
                  discount: format.moneyShort(cost.discountMinor),
                  contact: format.moneyShort(cost.contactMinor),
                })}
              </span>
              {roi === null ? null : (
                <span className="spread">{t('roi.ofCost', { roi: format.fixed(roi.value, 2) })}</span>
              )}
            </dd>
          </div>
          <div>
            <dt>{t('roi.incrementalOrders')}</dt>
            <dd>
              {orders === null ? '–' : format.count(orders.total)}
              {orders === null ? null : (
                <span className="spread">
                  {t('roi.interval', { low: format.count(orders.low), high: format.count(orders.high) })}
                </span>
              )}
            </dd>
          </div>
          {trueProfitMinor === null ? null : (
            <div>
              <dt>{t('roi.truth')}</dt>
              <dd>{format.moneyShort(trueProfitMinor)}</dd>
            </div>
          )}
        </dl>
      </div>
    </Card>
  );
}
