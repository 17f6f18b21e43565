/** Experiments: those kept and past campaigns, a calculator of sizes, and the holdouts. */
import { Button, Segmented } from 'antd';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, useRoute } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { Calculator } from './calculator.tsx';
import { StatusChip, VerdictChip } from './chips.tsx';
import { HoldoutsCards } from './holdouts.tsx';
import { signed, useMetrics } from './metric.ts';
import type { ExperimentList, ExperimentRow, Report } from './types.ts';
import './experiments.css';

const VIEWS = ['list', 'calculator', 'holdouts'] as const;
type View = (typeof VIEWS)[number];

export const pathTo = (id: string): string => `/experiments/${encodeURIComponent(id)}`;

export default function ExperimentsPage() {
  const { t } = useI18n();
  const { query } = useRoute();
  const list = useResource<ExperimentList>('/experiments');
  const rows = list.data?.rows;
  const people = (rows ?? []).reduce((sum, row) => sum + row.members, 0);
  const view = VIEWS.find((name) => name === query.get('view')) ?? 'list';
  return (
    <Page
      title={t('nav.experiments')}
      lead={
        <span data-testid="main-number" data-value={rows === undefined ? '' : String(people)}>
          {rows === undefined ? t('xp.lead') : t('xp.total', { n: rows.length, people })}
        </span>
      }
      actions={
        <Button type="primary" href={href('/experiments/new')} icon={<Icon name="plus" size={16} />}>
          {t('xp.new')}
        </Button>
      }
    >
      <div className="xp-views">
        <Segmented<View>
          aria-label={t('xp.view')}
          value={view}
          onChange={(value) => go(href('/experiments', value === 'list' ? {} : { view: value }))}
          options={VIEWS.map((value) => ({ value, label: t(`xp.view.${value}`) }))}
        />
      </div>
      {view === 'calculator' ? <Calculator /> : view === 'holdouts' ? <HoldoutsCards /> : <ListCard list={list} />}
    </Page>
  );
}

function ListCard({ list }: { list: ReturnType<typeof useResource<ExperimentList>> }) {
  const { t } = useI18n();
  const columns = useColumns();
  const rows = list.data?.rows ?? [];
  const source = {
    name: 'experiments',
    header: ['id', 'source', 'name', 'status', 'owner', 'started_at', 'ended_at', 'members', 'primary_metric'],
    rows: () =>
      rows.map((row) => [
        ...[row.id, row.source, row.name, row.status, row.owner],
        ...[row.startedAt, row.endedAt, row.members, row.primaryMetric],
      ]),
  };
  return (
    <Card
      title={t('xp.all')}
      note={list.data?.surveys === false ? t('xp.noSurveys') : undefined}
      actions={rows.length === 0 ? undefined : <CsvButton what={t('nav.experiments')} source={source} />}
    >
      <Loaded
        from={list}
        rows={6}
        empty={(data) =>
          data.rows.length === 0 && (
            <Empty title={t('xp.empty')} action={<a href={href('/experiments/new')}>{t('xp.new')}</a>}>
              {t('xp.emptyFix')}
            </Empty>
          )
        }
      >
        {(data) => (
          <DataTable
            caption={t('nav.experiments')}
            columns={columns}
            rows={data.rows}
            rowKey={(row) => row.id}
            onOpen={(row) => go(href(pathTo(row.id)))}
          />
        )}
      </Loaded>
    </Card>
  );
}

function useColumns(): readonly Column<ExperimentRow>[] {
  const { t } = useI18n();
  const { format } = useShop();
  const { name } = useMetrics();
  return [
    {
      key: 'name',
      title: t('table.name'),
      cell: (row) => (
        <div className="xp-name">
          <a href={href(pathTo(row.id))}>{row.name}</a>
          <p className="small soft">
            {row.source === 'campaign' ? t('xp.source.campaign') : t('xp.ownedBy', { owner: row.owner ?? '–' })}
            {row.startedAt === null ? '' : ` · ${format.date(row.startedAt)}`}
          </p>
        </div>
      ),
    },
    { key: 'status', title: t('table.status'), cell: (row) => <StatusChip status={row.status} /> },
    {
      key: 'days',
      title: t('xp.days'),
      numeric: true,
      cell: (row) => (row.days === null ? '–' : format.count(row.days)),
    },
    { key: 'members', title: t('xp.members'), numeric: true, cell: (row) => format.count(row.members) },
    { key: 'metric', title: t('xp.primary'), cell: (row) => name(row.primaryMetric) },
    { key: 'lift', title: t('xp.liftAndChance'), cell: (row) => <Headline row={row} /> },
    { key: 'verdict', title: t('xp.verdict'), cell: (row) => <Verdict row={row} /> },
  ];
}

/** Results are worked out when first asked for; a draft has none. */
const resultsPath = (row: ExperimentRow): string | null => (row.measured === 0 ? null : `${pathTo(row.id)}/results`);

function Headline({ row }: { row: ExperimentRow }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { value } = useMetrics();
  const path = resultsPath(row);
  const { data } = useResource<Report>(path);
  if (path === null || data === undefined) return <span className="soft">{path === null ? '–' : '…'}</span>;
  if (data.verdict.verdict === 'blocked') return <span className="soft">{t('xp.notRead')}</span>;
  return (
    <ul className="xp-heads">
      {data.arms.slice(1).map((arm) => (
        <li key={arm.arm}>
          <span className="soft">{arm.arm}</span>{' '}
          {arm.lift !== null
            ? signed(format.percent(arm.lift, 1), arm.lift)
            : arm.difference !== null
              ? signed(value(row.primaryMetric, arm.difference), arm.difference)
              : '–'}
          {arm.chanceToWin === null ? null : (
            <span className="soft"> · {t('xp.chance', { share: format.percent(arm.chanceToWin, 0) })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Verdict({ row }: { row: ExperimentRow }) {
  const path = resultsPath(row);
  const { data } = useResource<Report>(path);
  return data === undefined ? <span className="soft">–</span> : <VerdictChip verdict={data.verdict} />;
}
