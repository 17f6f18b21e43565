/** One customer: what they are worth, why, what they did, and what to offer next. */
import { useResource } from '../../api/resource.ts';
import type { Profile } from '../../api/types.ts';
import { type I18n, useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Page } from '../../parts/page.tsx';
import { StateBadge } from '../../parts/state.tsx';
import { Loaded } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';
import { CampaignsCard, SimilarCard, TraitsCard } from './around.tsx';
import { HistoryCard } from './history-card.tsx';
import { LifecycleCard } from './lifecycle-card.tsx';
import { ReasonsCard } from './reasons-card.tsx';
import { Recommended } from './recommended.tsx';
import { TasteCard } from './taste-card.tsx';
import { TimelineCard } from './timeline-card.tsx';
import { ValueCard } from './value-card.tsx';
import './profile.css';

export default function ProfilePage({ id }: { id: string }) {
  const { t } = useI18n();
  const path = `/customers/${encodeURIComponent(id)}`;
  const profile = useResource<Profile>(path);
  return (
    <Page
      title={t('profile.title', { id })}
      back={{ to: '/customers', label: t('nav.customers') }}
      lead={profile.data === undefined ? undefined : <Heading profile={profile.data} />}
    >
      <Loaded from={profile} rows={14}>
        {(data) => (
          <>
            <div className="grid">
              <ValueCard profile={data} />
              <ReasonsCard tier={data.tier} />
            </div>
            {data.lifecycle === null ? null : (
              <div className="grid">
                <LifecycleCard life={data.lifecycle} lastOrderAt={data.lastOrderAt} />
              </div>
            )}
            <div className="grid">
              <Recommended path={path} />
              <TasteCard profile={data} />
            </div>
            <div className="grid">
              <TimelineCard path={path} />
              <div className="w5 stack">
                <HistoryCard profile={data} />
                <CampaignsCard campaigns={data.campaigns} />
                <SimilarCard similar={data.similar} />
                <TraitsCard traits={data.traits} />
              </div>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Heading({ profile: { tier, lifecycle, consent } }: { profile: Profile }) {
  const { t } = useI18n();
  const { format } = useShop();
  return (
    <span className="profile-heading">
      <TierBadge tier={tier.key} big />
      {tier.since === null ? null : <span>{t('profile.since', { date: format.date(tier.since) })}</span>}
      {lifecycle === null ? null : <StateBadge state={lifecycle.state} />}
      <Consent given={consent.marketing} t={t} kind="marketing" />
      <Consent given={consent.personal} t={t} kind="personal" />
    </span>
  );
}

function Consent(props: { given: boolean | null; kind: 'marketing' | 'personal'; t: I18n['t'] }) {
  const { given, kind, t } = props;
  const answer = given === null ? 'unknown' : given ? 'yes' : 'no';
  const look = given === null ? 'chip' : given ? 'chip yes' : 'chip no';
  return (
    <span className={look}>
      {given === null ? null : <Icon name={given ? 'check' : 'close'} size={13} />}
      {t(`consent.${kind}.${answer}`)}
    </span>
  );
}
