/** The switch that stops all sending, asked twice. */
import { Button, Input, Popconfirm } from 'antd';
import { useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson } from '../../api/client.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failed } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import type { Delivery } from './delivery-types.ts';

export function KillCard({ killSwitch, onChanged }: { killSwitch: Delivery['killSwitch']; onChanged: () => void }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { actor } = useActor();
  const id = useId();
  const [reason, setReason] = useState('');
  const [error, setError] = useState<ApiError>();
  const { isOn } = killSwitch;
  const set = () => {
    setError(undefined);
    postJson('/delivery/kill-switch', { isOn: !isOn, reason, actor })
      .then(() => {
        setReason('');
        onChanged();
      })
      .catch((cause: unknown) => setError(cause instanceof ApiError ? cause : undefined));
  };
  const ready = actor !== '' && reason.trim() !== '';
  return (
    <section
      className={isOn ? 'card w8 kill kill-on' : 'card w8 kill'}
      aria-label={t('delivery.kill')}
      data-testid="kill"
      data-value={String(isOn)}
    >
      <Icon name={isOn ? 'alert' : 'check'} size={26} />
      <p className="kill-words" role="status">
        {isOn
          ? t('delivery.kill.on', {
              actor: killSwitch.actor ?? '',
              at: killSwitch.at === null ? '' : format.dateTime(killSwitch.at),
              reason: killSwitch.reason ?? '',
            })
          : t('delivery.kill.off')}
      </p>
      <div className="filter">
        <label htmlFor={id}>{t('delivery.kill.reason')}</label>
        <Input id={id} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      </div>
      <Popconfirm title={t(isOn ? 'delivery.kill.goSure' : 'delivery.kill.sure')} onConfirm={set} disabled={!ready}>
        <Button size="large" danger={!isOn} type="primary" disabled={!ready}>
          {t(isOn ? 'delivery.kill.go' : 'delivery.kill.stop')}
        </Button>
      </Popconfirm>
      {error === undefined ? null : <Failed error={error} />}
    </section>
  );
}
