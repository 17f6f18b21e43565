/** The columns of the customers list, and the reader's own choice among them. */
import { Button, Checkbox, Popover } from 'antd';
import { useState } from 'react';
import type { CustomerRow } from '../../api/types.ts';
import { Spark } from '../../charts/spark.tsx';
import { type Key, useI18n } from '../../i18n/index.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Hint } from '../../parts/page.tsx';
import { StateBadge } from '../../parts/state.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';

const NAMES = [
  'tier',
  'state',
  'value',
  'spend',
  'orders',
  'spark',
  'lastOrder',
  'pAlive',
  'segment',
  'tags',
  'city',
] as const;
type Name = (typeof NAMES)[number];

const STORED = 'tierwise.columns';
const FIRST: readonly Name[] = [
  'tier',
  'state',
  'value',
  'spend',
  'orders',
  'spark',
  'lastOrder',
  'pAlive',
  'segment',
  'tags',
];

const SORT: Readonly<Partial<Record<Name, string>>> = {
  value: 'value',
  spend: 'spend',
  orders: 'orders',
  lastOrder: 'last_order',
  pAlive: 'p_alive',
};

const NUMERIC = new Set<Name>(['value', 'spend', 'orders', 'pAlive']);

const title = (name: Name): Key => `customers.column.${name}`;

function storedNames(): readonly Name[] {
  try {
    const read = JSON.parse(localStorage.getItem(STORED) ?? 'null') as unknown;
    return Array.isArray(read) ? NAMES.filter((name) => read.includes(name)) : FIRST;
  } catch {
    return FIRST;
  }
}

/** The id always comes first; the others as the reader chose. */
export function useColumns() {
  const { t } = useI18n();
  const cells = useCells();
  const [chosen, setChosen] = useState(storedNames);
  const choose = (names: readonly Name[]) => {
    localStorage.setItem(STORED, JSON.stringify(names));
    setChosen(names);
  };
  const id: Column<CustomerRow> = {
    key: 'id',
    title: t('customers.column.id'),
    sort: 'customer_id',
    cell: (row) => (
      <a className="id" href={href(pathOf('customers', row.customerId))}>
        {row.customerId}
      </a>
    ),
  };
  const rest = chosen.map((name) => ({
    key: name,
    title: t(title(name)),
    numeric: NUMERIC.has(name),
    sort: SORT[name],
    cell: cells[name],
  }));
  return { columns: [id, ...rest], chosen, choose };
}

function useCells(): Record<Name, Column<CustomerRow>['cell']> {
  const { t } = useI18n();
  const { format, tagName, segmentName } = useShop();
  const money = (minor: number | null) => (minor === null ? '–' : format.moneyWhole(minor));
  return {
    tier: (row) => <TierBadge tier={row.tier} />,
    state: (row) => <StateBadge state={row.state} />,
    value: (row) => money(row.valueMinor),
    spend: (row) => money(row.spendMinor),
    orders: (row) => format.count(row.orders),
    spark: (row) => <Spark values={row.spark} label={t('customers.spark', { counts: row.spark.join(', ') })} />,
    lastOrder: (row) => <span className="nowrap">{row.lastOrderAt === null ? '–' : format.date(row.lastOrderAt)}</span>,
    pAlive: (row) => (row.pAlive === null ? '–' : format.percent(row.pAlive, 0)),
    segment: (row) => <span className="nowrap">{row.rfmSegment === null ? '–' : segmentName(row.rfmSegment)}</span>,
    tags: (row) => <Tags names={row.tags.map(tagName)} />,
    city: (row) => row.city ?? '–',
  };
}

const TAGS_SHOWN = 1;

function Tags({ names }: { names: readonly string[] }) {
  const { t } = useI18n();
  const more = names.slice(TAGS_SHOWN);
  return (
    <span className="chips nowrap-chips">
      {names.slice(0, TAGS_SHOWN).map((name) => (
        <span className="chip" key={name}>
          {name}
        </span>
      ))}
      {more.length === 0 ? null : (
        <span className="chip" title={more.join(', ')}>
          <span className="hidden">{t('customers.moreTags', { names: more.join(', ') })}</span>
          <span aria-hidden="true">{`+${more.length}`}</span>
        </span>
      )}
    </span>
  );
}

export function ColumnChooser({ chosen, choose }: { chosen: readonly Name[]; choose(names: readonly Name[]): void }) {
  const { t } = useI18n();
  const set = (name: Name, wanted: boolean) =>
    choose(NAMES.filter((each) => (each === name ? wanted : chosen.includes(each))));
  const list = (
    <fieldset className="checks">
      <legend className="hidden">{t('customers.columns')}</legend>
      {NAMES.map((name) => (
        <Checkbox key={name} checked={chosen.includes(name)} onChange={(event) => set(name, event.target.checked)}>
          {t(title(name))}
        </Checkbox>
      ))}
    </fieldset>
  );
  return (
    <>
      <Popover content={list} trigger="click" placement="bottomRight">
        <Button size="small" type="text" icon={<Icon name="columns" size={16} />}>
          {t('customers.columns')}
        </Button>
      </Popover>
      <Hint label={t('customers.columns')}>{t('customers.columns.hint')}</Hint>
    </>
  );
}
