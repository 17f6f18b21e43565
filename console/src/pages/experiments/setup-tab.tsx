/** How the experiment was set up, its log, and its start and stop. */
import { Button } from 'antd';
import { useActor } from '../../actor.ts';
import { isKey, type Key, useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Failed } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { ActorInput } from './actor.tsx';
import { pathTo } from './experiments-page.tsx';
import { useMetrics } from './metric.ts';
import type { Detail, Kept } from './types.ts';
import { useSend } from './use-send.ts';

export function SetupTab({ detail, onChanged }: { detail: Detail; onChanged: () => void }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { name } = useMetrics();
  const { row, experiment, metrics, guardrails, covariates } = detail;
  const plan = experiment?.plan;
  const columns: Column<(typeof row.arms)[number]>[] = [
    { key: 'arm', title: t('table.arm'), cell: (arm) => arm.name },
    {
      key: 'share',
      title: t('table.share'),
      numeric: true,
      cell: (arm) => (arm.share === null ? '–' : format.percent(arm.share, 1)),
    },
    { key: 'members', title: t('xp.members'), numeric: true, cell: (arm) => format.count(arm.members) },
  ];
  return (
    <div className="grid">
      <Card title={t('xp.setup')} className="w7">
        {plan === undefined || plan.hypothesis === '' ? null : <p className="xp-hypothesis">{plan.hypothesis}</p>}
        <Facts
          items={[
            [t('xp.primary'), metrics[0] === undefined ? '–' : name(metrics[0])],
            [t('xp.others'), metrics.slice(1).map(name).join(' · ') || '–'],
            [
              t('xp.guardrails'),
              guardrails.map((own) => guardrailWords(own, name, t, format.percent)).join(' · ') || '–',
            ],
            [t('xp.covariates'), covariates.map((own) => covariateWords(own, t)).join(' · ') || '–'],
            ...(plan === undefined
              ? []
              : ([
                  [t('xp.unit'), t(`xp.unit.${plan.unit}` as Key)],
                  [t('xp.test'), t(plan.sequential ? 'xp.sequential' : 'xp.fixed')],
                  [t('xp.window'), t('xp.windowDays', { n: plan.windowDays })],
                  [t('xp.planned'), plan.plannedMembers === undefined ? '–' : format.count(plan.plannedMembers)],
                  [
                    t('xp.layer'),
                    plan.layer === undefined ? '–' : `${plan.layer.name} · ${format.percent(plan.layer.share, 0)}`,
                  ],
                ] as const)),
          ]}
        />
        <DataTable dense caption={t('xp.arms')} columns={columns} rows={row.arms} rowKey={(arm) => arm.name} />
      </Card>
      {experiment === null ? (
        <Card title={t('xp.life')} className="w5">
          <p className="soft">{t('xp.life.campaign')}</p>
        </Card>
      ) : (
        <LifeCard experiment={experiment} onChanged={onChanged} />
      )}
    </div>
  );
}

export function covariateWords(key: string, t: ReturnType<typeof useI18n>['t']): string {
  const word = `xp.covariate.${key}`;
  return isKey(word) ? t(word) : key;
}

function guardrailWords(
  text: string,
  name: (metric: string) => string,
  t: ReturnType<typeof useI18n>['t'],
  percent: (share: number, digits?: number) => string,
): string {
  const [, metric = text, harm, threshold = '0'] = /^(.+):(down|up):([\d.]+)$/.exec(text) ?? [];
  return `${name(metric)} (${t(harm === 'up' ? 'xp.guardrail.up' : 'xp.guardrail.down', { share: percent(Number(threshold), 1) })})`;
}

function LifeCard({ experiment, onChanged }: { experiment: Kept; onChanged: () => void }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { actor } = useActor();
  const { send, sending, failed } = useSend<Kept>(onChanged);
  const { id, revision, status, log } = experiment;
  const act = (action: 'start' | 'stop') => send('POST', `${pathTo(id)}/${action}`, { actor: actor.trim(), revision });
  return (
    <Card title={t('xp.life')} className="w5">
      {status === 'draft' || status === 'running' ? (
        <div className="stack">
          <ActorInput />
          {failed === undefined ? null : <Failed error={failed} />}
          <p>
            <Button
              type={status === 'draft' ? 'primary' : 'default'}
              danger={status === 'running'}
              loading={sending}
              disabled={actor.trim() === ''}
              onClick={() => act(status === 'draft' ? 'start' : 'stop')}
            >
              {t(status === 'draft' ? 'xp.start' : 'xp.stop')}
            </Button>
          </p>
          {status === 'running' ? (
            <p className="small soft">
              {t('xp.askArm')} <code>{`GET /api/v1/experiments/${id}/arm?customer=…&expose=true`}</code>
            </p>
          ) : null}
        </div>
      ) : null}
      <ol className="xp-log">
        {[...log].reverse().map((entry) => (
          <li key={`${entry.at} ${entry.action}`}>
            <strong>{t(`xp.action.${entry.action}` as Key)}</strong> {entry.actor}
            <span className="soft small"> · {format.date(entry.at)}</span>
            {entry.note === '' ? null : <p className="small">{entry.note}</p>}
          </li>
        ))}
      </ol>
    </Card>
  );
}
