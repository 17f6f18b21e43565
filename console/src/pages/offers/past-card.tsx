/** Offers of the shop's past: who got them, what they cost, and what each order that they brought cost. */
import type { PastOffer } from '../../api/offer-types.ts';
import type { Resource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

export function PastCard({ from }: { from: Resource<{ rows: readonly PastOffer[] }> }) {
  const { t } = useI18n();
  const columns = useColumns();
  const rows = from.data?.rows ?? [];
  const source = {
    name: 'past-offers',
    header: [
      ...['offer_id', 'campaign_id', 'words', 'offered', 'redeemed', 'discount_minor', 'contact_minor', 'held_out'],
      ...['more_orders', 'more_orders_low', 'more_orders_high', 'cost_per_order_minor'],
    ],
    rows: () =>
      rows.map((row) => [
        ...[row.offerId, row.campaignId, row.words.en, row.offered, row.redeemed, row.discountMinor, row.contactMinor],
        ...[
          row.heldOut,
          row.moreOrders,
          row.moreOrdersInterval?.[0],
          row.moreOrdersInterval?.[1],
          row.costPerOrderMinor,
        ],
      ]),
  };
  return (
    <Card
      title={t('offers.past.title')}
      hint={t('offers.past.hint')}
      className="w12"
      actions={rows.length === 0 ? undefined : <CsvButton what={t('offers.past.title')} source={source} />}
    >
      <Loaded
        from={from}
        rows={5}
        empty={(data) =>
          data.rows.length === 0 && <Empty title={t('offers.past.none')}>{t('offers.past.noneFix')}</Empty>
        }
      >
        {(data) => (
          <DataTable
            caption={t('offers.past.title')}
            columns={columns}
            rows={data.rows}
            rowKey={(row) => `${row.campaignId} ${row.offerId}`}
          />
        )}
      </Loaded>
    </Card>
  );
}

function useColumns(): readonly Column<PastOffer>[] {
  const { t, pick } = useI18n();
  const { format } = useShop();
  const range = (low: string, high: string) => <p className="small soft">{t('offers.past.range', { low, high })}</p>;
  return [
    {
      key: 'offer',
      title: t('offers.past.offer'),
      cell: (row) => (
        <div className="offer-name">
          {pick(row.words) || row.offerId || row.campaign || '–'}
          <p className="small soft">
            {[row.campaign ?? row.campaignId, row.startsAt === null ? null : format.date(row.startsAt)]
              .filter((part) => part !== null)
              .join(' · ')}
          </p>
        </div>
      ),
    },
    { key: 'offered', title: t('offers.past.offered'), numeric: true, cell: (row) => format.count(row.offered) },
    {
      key: 'redeemed',
      title: t('offers.past.redeemed'),
      numeric: true,
      cell: (row) => (
        <>
          {format.count(row.redeemed)}
          {row.offered > 0 ? <p className="small soft">{format.percent(row.redeemed / row.offered)}</p> : null}
        </>
      ),
    },
    { key: 'cost', title: t('offers.cost'), numeric: true, cell: (row) => format.money(row.costMinor) },
    {
      key: 'more',
      title: t('offers.past.more'),
      numeric: true,
      cell: (row) =>
        row.moreOrders === null || row.moreOrdersInterval === null ? (
          <span className="soft">{t('offers.past.notMeasured')}</span>
        ) : (
          <>
            {format.count(row.moreOrders)}
            {range(format.count(row.moreOrdersInterval[0]), format.count(row.moreOrdersInterval[1]))}
          </>
        ),
    },
    {
      key: 'perOrder',
      title: t('offers.past.perOrder'),
      numeric: true,
      cell: (row) =>
        row.costPerOrderMinor === null || row.costPerOrderInterval === null ? (
          <span className="soft">{row.moreOrders === null ? '–' : t('offers.past.unsure')}</span>
        ) : (
          <>
            {format.money(row.costPerOrderMinor)}
            {range(format.money(row.costPerOrderInterval[0]), format.money(row.costPerOrderInterval[1]))}
          </>
        ),
    },
  ];
}
