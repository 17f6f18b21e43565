/** What the plan at this budget comes to, and what one more unit of money would bring, in words. */
import type { Simulation } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Hint } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';

export function SimulationTiles({ simulation: { plan, basis, sampledEvery } }: { simulation: Simulation }) {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const unit = format.moneyWhole(10 ** shop.currencyDigits);
  const next = format.money(plan.shadowPrice * 10 ** shop.currencyDigits);
  const [low, high] = plan.interval;
  const base =
    basis.kind === 'assumption'
      ? t('allocation.basis.assumption')
      : t(basis.kind === 'uplift' ? 'allocation.basis.uplift' : 'allocation.basis.measured', {
          n: basis.campaigns.length,
        });
  return (
    <div>
      <ul className="tiles tiles-plan">
        <li className="tile tile-main">
          <p className="tile-label">{t('allocation.expected')}</p>
          <p
            className={plan.expectedProfitMinor < 0 ? 'tile-value bad' : 'tile-value'}
            data-testid="main-number"
            data-value={String(plan.expectedProfitMinor)}
          >
            {format.moneyShort(plan.expectedProfitMinor)}
          </p>
          <p className="small soft">
            {t('interval.range', { low: format.moneyShort(low), high: format.moneyShort(high) })}
          </p>
        </li>
        <li className="tile">
          <p className="tile-label">{t('allocation.spend')}</p>
          <p className="tile-value">{format.moneyShort(plan.costMinor)}</p>
          <p className="small soft">
            {t('campaign.budgetUsed', {
              cost: format.moneyShort(plan.costMinor),
              budget: format.moneyShort(plan.budgetMinor),
            })}
          </p>
        </li>
        <li className="tile">
          <p className="tile-label">{t('allocation.reached')}</p>
          <p className="tile-value">{format.count(plan.offered)}</p>
          <p className="small soft">
            {plan.audience === 0 ? '–' : t('campaign.shareOf', { share: format.percent(plan.offered / plan.audience) })}
          </p>
        </li>
        <li className="tile">
          <p className="tile-label">
            {t('allocation.kept')}
            <Hint label={t('allocation.kept')}>{t('allocation.kept.hint')}</Hint>
          </p>
          <p className="tile-value">{format.decimal(plan.expectedKept, 1)}</p>
        </li>
        <li className="tile">
          <p className="tile-label">{t('allocation.next', { unit })}</p>
          <p className="tile-value">{plan.shadowPrice > 0 ? next : '–'}</p>
          <p className="small soft">
            {plan.shadowPrice > 0 ? t('allocation.next.brings', { money: next }) : t('allocation.next.nothing')}
          </p>
        </li>
      </ul>
      <p className="small soft" aria-live="polite">
        {plan.shadowPrice > 0 ? t('allocation.next.say', { unit, money: next }) : t('allocation.next.none')} {base}
        {sampledEvery > 1 ? ` · ${t('allocation.sampled', { n: sampledEvery })}` : ''}
      </p>
    </div>
  );
}
