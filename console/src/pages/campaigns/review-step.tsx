/** All that was chosen, once more; then it is named and saved, and handed to review where its author wants that. */
import { Button, Input } from 'antd';
import { useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson, sendJson } from '../../api/client.ts';
import { forgetAnswers } from '../../api/resource.ts';
import type { Campaign, CampaignSummary } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ActorField } from '../../parts/actor-field.tsx';
import { Card } from '../../parts/page.tsx';
import { Failed } from '../../parts/states.tsx';
import { go, href, pathOf } from '../../router.ts';
import { DefinitionCard } from './definition-card.tsx';
import { bodyOf, type Draft } from './draft.ts';
import { LivePreview } from './live-preview.tsx';

interface ReviewProps {
  readonly draft: Draft;
  readonly edits: Campaign | undefined;
  onChange(part: Partial<Draft>): void;
}

export function ReviewStep({ draft, edits, onChange }: ReviewProps) {
  const { t } = useI18n();
  const { actor } = useActor();
  const id = useId();
  const { save, saving, failed } = useSave(draft, edits);
  const isReady = draft.name.trim() !== '' && actor.trim() !== '';
  return (
    <div className="grid">
      <DefinitionCard definition={bodyOf(draft)} costMinor={null} />
      <div className="w7 stack">
        <Card title={t('plan.save')}>
          <div className="fields">
            <div className="filter">
              <label htmlFor={id}>{t('plan.name')}</label>
              <Input
                id={id}
                value={draft.name}
                maxLength={120}
                required
                placeholder={t('plan.name.example')}
                onChange={(event) => onChange({ name: event.target.value })}
              />
            </div>
            <ActorField />
          </div>
          {failed === undefined ? null : <Failed error={failed} />}
          <p className="plan-foot">
            <Button type="primary" loading={saving} disabled={!isReady} onClick={() => save(true)}>
              {t('wizard.submit')}
            </Button>
            <Button disabled={!isReady || saving} onClick={() => save(false)}>
              {t('wizard.save')}
            </Button>
            <span className="small soft">{isReady ? t('plan.nothingSent') : t('wizard.needs')}</span>
          </p>
        </Card>
        <LivePreview draft={draft} />
      </div>
    </div>
  );
}

function useSave(draft: Draft, edits: Campaign | undefined) {
  const { actor } = useActor();
  const [saving, setSaving] = useState(false);
  const [failed, setFailed] = useState<ApiError>();
  const save = async (submit: boolean) => {
    setSaving(true);
    setFailed(undefined);
    const body = { name: draft.name.trim(), actor, ...bodyOf(draft) };
    try {
      const id =
        edits === undefined
          ? (await postJson<CampaignSummary>('/campaigns', body)).campaignId
          : (
              await sendJson<Campaign>('PUT', `/campaigns/${encodeURIComponent(edits.campaignId)}`, {
                ...body,
                version: edits.life?.version ?? 0,
              })
            ).campaignId;
      if (submit) await postJson(`/campaigns/${encodeURIComponent(id)}/submit`, { actor });
      forgetAnswers();
      go(href(pathOf('campaigns', id)));
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
      setSaving(false);
    }
  };
  return { save, saving, failed };
}
