/** Journeys: all of them with how they do, and templates to begin with. */
import { Button, Input, Modal, Switch } from 'antd';
import { useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson } from '../../api/client.ts';
import { forgetAnswers, useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ActorField } from '../../parts/actor-field.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Empty, Failed, Loaded } from '../../parts/states.tsx';
import { go, href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import type { JourneyOne, JourneyRow, JourneyTemplate, Status } from './journey-types.ts';
import './journeys.css';

export function StatusChip({ status }: { status: Status }) {
  const { t } = useI18n();
  const look = { draft: 'chip', running: 'chip yes', paused: 'chip mark', ended: 'chip' }[status];
  return <span className={look}>{t(`journey.status.${status}`)}</span>;
}

export default function JourneysPage() {
  const { t } = useI18n();
  const list = useResource<{ rows: readonly JourneyRow[] }>('/journeys');
  const templates = useResource<{ rows: readonly JourneyTemplate[] }>('/journeys/templates');
  const [chosen, setChosen] = useState<JourneyTemplate>();
  const rows = list.data?.rows ?? [];
  const entered = rows.reduce((sum, row) => sum + row.entered, 0);
  const columns = useColumns();
  const source = {
    name: 'journeys',
    header: ['id', 'name', 'status', 'version', 'entered', 'inside', 'goal_rate'],
    rows: () =>
      rows.map((row) => [row.id, row.name.en, row.status, row.version, row.entered, row.inside, row.goalRate]),
  };
  return (
    <Page
      title={t('nav.journeys')}
      lead={
        <span data-testid="main-number" data-value={list.data === undefined ? '' : String(entered)}>
          {list.data === undefined ? t('journeys.lead') : t('journeys.total', { n: rows.length, entered })}
        </span>
      }
    >
      <Card
        title={t('journeys.all')}
        actions={rows.length === 0 ? undefined : <CsvButton what={t('nav.journeys')} source={source} />}
      >
        <Loaded
          from={list}
          empty={(data) => data.rows.length === 0 && <Empty title={t('journeys.none')}>{t('journeys.noneFix')}</Empty>}
        >
          {(data) => (
            <DataTable
              caption={t('nav.journeys')}
              columns={columns}
              rows={data.rows}
              rowKey={(row) => row.id}
              onOpen={(row) => go(href(pathOf('journeys', row.id)))}
            />
          )}
        </Loaded>
      </Card>
      <Card title={t('journeys.templates')} note={t('journeys.templates.note')} className="journey-templates-card">
        <Loaded from={templates}>{(data) => <Templates templates={data.rows} onChoose={setChosen} />}</Loaded>
      </Card>
      {chosen === undefined ? null : (
        <NewJourney template={chosen} taken={rows.map(({ id }) => id)} onClose={() => setChosen(undefined)} />
      )}
    </Page>
  );
}

function Templates({
  templates,
  onChoose,
}: {
  templates: readonly JourneyTemplate[];
  onChoose: (one: JourneyTemplate) => void;
}) {
  const { t, pick } = useI18n();
  return (
    <ul className="journey-templates">
      {templates.map((template) => (
        <li key={template.key}>
          <h3>{pick(template.definition.name)}</h3>
          <p className="soft small">{pick(template.about)}</p>
          <Button size="small" onClick={() => onChoose(template)}>
            {t('journeys.use')}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function NewJourney({
  template,
  taken,
  onClose,
}: {
  template: JourneyTemplate;
  taken: readonly string[];
  onClose: () => void;
}) {
  const { t, pick } = useI18n();
  const { actor } = useActor();
  const field = useId();
  const dry = useId();
  const [id, setId] = useState(() => freeName(template.key, taken));
  const [isDry, setDry] = useState(false);
  const [error, setError] = useState<ApiError>();
  const create = () => {
    postJson<JourneyOne>('/journeys', { id, definition: template.definition, isDry, actor })
      .then(() => {
        forgetAnswers();
        go(href(pathOf('journeys', id)));
      })
      .catch((cause: unknown) => setError(cause instanceof ApiError ? cause : undefined));
  };
  const isRight = /^[a-z0-9][a-z0-9-]{0,63}$/.test(id) && !taken.includes(id);
  return (
    <Modal
      open
      title={pick(template.definition.name)}
      okText={t('journeys.create')}
      onOk={create}
      okButtonProps={{ disabled: actor === '' || !isRight }}
      onCancel={onClose}
    >
      <div className="stack">
        <ActorField />
        <div className="filter">
          <label htmlFor={field}>{t('journeys.id')}</label>
          <Input
            id={field}
            value={id}
            maxLength={64}
            status={isRight ? '' : 'error'}
            onChange={(event) => setId(event.target.value)}
          />
          {isRight ? null : <p className="wrong small">{t('journeys.id.wrong')}</p>}
        </div>
        <div className="filter">
          <label htmlFor={dry}>{t('journeys.isDry')}</label>
          <span>
            <Switch id={dry} checked={isDry} onChange={setDry} />
          </span>
        </div>
        {error === undefined ? null : <Failed error={error} />}
      </div>
    </Modal>
  );
}

function freeName(key: string, taken: readonly string[]): string {
  for (let i = 1; ; i++) {
    const id = i === 1 ? key : `${key}-${i}`;
    if (!taken.includes(id)) return id;
  }
}

function useColumns(): readonly Column<JourneyRow>[] {
  const { t, pick } = useI18n();
  const { format } = useShop();
  return [
    {
      key: 'name',
      title: t('table.name'),
      cell: (row) => (
        <>
          <a href={href(pathOf('journeys', row.id))}>{pick(row.name)}</a>
          <p className="small soft">{row.isExample ? t('journeys.example') : row.id}</p>
        </>
      ),
    },
    { key: 'status', title: t('table.status'), cell: (row) => <StatusChip status={row.status} /> },
    {
      key: 'version',
      title: t('journey.version'),
      numeric: true,
      cell: (row) => (row.version === 0 ? '–' : row.version),
    },
    { key: 'entered', title: t('journey.entered'), numeric: true, cell: (row) => format.count(row.entered) },
    { key: 'inside', title: t('journey.inside'), numeric: true, cell: (row) => format.count(row.inside) },
    {
      key: 'goal',
      title: t('journey.goalRate'),
      numeric: true,
      cell: (row) => (row.goalRate === null ? '–' : format.percent(row.goalRate)),
    },
  ];
}
