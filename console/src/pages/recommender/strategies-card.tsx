/** Which tier gets its lists by which strategy, what it does, and how such lists did. */
import type { Recommender, StrategyRow } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MetricTitle, useMetricName } from '../../parts/metrics-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { PeopleLink, TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';
import { useStrategyName, useStrategyWords } from './strategy-words.ts';

const METRICS = ['ndcg', 'diversity', 'novelty', 'popularity', 'coverage'] as const;

export function StrategiesCard({ recommender: { strategies } }: { recommender: Recommender }) {
  const { t } = useI18n();
  const { tierName } = useShop();
  const strategyName = useStrategyName();
  const words = useStrategyWords();
  const columns = useColumns();
  const source = {
    name: 'recommender-strategies',
    header: ['tier', 'strategy', 'customers', 'settings', 'judged', ...METRICS],
    rows: () =>
      strategies.map((row) => [
        row.tier === null ? '' : tierName(row.tier),
        strategyName(row.strategy ?? 'popular'),
        row.customers,
        row.settings === null ? '' : words(row.settings),
        row.judged?.users,
        ...METRICS.map((metric) => row.judged?.all[metric]),
      ]),
  };
  return (
    <Card
      title={t('strategies.title')}
      hint={t('strategies.hint')}
      className="w12"
      actions={strategies.length === 0 ? undefined : <CsvButton what={t('strategies.title')} source={source} />}
    >
      {strategies.length === 0 ? (
        <Empty title={t('strategies.none')} />
      ) : (
        <DataTable
          dense
          caption={t('strategies.title')}
          columns={columns}
          rows={strategies}
          rowKey={(row) => `${row.tier ?? ''} ${row.strategy ?? ''}`}
        />
      )}
    </Card>
  );
}

function useColumns(): readonly Column<StrategyRow>[] {
  const { t } = useI18n();
  const { format } = useShop();
  const strategyName = useStrategyName();
  const metricName = useMetricName();
  const words = useStrategyWords();
  return [
    {
      key: 'tier',
      title: t('filter.tier'),
      cell: (row) =>
        row.tier !== null ? (
          <TierBadge tier={row.tier} />
        ) : (
          t(row.strategy === null ? 'strategy.notProfiled' : 'strategy.noTier')
        ),
    },
    {
      key: 'strategy',
      title: t('strategies.strategy'),
      cell: (row) => (
        <span className="strategy-cell">
          <strong>{strategyName(row.strategy ?? 'popular')}</strong>
          <span className="small soft">
            {row.settings === null ? t('strategies.say.popular') : words(row.settings)}
          </span>
        </span>
      ),
    },
    {
      key: 'customers',
      title: t('table.customers'),
      numeric: true,
      cell: (row) =>
        row.tier === null ? (
          format.count(row.customers)
        ) : (
          <PeopleLink to={{ tier: row.tier }}>{format.count(row.customers)}</PeopleLink>
        ),
    },
    {
      key: 'judged',
      title: t('strategies.judged'),
      numeric: true,
      cell: (row) => (row.judged === null ? '–' : format.count(row.judged.users)),
    },
    ...METRICS.map(
      (metric): Column<StrategyRow> => ({
        key: metric,
        title: <MetricTitle metric={metric} name={metricName(metric)} />,
        numeric: true,
        cell: (row) => {
          const value = row.judged?.all[metric];
          if (value === undefined) return '–';
          return metric === 'novelty' ? format.fixed(value, 1) : format.fixed(value, metric === 'ndcg' ? 3 : 2);
        },
      }),
    ),
  ];
}
