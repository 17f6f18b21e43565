/** One experiment: how it was set up, what it shows, whether that may be believed, and what is decided. */
import { Segmented } from 'antd';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { go, href, useRoute } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { StatusChip, VerdictChip } from './chips.tsx';
import { DecisionTab } from './decision-tab.tsx';
import { pathTo } from './experiments-page.tsx';
import { HealthTab } from './health-tab.tsx';
import { ResultsTab } from './results-tab.tsx';
import { SetupTab } from './setup-tab.tsx';
import type { Detail, Report } from './types.ts';
import './experiments.css';

const TABS = ['results', 'setup', 'health', 'decision'] as const;
type Tab = (typeof TABS)[number];

export default function ExperimentPage({ id }: { id: string }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { query } = useRoute();
  const detail = useResource<Detail>(pathTo(id));
  const row = detail.data?.row;
  const hasResults = row !== undefined && row.measured > 0;
  const results = useResource<Report>(hasResults ? `${pathTo(id)}/results` : null);
  const tab = TABS.find((name) => name === query.get('tab')) ?? (row?.status === 'draft' ? 'setup' : 'results');
  const reload = () => {
    detail.reload();
    results.reload();
  };
  const measured = (show: (report: Report) => React.ReactNode) =>
    hasResults ? (
      <Loaded from={results} rows={10}>
        {show}
      </Loaded>
    ) : (
      <Empty title={t('xp.noResults')}>{t('xp.noResultsFix')}</Empty>
    );
  return (
    <Page
      title={row?.name ?? id}
      back={{ to: '/experiments', label: t('nav.experiments') }}
      lead={
        row === undefined ? undefined : (
          <span className="xp-lead">
            <StatusChip status={row.status} />
            {results.data === undefined ? null : <VerdictChip verdict={results.data.verdict} />}
            <span data-testid="main-number" data-value={String(row.members)}>
              {row.source === 'campaign' ? t('xp.source.campaign') : t('xp.ownedBy', { owner: row.owner ?? '–' })}
              {row.startedAt === null ? '' : ` · ${format.date(row.startedAt)}`}
              {row.endedAt === null ? '' : ` – ${format.date(row.endedAt)}`}
              {` · ${t('xp.memberCount', { n: row.members })}`}
            </span>
          </span>
        )
      }
    >
      <div className="xp-views">
        <Segmented<Tab>
          aria-label={t('xp.view')}
          value={tab}
          onChange={(value) => go(href(pathTo(id), { tab: value }), { replace: true })}
          options={TABS.map((value) => ({ value, label: t(`xp.tab.${value}`) }))}
        />
      </div>
      <Loaded from={detail} rows={8}>
        {(data) =>
          tab === 'setup' ? (
            <SetupTab detail={data} onChanged={reload} />
          ) : tab === 'decision' ? (
            <DecisionTab detail={data} results={results} hasResults={hasResults} onChanged={reload} />
          ) : (
            measured((report) => (tab === 'health' ? <HealthTab report={report} /> : <ResultsTab report={report} />))
          )
        }
      </Loaded>
    </Page>
  );
}
