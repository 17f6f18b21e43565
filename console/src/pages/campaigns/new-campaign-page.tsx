/** A new plan: audience, offer, budget and holdout on the left, what would come of it on the right, saved as a draft. */
import { Button, Input } from 'antd';
import { type FormEvent, useId, useState } from 'react';
import { ApiError, postJson } from '../../api/client.ts';
import { forgetAnswers } from '../../api/resource.ts';
import type { CampaignSummary } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ConditionBuilder } from '../../parts/condition/builder.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Failed } from '../../parts/states.tsx';
import { go, href, pathOf, useRoute } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { bodyOf, type Draft, emptyDraft } from './draft.ts';
import { handedOver } from './handed-over.ts';
import { LimitsFields } from './limits-fields.tsx';
import { LivePreview } from './live-preview.tsx';
import { OffersEditor } from './offers-editor.tsx';
import './campaigns.css';

export default function NewCampaignPage() {
  const { t } = useI18n();
  const { shop } = useShop();
  const segment = useRoute().query.get('segment');
  const [draft, setDraft] = useState<Draft>(
    () => handedOver() ?? { ...emptyDraft(shop.currencyDigits), ...audienceOf(segment) },
  );
  const { save, saving, failed } = useSave(draft);
  const id = useId();
  const unnamed = draft.name.trim() === '';
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!unnamed) save();
  };
  return (
    <Page title={t('plan.title')} lead={t('plan.lead')} back={{ to: '/campaigns', label: t('nav.campaigns') }}>
      <div className="grid">
        <form className="w7 stack" onSubmit={submit}>
          <Card title={t('plan.audience')} hint={t('plan.audience.hint')}>
            <ConditionBuilder initial={draft.condition} onChange={(condition) => change({ condition })} />
          </Card>
          <Card title={t('plan.offer')}>
            <OffersEditor offers={draft.offers} onChange={(offers) => change({ offers })} />
          </Card>
          <Card title={t('wizard.limits')}>
            <LimitsFields draft={draft} onChange={change} />
          </Card>
          <Card title={t('plan.save')}>
            <div className="filter">
              <label htmlFor={id}>{t('plan.name')}</label>
              <Input
                id={id}
                value={draft.name}
                maxLength={120}
                required
                placeholder={t('plan.name.example')}
                onChange={(event) => change({ name: event.target.value })}
              />
            </div>
            {failed === undefined ? null : <Failed error={failed} />}
            <p className="plan-foot">
              <Button type="primary" htmlType="submit" loading={saving} disabled={unnamed}>
                {t('plan.saveDraft')}
              </Button>
              <span className="small soft">{unnamed ? t('plan.needsName') : t('plan.nothingSent')}</span>
            </p>
          </Card>
        </form>
        <div className="w5">
          <LivePreview draft={draft} />
        </div>
      </div>
    </Page>
  );
}

/** The segment that the address names. */
const audienceOf = (segment: string | null): Partial<Draft> =>
  segment === null || segment === '' ? {} : { condition: { all: [{ segment }] } };

function useSave(draft: Draft) {
  const [saving, setSaving] = useState(false);
  const [failed, setFailed] = useState<ApiError>();
  const save = async () => {
    setSaving(true);
    setFailed(undefined);
    try {
      const saved = await postJson<CampaignSummary>('/campaigns', { name: draft.name.trim(), ...bodyOf(draft) });
      forgetAnswers();
      go(href(pathOf('campaigns', saved.campaignId)));
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
      setSaving(false);
    }
  };
  return { save, saving, failed };
}
