/** What the model goes by: features by their share of all that moves the scores, and which way they move them. */
import type { ModelTiers } from '../../api/types.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

type Weight = NonNullable<ModelTiers['weights']>[number];

const SHOWN = 15;

export function WeightsCard({ weights }: { weights: readonly Weight[] | null }) {
  const { t, pick } = useI18n();
  const { format } = useShop();
  const rows = weights ?? [];
  const most = Math.max(0, ...rows.map(({ share }) => share));
  const title = t('weights.title');
  const columns: Column<Weight>[] = [
    {
      key: 'feature',
      title: t('weights.feature'),
      cell: ({ feature, about }) => (
        <span className="weights-name" title={feature}>
          {about === null ? feature.replaceAll('_', ' ') : pick(about)}
        </span>
      ),
    },
    {
      key: 'share',
      title: t('weights.share'),
      cell: ({ share, direction }) => (
        <Bar value={share} most={most} colour={direction < 0 ? COLOURS.amber : COLOURS.accent}>
          {format.percent(share)}
        </Bar>
      ),
    },
    {
      key: 'direction',
      title: t('weights.direction'),
      cell: ({ direction }) => <span className="nowrap">{t(direction < 0 ? 'weights.lowers' : 'weights.raises')}</span>,
    },
  ];
  const source = {
    name: 'model-weights',
    header: ['feature', 'en', 'zh', 'share', 'direction'],
    rows: () => rows.map(({ feature, about, share, direction }) => [feature, about?.en, about?.zh, share, direction]),
  };
  return (
    <Card
      title={title}
      hint={t('weights.hint')}
      className="w7"
      actions={rows.length === 0 ? undefined : <CsvButton what={title} source={source} />}
    >
      {rows.length === 0 ? (
        <Empty title={t('weights.none')} />
      ) : (
        <DataTable
          dense
          caption={title}
          columns={columns}
          rows={rows.slice(0, SHOWN)}
          rowKey={({ feature }) => feature}
        />
      )}
    </Card>
  );
}
