/** When something happened, and how long something may take. */
import { InputNumber } from 'antd';
import { useI18n } from '../../i18n/index.tsx';
import { One } from './choice.tsx';
import type { Json } from './tree.ts';

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** `within` of a leaf: ever, the last days, or between dates. */
export function WindowFields({ within, onChange }: { within: unknown; onChange: (within: Json | undefined) => void }) {
  const { t } = useI18n();
  const own = isRecord(within) ? within : undefined;
  const form = own === undefined ? 'ever' : 'days' in own ? 'days' : 'dates';
  const set = (next: 'ever' | 'days' | 'dates') =>
    onChange(
      next === 'ever' ? undefined : next === 'days' ? { days: 30 } : { from: new Date().toISOString().slice(0, 10) },
    );
  return (
    <>
      <One
        label={t('segment.window')}
        value={form}
        options={(['days', 'dates', 'ever'] as const).map((value) => ({ value, label: t(`segment.window.${value}`) }))}
        onChange={set}
      />
      {form === 'days' ? (
        <InputNumber
          className="amount"
          aria-label={t('segment.window.days')}
          min={1}
          max={3660}
          precision={0}
          suffix={t('unit.daysShort')}
          value={Number(own?.days ?? 30)}
          onChange={(days) => onChange({ days: days ?? 1 })}
        />
      ) : null}
      {form === 'dates'
        ? (['from', 'to'] as const).map((end) => (
            <input
              key={end}
              type="date"
              className="day"
              aria-label={t(`segment.window.${end}`)}
              value={String(own?.[end] ?? '')}
              onChange={({ target: { value } }) => {
                const { [end]: _, ...rest } = own ?? {};
                const next = value === '' ? rest : { ...rest, [end]: value };
                onChange(Object.keys(next).length === 0 ? undefined : next);
              }}
            />
          ))
        : null}
    </>
  );
}

/** `in` of a leaf: so many days or hours. */
export function SpanFields({ span, onChange }: { span: unknown; onChange: (span: Json) => void }) {
  const { t } = useI18n();
  const unit = isRecord(span) && 'hours' in span ? 'hours' : 'days';
  const value = isRecord(span) ? Number(span[unit] ?? 1) : 1;
  return (
    <>
      <InputNumber
        className="amount"
        aria-label={t('segment.span')}
        min={1}
        max={unit === 'days' ? 366 : 8784}
        precision={0}
        value={value}
        onChange={(next) => onChange({ [unit]: next ?? 1 })}
      />
      <One
        label={t('segment.unit')}
        value={unit}
        options={(['days', 'hours'] as const).map((each) => ({ value: each, label: t(`segment.${each}`) }))}
        onChange={(next) => onChange({ [next]: Math.min(value, 366) })}
      />
    </>
  );
}
