/** The recommender as a whole: its measured quality, whom and what it reaches. */
import type { z } from 'zod';
import { readReport } from './facts.ts';
import { imageUrl } from './products.ts';
import type { RecommenderReply } from './schemas.ts';
import type { Store } from './store.ts';

const TOP = 20;

export function recommenderOf(store: Store): Promise<z.infer<typeof RecommenderReply>> {
  return store.memo('recommender', async () => {
    const { compute, shop } = store;
    const [reach] = await compute.rows<{ customers: number; products: number }>(
      'select count(distinct customer_id) as customers, count(distinct product_id) as products from recommendations',
    );
    const bySource = await compute.rows<{ source: string; items: number }>(
      'select "source", count(*) as items from recommendations group by 1 order by items desc, 1',
    );
    const top = await compute.rows<{
      product_id: string;
      title: string | null;
      title_zh: string | null;
      image_path: string | null;
      n: number;
    }>(
      `select product_id, title, title_zh, image_path, n
       from (select product_id, count(distinct customer_id) as n from recommendations group by 1 order by n desc, 1 limit ${TOP})
       left join serve_products p using (product_id) order by n desc, product_id`,
    );
    const { customers = 0, products = 0 } = reach ?? {};
    return {
      metrics: readReport(store.dir, 'recommend'),
      coverage: {
        customers,
        shareCustomers: shop.customers === 0 ? null : customers / shop.customers,
        products,
        shareProducts: shop.products === 0 ? null : products / shop.products,
      },
      bySource,
      topProducts: top.map((row) => ({
        productId: row.product_id,
        title: row.title,
        titleZh: row.title_zh,
        imageUrl: imageUrl(row.product_id, row.image_path),
        customers: row.n,
      })),
    };
  });
}
