/** RFM scores, tags, and the categories and brands that set this customer apart. */
import type { Profile, Weighted } from '../../api/types.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { PeopleLink } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';

export function TasteCard({ profile }: { profile: Profile }) {
  const { t } = useI18n();
  const { tagName, segmentName } = useShop();
  const { rfm, tags, topCategories, topBrands } = profile;
  return (
    <Card title={t('profile.taste')} className="w5">
      <dl className="scores">
        {(['r', 'f', 'm'] as const).map((part) => (
          <div key={part}>
            <dt>{t(`rfm.${part}`)}</dt>
            <dd>{rfm[part] === null ? '–' : <PeopleLink to={{ [part]: rfm[part] }}>{`${rfm[part]}/5`}</PeopleLink>}</dd>
          </div>
        ))}
        <div>
          <dt>{t('filter.segment')}</dt>
          <dd>
            {rfm.segment === null ? (
              '–'
            ) : (
              <PeopleLink to={{ segment: rfm.segment }}>{segmentName(rfm.segment)}</PeopleLink>
            )}
          </dd>
        </div>
      </dl>
      <h3>{t('profile.tags')}</h3>
      {tags.length === 0 ? <p className="soft small">{t('profile.tags.none')}</p> : null}
      <ul className="chips">
        {tags.map((tag) => (
          <li key={tag}>
            <PeopleLink to={{ tag }} className="chip">
              {tagName(tag)}
            </PeopleLink>
          </li>
        ))}
      </ul>
      <Weights title={t('profile.categories')} name="top-categories" items={topCategories} />
      <Weights title={t('profile.brands')} name="top-brands" items={topBrands} />
    </Card>
  );
}

function Weights({ title, name, items }: { title: string; name: string; items: readonly Weighted[] }) {
  const { t, pick } = useI18n();
  const nameOf = ({ name: own, nameZh }: Weighted) => pick({ en: own, zh: nameZh ?? own });
  const { format } = useShop();
  const most = Math.max(0, ...items.map((item) => item.weight));
  const rows = () => items.map((item) => [nameOf(item), item.weight]);
  return (
    <>
      <div className="sub-head">
        <h3>{title}</h3>
        {items.length === 0 ? null : (
          <CsvButton what={title} source={{ name, header: [t('table.name'), t('table.weight')], rows }} />
        )}
      </div>
      {items.length === 0 ? <Empty title={t('profile.taste.none')} /> : null}
      <ul className="weights">
        {items.map((item) => (
          <li key={item.name}>
            <span>{nameOf(item)}</span>
            <Bar value={item.weight} most={most}>
              {format.decimal(item.weight, 2)}
            </Bar>
          </li>
        ))}
      </ul>
    </>
  );
}
