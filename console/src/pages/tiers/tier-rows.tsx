/** The tiers of a draft, the highest first: names, where they begin, and what being in them gives. */
import { Button, Input, InputNumber } from 'antd';
import type { ReactNode } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useShop } from '../../shop.tsx';
import { tierColour } from '../../theme.ts';
import { canRemove, type Draft, type DraftTier, hasBenefits, lowestShare, withoutTier } from './policy-draft.ts';

interface RowsProps {
  readonly draft: Draft;
  onChange(draft: Draft): void;
}

export function TierRows({ draft, onChange }: RowsProps) {
  const { t, language } = useI18n();
  const benefits = hasBenefits(draft);
  const rows = draft.tiers.map((tier, index) => ({ tier, index })).reverse();
  const set = (key: string, part: Partial<DraftTier>) =>
    onChange({ ...draft, tiers: draft.tiers.map((tier) => (tier.key === key ? { ...tier, ...part } : tier)) });
  const names = language === 'zh' ? (['zh', 'en'] as const) : (['en', 'zh'] as const);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className="scroll" aria-label={t('editor.tiers')} tabIndex={0}>
      <table className="table dense editor-tiers">
        <caption className="hidden">{t('editor.tiers')}</caption>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {t(`editor.name.${name}`)}
              </th>
            ))}
            {draft.kind === 'profit' ? null : <th scope="col">{t(`editor.number.${draft.kind}`)}</th>}
            {benefits ? (
              <>
                <th scope="col">{t('editor.cost')}</th>
                <th scope="col">{t('editor.uplift')}</th>
              </>
            ) : null}
            <th scope="col">
              <span className="hidden">{t('editor.remove')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ tier, index }) => (
            <tr key={tier.key}>
              {names.map((name, place) => (
                <td key={name}>
                  <span className="editor-name">
                    {place === 0 ? (
                      <span
                        className="dot"
                        style={{ background: tierColour(index, draft.tiers.length) }}
                        aria-hidden="true"
                      />
                    ) : null}
                    <Input
                      value={tier[name]}
                      maxLength={40}
                      aria-label={`${t(`editor.name.${name}`)}: ${tier.key}`}
                      onChange={(event) => set(tier.key, { [name]: event.target.value })}
                    />
                  </span>
                </td>
              ))}
              {draft.kind === 'profit' ? null : (
                <td>
                  <Begins draft={draft} tier={tier} isLowest={index === 0} set={(part) => set(tier.key, part)} />
                </td>
              )}
              {benefits ? <Benefit tier={tier} set={(part) => set(tier.key, part)} /> : null}
              <td>
                <Button
                  type="text"
                  size="small"
                  disabled={!canRemove(draft)}
                  aria-label={`${t('editor.remove')}: ${tier[names[0]]}`}
                  icon={<Icon name="close" size={14} />}
                  onClick={() => onChange(withoutTier(draft, tier.key))}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface CellProps {
  readonly tier: DraftTier;
  set(part: Partial<DraftTier>): void;
}

function Begins({ draft, tier, isLowest, set }: CellProps & { readonly draft: Draft; readonly isLowest: boolean }) {
  const { t, language } = useI18n();
  const { shop, format } = useShop();
  if (draft.kind === 'profit') return null;
  const label = `${t(`editor.number.${draft.kind}`)}: ${tier[language]}`;
  if (isLowest)
    return (
      <span className="soft editor-rest">
        {draft.kind === 'share' ? format.percent(lowestShare(draft)) : t('policy.lowest')}
      </span>
    );
  if (draft.kind === 'share')
    return <Percent label={label} share={tier.share} max={99.9} set={(share) => set({ share })} />;
  if (draft.kind === 'capacity')
    return <Cell label={label} value={tier.places} min={1} max={1e9} precision={0} set={(places) => set({ places })} />;
  const scale = 10 ** shop.currencyDigits;
  return (
    <Cell
      label={label}
      value={tier.aboveMinor / scale}
      min={-1e9}
      max={1e9}
      precision={shop.currencyDigits}
      suffix={format.symbol}
      set={(value) => set({ aboveMinor: Math.round(value * scale) })}
    />
  );
}

function Benefit({ tier, set }: CellProps) {
  const { t, language } = useI18n();
  const { shop, format } = useShop();
  const scale = 10 ** shop.currencyDigits;
  return (
    <>
      <td>
        <Cell
          label={`${t('editor.cost')}: ${tier[language]}`}
          value={tier.costMinor / scale}
          min={0}
          max={1e9}
          precision={shop.currencyDigits}
          suffix={format.symbol}
          set={(value) => set({ costMinor: Math.round(value * scale) })}
        />
      </td>
      <td>
        <Percent
          label={`${t('editor.uplift')}: ${tier[language]}`}
          share={tier.upliftShare}
          max={1000}
          set={(upliftShare) => set({ upliftShare })}
        />
      </td>
    </>
  );
}

interface PercentProps {
  readonly label: string;
  readonly share: number;
  readonly max: number;
  set(share: number): void;
}

const Percent = ({ label, share, max, set }: PercentProps) => (
  <Cell
    label={label}
    value={Number((share * 100).toFixed(2))}
    min={0}
    max={max}
    precision={1}
    suffix="%"
    set={(value) => set(Number((value / 100).toFixed(6)))}
  />
);

interface NumberCellProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly precision: number;
  readonly suffix?: ReactNode;
  set(value: number): void;
}

const Cell = ({ label, set, ...rest }: NumberCellProps) => (
  <InputNumber
    className="editor-number"
    aria-label={label}
    controls={false}
    {...rest}
    onChange={(value) => set(value ?? rest.min)}
  />
);
