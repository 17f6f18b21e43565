/** The alert strip: what is broken or running out, worst first. */
import type { Alert } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { href } from '../../router.ts';

const WEIGHT = { error: 0, warning: 1, info: 2 } as const;

export function Alerts({ alerts }: { alerts: readonly Alert[] }) {
  const { t, pick } = useI18n();
  if (alerts.length === 0) return null;
  const sorted = [...alerts].sort((a, b) => WEIGHT[a.level] - WEIGHT[b.level]);
  return (
    <section aria-label={t('home.alerts')}>
      <ul className="alerts">
        {sorted.map((alert) => (
          <li key={alert.code + alert.en} className={`alert ${alert.level}`}>
            <Icon name={alert.level === 'info' ? 'info' : 'alert'} />
            <span className="hidden">{t(`alert.${alert.level}`)}</span>
            <span className="alert-text">{pick(alert)}</span>
            <a href={href(alert.link)}>{t('alert.open')}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}
