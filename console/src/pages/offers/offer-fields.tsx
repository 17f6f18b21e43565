/** The fields of an offer: what it gives, what it costs, and whom and what it is limited to. */
import { Segmented, Select } from 'antd';
import { useId } from 'react';
import { OFFER_KINDS, type OfferKind } from '../../api/offer-types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { MoneyField, NumberField } from '../../parts/number-field.tsx';
import { useShop } from '../../shop.tsx';
import { DayField, PercentField, TextField } from './fields.tsx';
import type { OfferDraft } from './offer-draft.ts';

interface Props {
  readonly draft: OfferDraft;
  onChange(part: Partial<OfferDraft>): void;
}

export function WhatFields({ draft, onChange, isKept }: Props & { isKept: boolean }) {
  const { t } = useI18n();
  const id = useId();
  return (
    <div className="offer-fields">
      <div className="wide">
        <TextField
          label={t('offers.form.id')}
          value={draft.id}
          disabled={isKept}
          required
          placeholder="spring-tea-10"
          onChange={(own) => onChange({ id: own })}
        />
      </div>
      <TextField
        label={t('offers.form.nameEn')}
        value={draft.nameEn}
        required
        onChange={(nameEn) => onChange({ nameEn })}
      />
      <TextField
        label={t('offers.form.nameZh')}
        value={draft.nameZh}
        required
        onChange={(nameZh) => onChange({ nameZh })}
      />
      <div className="filter">
        <label htmlFor={id}>{t('offers.form.kind')}</label>
        <Select<OfferKind>
          id={id}
          value={draft.kind}
          onChange={(kind) => onChange({ kind })}
          options={OFFER_KINDS.map((kind) => ({ value: kind, label: t(`offers.kind.${kind}`) }))}
        />
      </div>
      <GivenFields draft={draft} onChange={onChange} />
      <MoneyField
        label={t('offer.minSpendLabel')}
        minor={draft.minSpendMinor}
        onChange={(minSpendMinor) => onChange({ minSpendMinor })}
      />
    </div>
  );
}

function GivenFields({ draft, onChange }: Props) {
  const { t } = useI18n();
  switch (draft.kind) {
    case 'coupon':
    case 'discount':
      return <OffFields draft={draft} onChange={onChange} />;
    case 'points':
      return (
        <>
          <NumberField
            label={t('offers.form.percentBack')}
            max={100}
            precision={2}
            suffix="%"
            value={draft.percentBack}
            onChange={(percentBack) => onChange({ percentBack: percentBack ?? 0 })}
          />
          <PercentField
            label={t('offers.form.pointsCost')}
            share={draft.pointsCostShare}
            onChange={(share) => onChange({ pointsCostShare: share ?? 0 })}
          />
        </>
      );
    case 'gift':
      return (
        <>
          <TextField
            label={t('offers.form.giftProduct')}
            value={draft.giftProduct}
            onChange={(giftProduct) => onChange({ giftProduct })}
          />
          <MoneyField
            label={t('offers.form.giftCost')}
            minor={draft.giftCostMinor}
            onChange={(giftCostMinor) => onChange({ giftCostMinor })}
          />
        </>
      );
    case 'free-shipping':
      return (
        <MoneyField
          label={t('offers.form.shippingCost')}
          minor={draft.shippingCostMinor}
          onChange={(shippingCostMinor) => onChange({ shippingCostMinor })}
        />
      );
    case 'ad':
      return <AdFields draft={draft} onChange={onChange} />;
    case 'message':
    case 'nothing':
      return null;
    default:
      return draft.kind satisfies never;
  }
}

function OffFields({ draft, onChange }: Props) {
  const { t } = useI18n();
  return (
    <>
      <div className="filter">
        <span className="field-label">{t('offers.form.by')}</span>
        <Segmented<OfferDraft['by']>
          value={draft.by}
          onChange={(by) => onChange({ by })}
          aria-label={t('offers.form.by')}
          options={(['percent', 'amount'] as const).map((value) => ({ value, label: t(`offers.form.by.${value}`) }))}
        />
      </div>
      {draft.by === 'percent' ? (
        <NumberField
          label={t('offer.percentOff')}
          min={0.01}
          max={100}
          precision={2}
          suffix="%"
          value={draft.percentOff}
          onChange={(percentOff) => onChange({ percentOff: percentOff ?? 1 })}
        />
      ) : (
        <MoneyField
          label={t('offer.amountOff')}
          minor={draft.amountOffMinor}
          onChange={(amountOffMinor) => onChange({ amountOffMinor })}
        />
      )}
    </>
  );
}

