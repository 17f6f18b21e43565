/** One segment, new or saved: its rule on the left, whom it holds on the right; kept with a name, used in a campaign. */
import { Button, Input, Popconfirm, Segmented } from 'antd';
import { type FormEvent, useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, csvAddress, postJson, sendJson } from '../../api/client.ts';
import { forgetAnswers, useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ActorField } from '../../parts/actor-field.tsx';
import { ConditionBuilder } from '../../parts/condition/builder.tsx';
import type { Json } from '../../parts/condition/tree.ts';
import { CsvButton } from '../../parts/csv.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Failed, Loaded } from '../../parts/states.tsx';
import { go, href, pathOf, useRoute } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { LiveCard } from './live-card.tsx';
import { SaidForm } from './said-form.tsx';
import type { SegmentOne, SegmentRow, Template } from './segment-types.ts';
import './segments.css';

export default function SegmentPage({ id }: { id: string }) {
  const isNew = id === 'new';
  const { query } = useRoute();
  const template = query.get('template');
  const saved = useResource<SegmentOne>(isNew ? null : `/segments/${encodeURIComponent(id)}`);
  const templates = useResource<{ rows: readonly Template[] }>(
    isNew && template !== null ? '/segments/templates' : null,
  );
  const { pick } = useI18n();
  if (!isNew)
    return (
      <Loaded from={saved}>{(segment) => <Editor key={segment.version} segment={segment} begin={segment} />}</Loaded>
    );
  const list = query.get('list');
  const blank = {
    name: '',
    about: '',
    condition: list === null ? { all: [] } : { all: [{ list }] },
    schedule: 'each run' as const,
  };
  if (template === null) return <Editor key={list} begin={blank} />;
  return (
    <Loaded from={templates}>
      {({ rows }) => {
        const found = rows.find(({ key }) => key === template);
        const begin =
          found === undefined
            ? blank
            : { ...blank, name: pick(found.name), about: pick(found.about), condition: found.condition };
        return <Editor key={template} begin={begin} />;
      }}
    </Loaded>
  );
}

type Draft = Pick<SegmentRow, 'name' | 'about' | 'condition' | 'schedule'>;

function Editor({ segment, begin }: { segment?: SegmentOne; begin: Draft }) {
  const { t } = useI18n();
  const [draft, setDraft] = useState<Draft>(() => ({ ...begin }));
  // What the form begins with: another sentence begins it anew.
  const [initial, setInitial] = useState({ condition: begin.condition, round: 0 });
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <Page
      title={segment?.name ?? t('segments.new')}
      lead={t('segment.lead')}
      back={{ to: '/segments', label: t('nav.segments') }}
      actions={segment === undefined ? undefined : <Actions segment={segment} />}
    >
      <div className="grid">
        <div className="w7 stack">
          <Card title={t('segment.rule')} hint={t('segment.ruleHint')}>
            <SaidForm
              onUse={(condition) => {
                change({ condition });
                setInitial({ condition, round: initial.round + 1 });
              }}
            />
            <ConditionBuilder
              key={initial.round}
              initial={initial.condition}
              onChange={(condition: Json) => change({ condition })}
            />
          </Card>
          <SaveCard segment={segment} draft={draft} onChange={change} />
          {segment === undefined ? null : <HistoryCard segment={segment} />}
        </div>
        <div className="w5">
          <LiveCard condition={draft.condition} />
        </div>
      </div>
    </Page>
  );
}

function Actions({ segment }: { segment: SegmentOne }) {
  const { t } = useI18n();
  return (
    <>
      <CsvButton what={segment.name} source={{ address: csvAddress(`/segments/${segment.id}/people`) }} />
      <Button href={href('/customers', { inSegment: segment.id })}>{t('segment.showPeople')}</Button>
      <Button type="primary" href={href('/campaigns/new', { segment: segment.id })}>
        {t('segment.useInCampaign')}
      </Button>
    </>
  );
}

interface SaveProps {
  readonly segment: SegmentOne | undefined;
  readonly draft: Draft;
  onChange(part: Partial<Draft>): void;
}

