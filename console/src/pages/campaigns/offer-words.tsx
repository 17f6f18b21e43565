/** An offer in words: how much off, from which spend, and what a contact costs. */
import { useI18n } from '../../i18n/index.tsx';
import { isNode, numberIn, textIn } from '../../parts/report.ts';
import { ReportTree } from '../../parts/report-tree.tsx';
import { useShop } from '../../shop.tsx';

export function OfferWords({ offer }: { offer: unknown }) {
  const { t } = useI18n();
  const { format } = useShop();
  if (!isNode(offer)) return <>–</>;
  const percent = numberIn(offer, 'percentOff', 'percent_off');
  const amount = numberIn(offer, 'amountOffMinor', 'amountMinor', 'amount_off_minor', 'amountOff');
  const least = numberIn(offer, 'minSpendMinor', 'min_spend_minor', 'minSpend');
  const contact = numberIn(offer, 'contactCostMinor');
  const name = textIn(offer, 'name', 'title');
  const main =
    percent !== null
      ? t('offer.percent', { share: format.percent(percent / 100, Number.isInteger(percent) ? 0 : 1) })
      : amount !== null
        ? t('offer.amount', { amount: format.money(amount) })
        : null;
  if (main === null) return <ReportTree value={offer} depth={1} />;
  return (
    <>
      {name === null ? main : `${name}: ${main}`}
      {contact === null || contact === 0 ? null : ` · ${t('offer.contact', { amount: format.money(contact) })}`}
      {least === null || least === 0 ? null : ` · ${t('offer.minSpend', { amount: format.money(least) })}`}
    </>
  );
}
