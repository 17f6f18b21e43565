/** The alarm when good customers go silent: how many, from where, and what is at stake, each a link to the people. */
import type { Lifecycle } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { PeopleLink } from '../../parts/tier.tsx';
import { href } from '../../router.ts';
import { useShop } from '../../shop.tsx';

export function SlipAlert({ lifecycle: { from, slips } }: { lifecycle: Lifecycle }) {
  const { t } = useI18n();
  const { format, tierName, stateName } = useShop();
  if (from === null || slips.customers === 0) return null;
  const all = { slipped: true, movedFrom: slips.tiers.join(','), moveFrom: from };
  return (
    <li className="alert warning" data-testid="slips" data-value={String(slips.customers)}>
      <Icon name="alert" />
      <span className="hidden">{t('alert.warning')}</span>
      <span className="alert-text">
        {t('slips.lead', { tiers: format.list(slips.tiers.map(tierName)), date: format.date(from) })}{' '}
        <PeopleLink to={all}>
          <strong>{t('count.customers', { n: slips.customers })}</strong>
        </PeopleLink>
        {' · '}
        <PeopleLink to={all} label={t('slips.stakeLabel', { value: format.money(slips.beforeMinor) })}>
          {t('slips.stake', { value: format.moneyShort(slips.beforeMinor) })}
        </PeopleLink>
        <span className="slips">
          {slips.rows.map(({ tier, state, customers, beforeMinor }) => (
            <PeopleLink
              key={`${tier} ${state}`}
              className="chip"
              to={{ ...all, movedFrom: tier, state }}
              label={t('slips.part', {
                tier: tierName(tier),
                state: stateName(state),
                n: customers,
                value: format.money(beforeMinor),
              })}
            >
              {`${tierName(tier)} → ${stateName(state)} ${format.count(customers)}`}
            </PeopleLink>
          ))}
        </span>
      </span>
      <a href={href('/customers', all)}>{t('alert.open')}</a>
    </li>
  );
}
