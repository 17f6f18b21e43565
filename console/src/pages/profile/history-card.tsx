/** The tiers that the customer has been in, and why they moved. */
import type { Profile } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';

export function HistoryCard({ profile: { history, moves } }: { profile: Profile }) {
  const { t } = useI18n();
  const { format, tierName } = useShop();
  const source = {
    name: 'tier-history',
    header: [t('table.asOf'), t('filter.tier'), t('table.valueMinor')],
    rows: () => history.map((row) => [new Date(row.asOf).toISOString(), row.tier, row.valueMinor]),
  };
  const why = (asOf: number) => moves.find((move) => move.toAt === asOf);
  return (
    <Card
      title={t('profile.history')}
      actions={history.length === 0 ? undefined : <CsvButton what={t('profile.history')} source={source} />}
    >
      {history.length === 0 ? <Empty title={t('profile.history.none')} /> : null}
      <ol className="history">
        {[...history].reverse().map((row) => {
          const move = why(row.asOf);
          return (
            <li key={row.asOf}>
              <span className="soft nowrap">{format.date(row.asOf)}</span>
              <span>
                <TierBadge tier={row.tier} />
                {move === undefined ? null : (
                  <span className="small soft history-why">
                    {t('profile.moved', { from: tierName(move.fromTier), why: move.why })}
                  </span>
                )}
              </span>
              <span className="history-value">{row.valueMinor === null ? '–' : format.money(row.valueMinor)}</span>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
