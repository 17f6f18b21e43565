/** Campaigns beside each other: incremental profit a head with its interval, and all of them together. */
import { Figure } from '../../charts/figure.tsx';
import { type IntervalRow, Intervals } from '../../charts/intervals.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { roiPath } from './campaigns-card.tsx';
import type { CampaignRoi, Pooled } from './roi-types.ts';

interface Row {
  readonly key: string;
  readonly name: string;
  readonly to?: string;
  readonly mid: number;
  readonly low: number;
  readonly high: number;
  readonly mark?: number | null;
}

export function ForestCard({ campaigns, pooled }: { campaigns: readonly CampaignRoi[]; pooled: Pooled | null }) {
  const { t } = useI18n();
  const { format } = useShop();
  const title = t('roi.forest');
  const rows: Row[] = campaigns.flatMap(({ campaignId, name, profit, treated, trueProfitMinor, verdict }) =>
    profit === null || verdict === 'broken'
      ? []
      : [
          {
            ...{ key: campaignId, name, to: roiPath(campaignId) },
            ...{ mid: profit.total / treated, low: profit.low / treated, high: profit.high / treated },
            mark: trueProfitMinor === null ? null : trueProfitMinor / treated,
          },
        ],
  );
  if (pooled !== null)
    rows.push({
      ...{ key: 'pooled', name: t('roi.forest.pooled') },
      ...{ mid: pooled.meanMinor, low: pooled.lowMinor, high: pooled.highMinor },
    });
  const text = (row: Row) =>
    t('roi.forest.text', {
      ...{ name: row.name, mid: format.money(row.mid) },
      ...{ low: format.money(row.low), high: format.money(row.high) },
    });
  return (
    <Card
      title={title}
      hint={t('roi.forest.hint')}
      note={pooled === null ? undefined : <Note pooled={pooled} />}
      className="w7"
    >
      {rows.length === 0 ? (
        <Empty title={t('roi.verdict.unmeasured')}>{t('roi.why.unmeasured')}</Empty>
      ) : (
        <Figure
          title={title}
          summary={rows.map(text).join('. ')}
          table={{
            name: 'roi-forest',
            header: [t('roi.campaign'), t('interval.low'), t('roi.perHead'), t('interval.high'), t('roi.truth')],
            rows: rows.map((row) => [
              row.name,
              Math.round(row.low),
              Math.round(row.mid),
              Math.round(row.high),
              row.mark,
            ]),
            shown: rows.map((row) => [
              row.name,
              ...[row.low, row.mid, row.high, row.mark].map((own) =>
                typeof own === 'number' ? format.money(own) : '–',
              ),
            ]),
          }}
        >
          <Intervals label={title} format={format.money} rows={rows.map((row): IntervalRow => shown(row, text(row)))} />
        </Figure>
      )}
    </Card>
  );
}

const shown = ({ key, name, to, mid, low, high, mark }: Row, text: string): IntervalRow => ({
  ...{ key, mid, low, high, text },
  label: to === undefined ? <strong>{name}</strong> : <a href={href(to)}>{name}</a>,
  ...(mark === undefined ? {} : { mark }),
});

function Note({ pooled }: { pooled: Pooled }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { meanMinor, lowMinor, highMinor, betweenMinor, next } = pooled;
  const base = { mean: format.money(meanMinor), low: format.money(lowMinor), high: format.money(highMinor) };
  if (next === null) return <>{t('roi.forest.noteTwo', base)}</>;
  const [nextLow, nextHigh] = next;
  return (
    <>
      {t('roi.forest.note', {
        ...base,
        between: format.money(betweenMinor),
        nextLow: format.money(nextLow),
        nextHigh: format.money(nextHigh),
      })}
    </>
  );
}
