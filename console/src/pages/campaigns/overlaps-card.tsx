/** Other active campaigns that have people of this one, and spoiled holdouts. */
import { useResource } from '../../api/resource.ts';
import type { CampaignOverlaps } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { StatusChip } from './campaigns-page.tsx';

type Row = CampaignOverlaps['rows'][number];

export function OverlapsCard({ path }: { path: string }) {
  const { t } = useI18n();
  const { format } = useShop();
  const overlaps = useResource<CampaignOverlaps>(`${path}/overlaps`);
  const count = (key: string, title: string, of: (row: Row) => number): Column<Row> => ({
    ...{ key, title, numeric: true },
    cell: (row) => format.count(of(row)),
  });
  const columns: readonly Column<Row>[] = [
    {
      key: 'name',
      title: t('table.name'),
      cell: (row) => (
        <>
          <a href={href(pathOf('campaigns', row.campaignId))}>{row.name}</a> <StatusChip status={row.status} />
        </>
      ),
    },
    count('offered', t('course.overlaps.offered'), (row) => row.offered),
    count('spoiled', t('course.overlaps.spoiled'), (row) => row.holdoutSpoiled),
    count('spoils', t('course.overlaps.spoils'), (row) => row.spoilsHoldout),
  ];
  return (
    <Card title={t('course.overlaps')} hint={t('course.overlaps.hint')} className="w5">
      <Loaded
        from={overlaps}
        rows={3}
        empty={(data) =>
          data.rows.length === 0 && data.spoiledSoFar === 0 && <Empty title={t('course.overlaps.none')} />
        }
      >
        {(data) => (
          <>
            {data.spoiledSoFar === 0 ? null : (
              <p className="wrong">{t('course.overlaps.soFar', { n: data.spoiledSoFar })}</p>
            )}
            <DataTable
              dense
              caption={t('course.overlaps')}
              columns={columns}
              rows={data.rows}
              rowKey={(row) => row.campaignId}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}
