/** The money of a plan, its limits, and the shares that are held out and that explore. */
import { Slider } from 'antd';
import { useI18n } from '../../i18n/index.tsx';
import { MoneyField, NumberField } from '../../parts/number-field.tsx';
import { Hint } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import type { Draft } from './draft.ts';

interface LimitsProps {
  readonly draft: Draft;
  onChange(part: Partial<Draft>): void;
}

/** @param withMoney also budget and least return; default yes */
export function LimitsFields({ draft, onChange, withMoney = true }: LimitsProps & { withMoney?: boolean }) {
  const { t } = useI18n();
  return (
    <div className="fields">
      {withMoney ? <MoneyFields draft={draft} onChange={onChange} /> : null}
      <NumberField
        label={t('plan.offersMax')}
        max={100_000_000}
        placeholder={t('plan.noLimit')}
        value={draft.offersMax}
        onChange={(offersMax) => onChange({ offersMax })}
      />
      <NumberField
        label={t('plan.restDays')}
        max={3650}
        suffix={t('unit.daysShort')}
        value={draft.restDays}
        onChange={(restDays) => onChange({ restDays: restDays ?? 0 })}
      />
      <ShareField
        label={t('campaign.holdout')}
        hint={t('campaign.holdout.hint')}
        share={draft.holdoutShare}
        onChange={(holdoutShare) => onChange({ holdoutShare })}
        warning={draft.holdoutShare === 0 ? t('plan.noHoldout') : undefined}
      />
      <ShareField
        label={t('wizard.exploration')}
        hint={t('wizard.exploration.hint')}
        share={draft.explorationShare}
        onChange={(explorationShare) => onChange({ explorationShare })}
      />
      <TierLimits draft={draft} onChange={onChange} />
    </div>
  );
}

/** The budget, and the least return on it. */
export function MoneyFields({ draft, onChange }: LimitsProps) {
  const { t } = useI18n();
  return (
    <>
      <MoneyField
        label={t('campaign.budget')}
        minor={draft.budgetMinor}
        onChange={(budgetMinor) => onChange({ budgetMinor })}
      />
      <NumberField
        label={t('wizard.minRoi')}
        max={100}
        precision={2}
        value={draft.minRoi}
        onChange={(minRoi) => onChange({ minRoi: minRoi ?? 0 })}
      />
    </>
  );
}

interface ShareProps {
  readonly label: string;
  readonly hint: string;
  readonly share: number;
  onChange(share: number): void;
  readonly warning?: string | undefined;
}

function ShareField({ label, hint, share, onChange, warning }: ShareProps) {
  const { format } = useShop();
  return (
    <div className="filter">
      <span className="field-label">
        {label} · {format.percent(share, 0)}
        <Hint label={label}>{hint}</Hint>
      </span>
      <Slider
        min={0}
        max={50}
        step={1}
        value={Math.round(share * 100)}
        onChange={(value) => onChange(value / 100)}
        ariaLabelForHandle={label}
        tooltip={{ formatter: (value) => `${value ?? 0} %` }}
      />
      {warning === undefined ? null : <p className="small wrong">{warning}</p>}
    </div>
  );
}

function TierLimits({ draft, onChange }: LimitsProps) {
  const { t } = useI18n();
  const { shop, tierName } = useShop();
  const set = (tier: string, most: number | null) => {
    const { [tier]: _, ...others } = draft.perTier;
    onChange({ perTier: most === null ? others : { ...others, [tier]: most } });
  };
  return (
    <fieldset className="group wide tier-limits" aria-label={t('wizard.perTier')}>
      <span className="field-label">{t('wizard.perTier')}</span>
      <div className="tier-limits-row">
        {[...shop.tiers].reverse().map(({ key }) => (
          <NumberField
            key={key}
            label={tierName(key)}
            max={100_000_000}
            placeholder={t('plan.noLimit')}
            value={draft.perTier[key] ?? null}
            onChange={(most) => set(key, most)}
          />
        ))}
      </div>
    </fieldset>
  );
}
