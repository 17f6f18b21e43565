/** One journey: the canvas with its counts, a panel for the node, start and pause, and what became of the people. */
import { Button, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, sendJson } from '../../api/client.ts';
import { forgetAnswers, useResource } from '../../api/resource.ts';
import { useTrial } from '../../api/trial.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ActorField } from '../../parts/actor-field.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { Card, Facts, Page } from '../../parts/page.tsx';
import { Failed, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { Canvas } from './canvas.tsx';
import { FunnelCard, GoalCard, LostCard } from './figures-cards.tsx';
import { inserted, removed } from './graph.ts';
import type { Definition, Fault, JourneyOne } from './journey-types.ts';
import { StatusChip } from './journeys-page.tsx';
import { NodePanel } from './node-panel.tsx';
import './journeys.css';

export default function JourneyPage({ id }: { id: string }) {
  const [version, setVersion] = useState<number | null>(null);
  const query = version === null ? '' : `?version=${version}`;
  const resource = useResource<JourneyOne>(`/journeys/${encodeURIComponent(id)}${query}`);
  const { t, pick } = useI18n();
  const back = { to: '/journeys', label: t('nav.journeys') };
  const title = resource.data === undefined ? id : pick(resource.data.name);
  return (
    <Page title={title} back={back}>
      <Loaded from={resource} rows={12}>
        {(journey) => (
          <Journey
            key={`${journey.revision}`}
            journey={journey}
            onVersion={setVersion}
            onChanged={() => {
              forgetAnswers();
              resource.reload();
            }}
          />
        )}
      </Loaded>
    </Page>
  );
}

interface JourneyProps {
  readonly journey: JourneyOne;
  onVersion(version: number | null): void;
  onChanged(): void;
}

function Journey({ journey, onVersion, onChanged }: JourneyProps) {
  const { t } = useI18n();
  const [edited, setEdited] = useState<Definition | null>(null);
  const [selected, setSelected] = useState<string | null>(null);
  const [failure, setFailure] = useState<ApiError>();
  const { actor } = useActor();
  const check = useTrial<{ faults: readonly Fault[] }>(
    '/journeys/check',
    edited === null ? null : { definition: edited },
  );
  const channels =
    useResource<{ channels: readonly { name: string }[] }>('/delivery').data?.channels.map(({ name }) => name) ?? [];
  const definition = edited ?? (journey.isChanged ? journey.draft : (journey.shown ?? journey.draft));
  const faults = edited === null ? journey.faults : (check.data?.faults ?? []);
  const node = definition.nodes.find((each) => each.id === selected);
  const { status, revision, id, figures } = journey;
  const send = (method: 'PUT' | 'POST', path: string, body: object) => {
    setFailure(undefined);
    sendJson<JourneyOne>(method, `/journeys/${encodeURIComponent(id)}${path}`, { ...body, revision, actor })
      .then(onChanged)
      .catch((error: unknown) => setFailure(error instanceof ApiError ? error : undefined));
  };
  const editable = status !== 'ended';
  return (
    <>
      <Card className="journey-bar">
        <div className="journey-tools">
          <StatusChip status={status} />
          {journey.isDry ? <span className="chip mark">{t('journey.dry')}</span> : null}
          <ActorField />
          <div className="card-actions">
            <Button disabled={edited === null || actor === ''} onClick={() => send('PUT', '', { definition: edited })}>
              {t('journey.save')}
            </Button>
            {edited === null ? null : <Button onClick={() => setEdited(null)}>{t('journey.undo')}</Button>}
            <Popconfirm
              title={t('journey.start.sure')}
              onConfirm={() => send('POST', '/start', {})}
              disabled={!canStart()}
            >
              <Button type="primary" disabled={!canStart()}>
                {t(journey.version === 0 ? 'journey.start' : 'journey.startNew')}
              </Button>
            </Popconfirm>
            {status === 'running' || status === 'paused' ? (
              <Button
                disabled={actor === ''}
                onClick={() => send('POST', status === 'running' ? '/pause' : '/resume', {})}
              >
                {t(status === 'running' ? 'journey.pause' : 'journey.resume')}
              </Button>
            ) : null}
            {editable ? (
              <Popconfirm
                title={t('journey.end.sure')}
                onConfirm={() => send('POST', '/end', {})}
                disabled={actor === ''}
              >
                <Button danger disabled={actor === ''}>
                  {t('journey.end')}
                </Button>
              </Popconfirm>
            ) : null}
          </div>
        </div>
        {actor === '' ? <p className="soft small">{t('journey.needName')}</p> : null}
        {failure === undefined ? null : <Failed error={failure} />}
        <GeneralFaults faults={faults} />
      </Card>
      <div className="grid">
        <Card title={t('journey.canvas')} note={t('journey.canvas.note')} className={node === undefined ? 'w12' : 'w8'}>
          <Canvas
            {...{ definition, faults, selected, figures: edited === null && !journey.isChanged ? figures : null }}
            onSelect={(own) => setSelected(own === selected ? null : own)}
          />
        </Card>
        {node === undefined ? null : (
          <Card className="w4">
            <NodePanel
              key={node.id}
              {...{ definition, node, channels }}
              faults={faults.filter((each) => each.node === node.id)}
              onChange={(next) =>
                setEdited({ ...definition, nodes: definition.nodes.map((each) => (each.id === node.id ? next : each)) })
              }
              onInsert={(edge, kind) => {
                const made = inserted(definition, edge, kind);
                setEdited(made.definition);
                setSelected(made.id);
              }}
              onRemove={() => {
                setEdited(removed(definition, node.id));
                setSelected(null);
              }}
            />
          </Card>
        )}
        <RulesCard definition={definition} onChange={editable ? setEdited : undefined} />
        {figures === null ? null : (
          <>
            <CountsCard journey={journey} onVersion={onVersion} />
            <FunnelCard figures={figures} journey={journey} />
            <GoalCard figures={figures} isDry={journey.isDry} />
            <LostCard figures={figures} shown={journey.shown} />
          </>
        )}
      </div>
    </>
  );

  function canStart(): boolean {
    return editable && actor !== '' && edited === null && faults.length === 0 && journey.isChanged;
  }
}

function GeneralFaults({ faults }: { faults: readonly Fault[] }) {
  const { pick, t } = useI18n();
  if (faults.length === 0) return null;
  return (
    <div role="alert" className="wrong small">
      <p>{t('journey.faults', { n: faults.length })}</p>
      <ul>
        {faults.slice(0, 5).map((fault) => (
          <li key={`${fault.node}/${fault.en}`}>
            {fault.node === null ? '' : `${fault.node}: `}
            {pick(fault)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function RulesCard({
  definition,
  onChange,
}: {
  definition: Definition;
  onChange: ((next: Definition) => void) | undefined;
}) {
  const { t } = useI18n();
  const reentry = definition.reentry ?? { kind: 'free' as const };
  const kinds = ['free', 'days', 'once'] as const;
  const set = (kind: (typeof kinds)[number], days = 30) =>
    onChange?.({ ...definition, reentry: kind === 'days' ? { kind, days } : { kind } });
  return (
    <Card title={t('journey.rules')} className="w6">
      <div className="journey-rules">
        <div className="filter">
          <span className="field-label">{t('journey.reentry')}</span>
          <Select
            aria-label={t('journey.reentry')}
            className="grow"
            value={reentry.kind}
            disabled={onChange === undefined}
            options={kinds.map((value) => ({ value, label: t(`journey.reentry.${value}`) }))}
            onChange={(kind: (typeof kinds)[number]) => set(kind)}
          />
        </div>
        {reentry.kind === 'days' ? (
          <NumberField
            label={t('journey.reentry.daysLabel')}
            value={reentry.days ?? 30}
            min={1}
            max={730}
            onChange={(days) => set('days', days ?? 30)}
          />
        ) : null}
        <NumberField
          label={t('journey.holdout')}
          value={Math.round((definition.holdoutShare ?? 0.1) * 100)}
          max={90}
          suffix="%"
          onChange={(value) => onChange?.({ ...definition, holdoutShare: (value ?? 0) / 100 })}
        />
      </div>
    </Card>
  );
}

function CountsCard({ journey, onVersion }: Omit<JourneyProps, 'onChanged'>) {
  const { t } = useI18n();
  const { format } = useShop();
  const figures = journey.figures!;
  return (
    <Card
      title={t('journey.counts')}
      className="w6"
      actions={
        <Select
          aria-label={t('journey.version')}
          value={figures.version}
          options={journey.versions.map(({ version, startedAt, actor }) => ({
            value: version,
            label: t('journey.versionOf', { version: String(version), date: format.date(startedAt), actor }),
          }))}
          onChange={onVersion}
        />
      }
    >
      <Facts
        items={[
          [
            t('journey.entered'),
            <span key="n" data-testid="main-number" data-value={String(figures.entered)}>
              {format.count(figures.entered)}
            </span>,
          ],
          [t('journey.inside'), format.count(figures.inside)],
          [t('journey.left'), format.count(figures.ended)],
          [t('journey.heldOut'), format.count(figures.heldOut)],
          [t('journey.averted'), format.count(figures.averted)],
        ]}
      />
    </Card>
  );
}
