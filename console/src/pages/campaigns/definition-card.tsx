/** What was asked for: audience, offer, budget, holdout and caps, and what the expected profit rests on. */
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { ToldCondition } from '../../parts/condition/told.tsx';
import { Card } from '../../parts/page.tsx';
import { isNode, numberIn, textIn } from '../../parts/report.ts';
import { useShop } from '../../shop.tsx';
import { OfferWords } from './offer-words.tsx';
import { planIn } from './plan-in.ts';
import { armColour } from './totals.tsx';

/** @param costMinor null: not known yet */
export function DefinitionCard({ definition, costMinor }: { definition: unknown; costMinor: number | null }) {
  const { t } = useI18n();
  const { format } = useShop();
  const plan = planIn(definition);
  const { condition, budgetMinor, holdoutShare, windowDays, basis } = plan;
  return (
    <Card title={t('campaign.definition')} className="w5">
      <dl className="definition">
        <dt>{t('campaign.audience')}</dt>
        <dd>{condition === undefined ? '–' : <ToldCondition condition={condition} />}</dd>
        <dt>{t('campaign.offer')}</dt>
        <dd>
          <OffersWords offers={plan.offers} />
        </dd>
        <dt>{t('campaign.budget')}</dt>
        <dd>
          {budgetMinor === null ? (
            '–'
          ) : costMinor === null ? (
            format.money(budgetMinor)
          ) : (
            <Budget costMinor={costMinor} budgetMinor={budgetMinor} />
          )}
        </dd>
        <dt>{t('campaign.holdout')}</dt>
        <dd>{holdoutShare === null ? '–' : t('campaign.holdoutShare', { share: format.percent(holdoutShare, 0) })}</dd>
        <dt>{t('campaign.caps')}</dt>
        <dd>
          <CapWords caps={plan.caps} />
        </dd>
        <dt>{t('campaign.consent')}</dt>
        <dd>{t(plan.consentUnknown === 'allow' ? 'campaign.consent.allow' : 'campaign.consent.deny')}</dd>
        {windowDays === null ? null : (
          <>
            <dt>{t('campaign.window')}</dt>
            <dd>{t('unit.days', { n: windowDays })}</dd>
          </>
        )}
        {basis === null ? null : (
          <>
            <dt>{t('campaign.basis')}</dt>
            <dd>{t(basis === 'assumption' ? 'campaign.basis.assumed' : 'campaign.basis.measured')}</dd>
          </>
        )}
      </dl>
    </Card>
  );
}

function OffersWords({ offers }: { offers: readonly unknown[] }) {
  if (offers.length === 1) return <OfferWords offer={offers[0]} />;
  return (
    <ul>
      {offers.map((offer, place) => (
        <li key={textIn(offer, 'id') ?? place}>
          <span className="dot" style={{ background: armColour(place) }} aria-hidden="true" />{' '}
          <strong>{textIn(offer, 'id')}</strong> <OfferWords offer={isNode(offer) ? (offer.offer ?? offer) : offer} />
        </li>
      ))}
    </ul>
  );
}

function CapWords({ caps }: { caps: unknown }) {
  const { t } = useI18n();
  const { format, tierName } = useShop();
  const people = numberIn(caps, 'maxPeople', 'offersMax');
  const rest = numberIn(caps, 'daysSinceLastExposure');
  const perTier = isNode(caps) && isNode(caps.perTier) ? Object.entries(caps.perTier) : [];
  const words = [
    ...(people === null ? [] : [t('cap.people', { n: people })]),
    ...perTier.flatMap(([tier, most]) =>
      typeof most === 'number' ? [t('cap.tier', { tier: tierName(tier), most: format.count(most) })] : [],
    ),
    ...(rest === null || rest === 0 ? [] : [t('cap.rest', { n: rest })]),
  ];
  if (words.length === 0) return <>{t('campaign.noCaps')}</>;
  return (
    <ul>
      {words.map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
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
