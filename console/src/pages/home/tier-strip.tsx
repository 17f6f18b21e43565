/** The tiers in two bars, by customers and by expected value; every part opens its people. */
import type { Home } from '../../api/types.ts';
import { ShareBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { PeopleLink, TierBadge } from '../../parts/tier.tsx';
import { href, queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';

type Row = Home['tiers'][number];

export function TierStrip({ tiers }: { tiers: readonly Row[] }) {
  const { t } = useI18n();
  const { shop, format, tierName, tierColour } = useShop();
  const best = [...tiers].reverse();
  const parts = (of: (row: Row) => number, write: (value: number) => string) =>
    best.map((row) => ({
      key: row.key,
      value: of(row),
      colour: tierColour(row.key),
      label: `${tierName(row.key)}: ${write(of(row))}`,
      to: `/customers${queryText({ tier: row.key })}`,
    }));
  return (
    <Card
      title={t('home.tiers')}
      className="w12"
      note={t('home.tiers.note', { days: shop.horizonDays })}
      actions={<a href={href('/tiers')}>{t('home.tiers.open')}</a>}
    >
      {tiers.length === 0 ? <Empty title={t('tiers.empty')}>{t('tiers.emptyFix')}</Empty> : null}
      <div className="strip">
        <p className="small soft">{t('table.customers')}</p>
        <ShareBar label={t('home.tiers.byCustomers')} parts={parts((row) => row.customers, format.count)} />
        <p className="small soft">{t('table.value')}</p>
        <ShareBar label={t('home.tiers.byValue')} parts={parts((row) => row.valueMinor, format.money)} />
      </div>
      <ul className="strip-legend">
        {best.map((row) => (
          <li key={row.key}>
            <TierBadge tier={row.key} />
            <span className="soft">
              <PeopleLink to={{ tier: row.key }}>{t('count.customers', { n: row.customers })}</PeopleLink>
              {` · ${format.moneyShort(row.valueMinor)}`}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
