/** Campaigns that the customer is in, customers like them, and what the shop itself knows. */
import type { Profile } from '../../api/types.ts';
import { isKey, useI18n } from '../../i18n/index.tsx';
import { ArmChip } from '../../parts/arm-chip.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';

export function CampaignsCard({ campaigns }: { campaigns: Profile['campaigns'] }) {
  const { t, pick } = useI18n();
  const source = {
    name: 'customer-campaigns',
    header: [t('nav.campaigns'), t('table.arm'), t('table.reason')],
    rows: () => campaigns.map((each) => [each.name, each.arm, pick({ en: each.reasonEn, zh: each.reasonZh })]),
  };
  return (
    <Card
      title={t('profile.campaigns')}
      actions={campaigns.length === 0 ? undefined : <CsvButton what={t('profile.campaigns')} source={source} />}
    >
      {campaigns.length === 0 ? <Empty title={t('profile.campaigns.none')} /> : null}
      <ul className="lines">
        {campaigns.map((each) => (
          <li key={each.campaignId}>
            <div>
              <a href={href(pathOf('campaigns', each.campaignId))}>{each.name}</a>
              <p className="small soft">{pick({ en: each.reasonEn, zh: each.reasonZh })}</p>
            </div>
            <ArmChip arm={each.arm} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function SimilarCard({ similar }: { similar: Profile['similar'] }) {
  const { t } = useI18n();
  const source = {
    name: 'similar-customers',
    header: [t('customers.column.id'), t('filter.tier')],
    rows: () => similar.map((each) => [each.customerId, each.tier]),
  };
  return (
    <Card
      title={t('profile.similar')}
      actions={similar.length === 0 ? undefined : <CsvButton what={t('profile.similar')} source={source} />}
    >
      {similar.length === 0 ? <Empty title={t('profile.similar.none')} /> : null}
      <ul className="similar">
        {similar.map((each) => (
          <li key={each.customerId}>
            <a className="id" href={href(pathOf('customers', each.customerId))}>
              {each.customerId}
            </a>
            <TierBadge tier={each.tier} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function TraitsCard({ traits }: { traits: Profile['traits'] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const known = Object.entries(traits).filter(([, value]) => value !== null && value !== '');
  if (known.length === 0) return null;
  const label = (name: string): string => {
    const key = `trait.${name}`;
    return isKey(key) ? t(key) : name.replaceAll('_', ' ');
  };
  const written = (name: string, value: string | number | boolean | null) => {
    if (typeof value === 'boolean') return t(value ? 'word.yes' : 'word.no');
    if (name.endsWith('_at') && typeof value === 'number') return format.date(value);
    return String(value);
  };
  return (
    <Card title={t('profile.traits')}>
      <dl className="traits">
        {known.map(([name, value]) => (
          <div key={name}>
            <dt>{label(name)}</dt>
            <dd>{written(name, value)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
