/** A list of recommended products: rank, picture, title, price and the reason in words. */
import type { Recommendation } from '../api/types.ts';
import { useI18n } from '../i18n/index.tsx';
import { useShop } from '../shop.tsx';
import { Picture, ProductLink } from './product.tsx';
import { useSourceName } from './source-name.ts';

interface ProductCardsProps {
  readonly rows: readonly Recommendation[];
  /** How likely it is bought, in words; null for nothing to say. */
  readonly chanceOf?: (row: Recommendation) => string | null;
}

export function ProductCards({ rows, chanceOf }: ProductCardsProps) {
  const { t, pick } = useI18n();
  const { format, titleOf } = useShop();
  const sourceName = useSourceName();
  return (
    <ol className="products">
      {rows.map((row) => (
        <li key={row.productId} className="product">
          <Picture imageUrl={row.imageUrl} title={titleOf(row)} size={72} />
          <div className="product-words">
            <p className="product-title">
              <span className="hidden">{t('recommend.rank', { n: row.rank })}</span>
              <ProductLink product={row} />
            </p>
            <p className="small">{pick({ en: row.reasonEn, zh: row.reasonZh })}</p>
            <p className="small soft product-foot">
              <span className="chip">{sourceName(row.source)}</span>
              {row.priceMinor === null ? null : <span>{format.money(row.priceMinor)}</span>}
              {chanceOf === undefined ? null : <span>{chanceOf(row)}</span>}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}
