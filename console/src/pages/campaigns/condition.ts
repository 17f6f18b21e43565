/** The audience of a campaign as rows that a form can edit, and as the tree that the server takes. */
import { isNode } from '../../parts/report.ts';

/** What a row may ask about. Money is kept in minor units, shares as numbers from 0 to 1. */
export const FIELDS = {
  tier: { kind: 'tier', name: 'tier' },
  state: { kind: 'state', name: 'state' },
  segment: { kind: 'segment', name: 'rfm_segment' },
  tag: { kind: 'tag', name: 'tags' },
  recency: { kind: 'days', name: 'recency_days' },
  value: { kind: 'money', name: 'value_minor' },
  spend: { kind: 'money', name: 'spend_minor' },
  orders: { kind: 'count', name: 'orders' },
  pAlive: { kind: 'share', name: 'p_alive' },
} as const;

export type Field = keyof typeof FIELDS;
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
export const COMPARISONS: readonly Comparison[] = ['<=', '>=', '<', '>', '=', '!='];

export type Row =
  | { readonly field: Field; readonly not: boolean; readonly keys: readonly string[] }
  | { readonly field: Field; readonly is: Comparison; readonly value: number };

export interface Audience {
  readonly join: 'all' | 'any';
  readonly rows: readonly Row[];
}

export const NAMED: ReadonlySet<Field> = new Set(['tier', 'state', 'segment', 'tag']);

export const EVERYONE: Audience = { join: 'all', rows: [] };

/** A first row of a kind, for the form's "add". */
export const firstRow = (field: Field): Row =>
  NAMED.has(field) ? { field, not: false, keys: [] } : { field, is: field === 'recency' ? '<=' : '>=', value: 0 };

/** Rows that say nothing yet, a list without choices, are left out. */
export function treeOf({ join, rows }: Audience): Readonly<Record<string, unknown>> {
  return { [join]: rows.filter((row) => !('keys' in row) || row.keys.length > 0).map(leafOf) };
}

function leafOf(row: Row): Readonly<Record<string, unknown>> {
  const { name } = FIELDS[row.field];
  if (!('keys' in row)) return { field: name, op: row.is, value: row.value };
  const leaf = { field: name, op: 'in', value: row.keys };
  return row.not ? { not: leaf } : leaf;
}

const fieldOf = (name: unknown): Field | undefined =>
  (Object.keys(FIELDS) as Field[]).find((field) => FIELDS[field].name === name);

/** A leaf is written { field, op, value }; feature definitions write { column, is, value } and { column, in }. */
function rowOf(node: unknown, not = false): Row | undefined {
  if (!isNode(node)) return undefined;
  if ('not' in node) return rowOf(node.not, !not);
  const field = fieldOf(node.field ?? node.column);
  if (field === undefined) return undefined;
  const op = node.op ?? node.is ?? ('in' in node ? 'in' : undefined);
  const value = node.value ?? node.in;
  if (op === 'in') return Array.isArray(value) ? { field, not, keys: value.map(String) } : undefined;
  const is = COMPARISONS.find((each) => each === op);
  if (is === undefined) return undefined;
  if (typeof value === 'string') return { field, not: not !== (is === '!='), keys: [value] };
  return typeof value === 'number' && !not ? { field, is, value } : undefined;
}

/** The rows behind a tree of one level; undefined where it is deeper or asks about other columns. */
export function audienceOf(tree: unknown): Audience | undefined {
  if (!isNode(tree)) return undefined;
  const join = Array.isArray(tree.any) ? 'any' : 'all';
  const parts: readonly unknown[] = Array.isArray(tree[join]) ? (tree[join] as unknown[]) : [tree];
  const rows = parts.map((part) => rowOf(part));
  return rows.every((row) => row !== undefined) ? { join, rows } : undefined;
}
