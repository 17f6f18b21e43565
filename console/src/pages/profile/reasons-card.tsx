/** Why this tier: what raised and what lowered the prediction, as bars around a middle, each with its sentence. */
import type { Profile } from '../../api/types.ts';
import { SignedBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';

export function ReasonsCard({ tier }: { tier: Profile['tier'] }) {
  const { t, pick } = useI18n();
  const { tierName } = useShop();
  const most = Math.max(0, ...tier.reasons.map((reason) => Math.abs(reason.effect)));
  const source = {
    name: 'reasons',
    header: [t('table.code'), t('table.effect'), t('table.reason')],
    rows: () => tier.reasons.map((reason) => [reason.code, reason.effect, pick(reason)]),
  };
  return (
    <Card
      title={t('profile.why', { tier: tierName(tier.key) })}
      hint={t('profile.why.hint')}
      className="w5"
      actions={tier.reasons.length === 0 ? undefined : <CsvButton what={t('profile.reasons')} source={source} />}
    >
      {tier.reasons.length === 0 ? <Empty title={t('profile.why.none')} /> : null}
      <ul className="reasons">
        {tier.reasons.map((reason) => (
          <li key={reason.code + reason.en}>
            <p>{pick(reason)}</p>
            {reason.effect === 0 ? null : (
              <>
                <SignedBar value={reason.effect} most={most} />
                <span className="hidden">{reason.effect > 0 ? t('reason.raises') : t('reason.lowers')}</span>
              </>
            )}
          </li>
        ))}
      </ul>
      {most === 0 ? null : (
        <p className="signed-key small soft" aria-hidden="true">
          <span>{t('reason.lowers')}</span>
          <span>{t('reason.raises')}</span>
        </p>
      )}
      <Predicted tier={tier} />
    </Card>
  );
}

/** The next period's tier by the model, with the chance of each. */
function Predicted({ tier }: { tier: Profile['tier'] }) {
  const { t } = useI18n();
  const { shop, format, tierName, tierColour } = useShop();
  if (tier.predicted === null) return null;
  const chances = tier.probabilities.map((chance, index) => ({
    chance,
    key: shop.tiers.find((each) => each.index === index)?.key ?? String(index),
  }));
  return (
    <div className="predicted">
      <h3>{t('profile.predicted')}</h3>
      <p>
        <TierBadge tier={tier.predicted} />
        {tier.predictedProbability === null ? null : (
          <span className="soft">{` ${t('profile.chance', { share: format.percent(tier.predictedProbability, 0) })}`}</span>
        )}
      </p>
      {chances.length === 0 ? null : (
        <ul className="chances">
          {[...chances].reverse().map(({ key, chance }) => (
            <li key={key}>
              <span>{tierName(key)}</span>
              <span className="bar-track" aria-hidden="true">
                <span className="bar-fill" style={{ width: `${chance * 100}%`, background: tierColour(key) }} />
              </span>
              <span className="chance">{format.percent(chance, 0)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
