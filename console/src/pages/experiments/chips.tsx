/** Status and verdict as small labels. */
import { useI18n } from '../../i18n/index.tsx';
import type { Report, Status } from './types.ts';

export function StatusChip({ status }: { status: Status }) {
  const { t } = useI18n();
  const look = { draft: 'chip', running: 'chip yes', stopped: 'chip mark', decided: 'chip' }[status];
  return <span className={look}>{t(`xp.status.${status}`)}</span>;
}

export function VerdictChip({ verdict: { verdict, arm } }: Pick<Report, 'verdict'>) {
  const { t } = useI18n();
  const look = { ship: 'chip yes', stop: 'chip no', 'go-on': 'chip mark', blocked: 'chip no' }[verdict];
  return (
    <span className={look}>
      {t(`xp.verdict.${verdict}`)}
      {arm === null ? '' : ` · ${arm}`}
    </span>
  );
}
