/** Small pieces that the pages of the ROI report share: a verdict in words, a figure with its interval, a payback. */
import { useI18n } from '../../i18n/index.tsx';
import { useShop } from '../../shop.tsx';
import type { CampaignRoi, Total, Verdict } from './roi-types.ts';

const LOOK: Readonly<Record<Verdict, string>> = {
  paid: 'chip yes',
  lost: 'chip no',
  unproven: 'chip mark',
  unmeasured: 'chip',
  broken: 'chip no',
};

export function VerdictChip({ verdict }: { verdict: Verdict }) {
  const { t } = useI18n();
  return (
    <span className={LOOK[verdict]} title={t(`roi.why.${verdict}`)}>
      {t(`roi.verdict.${verdict}`)}
    </span>
  );
}

/** A figure and below it its interval; an en dash where it wasn't measured. */
export function MoneyTotal({ total }: { total: Total | null }) {
  const { t } = useI18n();
  const { format } = useShop();
  if (total === null) return <>–</>;
  const { low, high } = total;
  return (
    <>
      <span className={high < 0 ? 'bad' : undefined}>{format.moneyShort(total.total)}</span>
      <span className="spread nowrap">
        {t('roi.interval', { low: format.moneyShort(low), high: format.moneyShort(high) })}
      </span>
    </>
  );
}

export function PaybackWords({ payback }: { payback: CampaignRoi['payback'] }) {
  const { t } = useI18n();
  if (payback === null) return <>–</>;
  const [low, high] = payback.interval;
  return (
    <>
      <span className="nowrap">
        {payback.days === null ? t('roi.payback.none') : t('roi.payback.days', { n: payback.days })}
      </span>
      <span className="spread">
        {low === null
          ? t('roi.payback.never')
          : high === null
            ? t('roi.payback.open', { low })
            : t('roi.payback.range', { low, high })}
      </span>
    </>
  );
}

/** A figure with its interval, and what attribution would say. */
export function BesideAttributed({ total, attributedMinor }: { total: Total | null; attributedMinor: number }) {
  const { t } = useI18n();
  const { format } = useShop();
  return (
    <>
      <MoneyTotal total={total} />
      <span className="spread nowrap">{t('roi.attributedShort', { value: format.moneyShort(attributedMinor) })}</span>
    </>
  );
}
