/** Features that follow the data: what share of a customer's spend goes to each of the shop's largest categories or brands. */
import type { Compute } from '#engines/index.ts';
import { CUSTOMER_FEATURES } from './customer-features.ts';
import { type Definition, feature } from './definition.ts';
import { both, is, PAID } from './vocabulary.ts';

export type ShareColumn = 'department' | 'brand';

const WORDS = {
  department: { stem: 'category_share', en: 'share of spend on category', zh: '类目消费占比：' },
  brand: { stem: 'brand_share', en: 'share of spend on brand', zh: '品牌消费占比：' },
} as const;

/**
 * A definition (and a hidden one under it) for each name. They need `spend_gross` before them in the list.
 *
 * @param names as in the data; the column is called after them, e.g. category_share_fresh_food
 */
export function shareFeatures(column: ShareColumn, names: readonly string[]): Definition[] {
  const { stem, en, zh } = WORDS[column];
  const taken = new Set<string>();
  return names.flatMap((name) => {
    const plain = `${stem}_${name
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
      .replaceAll(/^_|_$/g, '')}`;
    let own = plain;
    for (let i = 2; taken.has(own); i++) own = `${plain}_${i}`;
    taken.add(own);
    const about = { en: `${en} ${name}`, zh: `${zh}${name}` };
    const spend = `${own}_spend`;
    return [
      feature({
        name: spend,
        of: 'customer',
        from: 'lines',
        by: 'sum',
        take: 'paid',
        where: both(PAID, is(column, name)),
        missing: 0,
        hidden: true,
        unit: 'minor',
        about,
      }),
      feature({
        name: own,
        of: 'customer',
        by: 'ratio',
        over: [spend, 'spend_gross'],
        missing: 0,
        unit: 'share',
        about,
      }),
    ];
  });
}

/**
 * The names with the most money paid as of a moment, most first; of equal ones the first by name.
 *
 * @param options asOf in epoch milliseconds; `limit` names at most
 */
export async function topNames(
  compute: Compute,
  column: ShareColumn,
  options: { readonly asOf: number; readonly limit: number },
): Promise<string[]> {
  const name = column === 'brand' ? 'p.brand' : "string_split(p.category, ' > ')[1]";
  const rows = await compute.rows<{ name: string }>(
    `select ${name} as name from order_lines l join products p on p.product_id = l.product_id
     where l.status = 'paid' and l.ordered_at <= $asOf and ${name} is not null
     group by all order by sum(l.paid) desc, name limit ${options.limit}`,
    { asOf: options.asOf },
  );
  return rows.map((row) => row.name);
}

/**
 * The standing customer features and the shares of the largest categories and brands as of a moment. Use one list for
 * training and scoring, so that columns agree.
 *
 * @param options `limit` of names for each, default 8
 */
export async function customerFeatures(
  compute: Compute,
  options: { readonly asOf: number; readonly limit?: number },
): Promise<readonly Definition[]> {
  const { asOf, limit = 8 } = options;
  const lists: Definition[][] = [];
  for (const column of ['department', 'brand'] as const)
    lists.push(shareFeatures(column, await topNames(compute, column, { asOf, limit })));
  return [...CUSTOMER_FEATURES, ...lists.flat()];
}
