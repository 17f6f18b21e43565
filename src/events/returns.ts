/** Which order a returned line gives back: the latest earlier sale of the same product to the same customer that has enough left. */
import { type Compute, quoted } from '#engines/index.ts';
import { numberColumn, numbers, table } from '#table/index.ts';
import { scratchName, type TableStage } from './table-stage.ts';

export interface ReturnCounts {
  readonly matched: number;
  readonly unmatched: number;
}

/**
 * Greedy in the order of time: each return takes from the latest sale before it whose unreturned quantity suffices.
 *
 * @param groups [rows] rows of one customer and product have equal values and stand together, in the order of time
 * @param isReturn [rows] 1 for a return, 0 for a sale
 * @param quantities [rows] units
 * @returns [rows] position of the sale that a return gives back, or -1
 */
export function matchReturns(groups: Float64Array, isReturn: Float64Array, quantities: Float64Array): Int32Array {
  const match = new Int32Array(groups.length).fill(-1);
  const left = Float64Array.from(quantities);
  let start = 0;
  for (let i = 0; i < groups.length; i++) {
    if (groups[i] !== groups[start]) start = i;
    if (isReturn[i] === 0) continue;
    for (let sale = i - 1; sale >= start; sale--) {
      if (isReturn[sale] === 1 || left[sale]! < quantities[i]! - 1e-9) continue;
      left[sale] = left[sale]! - quantities[i]!;
      match[i] = sale;
      break;
    }
  }
  return match;
}

/** Makes the scratch table `pairs` (row of the return, row of the sale) for returns without an order of their own. */
export async function pairReturns(
  stage: Pick<TableStage, 'name' | 'columns'>,
  compute: Compute,
): Promise<{ pairs: string | undefined; counts: ReturnCounts }> {
  const { name, columns } = stage;
  const none = { pairs: undefined, counts: { matched: 0, unmatched: 0 } };
  if (!columns.has('status')) return none;
  const known = columns.has('returns_order_id') ? 'and returns_order_id is null' : '';
  const has = (condition: string): string =>
    `select count(*) as n from ${name} where _tw_bad is null and status = 'refunded' ${condition}`;
  const [open] = await compute.rows<{ n: number }>(has(known));
  const [all] = await compute.rows<{ n: number }>(has(''));
  if (all!.n === 0) return none;
  const told = all!.n - open!.n;
  if (open!.n === 0 || !columns.has('customer_id')) return { ...none, counts: { matched: told, unmatched: open!.n } };
  const [customer, product] = [quoted('customer_id'), quoted('product_id')];
  const rows = await compute.table(
    `with returned as (
       select distinct ${customer}, ${product} from ${name}
       where _tw_bad is null and status = 'refunded' and ${customer} is not null ${known}
     ), lines as (
       select s.rowid as id, s.ordered_at, s.quantity, s.status, s.${customer} as c, s.${product} as p
       from ${name} s join returned using (${customer}, ${product})
       where s._tw_bad is null and (s.status = 'paid' or (s.status = 'refunded' ${known}))
     )
     select dense_rank() over (order by c, p) as grp, id, quantity::double as quantity, (status = 'refunded')::integer as back
     from lines order by grp, ordered_at, back, id`,
  );
  const values = (column: string): Float64Array => numberColumn(rows, column).values;
  const ids = values('id');
  const match = matchReturns(values('grp'), values('back'), values('quantity'));
  const found = [...match.keys()].filter((i) => match[i]! >= 0);
  const pairs = scratchName('order_lines', 'pairs');
  await compute.load(
    pairs,
    table({
      back: numbers(found.map((i) => ids[i]!)),
      sale: numbers(found.map((i) => ids[match[i]!]!)),
    }),
  );
  return { pairs, counts: { matched: told + found.length, unmatched: open!.n - found.length } };
}
