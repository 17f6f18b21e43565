/** The shape of the canonical tables, and the table of what is sold. */

/**
 * What a canonical column holds, and how it is stored:
 * id and text VARCHAR; money BIGINT minor units of the row's currency; time BIGINT epoch milliseconds UTC;
 * count BIGINT; quantity DECIMAL(18,3); number DOUBLE; flag BOOLEAN; json VARCHAR with JSON text.
 */
export type Kind = 'id' | 'text' | 'money' | 'time' | 'count' | 'quantity' | 'number' | 'flag' | 'json';

export const SQL_TYPES: Readonly<Record<Kind, string>> = {
  id: 'VARCHAR',
  text: 'VARCHAR',
  money: 'BIGINT',
  time: 'BIGINT',
  count: 'BIGINT',
  quantity: 'DECIMAL(18,3)',
  number: 'DOUBLE',
  flag: 'BOOLEAN',
  json: 'VARCHAR',
};

export interface CanonicalColumn {
  readonly name: string;
  readonly kind: Kind;
  readonly required?: true;
  readonly about: string;
}

export interface CanonicalTable {
  readonly name: string;
  /** Columns that together name a row; a second row with the same key is a duplicate. */
  readonly key: readonly string[];
  readonly columns: readonly CanonicalColumn[];
}

const column = (name: string, kind: Kind, about: string): CanonicalColumn => ({ name, kind, about });
const required = (name: string, kind: Kind, about: string): CanonicalColumn => ({ name, kind, about, required: true });

export const define = { column, required };

export const PRODUCTS: CanonicalTable = {
  name: 'products',
  key: ['product_id'],
  columns: [
    required('product_id', 'id', 'the shop’s own id'),
    column('title', 'text', 'in the shop’s main language'),
    column('title_zh', 'text', 'Chinese title, where the shop has both'),
    column('description', 'text', 'plain text'),
    column('description_zh', 'text', 'Chinese description, where the shop has both'),
    column('category', 'text', 'path from wide to narrow, parted by " > "'),
    column('category_zh', 'text', 'the same path in Chinese'),
    column('brand', 'text', 'brand or maker'),
    column('price', 'money', 'present list price of one unit'),
    column('unit_cost', 'money', 'what one unit costs the shop'),
    column('currency', 'text', 'ISO 4217'),
    column('stock', 'count', 'units at hand; missing means not tracked'),
    column('image_path', 'text', 'relative to the data folder, or a URL'),
    column('active_from', 'time', 'on sale since'),
    column('active_to', 'time', 'no longer on sale from'),
  ],
};
