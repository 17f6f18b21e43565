/** Segments: rule in words, people now and over the runs; segments to begin with; overlaps; uploaded lists. */
import { Button } from 'antd';
import { useResource } from '../../api/resource.ts';
import { Spark } from '../../charts/spark.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { go, href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { ListsCard } from './lists-card.tsx';
import { OverlapCard } from './overlap-card.tsx';
import type { SegmentRow } from './segment-types.ts';
import { TemplatesCard } from './templates-card.tsx';
import './segments.css';

interface SegmentList {
  readonly rows: readonly SegmentRow[];
  /** Files that cannot be read. */
  readonly broken: readonly { readonly id: string; readonly problem: string }[];
}

export default function SegmentsPage() {
  const { t } = useI18n();
  const list = useResource<SegmentList>('/segments');
  const rows = list.data?.rows ?? [];
  const source = {
    name: 'segments',
    header: ['segment_id', 'name', 'rule', 'customers', 'change', 'schedule', 'version', 'changed_by'],
    rows: () =>
      rows.map((row) => [
        row.id,
        row.name,
        row.words.en,
        row.customers,
        row.change,
        row.schedule,
        row.version,
        row.changedBy,
      ]),
  };
  return (
    <Page
      title={t('nav.segments')}
      lead={
        <span data-testid="main-number" data-value={list.data === undefined ? '' : String(rows.length)}>
          {list.data === undefined || rows.length === 0 ? t('segments.lead') : t('segments.total', { n: rows.length })}
        </span>
      }
      actions={
        <Button type="primary" href={href('/segments/new')} icon={<Icon name="plus" size={16} />}>
          {t('segments.new')}
        </Button>
      }
    >
      <div className="segments-page">
        {(list.data?.broken ?? []).map(({ id, problem }) => (
          <p key={id} className="bad" role="alert">
            {problem}
          </p>
        ))}
        <Loaded from={list} rows={6}>
          {(data) =>
            data.rows.length === 0 ? <TemplatesCard isOnly /> : <SavedCard rows={data.rows} source={source} />
          }
        </Loaded>
        {rows.length > 1 ? <OverlapCard segments={rows} /> : null}
        <div className="grid">
          <ListsCard className={rows.length === 0 ? 'w12' : 'w6'} />
          {rows.length === 0 ? null : <TemplatesCard isOnly={false} />}
        </div>
      </div>
    </Page>
  );
}

function SavedCard({
  rows,
  source,
}: {
  rows: readonly SegmentRow[];
  source: Parameters<typeof CsvButton>[0]['source'];
}) {
  const { t } = useI18n();
  const columns = useColumns();
  return (
    <Card title={t('segments.all')} actions={<CsvButton what={t('nav.segments')} source={source} />}>
      <DataTable
        caption={t('nav.segments')}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        onOpen={(row) => go(href(pathOf('segments', row.id)))}
      />
    </Card>
  );
}

function useColumns(): readonly Column<SegmentRow>[] {
  const { t, pick } = useI18n();
  const { format, shop } = useShop();
  return [
    {
      key: 'name',
      title: t('table.name'),
      cell: (row) => (
        <>
          <a href={href(pathOf('segments', row.id))}>{row.name}</a>
          {row.about === '' ? null : <p className="small soft">{row.about}</p>}
        </>
      ),
    },
    {
      key: 'rule',
      title: t('segments.rule'),
      cell: (row) => (
        <>
          <span className="rule">{pick(row.words)}</span>
          {row.problem === null ? null : <p className="small bad">{pick(row.problem)}</p>}
        </>
      ),
    },
    {
      key: 'people',
      title: t('segments.people'),
      numeric: true,
      cell: (row) =>
        row.customers === null ? (
          '–'
        ) : (
          <>
            <a href={href('/customers', { inSegment: row.id })}>{format.count(row.customers)}</a>
            <p className="small soft">{shop.customers === 0 ? '' : format.percent(row.customers / shop.customers)}</p>
          </>
        ),
    },
    {
      key: 'change',
      title: t('segments.change'),
      numeric: true,
      cell: (row) => (row.change === null ? '–' : `${row.change > 0 ? '+' : ''}${format.count(row.change)}`),
    },
    {
      key: 'runs',
      title: t('segments.runs'),
      cell: (row) =>
        row.runs.length < 2 ? (
          <span className="small soft">{t('segments.noRuns')}</span>
        ) : (
          <Spark
            values={row.runs.slice(-12).map(({ customers }) => customers)}
            label={row.runs.map(({ asOf, customers }) => `${format.date(asOf)}: ${format.count(customers)}`).join(', ')}
          />
        ),
    },
    {
      key: 'schedule',
      title: t('segments.schedule'),
      cell: (row) => <span className="chip">{t(row.schedule === 'once' ? 'segments.once' : 'segments.eachRun')}</span>,
    },
  ];
}
