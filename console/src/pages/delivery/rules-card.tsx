/** Caps and quiet hours. */
import { Button, Input, Select } from 'antd';
import { useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, sendJson } from '../../api/client.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { Card } from '../../parts/page.tsx';
import { Failed } from '../../parts/states.tsx';
import { href } from '../../router.ts';
import type { Cap, Delivery, Settings } from './delivery-types.ts';

export function RulesCard({ delivery, onChanged }: { delivery: Delivery; onChanged: () => void }) {
  const { t } = useI18n();
  const { actor } = useActor();
  const [settings, setSettings] = useState<Settings>(delivery.settings);
  const [error, setError] = useState<ApiError>();
  const change = (part: Partial<Settings>) => setSettings((before) => ({ ...before, ...part }));
  const save = () => {
    setError(undefined);
    sendJson('PUT', '/delivery/settings', { settings, version: delivery.version, actor })
      .then(onChanged)
      .catch((cause: unknown) => setError(cause instanceof ApiError ? cause : undefined));
  };
  const quiet = settings.quietHours ?? { from: '', to: '' };
  const setQuiet = (part: Partial<typeof quiet>) => {
    const next = { ...quiet, ...part };
    change({ quietHours: next.from === '' && next.to === '' ? null : next });
  };
  const isSame = JSON.stringify(settings) === JSON.stringify(delivery.settings);
  return (
    <Card title={t('delivery.rules')} hint={t('delivery.rules.hint')} className="w7">
      <div className="stack">
        <h3>{t('delivery.quiet')}</h3>
        <div className="cap-row">
          <Clock label={t('delivery.quiet.from')} value={quiet.from} onChange={(from) => setQuiet({ from })} />
          <Clock label={t('delivery.quiet.to')} value={quiet.to} onChange={(to) => setQuiet({ to })} />
        </div>
        <h3>{t('delivery.caps')}</h3>
        {settings.caps.map((cap, i) => (
          <CapRow
            // biome-ignore lint/suspicious/noArrayIndexKey: caps have no name but their place
            key={i}
            cap={cap}
            channels={delivery.channels.map(({ name }) => name)}
            onChange={(next) => change({ caps: settings.caps.map((each, k) => (k === i ? next : each)) })}
            onRemove={() => change({ caps: settings.caps.filter((_, k) => k !== i) })}
          />
        ))}
        <Button
          size="small"
          className="self-start"
          icon={<Icon name="plus" size={14} />}
          onClick={() => change({ caps: [...settings.caps, { channel: 'any', days: 1, max: 1 }] })}
        >
          {t('delivery.cap.add')}
        </Button>
        <p className="soft small">
          {t('delivery.holdout.hint')} <a href={href('/experiments', { view: 'holdouts' })}>{t('delivery.holdout')}</a>
        </p>
        <Button type="primary" className="self-start" disabled={isSame || actor === ''} onClick={save}>
          {t('delivery.save')}
        </Button>
        {error === undefined ? null : <Failed error={error} />}
      </div>
    </Card>
  );
}

function Clock({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Input id={id} value={value} maxLength={5} placeholder="–" onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}

interface CapProps {
  readonly cap: Cap;
  readonly channels: readonly string[];
  onChange(cap: Cap): void;
  onRemove(): void;
}

function CapRow({ cap, channels, onChange, onRemove }: CapProps) {
  const { t } = useI18n();
  const options = [
    { value: 'any', label: t('delivery.cap.any') },
    ...channels.map((value) => ({ value, label: value })),
  ];
  return (
    <div className="cap-row">
      <div className="filter">
        <span className="field-label">{t('delivery.cap.channel')}</span>
        <Select
          aria-label={t('delivery.cap.channel')}
          className="grow"
          value={cap.channel}
          options={options}
          onChange={(channel: string) => onChange({ ...cap, channel })}
        />
      </div>
      <NumberField
        label={t('delivery.cap.max')}
        value={cap.max}
        max={1000}
        onChange={(max) => onChange({ ...cap, max: max ?? 0 })}
      />
      <NumberField
        label={t('delivery.cap.days')}
        value={cap.days}
        min={1}
        max={92}
        onChange={(days) => onChange({ ...cap, days: days ?? 1 })}
      />
      <Button aria-label={t('delivery.cap.remove')} icon={<Icon name="close" size={14} />} onClick={onRemove} />
    </div>
  );
}