function AdFields({ draft, onChange }: Props) {
  const { t } = useI18n();
  return (
    <>
      <NumberField
        label={t('offers.form.shows')}
        max={100_000}
        precision={1}
        value={draft.shows}
        onChange={(shows) => onChange({ shows: shows ?? 0 })}
      />
      <MoneyField
        label={t('offers.form.thousand')}
        minor={draft.thousandMinor}
        onChange={(thousandMinor) => onChange({ thousandMinor })}
      />
      <PercentField
        label={t('offers.form.clickShare')}
        share={draft.clickShare}
        onChange={(clickShare) => onChange({ clickShare: clickShare ?? 0 })}
      />
      <MoneyField
        label={t('offers.form.click')}
        minor={draft.clickMinor}
        onChange={(clickMinor) => onChange({ clickMinor })}
      />
    </>
  );
}

export function CostFields({ draft, onChange }: Props) {
  const { t } = useI18n();
  return (
    <div className="offer-fields">
      <MoneyField
        label={t('offers.form.contact')}
        minor={draft.contactCostMinor}
        onChange={(contactCostMinor) => onChange({ contactCostMinor })}
      />
      <PercentField
        label={t('offers.form.redeemedShare')}
        share={draft.redeemedShare}
        placeholder="100"
        onChange={(redeemedShare) => onChange({ redeemedShare })}
      />
      <div>
        <PercentField
          label={t('offers.form.floor')}
          share={draft.floorShare}
          max={99}
          placeholder={t('offers.form.noFloor')}
          onChange={(floorShare) => onChange({ floorShare })}
        />
      </div>
      <p className="small soft">{t('offers.form.floor.hint')}</p>
    </div>
  );
}

export function LimitFields({ draft, onChange }: Props) {
  const { t } = useI18n();
  const { shop, tierName } = useShop();
  const limit = (key: 'perPerson' | 'stock') => (
    <NumberField
      label={t(`offers.form.${key}`)}
      min={1}
      max={1_000_000_000}
      placeholder={t('offers.form.noLimit')}
      value={draft[key]}
      onChange={(value) => onChange({ [key]: value })}
    />
  );
  const setTier = (tier: string, value: number | null) => {
    const { [tier]: _, ...rest } = draft.perTier;
    onChange({ perTier: value === null ? rest : { ...rest, [tier]: value } });
  };
  return (
    <div className="offer-fields">
      {limit('perPerson')}
      {limit('stock')}
      {[...shop.tiers].reverse().map((tier) => (
        <NumberField
          key={tier.key}
          label={t('offers.form.perTier', { tier: tierName(tier.key) })}
          max={1_000_000_000}
          placeholder={t('offers.form.noLimit')}
          value={draft.perTier[tier.key] ?? null}
          onChange={(value) => setTier(tier.key, value)}
        />
      ))}
      <DayField label={t('offers.form.from')} at={draft.validFrom} onChange={(validFrom) => onChange({ validFrom })} />
      <DayField label={t('offers.form.to')} isEnd at={draft.validTo} onChange={(validTo) => onChange({ validTo })} />
      <Tags
        label={t('offers.form.categories')}
        values={draft.categories}
        onChange={(categories) => onChange({ categories })}
      />
      <Tags label={t('offers.form.brands')} values={draft.brands} onChange={(brands) => onChange({ brands })} />
      <Tags label={t('offers.form.products')} values={draft.products} onChange={(products) => onChange({ products })} />
      <TextField
        label={t('offers.form.channel')}
        value={draft.channel}
        placeholder={t('offers.form.any')}
        onChange={(channel) => onChange({ channel })}
      />
      <Stacks draft={draft} onChange={onChange} />
    </div>
  );
}

function Tags({
  label,
  values,
  onChange,
}: {
  label: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
}) {
  const { t } = useI18n();
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Select
        id={id}
        mode="tags"
        open={false}
        suffixIcon={null}
        value={[...values]}
        placeholder={t('offers.form.any')}
        onChange={onChange}
      />
    </div>
  );
}

function Stacks({ draft, onChange }: Props) {
  const { t } = useI18n();
  const id = useId();
  return (
    <div className="filter wide">
      <label htmlFor={id}>{t('offers.form.stacks')}</label>
      <Select<OfferKind[]>
        id={id}
        mode="multiple"
        value={[...draft.stacksWith]}
        onChange={(stacksWith) => onChange({ stacksWith })}
        options={OFFER_KINDS.slice(0, 5).map((kind) => ({ value: kind, label: t(`offers.kind.${kind}`) }))}
      />
    </div>
  );
}
