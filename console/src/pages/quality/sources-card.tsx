/** The files that were read, how, and in which encoding. */
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import type { SourceNote } from './read-quality.ts';

export function SourcesCard({ sources }: { sources: readonly SourceNote[] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('sources.title');
  const columns: Column<SourceNote>[] = [
    { key: 'file', title: t('sources.file'), cell: (row) => <span className="anywhere">{row.file}</span> },
    { key: 'table', title: t('table.table'), cell: (row) => row.table || '–' },
    { key: 'format', title: t('sources.format'), cell: (row) => row.format ?? '–' },
    {
      key: 'encoding',
      title: t('sources.encoding'),
      cell: (row) => <span title={row.note ?? undefined}>{row.encoding ?? '–'}</span>,
    },
    {
      key: 'rows',
      title: t('sources.rows'),
      numeric: true,
      cell: (row) => (row.rows === null ? '–' : format.count(row.rows)),
    },
  ];
  const source = {
    name: 'sources',
    header: ['file', 'table', 'format', 'encoding', 'rows'],
    rows: () => sources.map((each) => [each.file, each.table, each.format, each.encoding, each.rows]),
  };
  return (
    <Card
      title={title}
      className="w7"
      actions={sources.length === 0 ? undefined : <CsvButton what={title} source={source} />}
    >
      {sources.length === 0 ? (
        <Empty title={t('sources.none')} />
      ) : (
        <DataTable caption={title} columns={columns} rows={sources} rowKey={(row) => row.table + row.file} />
      )}
    </Card>
  );
}
