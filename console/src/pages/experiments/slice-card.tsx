/** The effect by the values of a column. */
import { type Key, useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';
import { signed, useMetrics, whyKey } from './metric.ts';
import type { Report } from './types.ts';

export function SliceCard({ report, sliced }: { report: Report; sliced: NonNullable<Report['sliced']>[number] }) {
  const { t } = useI18n();
  const { format, shop } = useShop();
  const { name, value, p } = useMetrics();
  const metric = report.metrics[0]?.name ?? '';
  const word = `xp.slice.${sliced.column}` as Key;
  const column = ['tier', 'member_level', 'gender'].includes(sliced.column) ? t(word) : sliced.column;
  const place = (value: string) => (sliced.column === 'tier' ? shop.tiers.findIndex(({ key }) => key === value) : 0);
  const ordered = [...sliced.slices].sort((a, b) => place(a.value) - place(b.value));
  const rows = ordered.flatMap(({ value: slice, members, arms }) =>
    arms
      .filter(({ arm }) => arm !== report.control)
      .map((arm, k) => ({ ...arm, slice, members, isFirst: k === 0, base: arms[0]?.mean ?? 0 })),
  );
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    {
      key: 'slice',
      title: column,
      cell: (row) => (!row.isFirst ? '' : sliced.column === 'tier' ? <TierBadge tier={row.slice} /> : row.slice),
    },
    { key: 'arm', title: t('table.arm'), cell: (row) => row.arm },
    { key: 'n', title: t('xp.members'), numeric: true, cell: (row) => format.count(row.members) },
    { key: 'base', title: t('xp.baseline'), numeric: true, cell: (row) => value(metric, row.base) },
    {
      key: 'difference',
      title: t('xp.difference'),
      numeric: true,
      cell: (row) =>
        row.difference === null ? t(whyKey(row.why)) : signed(value(metric, row.difference), row.difference),
    },
    {
      key: 'range',
      title: t('xp.interval', { share: format.percent(1 - report.alpha, 0) }),
      numeric: true,
      cell: (row) =>
        row.differenceInterval === null
          ? '–'
          : t('interval.range', {
              low: value(metric, row.differenceInterval[0]),
              high: value(metric, row.differenceInterval[1]),
            }),
    },
    { key: 'p', title: t('xp.p'), numeric: true, cell: (row) => p(row.pValue) },
  ];
  return (
    <Card
      title={t('xp.slices', { column, metric: name(metric) })}
      hint={t('xp.slices.hint')}
      note={sliced.interaction
        .map(({ arm, pValue }) =>
          pValue === null
            ? ''
            : t(pValue < report.alpha ? 'xp.slices.differ' : 'xp.slices.alike', { arm, p: p(pValue) }),
        )
        .join(' ')}
      className="w12"
    >
      <DataTable dense caption={column} columns={columns} rows={rows} rowKey={(row) => `${row.slice} ${row.arm}`} />
    </Card>
  );
}
