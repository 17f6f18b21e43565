/** Who gets nothing: the global holdout and those of past campaigns, and whether they still stand for everybody. */
import { Button } from 'antd';
import { useState } from 'react';
import { useActor } from '../../actor.ts';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Failed, Loaded } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { ActorInput } from './actor.tsx';
import { pathTo } from './experiments-page.tsx';
import { useMetrics } from './metric.ts';
import type { Drift, Holdouts } from './types.ts';
import { useSend } from './use-send.ts';

export function HoldoutsCards() {
  const { t } = useI18n();
  const found = useResource<Holdouts>('/holdouts');
  return (
    <Loaded from={found} rows={8}>
      {(data) => (
        <div className="grid">
          <GlobalCard data={data} onChanged={found.reload} />
          <Card title={t('xp.holdout.campaigns')} hint={t('xp.holdout.campaigns.hint')} className="w12">
            <CampaignsTable data={data} />
          </Card>
        </div>
      )}
    </Loaded>
  );
}

function GlobalCard({ data: { global }, onChanged }: { data: Holdouts; onChanged: () => void }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { actor } = useActor();
  const [share, setShare] = useState<number | null>(100 * global.share || 5);
  const { send, sending, failed } = useSend<Holdouts>(onChanged);
  const last = global.log.at(-1);
  return (
    <>
      <Card title={t('xp.holdout.global')} hint={t('xp.holdout.global.hint')} className="w7">
        <Facts
          items={[
            [t('table.share'), format.percent(global.share, 1)],
            [t('xp.holdout.people'), format.count(global.drift.held)],
            [t('xp.holdout.since'), global.since === null ? '–' : format.date(global.since)],
            [t('xp.holdout.drift'), <DriftChip key="d" drift={global.drift} />],
            [t('xp.holdout.mixed'), format.count(global.contaminated)],
            [t('xp.holdout.last'), last === undefined ? '–' : `${last.actor} · ${format.date(last.at)}`],
          ]}
        />
        {global.drift.held === 0 ? null : <TiersTable drift={global.drift} />}
      </Card>
      <Card title={t('xp.holdout.set')} className="w5">
        <div className="stack">
          <NumberField label={t('table.share')} value={share} max={50} precision={1} suffix="%" onChange={setShare} />
          <ActorInput />
          {failed === undefined ? null : <Failed error={failed} />}
          <p className="small soft">{t('xp.holdout.set.note')}</p>
          <p>
            <Button
              type="primary"
              loading={sending}
              disabled={actor.trim() === '' || share === null}
              onClick={() =>
                send('PUT', '/holdouts/global', {
                  share: (share ?? 0) / 100,
                  actor: actor.trim(),
                  revision: global.revision,
                })
              }
            >
              {t('xp.holdout.save')}
            </Button>
          </p>
        </div>
      </Card>
    </>
  );
}

function DriftChip({ drift: { level, pValue, held } }: { drift: Drift }) {
  const { t } = useI18n();
  const { p } = useMetrics();
  if (held === 0) return <span>–</span>;
  return (
    <span className={level === 'none' ? 'chip yes' : 'chip no'}>
      {t(level === 'none' ? 'xp.holdout.drift.none' : 'xp.holdout.drift.warning', { p: p(pValue) })}
    </span>
  );
}

function TiersTable({ drift }: { drift: Drift }) {
  const { t } = useI18n();
  const { format } = useShop();
  type Row = Drift['byTier'][number];
  const columns: Column<Row>[] = [
    {
      key: 'tier',
      title: t('xp.slice.tier'),
      cell: (row) => (row.tier === 'none' ? t('xp.noTier') : <TierBadge tier={row.tier} />),
    },
    { key: 'held', title: t('xp.holdout.held'), numeric: true, cell: (row) => format.count(row.held) },
    {
      key: 'heldShare',
      title: t('table.share'),
      numeric: true,
      cell: (row) => format.percent(drift.held === 0 ? 0 : row.held / drift.held, 1),
    },
    {
      key: 'restShare',
      title: t('xp.holdout.rest'),
      numeric: true,
      cell: (row) => format.percent(drift.rest === 0 ? 0 : row.rest / drift.rest, 1),
    },
  ];
  return (
    <DataTable dense caption={t('xp.holdout.drift')} columns={columns} rows={drift.byTier} rowKey={(row) => row.tier} />
  );
}

function CampaignsTable({ data }: { data: Holdouts }) {
  const { t } = useI18n();
  const { format } = useShop();
  type Row = Holdouts['campaigns'][number];
  const columns: Column<Row>[] = [
    { key: 'name', title: t('table.name'), cell: (row) => <a href={href(pathTo(row.campaignId))}>{row.name}</a> },
    { key: 'from', title: t('table.time'), cell: (row) => format.date(row.startedAt) },
    {
      key: 'share',
      title: t('table.share'),
      numeric: true,
      cell: (row) => (row.share === null ? '–' : format.percent(row.share, 1)),
    },
    { key: 'held', title: t('xp.holdout.held'), numeric: true, cell: (row) => format.count(row.drift.held) },
    { key: 'mixed', title: t('xp.holdout.mixed'), numeric: true, cell: (row) => format.count(row.contaminated) },
    { key: 'drift', title: t('xp.holdout.drift'), cell: (row) => <DriftChip drift={row.drift} /> },
  ];
  return (
    <DataTable
      caption={t('xp.holdout.campaigns')}
      columns={columns}
      rows={data.campaigns}
      rowKey={(row) => row.campaignId}
    />
  );
}
