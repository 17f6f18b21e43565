/** A number in the unit of what is asked: money in major units, shares in per cent. */
import { InputNumber } from 'antd';
import { useI18n } from '../../i18n/index.tsx';
import { useShop } from '../../shop.tsx';
import type { Unit } from './fields.ts';

interface AmountProps {
  readonly label: string;
  readonly value: unknown;
  readonly unit: Unit | null;
  readonly min?: number;
  readonly max?: number;
  onChange(value: number): void;
}

export function Amount({ label, value, unit, min, max, onChange }: AmountProps) {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const scale = unit === 'minor' ? 10 ** shop.currencyDigits : unit === 'share' ? 0.01 : 1;
  const suffix =
    unit === 'minor' ? format.symbol : unit === 'share' ? '%' : unit === 'days' ? t('unit.daysShort') : undefined;
  const shown = Number((Number(value ?? 0) / scale).toFixed(4));
  const back = (typed: number) =>
    unit === 'share' ? Number((typed * scale).toFixed(6)) : unit === 'minor' ? Math.round(typed * scale) : typed;
  return (
    <InputNumber
      className="amount"
      aria-label={label}
      min={min ?? -1_000_000_000}
      max={max ?? 1_000_000_000}
      suffix={suffix}
      value={shown}
      onChange={(typed) => onChange(back(typed ?? 0))}
    />
  );
}
