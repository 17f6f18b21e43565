/** Fields for one number or amount of money. */
import { InputNumber } from 'antd';
import { type ReactNode, useId } from 'react';
import { useShop } from '../shop.tsx';

interface NumberFieldProps {
  readonly label: string;
  readonly value: number | null;
  readonly min?: number;
  readonly max: number;
  readonly precision?: number;
  readonly suffix?: ReactNode;
  readonly placeholder?: string;
  onChange(value: number | null): void;
}

/** A number with its label above it. */
export function NumberField({
  label,
  value,
  min = 0,
  max,
  precision = 0,
  suffix,
  placeholder = '',
  onChange,
}: NumberFieldProps) {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <InputNumber
        id={id}
        className="grow"
        min={min}
        max={max}
        precision={precision}
        suffix={suffix}
        placeholder={placeholder}
        value={value}
        onChange={onChange}
      />
    </div>
  );
}

/** An amount in the shop's currency; minor units go in and out. */
export function MoneyField({
  label,
  minor,
  onChange,
}: {
  label: string;
  minor: number;
  onChange: (minor: number) => void;
}) {
  const { shop, format } = useShop();
  const scale = 10 ** shop.currencyDigits;
  return (
    <NumberField
      label={label}
      value={minor / scale}
      max={1_000_000_000}
      precision={shop.currencyDigits}
      suffix={format.symbol}
      onChange={(value) => onChange(Math.round((value ?? 0) * scale))}
    />
  );
}
