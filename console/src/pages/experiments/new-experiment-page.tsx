/** A new experiment: the question, the arms, what is measured and what must not be harmed. */
import { Button, Checkbox, Input, Select } from 'antd';
import { type FormEvent, useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Failed, Loaded } from '../../parts/states.tsx';
import { go, href } from '../../router.ts';
import { ActorInput } from './actor.tsx';
import { pathTo } from './experiments-page.tsx';
import { useMetrics } from './metric.ts';
import type { ExperimentList, Kept } from './types.ts';
import { useSend } from './use-send.ts';
import './experiments.css';

interface Draft {
  readonly name: string;
  readonly hypothesis: string;
  readonly arms: readonly { readonly name: string; readonly percent: number | null }[];
  readonly primary: string;
  readonly others: readonly string[];
  readonly guardrail: string | null;
  readonly threshold: number | null;
  readonly adjust: boolean;
  readonly sequential: boolean;
  readonly windowDays: number | null;
  readonly plannedMembers: number | null;
}

const FIRST: Draft = {
  ...{ name: '', hypothesis: '', primary: 'bought', others: ['revenue'], guardrail: 'margin', threshold: 2 },
  arms: [
    { name: 'control', percent: 50 },
    { name: 'variant', percent: 50 },
  ],
  ...{ adjust: true, sequential: true, windowDays: 28, plannedMembers: null },
};
/** More of these is worse. */
const HARM_UP: ReadonlySet<string> = new Set(['returns']);
const RATIOS = ['revenue/orders', 'promotion_clicks/promotion_views', 'p90:revenue'] as const;

function bodyOf(draft: Draft, { covariates }: ExperimentList, actor: string) {
  const {
    name,
    hypothesis,
    arms,
    primary,
    others,
    guardrail,
    threshold,
    adjust,
    sequential,
    windowDays,
    plannedMembers,
  } = draft;
  const harm = guardrail !== null && HARM_UP.has(guardrail) ? 'up' : 'down';
  return {
    actor: actor.trim(),
    plan: {
      ...{ name, hypothesis, sequential, windowDays: windowDays ?? 28 },
      arms: arms.map((arm) => ({ name: arm.name.trim(), share: (arm.percent ?? 0) / 100 })),
      metrics: [primary, ...others.filter((other) => other !== primary)],
      guardrails: guardrail === null ? [] : [`${guardrail}:${harm}:${(threshold ?? 0) / 100}`],
      covariates: adjust ? covariates : [],
      by: ['tier'],
      ...(plannedMembers === null ? {} : { plannedMembers }),
    },
  };
}

export default function NewExperimentPage() {
  const { t } = useI18n();
  const list = useResource<ExperimentList>('/experiments');
  return (
    <Page title={t('xp.new')} lead={t('xp.new.lead')} back={{ to: '/experiments', label: t('nav.experiments') }}>
      <Loaded from={list} rows={8}>
        {(data) => <Form list={data} />}
      </Loaded>
    </Page>
  );
}

