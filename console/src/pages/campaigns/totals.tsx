/** The totals of a plan: tiles, how the audience is split, and the reasons behind the split. */
import type { ReactNode } from 'react';
import type { Arm, CampaignTotals } from '../../api/types.ts';
import { ShareBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { ArmChip } from '../../parts/arm-chip.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card, Hint } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

export const ARM_COLOURS: Record<Arm, string> = { offer: '#1f6b7d', holdout: '#d9921f', none: '#c9cbc2' };

/** Of the offers of a plan, in their order. */
const OFFER_COLOURS = ['#1f6b7d', '#7fb069', '#8a5a9e', '#d07a4a', '#4c78a8', '#b0a13a', '#a8577e', '#5c8d89'] as const;
export const armColour = (place: number): string => OFFER_COLOURS[place % OFFER_COLOURS.length] ?? OFFER_COLOURS[0];

export function Totals({ totals, measured }: { totals: CampaignTotals; measured: number | null }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { audience, eligible, offered, holdout, costMinor, expectedProfitMinor } = totals;
  const profitRange = useProfitRange(totals);
  const share = (part: number) =>
    audience === 0 ? '–' : t('campaign.shareOf', { share: format.percent(part / audience) });
  return (
    <ul className="tiles tiles-plan" aria-label={t('campaign.totals')}>
      <Tile label={t('campaign.offered')} value={format.count(offered)} note={share(offered)} main={offered} />
      {eligible === null ? null : (
        <Tile
          label={t('campaign.eligible')}
          value={format.count(eligible)}
          note={share(eligible)}
          hint={t('campaign.eligible.hint')}
        />
      )}
      <Tile
        label={t('campaign.holdout')}
        value={format.count(holdout)}
        note={share(holdout)}
        hint={t('campaign.holdout.hint')}
      />
      <Tile label={t('campaign.cost')} value={format.moneyShort(costMinor)} note={format.money(costMinor)} />
      <Tile
        label={t('campaign.expectedProfit')}
        value={format.moneyShort(expectedProfitMinor)}
        note={profitRange ?? format.money(expectedProfitMinor)}
        hint={t('campaign.expectedProfit.hint')}
      />
      {measured === null ? null : (
        <Tile label={t('campaign.measuredProfit')} value={format.moneyShort(measured)} note={format.money(measured)} />
      )}
    </ul>
  );
}

/** The interval of the expected profit in words, where there is one. */
export function useProfitRange({ expectedProfitInterval }: CampaignTotals): string | undefined {
  const { t } = useI18n();
  const { format } = useShop();
  if (expectedProfitInterval === null || expectedProfitInterval === undefined) return undefined;
  const [low, high] = expectedProfitInterval;
  return t('interval.range', { low: format.money(low), high: format.money(high) });
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly hint?: string;
  readonly main?: number;
}

function Tile({ label, value, note, hint, main }: TileProps) {
  const test = main === undefined ? {} : { 'data-testid': 'main-number', 'data-value': String(main) };
  return (
    <li className={main === undefined ? 'tile' : 'tile tile-main'}>
      <p className="tile-label">
        {label}
        {hint === undefined ? null : <Hint label={label}>{hint}</Hint>}
      </p>
      <p className="tile-value" {...test}>
        {value}
      </p>
      <p className="small soft">{note}</p>
    </li>
  );
}

const ARMS: readonly Arm[] = ['offer', 'holdout', 'none'];

export function SplitCard({ totals, children }: { totals: CampaignTotals; children: ReactNode }) {
  const { t } = useI18n();
  const { format } = useShop();
  const sizes = { offer: totals.offered, holdout: totals.holdout, none: totals.none };
  return (
    <Card title={t('campaign.split', { n: totals.audience })} className="w7">
      {totals.audience === 0 ? <Empty title={t('campaign.noAudience')}>{t('campaign.noAudienceFix')}</Empty> : null}
      <ShareBar
        label={t('campaign.split', { n: totals.audience })}
        parts={ARMS.map((arm) => ({
          key: arm,
          value: sizes[arm],
          colour: ARM_COLOURS[arm],
          label: `${t(`arm.${arm}`)}: ${format.count(sizes[arm])}`,
        }))}
      />
      <ul className="split-legend">
        {ARMS.map((arm) => (
          <li key={arm}>
            <span className="dot" style={{ background: ARM_COLOURS[arm] }} aria-hidden="true" />
            {t(`arm.${arm}`)}
            <strong>{format.count(sizes[arm])}</strong>
          </li>
        ))}
      </ul>
      {children}
    </Card>
  );
}

export function ReasonsList({ reasons }: { reasons: CampaignTotals['reasons'] }) {
  const { t, pick } = useI18n();
  const { format } = useShop();
  if (reasons.length === 0) return null;
  const source = {
    name: 'campaign-reasons',
    header: ['arm', 'code', 'reason', 'customers'],
    rows: () => reasons.map((each) => [each.arm, each.code, pick(each), each.customers]),
  };
  return (
    <>
      <div className="sub-head">
        <h3>{t('campaign.reasons')}</h3>
        <CsvButton what={t('campaign.reasons')} source={source} />
      </div>
      <ul className="lines">
        {reasons.map((each) => (
          <li key={each.arm + each.code + each.en}>
            <span className="reason-line">
              <ArmChip arm={each.arm} />
              {pick(each) || each.code}
            </span>
            <span className="lines-number">{format.count(each.customers)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
