/** How segments overlap: the people in exactly these, most first, and each pair. */
import { Select } from 'antd';
import { useId, useState } from 'react';
import { useResource } from '../../api/resource.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import type { Overlap, SegmentRow } from './segment-types.ts';

const AT_FIRST = 5;
const MOST = 12;

export function OverlapCard({ segments }: { segments: readonly SegmentRow[] }) {
  const { t } = useI18n();
  const id = useId();
  const able = segments.filter(({ customers }) => customers !== null);
  const [chosen, setChosen] = useState<readonly string[]>(() => able.slice(0, AT_FIRST).map((each) => each.id));
  // One that was deleted meanwhile is not asked for.
  const ids = chosen.filter((each) => able.some((own) => own.id === each));
  const overlap = useResource<Overlap>(ids.length < 2 ? null : `/segments/overlap?ids=${ids.join(',')}`);
  return (
    <Card title={t('overlap.title')} hint={t('overlap.hint')}>
      <div className="filter overlap-choice">
        <label htmlFor={id}>{t('overlap.choose')}</label>
        <Select
          id={id}
          mode="multiple"
          maxCount={MOST}
          showSearch={{ optionFilterProp: 'label' }}
          value={ids}
          onChange={(next: string[]) => setChosen(next)}
          options={able.map((each) => ({ value: each.id, label: each.name }))}
        />
      </div>
      {ids.length < 2 ? (
        <p className="soft">{t('overlap.two')}</p>
      ) : (
        <Loaded from={overlap} rows={4}>
          {(data) => <Shown overlap={data} />}
        </Loaded>
      )}
    </Card>
  );
}

function Shown({ overlap }: { overlap: Overlap }) {
  const { t } = useI18n();
  const { format } = useShop();
  const name = (id: string) => overlap.segments.find((each) => each.id === id)?.name ?? id;
  const most = Math.max(1, ...overlap.exact.map(({ customers }) => customers));
  return (
    <div className="overlap">
      <div>
        <h3>{t('overlap.exact')}</h3>
        <ul className="exact">
          {overlap.exact.slice(0, 12).map(({ ids, customers }) => (
            <li key={ids.join(' ')}>
              <span className="exact-names">
                {overlap.segments.map(({ id }) => (
                  <span key={id} className={ids.includes(id) ? 'dot in' : 'dot'} title={name(id)} />
                ))}
                <span className="small">
                  {ids.length === 1 ? t('overlap.only', { name: name(ids[0] ?? '') }) : ids.map(name).join(' ∩ ')}
                </span>
              </span>
              <Bar value={customers} most={most}>
                {format.count(customers)}
              </Bar>
            </li>
          ))}
        </ul>
        {overlap.exact.length === 0 ? <p className="soft">{t('overlap.nobody')}</p> : null}
      </div>
      <div>
        <h3>{t('overlap.pairs')}</h3>
        <DataTable
          dense
          caption={t('overlap.pairs')}
          rows={[...overlap.pairs].sort((a, b) => b.both - a.both)}
          rowKey={({ a, b }) => `${a} ${b}`}
          columns={[
            { key: 'pair', title: t('overlap.pair'), cell: ({ a, b }) => `${name(a)} ∩ ${name(b)}` },
            { key: 'both', title: t('segments.people'), numeric: true, cell: ({ both }) => format.count(both) },
            {
              key: 'jaccard',
              title: t('overlap.share'),
              numeric: true,
              cell: ({ jaccard }) => (jaccard === null ? '–' : format.percent(jaccard)),
            },
          ]}
        />
      </div>
    </div>
  );
}
