/** What the customer did and what was done for them, newest first; older rows come when asked for. */
import { Button, Segmented } from 'antd';
import { useEffect, useState } from 'react';
import { type ApiError, getJson } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { Timeline, TimelineKind, TimelineRow } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Failed, Loaded } from '../../parts/states.tsx';
import { queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { grouped, TimelineGroup } from './timeline-entries.tsx';

const PAGE = 60;

const SHOWN = ['all', 'orders', 'marketing', 'browsing'] as const;
type Shown = (typeof SHOWN)[number];

const KINDS: Record<Exclude<Shown, 'all'>, readonly TimelineKind[]> = {
  orders: ['order', 'return', 'review'],
  marketing: ['exposure', 'redemption'],
  browsing: ['event'],
};

export function TimelineCard({ path }: { path: string }) {
  const { t } = useI18n();
  const { titleOf } = useShop();
  const [shown, setShown] = useState<Shown>('all');
  const first = useResource<Timeline>(`${path}/timeline${queryText({ limit: PAGE })}`);
  const { rows, next, more, loading, failed } = useOlder(path, first.data);
  const kept = rows.filter((row) => shown === 'all' || KINDS[shown].includes(row.kind));
  const source = {
    name: 'timeline',
    header: [t('table.time'), t('table.kind'), t('table.title'), t('table.amountMinor'), t('table.detail')],
    rows: () => kept.map((row) => [iso(row.at), row.kind, wordsOf(row, titleOf), row.amountMinor, row.detail]),
  };
  return (
    <Card
      title={t('profile.timeline')}
      className="w7"
      actions={<CsvButton what={t('profile.timeline')} source={source} />}
    >
      <Segmented<Shown>
        size="small"
        value={shown}
        onChange={setShown}
        aria-label={t('timeline.show')}
        options={SHOWN.map((value) => ({ value, label: t(`timeline.${value}`) }))}
      />
      <Loaded from={first} rows={8} empty={(data) => data.rows.length === 0 && <Empty title={t('timeline.none')} />}>
        {() => (
          <>
            {kept.length === 0 ? <Empty title={t('timeline.noneOfKind')} /> : null}
            <ol className="timeline">
              {grouped(kept).map((group) => (
                <TimelineGroup key={keyOf(group)} rows={group} />
              ))}
            </ol>
            {failed === undefined ? null : <Failed error={failed} retry={more} />}
            {next === null ? null : (
              <Button onClick={more} loading={loading} block>
                {t('timeline.older')}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </Card>
  );
}

/** A group is named by its place in time; two in one moment differ in what they are. */
const keyOf = (group: readonly TimelineRow[]): string =>
  `${group.at(-1)?.at} ${group[0]?.kind} ${group[0]?.title} ${group[0]?.productId} ${group[0]?.detail}`;

const iso = (at: number): string => new Date(at).toISOString();

const wordsOf = (
  row: TimelineRow,
  titleOf: (product: { productId: string; title: string; titleZh: string | null }) => string,
) => titleOf({ productId: row.productId ?? '', title: row.title, titleZh: row.titleZh });

/** The first page and those asked for after it. */
function useOlder(path: string, first: Timeline | undefined) {
  const [older, setOlder] = useState<readonly Timeline[]>([]);
  const [loading, setLoading] = useState(false);
  const [failed, setFailed] = useState<ApiError>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new first page makes the older ones void
  useEffect(() => setOlder([]), [first]);
  const next = (older.at(-1) ?? first)?.next ?? null;
  const more = () => {
    setLoading(true);
    setFailed(undefined);
    getJson<Timeline>(`${path}/timeline${queryText({ limit: PAGE, before: next })}`)
      .then((page) => setOlder((pages) => [...pages, page]))
      .catch((error: ApiError) => setFailed(error))
      .finally(() => setLoading(false));
  };
  return { rows: [first, ...older].flatMap((page) => page?.rows ?? []), next, more, loading, failed };
}