function Form({ list }: { list: ExperimentList }) {
  const { t } = useI18n();
  const { actor } = useActor();
  const { name: metricName } = useMetrics();
  const [draft, setDraft] = useState(FIRST);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const { send, sending, failed } = useSend<Kept>((made) => go(href(pathTo(made.id), { tab: 'setup' })));
  const metrics = [...list.outcomes.filter(({ available }) => available).map(({ key }) => key), ...RATIOS];
  const options = metrics.map((value) => ({ value, label: metricName(value) }));
  const ready = draft.name.trim() !== '' && actor.trim() !== '' && draft.arms.every((arm) => arm.name.trim() !== '');
  const ids = { name: useId(), why: useId(), primary: useId(), others: useId(), guardrail: useId() };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) send('POST', '/experiments', bodyOf(draft, list, actor));
  };
  return (
    <form className="grid" onSubmit={submit}>
      <Card title={t('xp.question')} className="w6">
        <div className="stack">
          <div className="filter">
            <label htmlFor={ids.name}>{t('table.name')}</label>
            <Input
              id={ids.name}
              value={draft.name}
              maxLength={120}
              required
              onChange={(event) => change({ name: event.target.value })}
            />
          </div>
          <div className="filter">
            <label htmlFor={ids.why}>{t('xp.hypothesis')}</label>
            <Input.TextArea
              id={ids.why}
              rows={3}
              maxLength={2000}
              value={draft.hypothesis}
              placeholder={t('xp.hypothesis.example')}
              onChange={(event) => change({ hypothesis: event.target.value })}
            />
          </div>
          <Arms arms={draft.arms} onChange={(arms) => change({ arms })} />
        </div>
      </Card>
      <Card title={t('xp.measured')} className="w6">
        <div className="stack">
          <div className="filter">
            <label htmlFor={ids.primary}>{t('xp.primary')}</label>
            <Select
              id={ids.primary}
              value={draft.primary}
              options={options}
              onChange={(primary) => change({ primary })}
            />
          </div>
          <div className="filter">
            <label htmlFor={ids.others}>{t('xp.others')}</label>
            <Select
              id={ids.others}
              mode="multiple"
              value={[...draft.others]}
              options={options}
              onChange={(others) => change({ others })}
            />
          </div>
          <div className="xp-fields">
            <div className="filter">
              <label htmlFor={ids.guardrail}>{t('xp.guardrail')}</label>
              <Select
                id={ids.guardrail}
                allowClear
                value={draft.guardrail}
                options={options}
                onChange={(guardrail: string | undefined) => change({ guardrail: guardrail ?? null })}
              />
            </div>
            <NumberField
              label={t('xp.guardrail.borne')}
              value={draft.threshold}
              max={90}
              precision={1}
              suffix="%"
              onChange={(threshold) => change({ threshold })}
            />
            <NumberField
              label={t('xp.window')}
              value={draft.windowDays}
              min={1}
              max={365}
              onChange={(windowDays) => change({ windowDays })}
            />
            <NumberField
              label={t('xp.planned')}
              value={draft.plannedMembers}
              max={1_000_000_000}
              onChange={(plannedMembers) => change({ plannedMembers })}
            />
          </div>
          <Checkbox checked={draft.sequential} onChange={(event) => change({ sequential: event.target.checked })}>
            {t('xp.sequential')}
          </Checkbox>
          <Checkbox checked={draft.adjust} onChange={(event) => change({ adjust: event.target.checked })}>
            {t('xp.adjust')}
          </Checkbox>
          <ActorInput />
          {failed === undefined ? null : <Failed error={failed} />}
          <p>
            <Button type="primary" htmlType="submit" loading={sending} disabled={!ready}>
              {t('xp.saveDraft')}
            </Button>
          </p>
        </div>
      </Card>
    </form>
  );
}

function Arms({ arms, onChange }: { arms: Draft['arms']; onChange: (arms: Draft['arms']) => void }) {
  const { t } = useI18n();
  const id = useId();
  const put = (place: number, part: Partial<Draft['arms'][number]>) =>
    onChange(arms.map((arm, k) => (k === place ? { ...arm, ...part } : arm)));
  return (
    <fieldset className="group xp-arms">
      <legend>{t('xp.arms')}</legend>
      {arms.map((arm, k) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: arms are edited in place and have no other key
        <div className="xp-arm" key={k}>
          <div className="filter">
            <label htmlFor={`${id}-${k}`}>{k === 0 ? t('xp.controlArm') : t('xp.arm', { n: k })}</label>
            <Input
              id={`${id}-${k}`}
              value={arm.name}
              maxLength={40}
              onChange={(event) => put(k, { name: event.target.value })}
            />
          </div>
          <NumberField
            label={t('table.share')}
            value={arm.percent}
            min={1}
            max={99}
            precision={1}
            suffix="%"
            onChange={(percent) => put(k, { percent })}
          />
          {k < 2 ? null : (
            <Button
              type="text"
              aria-label={t('xp.arm.remove', { arm: arm.name })}
              icon={<Icon name="close" size={16} />}
              onClick={() => onChange(arms.filter((_, place) => place !== k))}
            />
          )}
        </div>
      ))}
      <Button
        size="small"
        icon={<Icon name="plus" size={14} />}
        onClick={() => onChange([...arms, { name: `variant-${arms.length}`, percent: 10 }])}
      >
        {t('xp.arm.add')}
      </Button>
    </fieldset>
  );
}
