/** Leaves about where people belong: another segment, a list, a draw, an offer that works on them. */
import { Input } from 'antd';
import { useI18n } from '../../i18n/index.tsx';
import { href } from '../../router.ts';
import { Amount } from './amount.tsx';
import { One } from './choice.tsx';
import type { Fields } from './fields.ts';
import type { Json } from './tree.ts';

interface PlaceProps {
  readonly leaf: Json;
  readonly fields: Fields;
  onChange(leaf: Json): void;
}

export function SegmentLeaf({ leaf, fields, onChange }: PlaceProps) {
  const { t } = useI18n();
  const of = 'segment' in leaf ? 'segment' : 'list';
  const all = of === 'segment' ? fields.segments : fields.lists;
  const id = String(leaf[of]);
  const options = all.map((each) => ({ value: each.id, label: each.name }));
  const known = id === '' || all.some((each) => each.id === id);
  return (
    <>
      <span className="leaf-name">{t(`segment.leaf.${of}`)}</span>
      {all.length === 0 && known ? (
        <a className="small" href={href('/segments')}>
          {t(of === 'segment' ? 'segment.noSegments' : 'segment.noLists')}
        </a>
      ) : (
        <One
          search
          label={t(`segment.leaf.${of}`)}
          value={id}
          options={known ? options : [...options, { value: id, label: id }]}
          onChange={(next) => onChange({ [of]: next })}
        />
      )}
    </>
  );
}

export function DrawLeaf({ leaf, onChange }: Omit<PlaceProps, 'fields'>) {
  const { t } = useI18n();
  const from = Number(leaf.from ?? 0);
  const below = Number(leaf.below ?? 0.1);
  const make = (low: number, high: number, salt: string) =>
    onChange({ random: salt, ...(low === 0 ? {} : { from: low }), below: Math.max(low, high) });
  const salt = String(leaf.random ?? '');
  return (
    <>
      <span className="leaf-name">{t('segment.leaf.random')}</span>
      <Amount
        label={t('segment.draw.from')}
        unit="share"
        min={0}
        max={100}
        value={from}
        onChange={(value) => make(value, below, salt)}
      />
      <span className="small">{t('segment.draw.to')}</span>
      <Amount
        label={t('segment.draw.below')}
        unit="share"
        min={0}
        max={100}
        value={below}
        onChange={(value) => make(Math.min(from, value), value, salt)}
      />
      <Input
        className="salt"
        aria-label={t('segment.draw.salt')}
        placeholder={t('segment.draw.salt')}
        maxLength={100}
        value={salt}
        onChange={({ target: { value } }) => make(from, below, value)}
      />
    </>
  );
}

export function UpliftLeaf({ leaf, fields, onChange }: PlaceProps) {
  const { t, pick } = useI18n();
  const offer = String(leaf.uplift);
  const offers = fields.upliftOffers;
  if (offers.length === 0 && offer === '') return <span className="soft">{t('segment.noUplift')}</span>;
  const known = offers.some(({ key }) => key === offer);
  const options = offers.map((each) => ({ value: each.key, label: pick(each) }));
  return (
    <>
      <span className="leaf-name">{t('segment.leaf.uplift')}</span>
      <One
        search
        label={t('segment.offer')}
        value={offer}
        options={known ? options : [...options, { value: offer, label: offer }]}
        onChange={(uplift) => onChange({ ...leaf, uplift })}
      />
      <One
        label={t('segment.bound')}
        value={String(leaf.bound ?? 'effect') as 'effect' | 'low' | 'high'}
        options={(['effect', 'low', 'high'] as const).map((value) => ({ value, label: t(`segment.uplift.${value}`) }))}
        onChange={(bound) => onChange({ ...leaf, bound })}
      />
      <One
        label={t('condition.comparison')}
        value={String(leaf.op) as '>' | '>=' | '<' | '<='}
        options={(['>', '>=', '<', '<='] as const).map((value) => ({ value, label: t(`condition.is.${value}`) }))}
        onChange={(op) => onChange({ ...leaf, op })}
      />
      <Amount
        label={t('segment.leaf.uplift')}
        unit="minor"
        value={leaf.value}
        onChange={(value) => onChange({ ...leaf, value })}
      />
    </>
  );
}
