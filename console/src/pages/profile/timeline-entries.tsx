/** The lines of a timeline: single happenings, and runs of browsing folded into one visit. */
import type { TimelineKind, TimelineRow } from '../../api/types.ts';
import { type Key, useI18n } from '../../i18n/index.tsx';
import { Icon, type IconName } from '../../parts/icons.tsx';
import { href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { detailWords, useEventName } from './timeline-words.ts';

const ICONS: Record<TimelineKind, IconName> = {
  order: 'check',
  return: 'left',
  event: 'search',
  review: 'recommender',
  exposure: 'campaigns',
  redemption: 'gift',
};

/** Events further apart than this belong to different visits. */
const VISIT_GAP_MS = 2 * 3_600_000;

/** The shop's tracker tells of orders and reviews too; such an event says nothing new beside the row itself. */
const ECHO_MS = 60_000;

const echoes = (row: TimelineRow, rows: readonly TimelineRow[]): boolean =>
  row.kind === 'event' &&
  /^(Order|Product Reviewed)/.test(row.title) &&
  rows.some((other) => other.kind !== 'event' && Math.abs(other.at - row.at) < ECHO_MS);

/** Rows as they came, without echoes; browsing that follows on browsing is one group. */
export function grouped(rows: readonly TimelineRow[]): readonly (readonly TimelineRow[])[] {
  const groups: TimelineRow[][] = [];
  for (const row of rows) {
    if (echoes(row, rows)) continue;
    const last = groups.at(-1);
    const before = last?.at(-1);
    const joins = row.kind === 'event' && before?.kind === 'event' && before.at - row.at <= VISIT_GAP_MS;
    if (joins && last !== undefined) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

export function TimelineGroup({ rows }: { rows: readonly TimelineRow[] }) {
  const [first] = rows;
  if (first === undefined) return null;
  return rows.length === 1 ? <Entry row={first} /> : <Visit rows={rows} />;
}

function Visit({ rows }: { rows: readonly TimelineRow[] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const eventName = useEventName();
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.title, (counts.get(row.title) ?? 0) + 1);
  const words = [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${eventName(name)} ${count}`);
  return (
    <li className="entry entry-event">
      <span className="entry-icon">
        <Icon name="search" size={14} />
      </span>
      <div className="entry-words">
        <p>
          <span className="entry-kind">{t('timeline.visit', { n: rows.length })}</span>
          {words.slice(0, 4).join(' · ')}
        </p>
        <details className="small">
          <summary className="soft">{format.dateTime(rows.at(-1)?.at ?? 0)}</summary>
          <ol className="visit">
            {rows.map((row, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list whose rows have no id
              <li key={place}>
                <EventTitle row={row} /> <span className="soft">{detailWords(row.detail)}</span>
              </li>
            ))}
          </ol>
        </details>
      </div>
    </li>
  );
}

function EventTitle({ row }: { row: TimelineRow }) {
  const eventName = useEventName();
  const name = eventName(row.title);
  return row.productId === null ? name : <a href={href(pathOf('products', row.productId))}>{name}</a>;
}

function Title({ row }: { row: TimelineRow }) {
  const { t } = useI18n();
  const { format, titleOf } = useShop();
  if (row.kind === 'event') return <EventTitle row={row} />;
  const rating = Number(row.title);
  const title =
    row.kind === 'review' && Number.isFinite(rating)
      ? t('timeline.rating', { rating: format.decimal(rating, 1) })
      : titleOf({ productId: row.productId ?? '', title: row.title, titleZh: row.titleZh });
  return row.productId === null ? title : <a href={href(pathOf('products', row.productId))}>{title}</a>;
}

function Entry({ row }: { row: TimelineRow }) {
  const { t } = useI18n();
  const { format } = useShop();
  const lines = row.lines === null ? '' : t('timeline.lines', { n: row.lines });
  return (
    <li className={`entry entry-${row.kind}`}>
      <span className="entry-icon">
        <Icon name={ICONS[row.kind]} size={14} />
      </span>
      <div className="entry-words">
        <p>
          <span className="entry-kind">{t(`timeline.kind.${row.kind}` satisfies Key)}</span>
          <Title row={row} />
        </p>
        <p className="small soft">
          {[format.dateTime(row.at), lines, detailWords(row.detail)].filter(Boolean).join(' · ')}
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
