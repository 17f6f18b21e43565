/** The alert strip: what is broken or running out, worst first. */
import { useState } from 'react';
import type { Alert, Lifecycle } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { href } from '../../router.ts';
import { SlipAlert } from './slips.tsx';

const SHOWN = 2;
const WEIGHT = { error: 0, warning: 1, info: 2 } as const;

/** The alert of slipping customers is told with a link for each of its numbers, before all others. */
const SLIPS = 'TIER_SLIPS';

export function Alerts({ alerts, lifecycle }: { alerts: readonly Alert[]; lifecycle: Lifecycle }) {
  const { t, pick } = useI18n();
  const [all, setAll] = useState(false);
  if (alerts.length === 0) return null;
  const others = alerts.filter(({ code }) => code !== SLIPS);
  const sorted = others.sort((a, b) => WEIGHT[a.level] - WEIGHT[b.level]);
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  return (
    <section aria-label={t('home.alerts')}>
      <ul className="alerts">
        <SlipAlert lifecycle={lifecycle} />
        {shown.map((alert) => (
          <li key={alert.code + alert.en} className={`alert ${alert.level}`}>
            <Icon name={alert.level === 'info' ? 'info' : 'alert'} />
            <span className="hidden">{t(`alert.${alert.level}`)}</span>
            <span className="alert-text">{pick(alert)}</span>
            <a href={href(alert.link)}>{t('alert.open')}</a>
          </li>
        ))}
      </ul>
      {sorted.length <= SHOWN ? null : (
        <button type="button" className="more-alerts" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('alert.fewer') : t('alert.more', { n: sorted.length - SHOWN })}
        </button>
      )}
    </section>
  );
}
