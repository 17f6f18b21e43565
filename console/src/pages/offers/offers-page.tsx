/** Offers and coupons: offers with their cost on the shop's own orders, pools, budgets, past offers, and the ledger. */
import { Button } from 'antd';
import type { BudgetRow, LedgerTail, OfferRow, PastOffer, PoolRow } from '../../api/offer-types.ts';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Page } from '../../parts/page.tsx';
import { href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { BudgetsCard } from './budgets-card.tsx';
import { LedgerCard } from './ledger-card.tsx';
import { OffersCard } from './offers-card.tsx';
import { PastCard } from './past-card.tsx';
import { PoolsCard } from './pools-card.tsx';
import './offers.css';

export default function OffersPage() {
  const { t } = useI18n();
  const { format } = useShop();
  const offers = useResource<{ rows: readonly OfferRow[] }>('/offers');
  const pools = useResource<{ rows: readonly PoolRow[] }>('/coupon-pools');
  const budgets = useResource<{ rows: readonly BudgetRow[] }>('/budgets');
  const past = useResource<{ rows: readonly PastOffer[] }>('/past-offers');
  const ledger = useResource<LedgerTail>('/ledger?limit=12');
  const sum = (value: (row: PastOffer) => number) => (past.data?.rows ?? []).reduce((all, row) => all + value(row), 0);
  const redeemed = sum((row) => row.redeemed);
  const refresh = () => {
    budgets.reload();
    ledger.reload();
  };
  return (
    <Page
      title={t('nav.offers')}
      lead={
        <>
          {t('offers.lead')}{' '}
          <span data-testid="main-number" data-value={past.data === undefined ? '' : String(redeemed)}>
            {past.data === undefined || past.data.rows.length === 0
              ? ''
              : t('offers.leadPast', { n: redeemed, cost: format.moneyWhole(sum((row) => row.costMinor)) })}
          </span>
        </>
      }
      actions={
        <Button type="primary" href={href('/offers/new')} icon={<Icon name="plus" size={16} />}>
          {t('offers.new')}
        </Button>
      }
    >
      <div className="grid">
        <OffersCard from={offers} />
        <PoolsCard from={pools} hasOffers={(offers.data?.rows.length ?? 0) > 0} />
        <BudgetsCard from={budgets} onOpened={refresh} />
        <PastCard from={past} />
        <LedgerCard from={ledger} />
      </div>
    </Page>
  );
}
