/** The kept offers. */
import type { OfferRow } from '../../api/offer-types.ts';
import type { Resource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { CheckWords } from './check-words.tsx';

export function OffersCard({ from }: { from: Resource<{ rows: readonly OfferRow[] }> }) {
  const { t } = useI18n();
  const columns = useColumns();
  const rows = from.data?.rows ?? [];
  const source = {
    name: 'offers',
    header: [
      'id',
      'version',
      'kind',
      'name_en',
      'name_zh',
      'words_en',
      'orders_usable',
      'orders_loss',
      'redeemed',
      'cost_minor',
    ],
    rows: () =>
      rows.map((row) => [
        ...[row.id, row.version, row.kind, row.name.en, row.name.zh, row.words.en],
        ...[row.check.usable, row.check.loses, row.redeemed, row.costMinor],
      ]),
  };
  return (
    <Card
      title={t('offers.all')}
      hint={t('offers.all.hint')}
      className="w12"
      actions={rows.length === 0 ? undefined : <CsvButton what={t('offers.all')} source={source} />}
    >
      <Loaded
        from={from}
        rows={4}
        empty={(data) =>
          data.rows.length === 0 && (
            <Empty title={t('offers.none')} action={<a href={href('/offers/new')}>{t('offers.new')}</a>}>
              {t('offers.noneFix')}
            </Empty>
          )
        }
      >
        {(data) => (
          <DataTable
            caption={t('offers.all')}
            columns={columns}
            rows={data.rows}
            rowKey={(row) => row.id}
            onOpen={(row) => go(href(pathOf('offers', row.id)))}
          />
        )}
      </Loaded>
    </Card>
  );
}

function useColumns(): readonly Column<OfferRow>[] {
  const { t, pick } = useI18n();
  const { format } = useShop();
  return [
    {
      key: 'name',
      title: t('table.name'),
      cell: (row) => (
        <div className="offer-name">
          <a href={href(pathOf('offers', row.id))}>{pick(row.name)}</a>
          <p className="small soft">
            {t(`offers.kind.${row.kind}`)} · {t('offers.version', { n: row.version })} ·{' '}
            {row.isUsed ? t('offers.used') : t('offers.draft')}
          </p>
        </div>
      ),
    },
    { key: 'gives', title: t('offers.gives'), cell: (row) => <span className="offer-words">{pick(row.words)}</span> },
    { key: 'check', title: t('offers.check'), cell: (row) => <CheckWords check={row.check} /> },
    { key: 'pools', title: t('offers.pools'), numeric: true, cell: (row) => format.count(row.pools) },
    { key: 'issued', title: t('offers.issued'), numeric: true, cell: (row) => format.count(row.issued) },
    { key: 'redeemed', title: t('offers.redeemed'), numeric: true, cell: (row) => format.count(row.redeemed) },
    { key: 'cost', title: t('offers.cost'), numeric: true, cell: (row) => format.money(row.costMinor) },
  ];
}
