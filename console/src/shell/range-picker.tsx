/** The date range of the header: presets that end with the last day of data, own days, and the comparison. */
import { Button, Popover, Switch } from 'antd';
import { type FormEvent, useId, useState } from 'react';
import { dayStart } from '../format.ts';
import { useI18n } from '../i18n/index.tsx';
import { Icon } from '../parts/icons.tsx';
import { type Choice, PRESETS, useRange } from '../range.tsx';
import { useShop } from '../shop.tsx';

export function RangePicker({ applies }: { applies: boolean }) {
  const { t } = useI18n();
  const range = useRange();
  const { shop, format } = useShop();
  const [open, setOpen] = useState(false);
  const day = (text: string) => format.date(dayStart(text, shop.timeZone));
  if (!applies) {
    return (
      <span className="range-off" title={t('range.off')}>
        <Icon name="calendar" size={16} />
        {t('range.offShort')}
      </span>
    );
  }
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomRight"
      content={<RangeForm onDone={() => setOpen(false)} />}
    >
      <Button icon={<Icon name="calendar" size={16} />} aria-haspopup="dialog" aria-expanded={open} className="range">
        <span className="hidden">{t('range.label')}</span>
        {`${day(range.fromDay)} – ${day(range.toDay)}`}
      </Button>
    </Popover>
  );
}

const same = (a: Choice, b: Choice): boolean => JSON.stringify(a) === JSON.stringify(b);

function RangeForm({ onDone }: { onDone: () => void }) {
  const { t } = useI18n();
  const range = useRange();
  const presets: { choice: Choice; label: string }[] = [
    ...PRESETS.map((days) => ({ choice: { days }, label: t('range.days', { n: days }) })),
    { choice: { all: true }, label: t('range.all') },
  ];
  const choose = (choice: Choice) => {
    range.choose(choice);
    onDone();
  };
  return (
    <section className="range-form" aria-label={t('range.label')}>
      <ul className="range-presets">
        {presets.map(({ choice, label }) => (
          <li key={label}>
            <button type="button" aria-pressed={same(choice, range.choice)} onClick={() => choose(choice)}>
              {label}
            </button>
          </li>
        ))}
      </ul>
      <OwnDays onChoose={choose} />
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is a button, which a label may hold */}
      <label className="range-compare">
        <Switch size="small" checked={range.compare} onChange={range.setCompare} />
        <span>{t('range.compare')}</span>
      </label>
    </section>
  );
}

function OwnDays({ onChoose }: { onChoose: (choice: Choice) => void }) {
  const { t } = useI18n();
  const range = useRange();
  const id = useId();
  const [from, setFrom] = useState(range.fromDay);
  const [to, setTo] = useState(range.toDay);
  const wrong = from === '' || to === '' || from > to;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong) onChoose({ from, to });
  };
  return (
    <form className="range-own" onSubmit={submit}>
      <label htmlFor={`${id}from`}>{t('range.from')}</label>
      <input id={`${id}from`} type="date" value={from} onChange={(event) => setFrom(event.target.value)} />
      <label htmlFor={`${id}to`}>{t('range.to')}</label>
      <input id={`${id}to`} type="date" value={to} min={from} onChange={(event) => setTo(event.target.value)} />
      {wrong ? <p className="wrong">{t('range.wrong')}</p> : null}
      <Button htmlType="submit" type="primary" disabled={wrong}>
        {t('range.apply')}
      </Button>
    </form>
  );
}
