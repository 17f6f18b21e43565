/** States of all customers, and who went from which to which since the moment before; every number opens its people. */
import type { Lifecycle } from '../../api/types.ts';
import { ShareBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { StateBadge } from '../../parts/state.tsx';
import { PeopleLink } from '../../parts/tier.tsx';
import { queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { stateColour } from '../../theme.ts';

export function LifecycleCard({ lifecycle: { states, links, from } }: { lifecycle: Lifecycle }) {
  const { t } = useI18n();
  const { format, stateName } = useShop();
  const keys = states.map(({ key }) => key);
  const counted = (was: string, is: string) =>
    links.find((link) => link.from === was && link.to === is)?.customers ?? 0;
  const rows = [...keys, 'none'].filter((was) => keys.some((is) => counted(was, is) > 0));
  const source = {
    name: 'lifecycle-transitions',
    header: [t('life.was'), t('life.is'), t('table.customers')],
    rows: () => links.map((link) => [link.from, link.to, link.customers]),
  };
  if (states.every(({ customers }) => customers === 0)) return null;
  return (
    <Card
      title={t('home.life')}
      hint={t('home.life.hint')}
      className="w12"
      actions={rows.length === 0 ? undefined : <CsvButton what={t('home.life')} source={source} />}
    >
      <div className="strip">
        <p className="small soft">{t('table.customers')}</p>
        <ShareBar
          label={t('home.life.byCustomers')}
          parts={states.map(({ key, customers }) => ({
            key,
            value: customers,
            colour: stateColour(key),
            label: `${stateName(key)}: ${format.count(customers)}`,
            to: `/customers${queryText({ state: key })}`,
          }))}
        />
      </div>
      <ul className="strip-legend">
        {states.map(({ key, customers, valueMinor }) => (
          <li key={key}>
            <StateBadge state={key} />
            <span className="soft">
              <PeopleLink to={{ state: key }}>{t('count.customers', { n: customers })}</PeopleLink>
              {` · ${format.moneyShort(valueMinor)}`}
            </span>
          </li>
        ))}
      </ul>
      {from === null || rows.length === 0 ? null : (
        <>
          <h3 className="life-ways">{t('home.life.ways', { date: format.date(from) })}</h3>
          <DataTable
            caption={t('home.life.ways', { date: format.date(from) })}
            dense
            rows={rows}
            rowKey={(was) => was}
            columns={[
              {
                key: 'was',
                title: t('life.was'),
                cell: (was) => (was === 'none' ? stateName(was) : <StateBadge state={was} />),
              },
              ...keys.map((is) => ({
                key: is,
                title: stateName(is),
                numeric: true,
                cell: (was: string) => <Way was={was} is={is} from={from} customers={counted(was, is)} />,
              })),
            ]}
          />
        </>
      )}
    </Card>
  );
}

function Way({ was, is, from, customers }: { was: string; is: string; from: number; customers: number }) {
  const { format } = useShop();
  if (customers === 0) return <span className="soft">–</span>;
  const number = format.count(customers);
  return (
    <PeopleLink to={{ stateFrom: was, moveFrom: from, state: is }}>
      {was === is ? number : <strong>{number}</strong>}
    </PeopleLink>
  );
}
