/** Where the customer is in their life with the shop, by their own rhythm, and when the next order is due. */
import type { Profile } from '../../api/types.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { StateBadge } from '../../parts/state.tsx';
import { PeopleLink } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS, stateColour } from '../../theme.ts';

type Life = NonNullable<Profile['lifecycle']>;

export function LifecycleCard({ life, lastOrderAt }: { life: Life; lastOrderAt: number | null }) {
  const { t, pick } = useI18n();
  const { shop, format, stateName } = useShop();
  const about = shop.states.find(({ key }) => key === life.state)?.about;
  const days = (n: number) => t('unit.days', { n: Math.max(1, Math.round(n)) });
  const source = {
    name: 'lifecycle',
    header: [t('table.measure'), t('table.value')],
    rows: () => Object.entries(life).map(([key, value]) => [key, value]),
  };
  const chance = (value: number) => (
    <Bar value={value} most={1}>
      {format.percent(value, 0)}
    </Bar>
  );
  return (
    <Card
      title={t('life.title')}
      hint={t('life.hint')}
      className="w12"
      actions={<CsvButton what={t('life.title')} source={source} />}
    >
      <div className="life">
        <div>
          <p className="life-state" data-testid="life-state" data-value={life.state}>
            <PeopleLink to={{ state: life.state }} label={t('life.people', { state: stateName(life.state) })}>
              <StateBadge state={life.state} big />
            </PeopleLink>
            <span className="soft">{t('profile.since', { date: format.date(life.since) })}</span>
          </p>
          {about === undefined ? null : <p className="small soft">{pick(about)}</p>}
          <p className="life-rhythm">
            {t('life.rhythm', { gap: days(life.expectedGapDays), silence: days(life.silenceDays) })}
          </p>
          <Silence life={life} lastOrderAt={lastOrderAt} />
        </div>
        <Facts
          items={[
            [
              t('life.next'),
              <span key="next">
                {format.date(life.nextOrderAt)}
                <span className="small soft life-range">
                  {t('life.range', { low: format.date(life.nextLowAt), high: format.date(life.nextHighAt) })}
                </span>
              </span>,
            ],
            [t('life.buys', { days: shop.horizonDays }), chance(life.chanceToBuy)],
            [t('life.silence'), chance(life.chanceSilence)],
            [t('life.before'), life.previous === null ? '–' : <StateBadge key="before" state={life.previous} />],
          ]}
        />
      </div>
    </Card>
  );
}

/** The silence as a bar against the usual gap, which is marked. */
function Silence({ life, lastOrderAt }: { life: Life; lastOrderAt: number | null }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { silenceDays, expectedGapDays, state } = life;
  const most = Math.max(silenceDays, expectedGapDays) * 1.1 || 1;
  const text = t('life.bar', {
    silence: Math.round(silenceDays),
    gap: Math.round(expectedGapDays),
    date: lastOrderAt === null ? '–' : format.date(lastOrderAt),
  });
  return (
    <div className="life-bar" role="img" aria-label={text} title={text}>
      <span style={{ width: `${(silenceDays / most) * 100}%`, background: stateColour(state) }} />
      <i style={{ left: `${(expectedGapDays / most) * 100}%`, borderColor: COLOURS.ink }} />
    </div>
  );
}
