/** The canonical table out of its stage: rows that are not set aside, with what the import gives (lines, ids, currency). */
import { SQL_TYPES } from '#catalog/index.ts';
import { literal, quoted } from '#engines/index.ts';
import { type ImportContext, scratchName, type TableStage } from './table-stage.ts';

export interface Final {
  /** SELECT of the canonical columns, in the order of the source: sorted where joins would shuffle it. */
  readonly sql: string;
  /** SELECT of rows that no source row stands for (refunds of whole orders); undefined when there are none. */
  readonly derived: string | undefined;
  readonly drop: () => Promise<void>;
}

export async function finalOf(stage: TableStage, context: ImportContext, pairs: string | undefined): Promise<Final> {
  const { table, name } = stage;
  const scratch: string[] = pairs === undefined ? [] : [pairs];
  let from = `${name} s`;
  let line = 'null';
  if (table.name === 'order_lines' && stage.parts.some((part) => !part.specs.has('line'))) {
    const { lines, odd } = await numberLines(stage, context);
    scratch.push(lines, odd);
    const given = `coalesce(o.line, s.rowid - l.lo + 1)`;
    line = stage.columns.has('line') ? `coalesce(s.line, ${given})` : given;
    from += ` left join ${lines} l on l.order_id = s.order_id left join ${odd} o on o.id = s.rowid`;
  }
  if (pairs !== undefined)
    from += ` left join (select p.back::bigint as back, m.order_id as sold from ${pairs} p join ${name} m on m.rowid = p.sale::bigint) r on r.back = s.rowid`;
  const columns = table.columns.map(({ name: column, kind }) => {
    const own = stage.columns.has(column) ? `s.${quoted(column)}` : undefined;
    const type = SQL_TYPES[kind];
    if (column === 'line' && line !== 'null') return `(${line})::bigint as line`;
    if (column === 'currency') return `${literal(context.shop.currency)} as currency`;
    if (column === 'status') return `coalesce(${own ?? 'null'}, 'paid') as status`;
    if (column === 'returns_order_id' && pairs !== undefined)
      return `coalesce(${own ?? 'null'}, r.sold) as returns_order_id`;
    if (table.key.includes(column) && own === undefined && GIVEN_IDS.has(column))
      return `${literal(PREFIX[column]!)} || (s.rowid + 1)::varchar as ${quoted(column)}`;
    return `${own ?? 'null'}::${type} as ${quoted(column)}`;
  });
  const isRefunding = stage.columns.has('refund');
  return {
    sql: `select ${columns.join(', ')} from ${from} where s._tw_bad is null${from === `${name} s` ? '' : ' order by s.rowid'}`,
    derived: isRefunding ? refundsSql(stage, context) : undefined,
    drop: async () => {
      for (const own of scratch) await context.compute.run(`drop table if exists ${own}`);
    },
  };
}

const PREFIX: Readonly<Record<string, string>> = { redemption_id: 'r', review_id: 'v', message_id: 'm' };
const GIVEN_IDS = new Set(Object.keys(PREFIX));

/**
 * Position of each row within its order. Where an order's rows stand together (the usual case) it is the distance from
 * the first; only the rest is sorted.
 */
async function numberLines({ name }: TableStage, { compute }: ImportContext): Promise<{ lines: string; odd: string }> {
  const lines = scratchName('order_lines', 'lines');
  const odd = scratchName('order_lines', 'odd');
  await compute.run(
    `create or replace table ${lines} as select order_id, min(rowid) as lo, max(rowid) - min(rowid) + 1 = count(*) as whole
     from ${name} where _tw_bad is null group by order_id`,
  );
  await compute.run(
    `create or replace table ${odd} as
     select s.rowid as id, row_number() over (partition by s.order_id order by s.rowid) as line
     from ${name} s join ${lines} l using (order_id) where s._tw_bad is null and not l.whole`,
  );
  return { lines, odd };
}

/** An amount given back for a whole order, as refunded lines: shared out by what was paid, never more than that. */
function refundsSql({ table, name, columns }: TableStage, { shop }: ImportContext): string {
  const paid = `select *, sum(paid) over (partition by order_id) as whole,
      sum(paid) over (partition by order_id order by rowid rows unbounded preceding) as cum,
      row_number() over (partition by order_id order by rowid) as place,
      max(refund) over (partition by order_id) as due, max(refund_at) over (partition by order_id) as due_at
    from ${name} where _tw_bad is null ${columns.has('status') ? `and status = 'paid'` : ''}`;
  const back = `least(due, whole)::hugeint`;
  const shares = `select *, ((${back} * cum) // whole - (${back} * (cum - paid)) // whole)::bigint as share
    from (${paid}) where due > 0 and whole > 0`;
  const cells = table.columns.map(({ name: column, kind }) => {
    const own = columns.has(column) ? quoted(column) : 'null';
    const values: Readonly<Record<string, string>> = {
      order_id: `order_id || '-refund'`,
      line: 'place',
      ordered_at: 'greatest(coalesce(due_at, ordered_at), ordered_at)',
      quantity: `greatest(round(quantity * share / paid, 3), 0.001)::decimal(18, 3)`,
      paid: 'share',
      ...{ list_price: 'null', discount: 'null', coupon_discount: 'null', coupon_code: 'null' },
      status: `'refunded'`,
      returns_order_id: 'order_id',
      currency: literal(shop.currency),
    };
    return `(${values[column] ?? own})::${SQL_TYPES[kind]} as ${quoted(column)}`;
  });
  return `select ${cells.join(', ')} from (${shares}) where share > 0 order by order_id, place`;
}
