/** Offers that the shop keeps, to be taken into a plan as they are. */
import { Select } from 'antd';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';

export interface SavedOffer {
  readonly id: string;
  readonly offer: { readonly id: string } & Readonly<Record<string, unknown>>;
}

interface Row {
  readonly id: string;
  readonly words: { readonly en: string; readonly zh: string };
  readonly terms: Readonly<Record<string, unknown>>;
}

interface SavedProps {
  /** Ids that are in the plan. */
  readonly taken: readonly string[];
  onPick(offer: SavedOffer): void;
}

export function SavedOffers({ taken, onPick }: SavedProps) {
  const { t, pick } = useI18n();
  const rows = useResource<{ rows: readonly Row[] }>('/offers').data?.rows ?? [];
  const free = rows.filter(({ id }) => !taken.includes(id));
  if (free.length === 0) return null;
  return (
    <Select
      className="saved-offers"
      aria-label={t('wizard.offer.pick')}
      placeholder={t('wizard.offer.pick')}
      value={null}
      showSearch={{ optionFilterProp: 'label' }}
      onChange={(id: string | null) => {
        const found = free.find((row) => row.id === id);
        if (found !== undefined) onPick({ id: found.id, offer: { ...found.terms, id: found.id } });
      }}
      options={free.map(({ id, words }) => ({ value: id, label: `${id} · ${pick(words)}` }))}
    />
  );
}
