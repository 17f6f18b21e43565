/** The bundle of a sample workspace, for tests: odd ids of customers and products, who refuses profiling, prices, stock. */
import { join } from 'node:path';
import { literal, openDuckdb } from '#engines/index.ts';
import { openLake } from '#events/index.ts';
import { makeRecommendations } from '#recommend/index.ts';
import { ODD_IDS, SAMPLE_AS_OF } from './sample-workspace.ts';

/** Products called as ODD_IDS are bought by all who bought P1. */
export async function addBundle(dir: string): Promise<void> {
  const compute = await openDuckdb({ memoryMb: 300 });
  try {
    await openLake(compute, join(dir, 'lake'));
    for (const name of ['products', 'order_lines', 'customers'])
      await compute.run(`create or replace table own_${name} as from ${name}; drop view ${name};
        alter table own_${name} rename to ${name}`);
    for (const id of ODD_IDS) {
      const odd = literal(id);
      await compute.run(`insert into products by name select ${odd} product_id, 'Odd "' || ${odd} || '"' title, 500 price, 'Odd' category;
        insert into order_lines by name select order_id || ${odd} order_id, line, customer_id, ${odd} product_id, ordered_at,
          quantity, paid, status, currency from order_lines where product_id = 'P1'`);
    }
    await compute.run(`update customers set consent_personal = false where customer_id = 'C0000020'`);
    await compute.run(
      `create view customer_tiers as from read_parquet(${literal(join(dir, 'state', 'customer_tiers.parquet'))})`,
    );
    await makeRecommendations(compute, {
      ...{ asOf: SAMPLE_AS_OF, timeZone: 'Asia/Shanghai', seed: 1 },
      tierNames: { gold: { en: 'Gold', zh: '金' } },
      bundle: join(dir, 'state', 'recommend.bundle'),
    });
  } finally {
    await compute.close();
  }
}
