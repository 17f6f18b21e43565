/** Every change of a campaign: who, when, what, and what it was before. */
import { useResource } from '../../api/resource.ts';
import type { CampaignChange } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

/** The name under which the schedule acts. */
const SYSTEM = 'tierwise';

export function HistoryCard({ path }: { path: string }) {
  const { t } = useI18n();
  const { format } = useShop();
  const history = useResource<{ rows: readonly CampaignChange[] }>(`${path}/history`);
  const source = {
    name: 'campaign-history',
    header: ['version', 'at', 'actor', 'action', 'from', 'to', 'note', 'changed'],
    rows: () =>
      (history.data?.rows ?? []).map((row) => [
        row.version,
        new Date(row.at).toISOString(),
        row.actor,
        row.action,
        row.from,
        row.to,
        row.note,
        JSON.stringify(row.changed),
      ]),
  };
  return (
    <Card title={t('course.history')} className="w7" actions={<CsvButton what={t('course.history')} source={source} />}>
      <Loaded from={history} rows={4}>
        {({ rows }) => (
          <ol className="history">
            {rows.map((row) => (
              <li key={row.version}>
                <p>
                  <strong>{t(`course.action.${row.action}`)}</strong>{' '}
                  <span className="soft">
                    {row.actor === SYSTEM ? t('course.history.system') : row.actor} · {format.dateTime(row.at)}
                  </span>
                </p>
                {row.note === '' ? null : <p className="small">{row.note}</p>}
                <Changed changed={row.changed} />
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Card>
  );
}

/** Fields that a reader knows by other places of the page. */
const PLAIN: ReadonlySet<string> = new Set(['authors', 'approvedBy', 'planFile', 'reserved', 'handed']);

function Changed({ changed }: { changed: CampaignChange['changed'] }) {
  const { t } = useI18n();
  const fields = Object.entries(changed).filter(([field]) => !PLAIN.has(field));
  if (fields.length === 0) return null;
  const text = (value: unknown) => (value === undefined ? '–' : JSON.stringify(value));
  return (
    <details>
      <summary className="small soft">{fields.map(([field]) => field).join(', ')}</summary>
      {fields.map(([field, [before, after]]) => (
        <dl key={field} className="before-after small">
          <dt>{field}</dt>
          <dd>
            <span className="soft">{t('course.history.from')}</span> <code className="code">{text(before)}</code>
          </dd>
          <dd>
            <span className="soft">{t('course.history.to')}</span> <code className="code">{text(after)}</code>
          </dd>
        </dl>
      ))}
    </details>
  );
}
