/** What an offer does to the margin of the shop's own orders, in words. */
import type { MarginCheck } from '../../api/offer-types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useShop } from '../../shop.tsx';

export function CheckWords({ check }: { check: MarginCheck }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { orders, usable, loses, cut, marginBeforeMinor, usedMinor } = check;
  if (orders === 0) return <span className="soft">{t('offers.check.none')}</span>;
  if (usable === 0) return <span className="soft">{t('offers.check.unusable', { n: orders })}</span>;
  return (
    <span className="offer-check">
      {loses > 0 ? (
        <span className="badge bad">
          <Icon name="alert" size={15} />
          {t('offers.check.loses', { share: format.percent(loses / usable, loses / usable < 0.01 ? 1 : 0) })}
        </span>
      ) : (
        <span className="badge good">
          <Icon name="check" size={15} />
          {t('offers.check.safe', { n: usable })}
        </span>
      )}
      <span className="small soft">
        {t('offers.check.usable', { usable, n: orders })}
        {marginBeforeMinor > 0 && usedMinor > 0
          ? ` · ${t('offers.check.takes', { share: format.percent(usedMinor / marginBeforeMinor, 0) })}`
          : ''}
        {cut > 0 ? ` · ${t('offers.check.cut', { share: format.percent(cut / usable, 0) })}` : ''}
      </span>
    </span>
  );
}
