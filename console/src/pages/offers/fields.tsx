/** Fields of the forms about offers, that other forms have no need of. */
import { Input } from 'antd';
import { useId } from 'react';
import { dayEnd, dayStart, dayText } from '../../format.ts';
import { NumberField } from '../../parts/number-field.tsx';
import { useShop } from '../../shop.tsx';

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly max?: number;
  readonly disabled?: boolean;
  onChange(value: string): void;
}

export function TextField({
  label,
  value,
  placeholder = '',
  required = false,
  max = 100,
  disabled = false,
  onChange,
}: TextProps) {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Input
        id={id}
        value={value}
        maxLength={max}
        required={required}
        disabled={disabled}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

/** A share of one as a percentage. */
export function PercentField(props: {
  label: string;
  share: number | null;
  max?: number;
  placeholder?: string;
  onChange(share: number | null): void;
}) {
  const { label, share, max = 100, placeholder = '', onChange } = props;
  return (
    <NumberField
      label={label}
      max={max}
      precision={1}
      suffix="%"
      placeholder={placeholder}
      value={share === null ? null : Math.round(share * 1000) / 10}
      onChange={(value) => onChange(value === null ? null : value / 100)}
    />
  );
}

/** A day in the shop's zone; its first moment, or with `isEnd` the first moment after it. */
export function DayField(props: {
  label: string;
  at: number | null;
  isEnd?: boolean;
  onChange(at: number | null): void;
}) {
  const { label, at, isEnd = false, onChange } = props;
  const { shop } = useShop();
  const id = useId();
  const moment = (day: string) => (isEnd ? dayEnd(day, shop.timeZone) + 1 : dayStart(day, shop.timeZone));
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Input
        id={id}
        type="date"
        value={at === null ? '' : dayText(isEnd ? at - 1 : at, shop.timeZone)}
        onChange={(event) => {
          const next = moment(event.target.value);
          onChange(Number.isNaN(next) ? null : next);
        }}
      />
    </div>
  );
}
