/** Search and the filters that are used most; rarer ones come by link and show as chips. */
import { Input, Select, Switch } from 'antd';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { Named } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useRange } from '../../range.tsx';
import { useShop } from '../../shop.tsx';
import { type ListState, show, withFilters } from './filters.ts';

const WAIT_MS = 300;

export function FilterRow({ state }: { state: ListState }) {
  const { t, language } = useI18n();
  const { shop } = useShop();
  const pick = (filter: 'tier' | 'state' | 'segment' | 'tag', names: readonly Named[]) => (
    <Labelled label={t(`filter.${filter}`)}>
      {(id) => (
        <Select
          id={id}
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={state.filters[filter]?.includes(',') === true ? t('filter.several') : t('filter.any')}
          value={oneOf(state.filters[filter])}
          onChange={(value: string | null) => show(withFilters(state, { [filter]: value ?? undefined }))}
          options={names.map((name) => ({ value: name.key, label: name[language] || name.key }))}
        />
      )}
    </Labelled>
  );
  return (
    <search className="filters" aria-label={t('filter.label')}>
      <Labelled label={t('filter.search')}>{(id) => <SearchBox id={id} state={state} />}</Labelled>
      {pick('tier', [...shop.tiers].reverse())}
      {pick('state', shop.states)}
      {pick('segment', shop.rfmSegments)}
      {pick('tag', shop.tags)}
      <RangeSwitch state={state} />
    </search>
  );
}

/** A list of several keys, which comes by link, is shown by its chip alone. */
const oneOf = (keys: string | undefined): string | null => (keys === undefined || keys.includes(',') ? null : keys);

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

/** Asks when the reader pauses, and follows the address when it changes from outside. */
function SearchBox({ id, state }: { id: string; state: ListState }) {
  const { t } = useI18n();
  const asked = state.filters.search ?? '';
  const [text, setText] = useState(asked);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(asked), [asked]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = (value: string) => show(withFilters(state, { search: value.trim() }));
  return (
    <Input
      id={id}
      type="search"
      allowClear
      maxLength={200}
      prefix={<Icon name="search" size={16} />}
      placeholder={t('filter.searchFor')}
      value={text}
      onChange={({ target: { value } }) => {
        setText(value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => ask(value), WAIT_MS);
      }}
      onPressEnter={() => {
        clearTimeout(timer.current);
        ask(text);
      }}
    />
  );
}

/** Keeps the list to customers whose last order lies in the date range of the header. */
function RangeSwitch({ state }: { state: ListState }) {
  const { t } = useI18n();
  const range = useRange();
  const on = state.filters.from !== undefined;
  const set = (wanted: boolean) => {
    const span = wanted ? { from: String(range.from), to: String(range.to + 1) } : { from: undefined, to: undefined };
    show(withFilters(state, { ...span, hasOrders: undefined }));
  };
  const follow = useRef({ state, from: range.from });
  useEffect(() => {
    if (follow.current.from === range.from) return;
    follow.current.from = range.from;
    if (on) set(true);
  });
  return (
    <div className="filter filter-switch">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is a button, which a label may hold */}
      <label>
        <Switch size="small" checked={on} onChange={set} />
        <span>{t('filter.inRange')}</span>
      </label>
    </div>
  );
}
