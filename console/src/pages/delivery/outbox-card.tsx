/** Messages a page at a time, by state, each with what stopped it. */
import { Segmented } from 'antd';
import { useState } from 'react';
import { csvAddress } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card } from '../../parts/page.tsx';
import { Paging } from '../../parts/paging.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { href, pathOf, queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { type Delivery, type Message, STATES, type State } from './delivery-types.ts';

const SIZE = 20;

export function OutboxCard({ counts }: { counts: Delivery['counts'] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const [state, setState] = useState<State | 'all'>('all');
  const [page, setPage] = useState(1);
  const filter = state === 'all' ? {} : { state };
  const query = { ...filter, limit: SIZE, offset: (page - 1) * SIZE };
  const list = useResource<{ rows: readonly Message[]; total: number }>(`/delivery/outbox${queryText(query)}`);
  const columns = useColumns();
  const all = Object.values(counts.states).reduce((sum, n) => sum + n, 0);
  const options = (['all', ...STATES] as const)
    .filter((each) => each === 'all' || counts.states[each] > 0)
    .map((value) => ({
      value,
      label: `${t(`delivery.state.${value}`)} ${format.count(value === 'all' ? all : counts.states[value])}`,
    }));
  return (
    <Card
      title={t('delivery.outbox')}
      className="w12"
      actions={
        <a className="csv" href={csvAddress('/delivery/outbox', filter)} download>
          <Icon name="download" size={16} /> CSV
        </a>
      }
    >
      <p className="soft" data-testid="main-number" data-value={String(all)}>
        {t('delivery.sum', { n: all })}
      </p>
      <div className="outbox-tools">
        <Segmented
          aria-label={t('delivery.state')}
          options={options}
          value={state}
          onChange={(next) => {
            setState(next);
            setPage(1);
          }}
        />
        <div className="chips">
          {counts.stops.map(({ stop, state: own, messages }) => (
            <span className="chip" key={`${stop}/${own}`}>
              {t(`delivery.stop.${stop}`)} {format.count(messages)}
            </span>
          ))}
        </div>
      </div>
      <Loaded
        from={list}
        empty={(data) =>
          data.total === 0 && <Empty title={t('delivery.outbox.none')}>{t('delivery.outbox.noneFix')}</Empty>
        }
      >
        {(data) => (
          <>
            <DataTable
              caption={t('delivery.outbox')}
              columns={columns}
              rows={data.rows}
              rowKey={(row) => row.key}
              dense
            />
            <Paging page={page} size={SIZE} total={data.total} onChange={setPage} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

const LOOK: Readonly<Record<State, string>> = {
  due: 'chip mark',
  sending: 'chip mark',
  sent: 'chip yes',
  held: 'chip',
  dead: 'chip no',
  unknown: 'chip no',
};

function useColumns(): readonly Column<Message>[] {
  const { t } = useI18n();
  const { format } = useShop();
  const source = ({ campaignId, journeyId }: Message) => {
    if (journeyId !== null) return <a href={href(pathOf('journeys', journeyId))}>{journeyId}</a>;
    return campaignId === null ? '–' : <a href={href(pathOf('campaigns', campaignId))}>{campaignId}</a>;
  };
  return [
    {
      key: 'customer',
      title: t('delivery.customer'),
      cell: (row) => (
        <a className="id" href={href(pathOf('customers', row.customerId))}>
          {row.customerId}
        </a>
      ),
    },
    { key: 'channel', title: t('delivery.channel'), cell: (row) => row.channel },
    { key: 'of', title: t('delivery.of'), cell: source },
    {
      key: 'state',
      title: t('delivery.state'),
      cell: (row) => <span className={LOOK[row.state]}>{t(`delivery.state.${row.state}`)}</span>,
    },
    {
      key: 'why',
      title: t('delivery.why'),
      cell: (row) =>
        row.stop === null ? (
          '–'
        ) : (
          <>
            {t(`delivery.stop.${row.stop}`)}
            <p className="small soft">{row.said ?? row.rule}</p>
          </>
        ),
    },
    { key: 'queued', title: t('delivery.queued'), numeric: true, cell: (row) => format.dateTime(row.queuedAt) },
    {
      key: 'sent',
      title: t('delivery.sentAt'),
      numeric: true,
      cell: (row) => (row.sentAt === null ? '–' : format.dateTime(row.sentAt)),
    },
  ];
}
