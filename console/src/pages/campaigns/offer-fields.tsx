/** The offer, the money for it, and the share that is held out so that its effect can be measured. */
import { Segmented, Slider } from 'antd';
import { useI18n } from '../../i18n/index.tsx';
import { MoneyField, NumberField } from '../../parts/number-field.tsx';
import { Hint } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import type { Draft } from './draft.ts';

interface OfferProps {
  readonly draft: Draft;
  onChange(part: Partial<Draft>): void;
}

export function OfferFields({ draft, onChange }: OfferProps) {
  const { t } = useI18n();
  const { offer } = draft;
  const set = (part: Partial<Draft['offer']>) => onChange({ offer: { ...offer, ...part } });
  return (
    <div className="fields">
      <div className="filter wide">
        <span className="field-label">{t('offer.kind')}</span>
        <Segmented<Draft['offer']['kind']>
          value={offer.kind}
          onChange={(kind) => set({ kind })}
          aria-label={t('offer.kind')}
          options={[
            { value: 'percent', label: t('offer.kind.percent') },
            { value: 'amount', label: t('offer.kind.amount') },
          ]}
        />
      </div>
      {offer.kind === 'percent' ? (
        <NumberField
          label={t('offer.percentOff')}
          min={1}
          max={100}
          suffix="%"
          value={offer.percent}
          onChange={(percent) => set({ percent: percent ?? 1 })}
        />
      ) : (
        <MoneyField
          label={t('offer.amountOff')}
          minor={offer.amountMinor}
          onChange={(amountMinor) => set({ amountMinor })}
        />
      )}
      <MoneyField
        label={t('offer.minSpendLabel')}
        minor={offer.minSpendMinor}
        onChange={(minSpendMinor) => set({ minSpendMinor })}
      />
      <MoneyField
        label={t('campaign.budget')}
        minor={draft.budgetMinor}
        onChange={(budgetMinor) => onChange({ budgetMinor })}
      />
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
      <Holdout share={draft.holdoutShare} onChange={(holdoutShare) => onChange({ holdoutShare })} />
    </div>
  );
}

function Holdout({ share, onChange }: { share: number; onChange: (share: number) => void }) {
  const { t } = useI18n();
  const { format } = useShop();
  return (
    <div className="filter wide">
      <span className="field-label">
        {t('plan.holdout', { share: format.percent(share, 0) })}
        <Hint label={t('campaign.holdout')}>{t('campaign.holdout.hint')}</Hint>
      </span>
      <Slider
        min={0}
        max={50}
        step={1}
        value={Math.round(share * 100)}
        onChange={(value) => onChange(value / 100)}
        ariaLabelForHandle={t('campaign.holdout')}
        tooltip={{ formatter: (value) => `${value ?? 0} %` }}
      />
      {share === 0 ? <p className="small wrong">{t('plan.noHoldout')}</p> : null}
    </div>
  );
}
