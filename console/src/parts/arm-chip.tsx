/** What a campaign did with a person. */
import { useI18n } from '../i18n/index.tsx';

export function ArmChip({ arm }: { arm: string }) {
  const { t } = useI18n();
  if (arm === 'offer') return <span className="chip yes">{t('arm.offer')}</span>;
  if (arm === 'holdout') return <span className="chip mark">{t('arm.holdout')}</span>;
  return <span className="chip">{arm === 'none' ? t('arm.none') : arm}</span>;
}
