/** Faults of a mapping file in words: which line, which key, what came, what was expected, what to write. */
import { isMap, isPair, isScalar, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';
import { nearest } from '#kernels/text-distance.ts';
import { FILE, LIMITS, SHOP, sourceShape } from './mapping-schema.ts';
import { RULES } from './rules.ts';
import { SPEC_KEYS } from './spec.ts';
import { TABLES } from './tables.ts';

export interface Fault {
  readonly path: readonly PropertyKey[];
  /** The key itself is wrong, not its value. */
  readonly isKey: boolean;
  readonly expected: string;
  readonly write: string;
}

export function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const words = keysAt(path);
      const write = nearest(key, words) ?? 'one of them, or leave the line out';
      return { path: [...path, key], isKey: true, expected: `one of ${words.join(', ')}`, write };
    });
  if (issue.code === 'invalid_value')
    return [{ path, isKey: false, expected: `one of ${issue.values.join(', ')}`, write: String(issue.values[0]) }];
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
    if (deepest !== undefined && (deepest.path.length > 0 || deepest.code === 'unrecognized_keys'))
      return faultsOf({ ...deepest, path: [...path, ...deepest.path] } as z.core.$ZodIssue);
    return [{ path, isKey: false, expected: issue.message, write: 'what docs/mapping.md shows' }];
  }
  if (issue.code === 'invalid_type') {
    const last = String(path.at(-1) ?? 'the file');
    return [
      {
        path,
        isKey: false,
        expected: issue.expected,
        write: EXAMPLES[last] ?? `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`,
      },
    ];
  }
  return [{ path, isKey: false, expected: issue.message, write: EXAMPLES[String(path.at(-1))] ?? 'a value that fits' }];
}

const EXAMPLES: Readonly<Record<string, string>> = {
  shop: 'shop: { name: My shop, currency: USD, timeZone: UTC }',
  name: 'name: My shop',
  currency: 'currency: USD',
  timeZone: 'timeZone: Asia/Shanghai',
  marginShare: 'marginShare: 0.3',
  orderCostMinor: 'orderCostMinor: 350',
  returnCostMinor: 'returnCostMinor: 600',
  discountRate: 'discountRate: 0.1',
  tables: 'tables: and the tables below it',
  columns: 'columns: same, or canonical column: source column',
  earliest: "earliest: '1990-01-01'",
};

/** Keys that may stand at a path of the mapping. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const [top, table, , part, ...rest] = path;
  if (path.length === 0) return Object.keys(FILE);
  if (top === 'shop') return Object.keys(SHOP);
  if (top === 'limits') return Object.keys(LIMITS);
  if (top === 'rules') return Object.keys(RULES);
  if (path.length === 1) return TABLES.map((t) => t.name);
  const columns = TABLES.find((t) => t.name === table)?.columns ?? [];
  if (path.length === 3) return Object.keys(sourceShape(columns));
  if ((part === 'columns' && rest.length === 0) || part === 'rows') return columns.map((c) => c.name);
  if (part === 'columns' || part === 'refunds')
    return part === 'refunds' && rest.length === 0 ? ['amount', 'at'] : SPEC_KEYS;
  if (part === 'fillDown') return ['within', 'columns'];
  if (part === 'lookup') return ['file', 'on', 'take'];
  if (part === 'leaveOut')
    return rest.length === 1 ? ['key', 'when', 'en', 'zh'] : ['missing', 'not', 'matches', 'below', 'above'];
  if (part === 'returns') return ['column', 'prefix'];
  return ['by', 'keep'];
}

/** 1-based line of the node at a path; of the nearest one above it that exists. */
export function lineOf(root: Node | null, lines: LineCounter, fault: Fault): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, step] of fault.path.entries()) {
    const isLast = depth === fault.path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) break;
      const key = pair.key as Node;
      offset = key.range?.[0] ?? offset;
      const inner = pair.value as Node | null;
      if (isLast && !fault.isKey && isScalar(inner)) offset = inner.range?.[0] ?? offset;
      node = inner;
    } else {
      const item = (node as { items?: unknown[] } | null)?.items?.[Number(step)] as Node | undefined;
      if (item === undefined) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    }
  }
  return lines.linePos(offset).line;
}

export const keyText = ({ path, isKey }: Fault): string => {
  const text = path
    .map((step, i) => (typeof step === 'number' ? `[${step + 1}]` : `${i > 0 ? '.' : ''}${String(step)}`))
    .join('');
  return isKey ? `the key ${text}` : text === '' ? 'the file' : text;
};

export function cameText(data: unknown, { path, isKey }: Fault): string {
  if (isKey) return 'not known';
  let at: unknown = data;
  for (const step of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined;
  if (at === undefined) return 'missing';
  const text = JSON.stringify(at) ?? String(at);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