function SaveCard({ segment, draft, onChange }: SaveProps) {
  const { t } = useI18n();
  const { actor } = useActor();
  const { save, remove, busy, failed } = useKeep(segment, draft);
  const id = useId();
  const lacks = draft.name.trim() === '' ? t('plan.needsName') : actor.trim() === '' ? t('actor.needed') : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (lacks === undefined) void save();
  };
  return (
    <Card title={t('segment.save')}>
      <form className="segment-form" onSubmit={submit}>
        <div className="filter">
          <label htmlFor={`${id}n`}>{t('table.name')}</label>
          <Input
            id={`${id}n`}
            value={draft.name}
            maxLength={120}
            required
            onChange={({ target }) => onChange({ name: target.value })}
          />
        </div>
        <ActorField />
        <div className="filter wide">
          <label htmlFor={`${id}a`}>{t('segment.about')}</label>
          <Input.TextArea
            id={`${id}a`}
            autoSize={{ minRows: 1, maxRows: 4 }}
            maxLength={2000}
            value={draft.about}
            onChange={({ target }) => onChange({ about: target.value })}
          />
        </div>
        <div className="wide">
          <Segmented<Draft['schedule']>
            aria-label={t('segments.schedule')}
            value={draft.schedule}
            onChange={(schedule) => onChange({ schedule })}
            options={[
              { value: 'each run', label: t('segments.eachRun') },
              { value: 'once', label: t('segments.once') },
            ]}
          />
          <p className="small soft">{t(draft.schedule === 'once' ? 'segment.onceNote' : 'segment.eachRunNote')}</p>
        </div>
        {failed === undefined ? null : <Failed error={failed} />}
        <p className="plan-foot wide">
          <Button type="primary" htmlType="submit" loading={busy} disabled={lacks !== undefined}>
            {t(segment === undefined ? 'segment.create' : 'segment.change')}
          </Button>
          {segment === undefined ? null : (
            <Popconfirm
              title={t('segment.deleteSure')}
              okText={t('segment.delete')}
              cancelText={t('segment.keep')}
              onConfirm={() => void remove()}
            >
              <Button danger type="text" disabled={actor.trim() === ''}>
                {t('segment.delete')}
              </Button>
            </Popconfirm>
          )}
          <span className="small soft">{lacks ?? ''}</span>
        </p>
      </form>
    </Card>
  );
}

function useKeep(segment: SegmentOne | undefined, draft: Draft) {
  const { actor } = useActor();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ApiError>();
  const attempt = async (work: () => Promise<string>) => {
    setBusy(true);
    setFailed(undefined);
    try {
      const to = await work();
      forgetAnswers();
      go(to);
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
    } finally {
      setBusy(false);
    }
  };
  const { name, about, condition, schedule } = draft;
  const body = { name: name.trim(), about, condition, schedule, actor: actor.trim() };
  const save = () =>
    attempt(async () => {
      const kept =
        segment === undefined
          ? await postJson<SegmentRow>('/segments', body)
          : await sendJson<SegmentRow>('PUT', `/segments/${segment.id}`, { ...body, version: segment.version });
      return href(segment === undefined ? pathOf('segments', kept.id) : '/segments');
    });
  const remove = () =>
    attempt(async () => {
      await sendJson('DELETE', `/segments/${segment?.id}`, { actor: actor.trim(), version: segment?.version });
      return href('/segments');
    });
  return { save, remove, busy, failed };
}

function HistoryCard({ segment }: { segment: SegmentOne }) {
  const { t, pick } = useI18n();
  const { format } = useShop();
  return (
    <Card title={t('segment.history')}>
      {segment.usedBy.length === 0 ? null : <p>{t('segment.usedBy', { what: segment.usedBy.join(', ') })}</p>}
      <ol className="versions">
        {segment.versions.map((each) => (
          <li key={each.version}>
            <p>
              <b>{t('segment.version', { n: each.version })}</b>
              <span className="small soft">{` ${each.name} · ${each.changedBy} · ${format.dateTime(each.changedAt)}`}</span>
            </p>
            <p className="small">{pick(each.words)}</p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
