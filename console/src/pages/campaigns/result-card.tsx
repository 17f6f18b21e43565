/** What the campaign really changed, measured against its holdout, beside the truth where the shop is simulated. */
import { Fragment } from 'react';
import type { Campaign } from '../../api/types.ts';
import { Figure } from '../../charts/figure.tsx';
import { Intervals } from '../../charts/intervals.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts, Hint } from '../../parts/page.tsx';
import { ReportTree } from '../../parts/report-tree.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';
import { type Estimate, estimatesIn, verdictIn } from './result.ts';

export function ResultCard({ campaign: { measured, truth, totals } }: { campaign: Campaign }) {
  const { t } = useI18n();
  const { format, tierName } = useShop();
  const found = estimatesIn(measured);
  const real = new Map(estimatesIn(truth).map((each) => [each.key, each.profitMinor]));
  const name = (key: string) => (key === 'all' ? t('result.all') : tierName(key));
  const text = (each: Estimate) => {
    const truthOf = real.get(each.key);
    const base = { label: name(each.key), mid: format.money(each.profitMinor) };
    const words =
      each.lowMinor === null || each.highMinor === null
        ? `${base.label}: ${base.mid}`
        : t('interval.text', { ...base, low: format.money(each.lowMinor), high: format.money(each.highMinor) });
    return truthOf === undefined ? words : `${words}; ${t('result.truth', { value: format.money(truthOf) })}`;
  };
  const title = t('result.title');
  const money = (minor: number | null | undefined) =>
    minor === null || minor === undefined ? '–' : format.money(minor);
  return (
    <Card
      title={title}
      hint={t('result.hint')}
      note={t('result.expected', { value: format.money(totals.expectedProfitMinor) })}
      className="w12"
    >
      {found.length === 0 ? null : (
        <Figure
          title={title}
          summary={found.map(text).join('. ')}
          table={{
            name: 'campaign-result',
            header: [
              t('table.group'),
              t('interval.low'),
              t('result.measured'),
              t('interval.high'),
              t('interval.truth'),
            ],
            rows: found.map((each) => [
              name(each.key),
              each.lowMinor,
              each.profitMinor,
              each.highMinor,
              real.get(each.key),
            ]),
            shown: found.map((each) => [
              name(each.key),
              money(each.lowMinor),
              money(each.profitMinor),
              money(each.highMinor),
              money(real.get(each.key)),
            ]),
          }}
        >
          <Intervals
            label={title}
            format={format.moneyShort}
            rows={found.map((each) => ({
              key: each.key,
              label: each.key === 'all' ? <strong>{t('result.all')}</strong> : <TierBadge tier={each.key} />,
              mid: each.profitMinor,
              low: each.lowMinor,
              high: each.highMinor,
              mark: real.get(each.key),
              text: text(each),
            }))}
          />
        </Figure>
      )}
      <Verdicts measured={measured} />
      <details className="more" open={found.length === 0}>
        <summary>{t('report.all')}</summary>
        <ReportTree value={{ measured, truth }} />
      </details>
    </Card>
  );
}

/** What was spent, what came back for it, and whether the comparison can be trusted. */
function Verdicts({ measured }: { measured: unknown }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { costMinor, roi, roiInterval, pValue, drawOk } = verdictIn(measured);
  if (pValue === null) return null;
  const clear = pValue < 0.05;
  return (
    <Facts
      items={[
        [t('result.spent'), costMinor === null ? '–' : format.money(costMinor)],
        [
          t('result.roi'),
          <Fragment key="roi">
            {roi === null ? '–' : format.fixed(roi, 1)}
            {roiInterval === null ? null : (
              <span className="spread">
                {t('interval.range', { low: format.fixed(roiInterval[0], 1), high: format.fixed(roiInterval[1], 1) })}
              </span>
            )}
          </Fragment>,
        ],
        [
          <Fragment key="p">
            {t('result.pValue')}
            <Hint label={t('result.pValue')}>{t('result.pValue.hint')}</Hint>
          </Fragment>,
          <Fragment key="clear">
            {format.decimal(pValue, 3)}{' '}
            <span className={clear ? 'chip yes' : 'chip mark'}>{t(clear ? 'result.clear' : 'result.unclear')}</span>
          </Fragment>,
        ],
        [
          t('result.draw'),
          drawOk === null ? (
            '–'
          ) : (
            <span key="draw" className={drawOk ? 'chip yes' : 'chip no'}>
              {t(drawOk ? 'result.draw.ok' : 'result.draw.bad')}
            </span>
          ),
        ],
      ]}
    />
  );
}
