/** From what the offers added to what is left: bars that begin where the one before ended. */
import { Figure } from '../../charts/figure.tsx';
import { ticks } from '../../charts/intervals.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import type { Measured } from './roi-types.ts';

interface Step {
  readonly key: 'margin' | 'discount' | 'contact' | 'profit';
  readonly from: number;
  readonly to: number;
}

/** Without the last step, which begins at 0, each begins where the one before ended. */
function stepsOf({ margin, cost }: Measured): Step[] {
  if (margin === null) return [];
  const before = margin.total + cost.discountMinor;
  const profit = margin.total - cost.contactMinor;
  return [
    { key: 'margin', from: 0, to: before },
    { key: 'discount', from: before, to: margin.total },
    { key: 'contact', from: margin.total, to: profit },
    { key: 'profit', from: 0, to: profit },
  ];
}

export function WaterfallCard({ total, className = 'w5' }: { total: Measured; className?: string }) {
  const { t } = useI18n();
  const { format } = useShop();
  const steps = stepsOf(total);
  const title = t('roi.waterfall');
  const ends = steps.flatMap(({ from, to }) => [from, to]);
  const axis = ticks(Math.min(0, ...ends), Math.max(0, ...ends));
  const [first = 0] = axis;
  const last = axis.at(-1) ?? 1;
  const place = (value: number) => `${((value - first) / (last - first)) * 100}%`;
  const words = steps.map(({ key, from, to }) => `${t(`roi.waterfall.${key}`)}: ${format.money(to - from)}`);
  return (
    <Card title={title} hint={t('roi.waterfall.hint')} className={className}>
      {steps.length === 0 ? (
        <Empty title={t('roi.verdict.unmeasured')}>{t('roi.why.unmeasured')}</Empty>
      ) : (
        <Figure
          title={title}
          summary={words.join('. ')}
          table={{
            name: 'roi-waterfall',
            header: [title, t('roi.profit.incremental')],
            rows: steps.map(({ key, from, to }) => [t(`roi.waterfall.${key}`), Math.round(to - from)]),
            shown: steps.map(({ key, from, to }) => [t(`roi.waterfall.${key}`), format.money(to - from)]),
          }}
        >
          <div className="waterfall">
            {steps.map(({ key, from, to }) => (
              <div className="waterfall-row" key={key}>
                <span className="waterfall-label">{t(`roi.waterfall.${key}`)}</span>
                <span className="waterfall-track">
                  <span className="interval-zero" style={{ left: place(0) }} />
                  <span
                    className={to < from ? 'waterfall-bar down' : 'waterfall-bar'}
                    style={{
                      left: place(Math.min(from, to)),
                      width: `calc(${place(Math.max(from, to))} - ${place(Math.min(from, to))})`,
                    }}
                  />
                </span>
                <span className={to < from ? 'waterfall-value bad' : 'waterfall-value'}>
                  {format.moneyShort(to - from)}
                </span>
              </div>
            ))}
          </div>
        </Figure>
      )}
    </Card>
  );
}
