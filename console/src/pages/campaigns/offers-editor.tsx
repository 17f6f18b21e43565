/** The offers of a plan, each with what it takes off, what reaching someone costs, its channel and its places. */
import { Button, Segmented, Select } from 'antd';
import { useId } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { MoneyField, NumberField } from '../../parts/number-field.tsx';
import { useShop } from '../../shop.tsx';
import { ContentFields } from './content-fields.tsx';
import { type DraftOffer, offerOf } from './draft.ts';
import { OfferWords } from './offer-words.tsx';
import { type SavedOffer, SavedOffers } from './saved-offers.tsx';
import { armColour } from './totals.tsx';

interface EditorProps {
  /** Also what their messages say; default no. */
  readonly withContent?: boolean;
  readonly offers: readonly DraftOffer[];
  onChange(offers: readonly DraftOffer[]): void;
}

const OFFERS_MAX = 10;
const CHANNELS = ['email', 'sms', 'wechat', 'ad', 'onsite'] as const;

export function OffersEditor({ offers, onChange, withContent = false }: EditorProps) {
  const { t } = useI18n();
  const { shop } = useShop();
  const set = (place: number, part: Partial<DraftOffer>) =>
    onChange(offers.map((offer, i) => (i === place ? { ...offer, ...part } : offer)));
  const add = () => {
    const key = Math.max(-1, ...offers.map((offer) => offer.key)) + 1;
    const last = offers.at(-1);
    onChange([...offers, offerOf(key, shop.currencyDigits, Math.min(100, (last?.percent ?? 5) + 5))]);
  };
  const take = (saved: SavedOffer) => {
    const key = Math.max(-1, ...offers.map((offer) => offer.key)) + 1;
    const { id, ...offer } = saved.offer;
    onChange([...offers, { ...offerOf(key, shop.currencyDigits), id, saved: offer as DraftOffer['saved'] }]);
  };
  return (
    <div className="offers">
      <ul className="offers-list">
        {offers.map((offer, place) => (
          <li key={offer.key}>
            <OfferRow
              offer={offer}
              place={place}
              withContent={withContent}
              onChange={(part) => set(place, part)}
              onRemove={offers.length === 1 ? undefined : () => onChange(offers.filter((_, i) => i !== place))}
            />
          </li>
        ))}
      </ul>
      {offers.length < OFFERS_MAX ? (
        <div className="offers-add">
          <Button icon={<Icon name="plus" size={14} />} onClick={add}>
            {t('wizard.offer.add')}
          </Button>
          <SavedOffers taken={offers.map(({ id }) => id)} onPick={(saved) => take(saved)} />
        </div>
      ) : null}
    </div>
  );
}

interface RowProps {
  readonly offer: DraftOffer;
  readonly place: number;
  readonly withContent: boolean;
  onChange(part: Partial<DraftOffer>): void;
  readonly onRemove: (() => void) | undefined;
}

function OfferRow({ offer, place, withContent, onChange, onRemove }: RowProps) {
  const { t } = useI18n();
  const id = useId();
  const name = t('wizard.offer.name', { id: offer.id });
  return (
    <fieldset className="group offer-row" aria-label={name}>
      <div className="offer-head">
        <span className="dot" style={{ background: armColour(place) }} aria-hidden="true" />
        <strong>{name}</strong>
        {offer.saved === null ? (
          <Segmented<DraftOffer['kind']>
            size="small"
            value={offer.kind}
            onChange={(kind) => onChange({ kind })}
            aria-label={t('offer.kind')}
            options={[
              { value: 'percent', label: t('offer.kind.percent') },
              { value: 'amount', label: t('offer.kind.amount') },
            ]}
          />
        ) : (
          <span className="chip">{t('wizard.offer.saved')}</span>
        )}
        <span className="spring" />
        {onRemove === undefined ? null : (
          <Button
            type="text"
            size="small"
            icon={<Icon name="close" size={16} />}
            aria-label={t('wizard.offer.remove', { id: offer.id })}
            onClick={onRemove}
          />
        )}
      </div>
      <div className="offer-fields">
        {offer.saved !== null ? (
          <div className="filter">
            <OfferWords offer={offer.saved} />
          </div>
        ) : offer.kind === 'percent' ? (
          <NumberField
            label={t('offer.percentOff')}
            min={1}
            max={100}
            suffix="%"
            value={offer.percent}
            onChange={(percent) => onChange({ percent: percent ?? 1 })}
          />
        ) : (
          <MoneyField
            label={t('offer.amountOff')}
            minor={offer.amountMinor}
            onChange={(amountMinor) => onChange({ amountMinor: Math.max(1, amountMinor) })}
          />
        )}
        {offer.saved === null ? (
          <>
            <MoneyField
              label={t('offer.minSpendLabel')}
              minor={offer.minSpendMinor}
              onChange={(minSpendMinor) => onChange({ minSpendMinor })}
            />
            <MoneyField
              label={t('wizard.offer.contact')}
              minor={offer.contactCostMinor}
              onChange={(contactCostMinor) => onChange({ contactCostMinor })}
            />
          </>
        ) : null}
        <div className="filter">
          <label htmlFor={id}>{t('wizard.offer.channel')}</label>
          <Select
            id={id}
            allowClear
            placeholder={t('wizard.offer.anyChannel')}
            value={offer.channel === '' ? null : offer.channel}
            onChange={(channel: string | null) => onChange({ channel: channel ?? '' })}
            options={CHANNELS.map((channel) => ({ value: channel, label: t(`wizard.channel.${channel}`) }))}
          />
        </div>
        <NumberField
          label={t('wizard.offer.most')}
          max={100_000_000}
          placeholder={t('plan.noLimit')}
          value={offer.most}
          onChange={(most) => onChange({ most })}
        />
      </div>
      {withContent ? <ContentFields content={offer.content} onChange={(content) => onChange({ content })} /> : null}
    </fieldset>
  );
}
