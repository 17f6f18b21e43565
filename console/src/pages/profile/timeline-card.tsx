/** What the customer did and what was done for them, newest first; older rows come when asked for. */
import { Button, Segmented } from 'antd';
import { useEffect, useState } from 'react';
import { type ApiError, getJson } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { Timeline, TimelineKind, TimelineRow } from '../../api/types.ts';
import { type Key, useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Icon, type IconName } from '../../parts/icons.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Failed, Loaded } from '../../parts/states.tsx';
import { href, pathOf, queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';

const PAGE = 15;

const ICONS: Record<TimelineKind, IconName> = {
  order: 'check',
  return: 'left',
  event: 'search',
  review: 'recommender',
  exposure: 'campaigns',
  redemption: 'gift',
};

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
              {kept.map((row, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows are only ever added at the end and have no id
                <Entry key={`${row.at}-${row.kind}-${place}`} row={row} />
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

function Entry({ row }: { row: TimelineRow }) {
  const { t } = useI18n();
  const { format, titleOf } = useShop();
  const title = wordsOf(row, titleOf);
  return (
    <li className={`entry entry-${row.kind}`}>
      <span className="entry-icon">
        <Icon name={ICONS[row.kind]} size={14} />
      </span>
      <div className="entry-words">
        <p>
          <span className="entry-kind">{t(`timeline.kind.${row.kind}` satisfies Key)}</span>
          {row.productId === null ? title : <a href={href(pathOf('products', row.productId))}>{title}</a>}
        </p>
        <p className="small soft">
          {[format.dateTime(row.at), row.lines === null ? '' : t('timeline.lines', { n: row.lines }), row.detail ?? '']
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      {row.amountMinor === null ? null : (
        <span className={row.kind === 'return' ? 'entry-amount bad' : 'entry-amount'}>
          {format.money(row.kind === 'return' ? -row.amountMinor : row.amountMinor)}
        </span>
      )}
    </li>
  );
}
