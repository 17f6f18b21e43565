/** Where a campaign stands on its way, and what may be done now. */
import { Button, DatePicker, Input } from 'antd';
import type dayjs from 'dayjs';
import { useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson } from '../../api/client.ts';
import { forgetAnswers } from '../../api/resource.ts';
import type { Campaign, CampaignAction, CampaignLife, LifeStatus } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ActorField } from '../../parts/actor-field.tsx';
import { Card } from '../../parts/page.tsx';
import { Failed } from '../../parts/states.tsx';
import { go, href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { TestSend } from './test-send.tsx';

const WAY: readonly LifeStatus[] = ['draft', 'in-review', 'approved', 'scheduled', 'running', 'finished'];

interface LifeProps {
  readonly campaign: Campaign;
  readonly life: CampaignLife;
  onDone(): void;
}

export function LifeCard({ campaign, life, onDone }: LifeProps) {
  const { t } = useI18n();
  return (
    <Card title={t('course.title')} className="life">
      <StatusBar status={life.status} />
      <LifeFacts life={life} />
      {life.can.length === 0 ? null : <Actions campaign={campaign} life={life} onDone={onDone} />}
      {['finished', 'stopped'].includes(life.status) ? null : <TestSend campaign={campaign} />}
    </Card>
  );
}

/** The way from draft to finished; paused and stopped stand in the place of what they interrupt. */
function StatusBar({ status }: { status: LifeStatus }) {
  const { t } = useI18n();
  const instead: Partial<Record<LifeStatus, LifeStatus>> = { paused: 'running', stopped: 'finished' };
  const here = WAY.indexOf(instead[status] ?? status);
  return (
    <ol className="status-bar">
      {WAY.map((each, place) => {
        const shown = place === here ? status : each;
        const look = place < here ? 'done' : place === here ? `here ${status}` : '';
        return (
          <li key={each} className={look} aria-current={place === here ? 'step' : undefined}>
            {t(`campaign.status.${shown}`)}
          </li>
        );
      })}
    </ol>
  );
}

function LifeFacts({ life }: { life: CampaignLife }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { authors, approvedBy, startAt, endAt, reserved, handed } = life;
  const facts = [
    ...(authors.length === 0 ? [] : [t('course.authors', { who: format.list(authors) })]),
    ...(approvedBy === null ? [] : [t('course.approvedBy', { who: approvedBy })]),
    ...(startAt === null
      ? []
      : [
          t('course.times', {
            start: format.dateTime(startAt),
            end: endAt === null ? t('course.open') : format.dateTime(endAt),
          }),
        ]),
    ...(reserved === null
      ? []
      : [t('course.reserved', { money: format.money(reserved.amountMinor), budget: reserved.budget })]),
    ...(handed === null ? [] : [t('course.handed', { n: handed.messages })]),
    ...(handed === null || handed.refused === 0 ? [] : [t('course.handed.refused', { n: handed.refused })]),
  ];
  return facts.length === 0 ? null : <p className="small soft">{facts.join(' · ')}</p>;
}

const ORDER: readonly CampaignAction[] = [
  'submit',
  'approve',
  'reject',
  'schedule',
  'start',
  'pause',
  'edit',
  'finish',
  'stop',
];
const FIRST: readonly CampaignAction[] = ['submit', 'approve', 'schedule'];

function Actions({ campaign, life, onDone }: LifeProps) {
  const { t } = useI18n();
  const { shop } = useShop();
  const { actor } = useActor();
  const [note, setNote] = useState('');
  const [times, setTimes] = useState<readonly [number | null, number | null]>([null, null]);
  const { run, running, failed } = useAction(campaign, life, onDone);
  const id = useId();
  const isUnnamed = actor.trim() === '';
  const act = (action: CampaignAction) => {
    if (action === 'edit') return go(href('/campaigns/new', { edit: campaign.campaignId }));
    const [startAt, endAt] = times;
    return run(action, note, action === 'schedule' ? { startAt, ...(endAt === null ? {} : { endAt }) } : {});
  };
  const own = life.can.includes('approve') && life.authors.includes(actor.trim());
  return (
    <>
      <div className="fields life-fields">
        <ActorField />
        <div className="filter">
          <label htmlFor={id}>{t('course.note')}</label>
          <Input
            id={id}
            value={note}
            maxLength={1000}
            placeholder={t('course.note.example')}
            onChange={(event) => setNote(event.target.value)}
          />
        </div>
        {life.can.includes('schedule') ? (
          <>
            <Moment
              label={`${t('course.startAt')} (${shop.timeZone})`}
              at={times[0]}
              onChange={(at) => setTimes([at, times[1]])}
            />
            <Moment
              label={`${t('course.endAt')} (${shop.timeZone})`}
              at={times[1]}
              onChange={(at) => setTimes([times[0], at])}
            />
          </>
        ) : null}
      </div>
      {failed === undefined ? null : <Failed error={failed} />}
      <p className="plan-foot">
        {ORDER.filter((action) => life.can.includes(action)).map((action) => (
          <Button
            key={action}
            type={FIRST.includes(action) ? 'primary' : 'default'}
            danger={action === 'stop'}
            loading={running === action}
            disabled={
              action !== 'edit' &&
              (isUnnamed ||
                (action === 'approve' && own) ||
                (action === 'schedule' && times[0] === null) ||
                running !== undefined)
            }
            onClick={() => act(action)}
          >
            {action === 'start' && life.status === 'paused' ? t('course.resume') : t(`course.action.${action}`)}
          </Button>
        ))}
        {own ? <span className="small soft">{t('course.own')}</span> : null}
      </p>
    </>
  );
}

/** A day and a time of the shop's zone. */
function Moment({ label, at, onChange }: { label: string; at: number | null; onChange: (at: number | null) => void }) {
  const { shop } = useShop();
  const id = useId();
  const [shown, setShown] = useState<dayjs.Dayjs | null>(null);
  const inZone = (own: dayjs.Dayjs): number => {
    const naive = Date.UTC(own.year(), own.month(), own.date(), own.hour(), own.minute());
    const zone = new Date(naive).toLocaleString('en-US', { timeZone: shop.timeZone, timeZoneName: 'longOffset' });
    const [, sign, hours, minutes = '0'] = /GMT([+-])(\d+)(?::(\d+))?/.exec(zone) ?? [];
    const offset = hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    return naive - offset * 60_000;
  };
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <DatePicker
        id={id}
        showTime={{ format: 'HH:mm' }}
        format="YYYY-MM-DD HH:mm"
        value={at === null ? null : shown}
        onChange={(value: dayjs.Dayjs | null) => {
          setShown(value);
          onChange(value === null ? null : inZone(value));
        }}
      />
    </div>
  );
}

function useAction(campaign: Campaign, life: CampaignLife, onDone: () => void) {
  const { actor } = useActor();
  const [running, setRunning] = useState<CampaignAction>();
  const [failed, setFailed] = useState<ApiError>();
  const run = async (action: CampaignAction, note: string, more: object) => {
    setRunning(action);
    setFailed(undefined);
    try {
      await postJson(`/campaigns/${encodeURIComponent(campaign.campaignId)}/${action}`, {
        ...{ actor, version: life.version },
        ...(note.trim() === '' ? {} : { note: note.trim() }),
        ...more,
      });
      forgetAnswers();
      onDone();
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
    } finally {
      setRunning(undefined);
    }
  };
  return { run, running, failed };
}
