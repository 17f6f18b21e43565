/** Who moved between tiers from one date to another: a Sankey whose bands and boxes open the people. */
import { Select } from 'antd';
import { useId, useMemo, useState } from 'react';
import { useResource } from '../../api/resource.ts';
import type { Migration } from '../../api/types.ts';
import { Chart, type Click, type Option, TOOLTIP } from '../../charts/chart.tsx';
import { Figure } from '../../charts/figure.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { PeopleLink } from '../../parts/tier.tsx';
import { useRange } from '../../range.tsx';
import { go, href, queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';

/** The pair of dates that lies closest to the range of the header. */
function closest(dates: readonly number[], from: number, to: number): readonly [number, number] {
  const last = [...dates].reverse().find((date) => date <= to + 1) ?? dates.at(-1) ?? 0;
  const earlier = dates.filter((date) => date < last);
  const first = [...earlier].reverse().find((date) => date <= from) ?? earlier.at(-1) ?? dates[0] ?? 0;
  return [first, last > first ? last : (dates.at(-1) ?? last)];
}

export function MigrationCard({ dates }: { dates: readonly number[] }) {
  const { t } = useI18n();
  if (dates.length < 2) {
    return (
      <Card title={t('migration.title')} className="w6">
        <Empty title={t('migration.none')}>{t('migration.noneFix')}</Empty>
      </Card>
    );
  }
  return <Moves dates={dates} />;
}

function Moves({ dates }: { dates: readonly number[] }) {
  const { t } = useI18n();
  const range = useRange();
  const [chosen, setChosen] = useState<readonly [number, number]>();
  const [from, to] = chosen ?? closest(dates, range.from, range.to);
  const moves = useResource<Migration>(`/tiers/migration${queryText({ from, to })}`);
  return (
    <Card title={t('migration.title')} hint={t('migration.hint')} className="w6">
      <div className="date-pair">
        <DateSelect
          label={t('range.from')}
          value={from}
          dates={dates.slice(0, -1)}
          onChange={(date) => setChosen([date, to > date ? to : (dates.at(-1) ?? to)])}
        />
        <DateSelect
          label={t('range.to')}
          value={to}
          dates={dates.filter((date) => date > from)}
          onChange={(date) => setChosen([from, date])}
        />
      </div>
      <Loaded
        from={moves}
        rows={8}
        empty={(data) => data.links.length === 0 && <Empty title={t('migration.noMoves')} />}
      >
        {(data) => <Sankey moves={data} />}
      </Loaded>
    </Card>
  );
}

interface DateSelectProps {
  readonly label: string;
  readonly value: number;
  readonly dates: readonly number[];
  onChange(date: number): void;
}

function DateSelect({ label, value, dates, onChange }: DateSelectProps) {
  const { format } = useShop();
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Select
        id={id}
        value={value}
        onChange={onChange}
        options={[...dates].reverse().map((date) => ({ value: date, label: format.date(date) }))}
      />
    </div>
  );
}

interface Flow {
  readonly source: string;
  readonly target: string;
  readonly value: number;
}

function Sankey({ moves: { links, from, to } }: { moves: Migration }) {
  const { t } = useI18n();
  const { shop, format, tierName, tierColour } = useShop();
  const dates = { moveFrom: from, moveTo: to };
  const sorted = useMemo(() => {
    const place = new Map<string, number>(shop.tiers.map((tier) => [tier.key, tier.index]));
    const of = (key: string) => place.get(key) ?? -1;
    return [...links].sort((a, b) => of(b.from) - of(a.from) || of(b.to) - of(a.to));
  }, [links, shop.tiers]);
  const option = useMemo(
    () => sankeyOption(sorted, { tierName, tierColour, count: format.count }),
    [sorted, tierName, tierColour, format],
  );
  const stayed = links.reduce((sum, link) => sum + (link.from === link.to ? link.customers : 0), 0);
  const all = links.reduce((sum, link) => sum + link.customers, 0);
  const click = ({ dataType, data, name }: Click) => {
    if (dataType === 'edge') {
      const { source, target } = data as Flow;
      go(href('/customers', { movedFrom: source.slice(2), movedTo: target.slice(2), ...dates }));
    } else if (name.startsWith('a:')) go(href('/customers', { movedFrom: name.slice(2), ...dates }));
    else go(href('/customers', { movedTo: name.slice(2), ...dates }));
  };
  return (
    <Figure
      title={t('migration.title')}
      summary={t('migration.summary', {
        share: format.percent(all === 0 ? 0 : stayed / all),
        from: format.date(from ?? 0),
        to: format.date(to ?? 0),
        n: all,
      })}
      table={{
        name: 'tier-migration',
        header: [t('range.from'), t('range.to'), t('table.customers')],
        rows: sorted.map((link) => [tierName(link.from), tierName(link.to), link.customers]),
        shown: sorted.map((link) => [
          tierName(link.from),
          tierName(link.to),
          <PeopleLink key="people" to={{ movedFrom: link.from, movedTo: link.to, ...dates }}>
            {format.count(link.customers)}
          </PeopleLink>,
        ]),
      }}
    >
      <Chart option={option} height={430} onClick={click} />
    </Figure>
  );
}

interface Names {
  tierName(key: string): string;
  tierColour(key: string): string;
  count(value: number): string;
}

/** Node names carry their side ('a:gold', 'b:gold'), because a Sankey may not lead back to itself. */
function sankeyOption(links: Migration['links'], { tierName, tierColour, count }: Names): Option {
  const keys = (side: 'from' | 'to') => [...new Set(links.map((link) => link[side]))];
  const node = (side: string) => (key: string) => ({
    name: `${side}:${key}`,
    itemStyle: { color: tierColour(key) },
    label: { formatter: tierName(key), position: side === 'a' ? 'right' : 'left' },
  });
  return {
    tooltip: {
      ...TOOLTIP,
      formatter: ({ dataType, data, name, value }: Click & { value: number }) => {
        if (dataType !== 'edge') return `${tierName(name.slice(2))}: ${count(value)}`;
        const flow = data as Flow;
        return `${tierName(flow.source.slice(2))} → ${tierName(flow.target.slice(2))}: ${count(flow.value)}`;
      },
    },
    series: [
      {
        type: 'sankey',
        left: 4,
        right: 4,
        top: 6,
        bottom: 6,
        nodeWidth: 14,
        nodeGap: 12,
        draggable: false,
        layoutIterations: 0,
        emphasis: { focus: 'adjacency' },
        label: { color: COLOURS.ink, fontSize: 12, fontWeight: 500 },
        lineStyle: { color: 'source', opacity: 0.38, curveness: 0.5 },
        data: [
          ...keys('from').map(node('a')),
          ...keys('to')
            .sort(byOrder(keys('from')))
            .map(node('b')),
        ],
        links: links.map((link) => ({ source: `a:${link.from}`, target: `b:${link.to}`, value: link.customers })),
      },
    ],
  };
}

const byOrder = (order: readonly string[]) => (a: string, b: string) => order.indexOf(a) - order.indexOf(b);
