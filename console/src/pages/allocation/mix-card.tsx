/** Which offer how many people of each tier get. */
import { useMemo } from 'react';
import type { OfferTotals } from '../../api/types.ts';
import { AXIS, Chart, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';
import { armColour } from '../campaigns/totals.tsx';

export function MixCard({ byOffer, className = '' }: { byOffer: readonly OfferTotals[]; className?: string }) {
  const { t } = useI18n();
  const { shop, format, tierName } = useShop();
  const tiers = useMemo(() => {
    const found = new Set(byOffer.flatMap((offer) => offer.byTier.map(({ tier }) => tier)));
    const index = (key: string) => shop.tiers.findIndex((tier) => tier.key === key);
    return [...found].sort((a, b) => index(b) - index(a));
  }, [byOffer, shop]);
  const count = (offer: OfferTotals, tier: string) => offer.byTier.find((each) => each.tier === tier)?.offered ?? 0;
  const option = useMemo<Option>(
    () => ({
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: COLOURS.ink } },
      grid: { left: 4, right: 24, top: 34, bottom: 0, containLabel: true },
      tooltip: { ...TOOLTIP, trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: format.count },
      xAxis: { ...AXIS, type: 'value', minInterval: 1, axisLabel: { ...AXIS.axisLabel, formatter: format.count } },
      yAxis: { ...AXIS, type: 'category', inverse: true, data: tiers.map((tier) => tierName(tier)) },
      series: byOffer.map((offer, place) => ({
        name: t('wizard.offer.name', { id: offer.offerId }),
        type: 'bar',
        stack: 'people',
        barWidth: 20,
        itemStyle: { color: armColour(place) },
        data: tiers.map((tier) => offer.byTier.find((each) => each.tier === tier)?.offered ?? 0),
      })),
    }),
    [byOffer, tiers, format, tierName, t],
  );
  if (byOffer.every(({ offered }) => offered === 0))
    return (
      <Card title={t('allocation.mix')} className={className}>
        <Empty title={t('allocation.mix.none')}>{t('allocation.mix.noneFix')}</Empty>
      </Card>
    );
  return (
    <Card title={t('allocation.mix')} className={className}>
      <Figure
        title={t('allocation.mix')}
        summary={byOffer
          .map((offer) => `${t('wizard.offer.name', { id: offer.offerId })}: ${format.count(offer.offered)}`)
          .join('; ')}
        table={{
          name: 'offers-by-tier',
          header: [t('allocation.offer'), ...tiers.map(tierName), t('campaign.cost'), t('campaign.expectedProfit')],
          rows: byOffer.map((offer) => [
            offer.offerId,
            ...tiers.map((tier) => count(offer, tier)),
            offer.costMinor,
            offer.expectedProfitMinor,
          ]),
          shown: byOffer.map((offer) => [
            offer.offerId,
            ...tiers.map((tier) => format.count(count(offer, tier))),
            format.money(offer.costMinor),
            format.money(offer.expectedProfitMinor),
          ]),
        }}
      >
        <Chart option={option} height={60 + tiers.length * 40} />
      </Figure>
      <div className="tier-profits">
        {byOffer.map((offer, place) => (
          <p key={offer.offerId}>
            <span className="dot" style={{ background: armColour(place) }} aria-hidden="true" />{' '}
            <strong>{t('wizard.offer.name', { id: offer.offerId })}</strong>{' '}
            <span className="small soft">
              {t('campaign.tierLine', {
                cost: format.moneyShort(offer.costMinor),
                profit: format.moneyShort(offer.expectedProfitMinor),
              })}
            </span>
          </p>
        ))}
      </div>
    </Card>
  );
}
