/** A change against the previous period: an arrow, a word for screen readers and a colour, in this order of weight. */
import { useI18n } from '../i18n/index.tsx';
import { useShop } from '../shop.tsx';
import { Icon } from './icons.tsx';

interface ChangeProps {
  readonly value: number | null;
  readonly previous: number | null;
  /** For what is better when it falls, such as refunds. */
  readonly lowerIsBetter?: boolean;
}

export function Change({ value, previous, lowerIsBetter = false }: ChangeProps) {
  const { t } = useI18n();
  const { format } = useShop();
  if (value === null || previous === null || previous === 0)
    return <span className="change soft">{t('change.none')}</span>;
  const share = value / previous - 1;
  if (Math.abs(share) < 0.0005) return <span className="change soft">{t('change.same')}</span>;
  const rises = share > 0;
  const good = rises !== lowerIsBetter;
  return (
    <span className={`change ${good ? 'good' : 'bad'}`}>
      <Icon name={rises ? 'up' : 'down'} size={14} />
      <span className="hidden">{rises ? t('change.up') : t('change.down')}</span>
      {format.percent(Math.abs(share))}
    </span>
  );
}
