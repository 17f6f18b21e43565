/** Six figures of the period with their change; each opens the customers behind it. */
import type { Kpi, Span } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Change } from '../../parts/change.tsx';
import { PeopleLink } from '../../parts/tier.tsx';
import { useRange } from '../../range.tsx';
import { useShop } from '../../shop.tsx';

export function KpiTiles({ kpis, range }: { kpis: readonly Kpi[]; range: Span }) {
  const { t } = useI18n();
  return (
    <section aria-label={t('home.kpis')}>
      <ul className="tiles">
        {kpis.map((kpi) => (
          <li key={kpi.key} className={kpi.key === 'revenue' ? 'tile tile-main' : 'tile'}>
            <Tile kpi={kpi} range={range} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tile({ kpi, range }: { kpi: Kpi; range: Span }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { compare } = useRange();
  const { key, value, previous, unit } = kpi;
  const written = (number: number | null) => {
    if (number === null) return '–';
    return unit === 'minor' ? format.moneyShort(number) : format.count(number);
  };
  const inFull = value === null ? '–' : unit === 'minor' ? format.money(value) : format.count(value);
  const main = key === 'revenue' ? { 'data-testid': 'main-number', 'data-value': String(value ?? 0) } : {};
  return (
    <>
      <p className="tile-label">{t(`kpi.${key}`)}</p>
      <p className="tile-value" title={inFull} {...main}>
        <PeopleLink
          to={{ from: range.from, to: range.to, hasOrders: true }}
          label={t('kpi.people', { what: t(`kpi.${key}`), value: inFull })}
        >
          {written(value)}
        </PeopleLink>
      </p>
      {compare ? (
        <p className="tile-change">
          <Change value={value} previous={previous} lowerIsBetter={key === 'refunds'} />
          <span className="soft small">{t('change.from', { value: written(previous) })}</span>
        </p>
      ) : null}
    </>
  );
}
