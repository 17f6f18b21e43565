/** The coupon pools: what is left of each, until when, and what it cost. */
import { Button } from 'antd';
import type { PoolRow } from '../../api/offer-types.ts';
import type { Resource } from '../../api/resource.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

export function PoolsCard({ from, hasOffers }: { from: Resource<{ rows: readonly PoolRow[] }>; hasOffers: boolean }) {
  const { t } = useI18n();
  const columns = useColumns();
  const add = hasOffers ? <a href={href('/pools/new')}>{t('offers.pool.new')}</a> : undefined;
  return (
    <Card
      title={t('offers.pool.title')}
      className="w12"
      actions={
        hasOffers ? (
          <Button size="small" href={href('/pools/new')}>
            {t('offers.pool.new')}
          </Button>
        ) : undefined
      }
    >
      <Loaded
        from={from}
        rows={3}
        empty={(data) =>
          data.rows.length === 0 && (
            <Empty title={t('offers.pool.none')} action={add}>
              {hasOffers ? t('offers.pool.noneFix') : t('offers.pool.needsOffer')}
            </Empty>
          )
        }
      >
        {(data) => (
          <DataTable
            caption={t('offers.pool.title')}
            columns={columns}
            rows={data.rows}
            rowKey={(row) => row.id}
            onOpen={(row) => go(href(pathOf('pools', row.id)))}
          />
        )}
      </Loaded>
    </Card>
  );
}

/** Open, running out, or over. */
export function PoolChip({ pool }: { pool: PoolRow }) {
  const { t } = useI18n();
  if (pool.isOver) return <span className="chip">{t('offers.pool.over')}</span>;
  return pool.isLow ? (
    <span className="chip no">{t('offers.pool.low')}</span>
  ) : (
    <span className="chip yes">{t('offers.pool.open')}</span>
  );
}

function useColumns(): readonly Column<PoolRow>[] {
  const { t, pick } = useI18n();
  const { format } = useShop();
  return [
    {
      key: 'pool',
      title: t('offers.pool.name'),
      cell: (row) => (
        <div className="offer-name">
          <a href={href(pathOf('pools', row.id))}>{row.id}</a>
          <p className="small soft">
            {pick(row.offerName)} · {t(`offers.pool.kind.${row.kind}`)}
          </p>
        </div>
      ),
    },
    { key: 'state', title: t('table.status'), cell: (row) => <PoolChip pool={row} /> },
    {
      key: 'left',
      title: t('offers.pool.left'),
      cell: (row) => (
        <div className="pool-left">
          <Bar value={row.counts.free} most={row.total} {...(row.isLow ? { colour: COLOURS.bad } : {})} />
          <span className="small">{t('offers.pool.leftOf', { n: row.counts.free, total: row.total })}</span>
        </div>
      ),
    },
    { key: 'issued', title: t('offers.issued'), numeric: true, cell: (row) => format.count(row.counts.issued) },
    { key: 'redeemed', title: t('offers.redeemed'), numeric: true, cell: (row) => format.count(row.counts.redeemed) },
    { key: 'cost', title: t('offers.cost'), numeric: true, cell: (row) => format.money(row.costMinor) },
    {
      key: 'expires',
      title: t('offers.pool.expires'),
      cell: (row) => (row.expiresAt === null ? t('offers.pool.never') : format.date(row.expiresAt)),
    },
  ];
}
