/** What the customer has brought and is expected to bring, with the interval of the estimate. */
import { Fragment, type ReactNode } from 'react';
import type { Profile } from '../../api/types.ts';
import { Bar } from '../../charts/bars.tsx';
import { Figure } from '../../charts/figure.tsx';
import { Intervals } from '../../charts/intervals.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { FanFigure } from './fan.tsx';

export function ValueCard({ profile }: { profile: Profile }) {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const { valueMinor } = profile.value;
  return (
    <Card
      title={t('profile.value', { days: shop.horizonDays })}
      hint={t('profile.value.hint', { days: shop.horizonDays })}
      className="w7"
    >
      <p className="big-number" data-testid="main-number" data-value={String(valueMinor ?? '')}>
        {valueMinor === null ? t('profile.value.none') : format.money(valueMinor)}
      </p>
      <ValueInterval profile={profile} />
      <FanFigure fan={profile.value.fan} />
      <Facts items={useFacts(profile)} />
    </Card>
  );
}

function ValueInterval({ profile: { value } }: { profile: Profile }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { valueMinor, lowMinor, highMinor, expectedSpendMinor } = value;
  if (valueMinor === null) return null;
  const name = t('profile.value.interval');
  const row = (label: string, mid: number, low: number | null, high: number | null) => ({
    key: label,
    label,
    mid,
    low,
    high,
    text:
      low === null || high === null
        ? `${label}: ${format.money(mid)}`
        : t('interval.text', { label, mid: format.money(mid), low: format.money(low), high: format.money(high) }),
  });
  const rows = [row(t('profile.margin'), valueMinor, lowMinor, highMinor)];
  if (expectedSpendMinor !== null) rows.push(row(t('profile.expectedSpend'), expectedSpendMinor, null, null));
  return (
    <Figure
      title={name}
      summary={rows.map((each) => each.text).join('; ')}
      table={{
        name: 'expected-value',
        header: [t('table.measure'), t('interval.low'), t('interval.mid'), t('interval.high')],
        rows: rows.map(({ label, low, mid, high }) => [label, low, mid, high]),
        shown: rows.map(({ label, low, mid, high }) => [
          label,
          low === null ? '–' : format.money(low),
          format.money(mid),
          high === null ? '–' : format.money(high),
        ]),
      }}
    >
      <Intervals rows={rows} format={format.moneyShort} label={name} />
    </Figure>
  );
}

/** What the lifecycle card tells better is left to it. */
function useFacts({
  value,
  lifecycle,
  firstOrderAt,
  lastOrderAt,
}: Profile): readonly (readonly [ReactNode, ReactNode])[] {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const money = (minor: number | null) => (minor === null ? '–' : format.money(minor));
  const date = (at: number | null) => (at === null ? '–' : format.date(at));
  const late = value.nextOrderAt !== null && value.nextOrderAt < shop.asOf;
  const alive = value.pAlive;
  const rhythm: readonly (readonly [ReactNode, ReactNode])[] =
    lifecycle !== null
      ? []
      : [
          [
            t('profile.gap'),
            value.daysBetweenOrders === null ? '–' : t('unit.days', { n: Math.round(value.daysBetweenOrders) }),
          ],
          [
            t('profile.nextOrder'),
            <Fragment key="next">
              {date(value.nextOrderAt)}
              {late ? <span className="chip mark late">{t('profile.overdue')}</span> : null}
            </Fragment>,
          ],
        ];
  return [
    [t('profile.spend'), money(value.spendMinor)],
    [t('profile.orders'), format.count(value.orders)],
    [t('profile.aov'), money(value.aovMinor)],
    [
      t('profile.expectedOrders', { days: shop.horizonDays }),
      value.expectedOrders === null ? '–' : format.decimal(value.expectedOrders, 2),
    ],
    [
      t('profile.pAlive'),
      alive === null ? (
        '–'
      ) : (
        <Bar key="alive" value={alive} most={1}>
          {format.percent(alive, 0)}
        </Bar>
      ),
    ],
    ...rhythm,
    [t('profile.lastOrder'), date(lastOrderAt)],
    [t('profile.firstOrder'), date(firstOrderAt)],
  ];
}
