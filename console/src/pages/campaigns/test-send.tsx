/** One message of a campaign to one address, to see it as its people will. */
import { Button, Input, Select } from 'antd';
import { useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson } from '../../api/client.ts';
import type { Campaign } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { textIn } from '../../parts/report.ts';
import { Failed } from '../../parts/states.tsx';
import { planIn } from './plan-in.ts';

export function TestSend({ campaign }: { campaign: Campaign }) {
  const { t, language } = useI18n();
  const { actor } = useActor();
  const offers = planIn(campaign.definition).offers.flatMap((offer) => textIn(offer, 'id') ?? []);
  const [to, setTo] = useState('');
  const [offerId, setOfferId] = useState(offers[0]);
  const [state, setState] = useState<'idle' | 'sending' | 'sent'>('idle');
  const [failed, setFailed] = useState<ApiError>();
  const id = useId();
  if (offerId === undefined) return null;
  const send = async () => {
    setState('sending');
    setFailed(undefined);
    try {
      const path = `/campaigns/${encodeURIComponent(campaign.campaignId)}/test`;
      await postJson(path, { actor, to: to.trim(), offerId, language });
      setState('sent');
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
      setState('idle');
    }
  };
  return (
    <details className="test-send">
      <summary>{t('course.test')}</summary>
      <div className="fields">
        <div className="filter">
          <label htmlFor={id}>{t('course.test.to')}</label>
          <Input id={id} value={to} maxLength={300} onChange={(event) => setTo(event.target.value)} />
        </div>
        <div className="filter">
          <label htmlFor={`${id}o`}>{t('allocation.offer')}</label>
          <Select
            id={`${id}o`}
            value={offerId}
            onChange={setOfferId}
            options={offers.map((value) => ({ value, label: t('wizard.offer.name', { id: value }) }))}
          />
        </div>
      </div>
      {failed === undefined ? null : <Failed error={failed} />}
      <p className="plan-foot">
        <Button
          loading={state === 'sending'}
          disabled={to.trim() === '' || actor.trim() === ''}
          onClick={() => void send()}
        >
          {t('course.test.send')}
        </Button>
        <span aria-live="polite" className="small soft">
          {state === 'sent' ? t('course.test.sent') : ''}
        </span>
      </p>
    </details>
  );
}
