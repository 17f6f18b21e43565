/** One offer, or a new one: its fields on the left, and on the right what it does to the shop's own orders. */
import { Button } from 'antd';
import { type FormEvent, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson } from '../../api/client.ts';
import type { OfferCheck, OfferDetail } from '../../api/offer-types.ts';
import { forgetAnswers, useResource } from '../../api/resource.ts';
import { useTrial } from '../../api/trial.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts, Page } from '../../parts/page.tsx';
import { Failed, Loaded, Waiting } from '../../parts/states.tsx';
import { go, href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { CheckWords } from './check-words.tsx';
import { TextField } from './fields.tsx';
import { draftOf, type OfferDraft, termsOf } from './offer-draft.ts';
import { CostFields, LimitFields, WhatFields } from './offer-fields.tsx';
import './offers.css';

export default function OfferPage({ id }: { id: string }) {
  const { t } = useI18n();
  const isNew = id === 'new';
  const kept = useResource<OfferDetail>(isNew ? null : `/offers/${encodeURIComponent(id)}`);
  if (isNew) return <Editor />;
  return kept.data === undefined ? (
    <Page title={id} back={{ to: '/offers', label: t('nav.offers') }}>
      <Loaded from={kept} rows={8}>
        {() => null}
      </Loaded>
    </Page>
  ) : (
    <Editor key={kept.data.version} kept={kept.data} />
  );
}

function Editor({ kept }: { kept?: OfferDetail }) {
  const { t, pick } = useI18n();
  const { shop } = useShop();
  const { actor, setActor } = useActor();
  const [draft, setDraft] = useState<OfferDraft>(() => draftOf(shop.currencyDigits, kept?.terms));
  const { save, saving, failed } = useSave(draft, actor);
  const change = (part: Partial<OfferDraft>) => setDraft((before) => ({ ...before, ...part }));
  const isUnnamed = [draft.id, draft.nameEn, draft.nameZh].some((own) => own.trim() === '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isUnnamed && actor !== '') void save();
  };
  return (
    <Page
      title={kept === undefined ? t('offers.form.title') : t('offers.form.edit', { name: pick(kept.name) })}
      lead={kept?.isUsed ? t('offers.form.usedLead', { n: kept.version + 1 }) : t('offers.form.lead')}
      back={{ to: '/offers', label: t('nav.offers') }}
    >
      <div className="grid">
        <form className="w7 stack" onSubmit={submit}>
          <Card title={t('offers.form.what')}>
            <WhatFields draft={draft} onChange={change} isKept={kept !== undefined} />
          </Card>
          <Card title={t('offers.form.cost')}>
            <CostFields draft={draft} onChange={change} />
          </Card>
          <Card title={t('offers.form.limits')}>
            <LimitFields draft={draft} onChange={change} />
          </Card>
          <Card>
            <TextField label={t('offers.actor')} value={actor} required onChange={setActor} />
            {failed === undefined ? null : <Failed error={failed} />}
            <p className="offer-foot">
              <Button type="primary" htmlType="submit" loading={saving} disabled={isUnnamed || actor === ''}>
                {t('offers.form.save')}
              </Button>
              {isUnnamed ? <span className="small soft">{t('offers.form.needs')}</span> : null}
            </p>
          </Card>
        </form>
        <div className="w5 stack">
          <LiveCheck draft={draft} />
          {kept === undefined ? null : <Versions kept={kept} />}
        </div>
      </div>
    </Page>
  );
}

function useSave(draft: OfferDraft, actor: string) {
  const [saving, setSaving] = useState(false);
  const [failed, setFailed] = useState<ApiError>();
  const save = async () => {
    setSaving(true);
    setFailed(undefined);
    try {
      await postJson<OfferDetail>('/offers', { offer: termsOf(draft), actor });
      forgetAnswers();
      go(href('/offers'));
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
      setSaving(false);
    }
  };
  return { save, saving, failed };
}

function LiveCheck({ draft }: { draft: OfferDraft }) {
  const { t, pick } = useI18n();
  const { format } = useShop();
  const { data, error, loading, retry } = useTrial<OfferCheck>('/offers/check', { offer: termsOf(draft) });
  return (
    <Card title={t('offers.live')} note={t('offers.live.note')} className="offer-live">
      <div aria-live="polite" aria-busy={loading} className={loading && data !== undefined ? 'fresh stale' : 'fresh'}>
        {error === undefined ? null : <Failed error={error} retry={retry} />}
        {error === undefined && data === undefined ? <Waiting rows={4} /> : null}
        {data === undefined ? null : (
          <div className="stack">
            <p>{pick(data.words)}</p>
            <p className="live-check" data-testid="main-number" data-value={String(data.check.usable)}>
              <CheckWords check={data.check} />
            </p>
            <Facts
              items={[
                [t('offers.live.margin'), format.moneyWhole(data.check.marginBeforeMinor)],
                [t('offers.live.takes'), format.moneyWhole(data.check.usedMinor)],
                [t('offers.live.reach'), format.money(data.reachMinor)],
                [t('offers.live.refused'), format.count(data.check.refused)],
              ]}
            />
          </div>
        )}
      </div>
    </Card>
  );
}

function Versions({ kept }: { kept: OfferDetail }) {
  const { t, pick } = useI18n();
  const { format } = useShop();
  return (
    <Card title={t('offers.form.versions')}>
      <ul className="stack">
        {kept.versions.map((own) => (
          <li key={own.version}>
            <strong>{t('offers.version', { n: own.version })}</strong>{' '}
            <span className={own.isUsed ? 'chip yes' : 'chip'}>
              {own.isUsed ? t('offers.used') : t('offers.draft')}
            </span>
            <p className="small">{pick(own.words)}</p>
            <p className="small soft">{format.dateTime(own.at)}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
