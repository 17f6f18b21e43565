/** The channels that are set up, with a test message for each. */
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson } from '../../api/client.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Failed } from '../../parts/states.tsx';
import type { Channel } from './delivery-types.ts';

export function ChannelsCard({ channels }: { channels: readonly Channel[] }) {
  const { t } = useI18n();
  return (
    <Card title={t('delivery.channels')} note={t('delivery.channels.note')} className="w5">
      <ul className="channels">
        {channels.map((channel) => (
          <ChannelRow key={channel.name} channel={channel} />
        ))}
      </ul>
    </Card>
  );
}

function ChannelRow({ channel: { name, kind, address, isIdempotent } }: { channel: Channel }) {
  const { t, language } = useI18n();
  const { actor } = useActor();
  const [to, setTo] = useState('');
  const [sent, setSent] = useState<string>();
  const [error, setError] = useState<ApiError>();
  const send = () => {
    setSent(undefined);
    setError(undefined);
    postJson<{ providerId: string }>(`/delivery/channels/${encodeURIComponent(name)}/test`, { to, language, actor })
      .then(({ providerId }) => setSent(providerId))
      .catch((cause: unknown) => setError(cause instanceof ApiError ? cause : undefined));
  };
  return (
    <li>
      <p>
        <strong>{name}</strong> <span className="chip">{kind}</span> <span className="soft small">{address}</span>
      </p>
      {kind === 'on-site' ? null : (
        <>
          <p className="soft small">{t(isIdempotent ? 'delivery.channel.once' : 'delivery.channel.atMost')}</p>
          <div className="channel-test">
            <Input
              aria-label={`${name}: ${t('delivery.test.to')}`}
              placeholder={t('delivery.test.to')}
              value={to}
              maxLength={300}
              onChange={(event) => setTo(event.target.value)}
            />
            <Button disabled={to === '' || actor === ''} onClick={send}>
              {t('delivery.test')}
            </Button>
          </div>
        </>
      )}
      {sent === undefined ? null : (
        <p className="good small" role="status">
          {t('delivery.test.done', { id: sent })}
        </p>
      )}
      {error === undefined ? null : <Failed error={error} />}
    </li>
  );
}
