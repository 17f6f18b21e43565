/** One or several of a list, or typed where there is none. */
import { Select } from 'antd';
import type { Named } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';

interface ChoiceProps {
  readonly label: string;
  readonly values: readonly Named[] | null;
  readonly chosen: unknown;
  onChange(keys: string[]): void;
}

export function Choice({ label, values, chosen, onChange }: ChoiceProps) {
  const { t, pick } = useI18n();
  const keys = (Array.isArray(chosen) ? chosen : [chosen]).filter((key) => key !== '' && key !== undefined).map(String);
  return (
    <Select
      mode={values === null ? 'tags' : 'multiple'}
      className="grow choice"
      aria-label={label}
      placeholder={values === null ? t('segment.type') : t('condition.choose')}
      showSearch={{ optionFilterProp: 'label' }}
      maxTagCount={6}
      tokenSeparators={[',', '\n']}
      value={keys}
      onChange={onChange}
      options={(values ?? []).map((each) => ({ value: each.key, label: pick(each) || each.key }))}
    />
  );
}

interface OneProps<Key extends string> {
  readonly label: string;
  readonly value: Key;
  readonly options: readonly { readonly value: Key; readonly label: string }[];
  readonly search?: boolean;
  onChange(value: Key): void;
}

/** Exactly one of a few. */
export function One<Key extends string>({ label, value, options, search = false, onChange }: OneProps<Key>) {
  return (
    <Select<Key>
      className="one"
      aria-label={label}
      popupMatchSelectWidth={false}
      {...(search ? { showSearch: { optionFilterProp: 'label' } } : {})}
      value={value}
      onChange={onChange}
      options={[...options]}
    />
  );
}
