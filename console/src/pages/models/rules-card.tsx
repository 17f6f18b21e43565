/** The learned tiers beside simple rules on a period that neither has seen, and the difference on the same customers. */
import type { ModelTiers } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { MetricsTable, useMethodName } from '../../parts/metrics-table.tsx';
import { Card } from '../../parts/page.tsx';
import { metricRows } from '../../parts/report.ts';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

const SHOWN = ['macroF1', 'kappa', 'gini', 'accuracy'];

export function RulesCard({ model: { methods, differences } }: { model: ModelTiers }) {
  const { t } = useI18n();
  const rows = metricRows(methods).map((row) => ({
    ...row,
    metrics: new Map(SHOWN.flatMap((name) => (row.metrics.has(name) ? [[name, row.metrics.get(name)!] as const] : []))),
  }));
  return (
    <Card title={t('rulesCompared.title')} hint={t('rulesCompared.hint')} note={t('evaluation.note')} className="w12">
      {rows.length === 0 ? (
        <Empty title={t('evaluation.none')}>{t('evaluation.noneFix')}</Empty>
      ) : (
        <>
          {differences === null ? null : <Verdicts differences={differences} />}
          <MetricsTable rows={rows} title={t('rulesCompared.title')} name="models-rules" />
        </>
      )}
    </Card>
  );
}

/** One sentence a rule: better, worse, or not to be told apart. */
function Verdicts({ differences }: { differences: NonNullable<ModelTiers['differences']> }) {
  const { t } = useI18n();
  const { format } = useShop();
  const methodName = useMethodName();
  const number = (value: number) => format.fixed(value, 3);
  return (
    <ul className="verdicts">
      {differences.map(({ against, metrics: { kappa } }) => {
        const verdict = kappa.low > 0 ? 'better' : kappa.high < 0 ? 'worse' : 'open';
        return (
          <li key={against} className={verdict}>
            {t(`verdict.${verdict}`, {
              rule: methodName(against),
              by: number(Math.abs(kappa.difference)),
              low: number(kappa.low),
              high: number(kappa.high),
            })}
          </li>
        );
      })}
    </ul>
  );
}
