/** The audience as rows: a field, a comparison and a value; all or any of them. */
import { Button, InputNumber, Segmented, Select } from 'antd';
import { useId, useState } from 'react';
import type { Named } from '../../api/types.ts';
import { type I18n, useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useShop } from '../../shop.tsx';
import { type Audience, COMPARISONS, type Comparison, FIELDS, type Field, firstRow, type Row } from './condition.ts';

interface BuilderProps {
  readonly audience: Audience;
  onChange(audience: Audience): void;
}

const NUMERIC: readonly Comparison[] = COMPARISONS.filter((each) => each !== '!=');

export function ConditionBuilder({ audience: { join, rows }, onChange }: BuilderProps) {
  const { t } = useI18n();
  // Rows have no name of their own; a number that grows keeps React from mixing them up when one is removed.
  const [keys, setKeys] = useState<readonly number[]>(() => rows.map((_, place) => place));
  const set = (place: number, row: Row) => onChange({ join, rows: rows.map((old, i) => (i === place ? row : old)) });
  const remove = (place: number) => {
    setKeys(keys.filter((_, i) => i !== place));
    onChange({ join, rows: rows.filter((_, i) => i !== place) });
  };
  const add = (field: Field) => {
    setKeys([...keys, Math.max(-1, ...keys) + 1]);
    onChange({ join, rows: [...rows, firstRow(field)] });
  };
  return (
    <div className="builder">
      {rows.length > 1 ? (
        <Segmented<'all' | 'any'>
          size="small"
          value={join}
          onChange={(value) => onChange({ join: value, rows })}
          aria-label={t('condition.join')}
          options={(['all', 'any'] as const).map((value) => ({ value, label: t(`condition.${value}`) }))}
        />
      ) : null}
      {rows.length === 0 ? <p className="soft">{t('condition.everyone')}</p> : null}
      <ul className="builder-rows">
        {rows.map((row, place) => (
          <li key={keys[place]}>
            <BuilderRow row={row} onChange={(next) => set(place, next)} />
            <Button
              type="text"
              icon={<Icon name="close" size={16} />}
              aria-label={t('condition.remove', { field: t(`condition.field.${row.field}`) })}
              onClick={() => remove(place)}
            />
          </li>
        ))}
      </ul>
      <AddRow onAdd={add} />
    </div>
  );
}

function AddRow({ onAdd }: { onAdd: (field: Field) => void }) {
  const { t } = useI18n();
  return (
    <fieldset className="group builder-add" aria-label={t('condition.add')}>
      <span className="small soft">{t('condition.add')}</span>
      {(Object.keys(FIELDS) as Field[]).map((field) => (
        <button key={field} type="button" className="chip chip-button" onClick={() => onAdd(field)}>
          <Icon name="plus" size={12} />
          {t(`condition.field.${field}`)}
        </button>
      ))}
    </fieldset>
  );
}

function BuilderRow({ row, onChange }: { row: Row; onChange: (row: Row) => void }) {
  const { t } = useI18n();
  const id = useId();
  const field = t(`condition.field.${row.field}`);
  return (
    <fieldset className="group builder-row" aria-label={field}>
      <label htmlFor={id}>{field}</label>
      {'keys' in row ? (
        <NamedFields id={id} row={row} onChange={onChange} />
      ) : (
        <NumberFields id={id} row={row} t={t} onChange={onChange} />
      )}
    </fieldset>
  );
}

type NamedRow = Extract<Row, { keys: readonly string[] }>;
type NumberRow = Exclude<Row, NamedRow>;

function NamedFields({ id, row, onChange }: { id: string; row: NamedRow; onChange: (row: Row) => void }) {
  const { t, language } = useI18n();
  const { shop } = useShop();
  const lists: Partial<Record<Field, readonly Named[]>> = {
    tier: [...shop.tiers].reverse(),
    state: shop.states,
    segment: shop.rfmSegments,
    tag: shop.tags,
  };
  return (
    <>
      <Select
        aria-label={t('condition.comparison')}
        value={row.not ? 'not' : 'in'}
        onChange={(value) => onChange({ ...row, not: value === 'not' })}
        options={[
          { value: 'in', label: t('condition.oneOf') },
          { value: 'not', label: t('condition.noneOf') },
        ]}
      />
      <Select
        id={id}
        mode="multiple"
        className="grow"
        placeholder={t('condition.choose')}
        showSearch={{ optionFilterProp: 'label' }}
        value={[...row.keys]}
        onChange={(keys: string[]) => onChange({ ...row, keys })}
        options={(lists[row.field] ?? []).map((each) => ({ value: each.key, label: each[language] || each.key }))}
      />
    </>
  );
}

interface NumberFieldsProps {
  readonly id: string;
  readonly row: NumberRow;
  readonly t: I18n['t'];
  onChange(row: Row): void;
}

function NumberFields({ id, row, t, onChange }: NumberFieldsProps) {
  const { shop, format } = useShop();
  const { kind } = FIELDS[row.field];
  const scale = kind === 'money' ? 10 ** shop.currencyDigits : kind === 'share' ? 0.01 : 1;
  const suffix = { days: t('unit.daysShort'), money: format.symbol, share: '%' }[kind as 'days' | 'money' | 'share'];
  return (
    <>
      <Select
        aria-label={t('condition.comparison')}
        value={row.is}
        onChange={(is: Comparison) => onChange({ ...row, is })}
        options={NUMERIC.map((value) => ({ value, label: t(`condition.is.${value}`) }))}
      />
      <InputNumber
        id={id}
        className="grow"
        min={0}
        max={kind === 'share' ? 100 : 1_000_000_000}
        precision={kind === 'money' ? shop.currencyDigits : 0}
        suffix={suffix}
        value={Number((row.value / scale).toFixed(4))}
        onChange={(value) =>
          onChange({ ...row, value: kind === 'share' ? (value ?? 0) / 100 : Math.round((value ?? 0) * scale) })
        }
      />
    </>
  );
}
