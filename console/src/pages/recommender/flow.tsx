/** The way of an item: out of three sources, through the rules, onto the list. */
import type { Recommender } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card } from '../../parts/page.tsx';
import { isSource, SOURCES, useSourceName } from '../../parts/source-name.ts';
import { useShop } from '../../shop.tsx';

export function Flow({ recommender: { bySource, coverage } }: { recommender: Recommender }) {
  const { t } = useI18n();
  const { format } = useShop();
  const sourceName = useSourceName();
  const others = bySource.map((each) => each.source).filter((name) => !isSource(name));
  const itemsOf = (source: string) => bySource.find((each) => each.source === source)?.items ?? 0;
  return (
    <Card title={t('flow.title')} className="w12">
      <div className="flow">
        <ul className="flow-sources" aria-label={t('flow.sources')}>
          {[...SOURCES, ...others].map((source) => (
            <li key={source} className="flow-box">
              <strong>{sourceName(source)}</strong>
              <span className="small soft">{isSource(source) ? t(`source.${source}.what`) : ''}</span>
              <span className="flow-count">{t('flow.items', { n: itemsOf(source) })}</span>
            </li>
          ))}
        </ul>
        <FlowArrow />
        <div className="flow-box flow-rules">
          <strong>{t('flow.rules')}</strong>
          <ul className="small">
            <li>{t('flow.rule.stock')}</li>
            <li>{t('flow.rule.bought')}</li>
            <li>{t('flow.rule.order')}</li>
          </ul>
        </div>
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

const FlowArrow = () => (
  <span className="flow-arrow">
    <Icon name="right" size={22} />
  </span>
);
