/** The way of an item: out of the sources, onto the ranker's one scale, through strategies and rules, onto the lists. */
import type { Recommender } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card } from '../../parts/page.tsx';
import { isSource, SOURCES, useSourceName } from '../../parts/source-name.ts';
import { useShop } from '../../shop.tsx';
import { useStrategyName } from './strategy-words.ts';

export function Flow({ recommender }: { recommender: Recommender }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { coverage } = recommender;
  return (
    <Card title={t('flow.title')} className="w12">
      <div className="flow">
        <Sources recommender={recommender} />
        <FlowArrow />
        <RankerBox recommender={recommender} />
        <FlowArrow />
        <StrategyBox recommender={recommender} />
        <FlowArrow />
        <div className="flow-box flow-list">
          <strong>{t('flow.list')}</strong>
          <span>{t('flow.customers', { n: coverage.customers })}</span>
          <span className="small soft">
            {t('flow.products', {
              n: coverage.products,
              share: coverage.shareProducts === null ? '–' : format.percent(coverage.shareProducts),
            })}
          </span>
        </div>
      </div>
    </Card>
  );
}

function Sources({ recommender: { bySource, flow } }: { recommender: Recommender }) {
  const { t } = useI18n();
  const { format } = useShop();
  const sourceName = useSourceName();
  const shown = new Map(bySource.map((each) => [each.source, each.items]));
  const named = new Map((flow?.named ?? []).map((each) => [each.source, each.items]));
  const others = bySource.map((each) => each.source).filter((name) => !isSource(name));
  const used = [...SOURCES, ...others].filter((source) => (shown.get(source) ?? 0) + (named.get(source) ?? 0) > 0);
  return (
    <ul className="flow-sources" aria-label={t('flow.sources')}>
      {used.map((source) => (
        <li key={source} className="flow-box">
          <strong>{sourceName(source)}</strong>
          <span className="small soft">{isSource(source) ? t(`source.${source}.what`) : ''}</span>
          <span className="flow-count">
            {t('flow.shown', { n: format.short(shown.get(source) ?? 0) })}
            {named.has(source) ? (
              <span className="small soft">{t('flow.named', { n: format.short(named.get(source) ?? 0) })}</span>
            ) : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

function RankerBox({ recommender: { ranker, flow } }: { recommender: Recommender }) {
  const { t } = useI18n();
  const { format } = useShop();
  const trial = ranker?.trial ?? null;
  return (
    <div className="flow-box">
      <strong>{t('flow.ranker')}</strong>
      {flow === null ? null : <span>{t('flow.ranker.ranked', { n: flow.ranked })}</span>}
      {ranker === null ? null : (
        <span className="small">
          {ranker.kind === 'learned'
            ? t('flow.ranker.learned', { days: ranker.horizonDays ?? 28 })
            : t('flow.ranker.walk')}
        </span>
      )}
      {trial === null ? null : (
        <span className="small soft">
          {t('flow.ranker.trial', {
            n: trial.customers,
            learned: format.fixed(trial.learned, 3),
            walk: format.fixed(trial.walk, 3),
          })}
        </span>
      )}
    </div>
  );
}

function StrategyBox({ recommender: { strategies, flow } }: { recommender: Recommender }) {
  const { t } = useI18n();
  const strategyName = useStrategyName();
  const people = new Map<string | null, number>();
  for (const { strategy, customers } of strategies) people.set(strategy, (people.get(strategy) ?? 0) + customers);
  return (
    <div className="flow-box flow-rules">
      <strong>{t('flow.strategies')}</strong>
      <ul className="small">
        {[...people].map(([strategy, n]) => (
          <li key={strategy ?? ''}>{t('flow.strategy', { name: strategyName(strategy ?? 'popular'), n })}</li>
        ))}
        <li>{t('flow.rule.stock')}</li>
        {flow === null || flow.durable === 0 ? null : <li>{t('flow.rule.durable', { n: flow.durable })}</li>}
        {flow === null || flow.resting === 0 ? null : <li>{t('flow.rule.resting', { n: flow.resting })}</li>}
        {flow === null || flow.unused === 0 ? null : <li>{t('flow.rule.unused', { n: flow.unused })}</li>}
      </ul>
    </div>
  );
}

const FlowArrow = () => (
  <span className="flow-arrow">
    <Icon name="right" size={22} />
  </span>
);
