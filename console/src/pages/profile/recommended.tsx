/** Items for this customer, each with its picture and its reason. */
import { useResource } from '../../api/resource.ts';
import type { Recommendation } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { ProductCards } from '../../parts/product-cards.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { href } from '../../router.ts';

const SHOWN = 6;

export function Recommended({ path }: { path: string }) {
  const { t } = useI18n();
  const list = useResource<{ rows: readonly Recommendation[] }>(`${path}/recommendations`);
  const id = decodeURIComponent(path.split('/').at(-1) ?? '');
  return (
    <Card
      title={t('profile.recommended')}
      className="w7"
      actions={<a href={href('/recommender', { customer: id })}>{t('profile.recommended.all')}</a>}
    >
      <Loaded from={list} rows={6} empty={(data) => data.rows.length === 0 && <Empty title={t('recommend.none')} />}>
        {(data) => <ProductCards rows={data.rows.slice(0, SHOWN)} />}
      </Loaded>
    </Card>
  );
}
