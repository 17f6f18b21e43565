/** What was asked for: audience, offer, budget, holdout and caps. */
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { isNode, numberIn } from '../../parts/report.ts';
import { ReportTree } from '../../parts/report-tree.tsx';
import { useShop } from '../../shop.tsx';
import { ConditionWords } from './condition-words.tsx';
import { OfferWords } from './offer-words.tsx';

export function DefinitionCard({ definition, costMinor }: { definition: unknown; costMinor: number }) {
  const { t } = useI18n();
  const { format } = useShop();
  const asked = isNode(definition) && isNode(definition.definition) ? definition.definition : definition;
  const part = (name: string) => (isNode(asked) ? asked[name] : undefined);
  const budget = numberIn(asked, 'budgetMinor');
  const holdout = numberIn(asked, 'holdoutShare');
  const caps = part('caps');
  const condition = part('condition') ?? part('audience');
  return (
    <Card title={t('campaign.definition')} className="w5">
      <dl className="definition">
        <dt>{t('campaign.audience')}</dt>
        <dd>{condition === undefined ? '–' : <ConditionWords condition={condition} />}</dd>
        <dt>{t('campaign.offer')}</dt>
        <dd>
          <OfferWords offer={part('offer')} />
        </dd>
        <dt>{t('campaign.budget')}</dt>
        <dd>{budget === null ? '–' : <Budget costMinor={costMinor} budgetMinor={budget} />}</dd>
        <dt>{t('campaign.holdout')}</dt>
        <dd>{holdout === null ? '–' : t('campaign.holdoutShare', { share: format.percent(holdout, 0) })}</dd>
        <dt>{t('campaign.caps')}</dt>
        <dd>
          {isNode(caps) && Object.keys(caps).length > 0 ? <ReportTree value={caps} depth={1} /> : t('campaign.noCaps')}
        </dd>
      </dl>
    </Card>
  );
}

export function Budget({ costMinor, budgetMinor }: { costMinor: number; budgetMinor: number }) {
  const { t } = useI18n();
  const { format } = useShop();
  return (
    <>
      <Bar value={costMinor} most={budgetMinor}>
        {budgetMinor === 0 ? '–' : format.percent(costMinor / budgetMinor, 0)}
      </Bar>
      <span className="small soft">
        {t('campaign.budgetUsed', { cost: format.money(costMinor), budget: format.money(budgetMinor) })}
      </span>
    </>
  );
}
