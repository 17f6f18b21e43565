/** The mapping file of a shop: what it may say, and reading it with errors that name the line. */
import { readFileSync } from 'node:fs';
import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import type { CanonicalColumn } from '#catalog/index.ts';
import { known } from '#errors.ts';
import { nearest } from './nearest.ts';
import { RULES, type RuleAction } from './rules.ts';
import type { Shop } from './shop.ts';
import { type CellSpec, partsOf, SPEC, SPEC_KEYS, type Spec } from './spec.ts';
import { TABLES } from './tables.ts';

type Value = string | number | boolean;
export type Condition =
  | Value
  | readonly Value[]
  | {
      readonly missing?: boolean | undefined;
      readonly not?: Value | readonly Value[] | undefined;
      readonly matches?: string | undefined;
      readonly below?: number | undefined;
      readonly above?: number | undefined;
    };
export interface LeaveOut {
  readonly key: string;
  readonly when: Readonly<Record<string, Condition>>;
  readonly en: string;
  readonly zh: string;
}
export interface Lookup {
  readonly file: string;
  readonly on: Readonly<Record<string, string>>;
  readonly take: readonly string[] | Readonly<Record<string, string>>;
}
export type ReturnRule = 'negative-quantity' | { readonly column: string; readonly prefix: string };

export type Format = 'csv' | 'tsv' | 'jsonl' | 'parquet' | 'xlsx';

/** Where some rows of a canonical table come from. Exactly one of `file`, `files` and `rows` is there. */
export interface Source {
  readonly file?: string | undefined;
  readonly files?: string | undefined;
  readonly rows?: readonly Readonly<Record<string, Value | null>>[] | undefined;
  readonly columns: 'same' | Readonly<Record<string, Spec>>;
  readonly format?: Format | undefined;
  readonly encoding?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly sheet?: string | number | undefined;
  readonly fillDown?: { readonly within: string; readonly columns: readonly string[] } | undefined;
  readonly lookup?: readonly Lookup[] | undefined;
  readonly leaveOut?: readonly LeaveOut[] | undefined;
  readonly returns?: readonly ReturnRule[] | undefined;
  readonly refunds?: { readonly amount: Spec; readonly at: Spec } | undefined;
  readonly dropOverlap?: string | undefined;
  readonly repeated: 'keep' | 'quarantine';
  readonly distinct?: { readonly by: readonly string[]; readonly keep: 'first' | 'last' | 'most-common' } | undefined;
}

export interface Limits {
  /** Share of a table's rows that may be wrong before the import stops; 0 to 1. */
  readonly quarantineShare: number;
  /** Epoch ms before which no date is believed. */
  readonly earliest: number;
  readonly quantityMax: number;
  /** Robust distances from the median, on a log scale, beyond which a value is an outlier. */
  readonly outlierDistance: number;
}

export interface Mapping {
  readonly file: string;
  readonly about?: string;
  readonly simulated: boolean;
  readonly shop: Shop;
  readonly tables: Readonly<Record<string, readonly Source[]>>;
  readonly limits: Limits;
  readonly rules: Readonly<Record<string, RuleAction>>;
  /** Left to the parts that own them. */
  readonly tiers?: unknown;
  readonly campaign?: unknown;
}

const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gbk', 'gb18030', 'big5', 'shift_jis', 'euc-kr', 'windows-1252'];
const names = z.array(z.string().min(1)).min(1);
const value = z.union([z.string(), z.number(), z.boolean()]);
const CONDITION = z.union(
  [
    value,
    z.array(value).min(1),
    z.strictObject({
      missing: z.boolean().optional(),
      not: z.union([value, z.array(value).min(1)]).optional(),
      matches: z.string().optional(),
      below: z.number().optional(),
      above: z.number().optional(),
    }),
  ],
  { error: 'a value, a list, or one of { missing, not, matches, below, above }' },
);
const sourceShape = (columns: readonly CanonicalColumn[]) => ({
  file: z.string().min(1).optional(),
  files: z.string().min(1).optional(),
  rows: z
    .array(z.strictObject(Object.fromEntries(columns.map((c) => [c.name, value.nullable().optional()]))))
    .min(1)
    .optional(),
  columns: z.union(
    [z.literal('same'), z.strictObject(Object.fromEntries(columns.map((c) => [c.name, SPEC.optional()])))],
    { error: 'same, or canonical column: spec' },
  ),
  format: z.enum(['csv', 'tsv', 'jsonl', 'parquet', 'xlsx']).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  delimiter: z.string().length(1).optional(),
  sheet: z.union([z.string().min(1), z.int().min(1)], { error: 'a name, or a number from 1' }).optional(),
  fillDown: z.strictObject({ within: z.string().min(1), columns: names }).optional(),
  lookup: z
    .array(
      z.strictObject({
        file: z.string().min(1),
        on: z.record(z.string(), z.string()),
        take: z.union([names, z.record(z.string(), z.string())], { error: 'a list of columns, or new name: column' }),
      }),
    )
    .optional(),
  leaveOut: z
    .array(
      z.strictObject({
        key: z.string().regex(/^[a-z0-9-]+$/),
        when: z.record(z.string(), CONDITION),
        en: z.string(),
        zh: z.string(),
      }),
    )
    .optional(),
  returns: z
    .array(
      z.union([z.literal('negative-quantity'), z.strictObject({ column: z.string(), prefix: z.string().min(1) })], {
        error: 'negative-quantity, or { column, prefix }',
      }),
    )
    .optional(),
  refunds: z.strictObject({ amount: SPEC, at: SPEC }).optional(),
  dropOverlap: z.enum(columns.filter((c) => c.kind === 'time').map((c) => c.name)).optional(),
  repeated: z.enum(['keep', 'quarantine']).default('keep'),
  distinct: z.strictObject({ by: names, keep: z.enum(['first', 'last', 'most-common']) }).optional(),
});
const SHOP = {
  name: z.string().min(1),
  currency: z.string(),
  timeZone: z.string(),
  marginShare: z.number().gt(0).lte(1).default(0.3),
  language: z.enum(['zh', 'en']).default('en'),
};
const LIMITS = {
  quarantineShare: z.number().min(0).max(1).default(0.2),
  earliest: z.iso.date().default('1990-01-01'),
  quantityMax: z.number().gt(0).default(1_000_000),
  outlierDistance: z.number().gte(3).default(5),
};
const FILE = {
  about: z.string().optional(),
  simulated: z.boolean().default(false),
  shop: z.strictObject(SHOP),
  tables: z.strictObject(
    Object.fromEntries(
      TABLES.map((t) => [
        t.name,
        z
          .array(z.strictObject(sourceShape(t.columns)))
          .min(1)
          .optional(),
      ]),
    ),
  ),
  limits: z.strictObject(LIMITS).prefault({}),
  rules: z
    .strictObject(
      Object.fromEntries(Object.entries(RULES).map(([key, rule]) => [key, z.enum(rule.actions).optional()])),
    )
    .default({}),
  tiers: z.unknown().optional(),
  campaign: z.unknown().optional(),
};

interface Fault {
  readonly path: readonly PropertyKey[];
  /** The key itself is wrong, not its value. */
  readonly isKey: boolean;
  readonly expected: string;
  readonly write: string;
}

/**
 * Reads and checks a mapping file.
 *
 * @throws FILE_MISSING, MAPPING_INVALID with file, line, key, what came, what was expected and what to write
 */
export function readMapping(file: string): Mapping {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw known('FILE_MISSING', { file, dir: 'the file system', has: [] }, cause);
  }
  return parseMapping(text, file);
}

/** `readMapping` of text at hand; `file` is for messages. */
export function parseMapping(text: string, file: string): Mapping {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const broken = doc.errors[0];
  if (broken !== undefined) {
    const expected = 'YAML: keys followed by a colon and a space, indented by spaces alike';
    throw known('MAPPING_INVALID', {
      ...{ file, line: lines.linePos(broken.pos[0]).line, key: 'the text', came: broken.message.split('\n')[0]! },
      ...{ expected, write: "'quotes' around text that holds : # { or @", more: doc.errors.length - 1 },
    });
  }
  const data: unknown = doc.toJS();
  const parsed = z.strictObject(FILE).safeParse(data);
  const faults = parsed.success ? meaning(parsed.data as Parsed) : parsed.error.issues.flatMap(faultsOf);
  if (faults.length > 0 || !parsed.success) {
    const placed = faults.map((fault) => ({ fault, line: lineOf(doc.contents, lines, fault) }));
    placed.sort((a, b) => a.line - b.line);
    const { fault, line } = placed[0]!;
    throw known('MAPPING_INVALID', {
      ...{ file, line, key: keyText(fault), came: cameText(data, fault), expected: fault.expected, write: fault.write },
      more: placed.length - 1,
    });
  }
  const { shop, limits, rules, about, simulated, tables, tiers, campaign } = parsed.data as Parsed;
  const currencyDigits = new Intl.NumberFormat('en', { style: 'currency', currency: shop.currency }).resolvedOptions()
    .maximumFractionDigits!;
  return {
    file,
    ...(about === undefined ? {} : { about }),
    simulated,
    shop: { ...shop, currencyDigits },
    tables: Object.fromEntries(Object.entries(tables).filter(([, sources]) => sources !== undefined)),
    limits: { ...limits, earliest: Date.parse(`${limits.earliest}T00:00:00Z`) },
    rules,
    ...(tiers === undefined ? {} : { tiers }),
    ...(campaign === undefined ? {} : { campaign }),
  };
}

type Parsed = Omit<Mapping, 'file' | 'limits' | 'shop'> & {
  shop: Omit<Shop, 'currencyDigits'>;
  limits: Omit<Limits, 'earliest'> & { earliest: string };
};

/** What zod cannot say: zones, currencies, one of file and files, units of money and time. */
function meaning(mapping: Parsed): Fault[] {
  const faults: Fault[] = [];
  const add = (path: readonly PropertyKey[], expected: string, write: string): void => {
    faults.push({ path, isKey: false, expected, write });
  };
  const currencies = Intl.supportedValuesOf('currency');
  if (!currencies.includes(mapping.shop.currency))
    add(['shop', 'currency'], 'an ISO 4217 currency', nearest(mapping.shop.currency, currencies) ?? 'USD');
  const zone = (path: readonly PropertyKey[], name: string): void => {
    if (!isZone(name)) add(path, 'an IANA time zone', nearest(name, Intl.supportedValuesOf('timeZone')) ?? 'UTC');
  };
  zone(['shop', 'timeZone'], mapping.shop.timeZone);
  const walk = (spec: Spec, path: readonly PropertyKey[], column: CanonicalColumn): void => {
    const cell: CellSpec | undefined =
      typeof spec === 'string' ? { column: spec } : 'column' in spec ? spec : undefined;
    if (cell?.zone !== undefined) zone([...path, 'zone'], cell.zone);
    if (cell !== undefined && column.kind === 'time' && cell.time === undefined)
      add(path, 'how the time is written', `{ column: ${cell.column}, time: iso }`);
    if (cell !== undefined && column.kind === 'money' && cell.money === undefined && !path.includes('multiply'))
      add(path, 'whether the money is in major or minor units', `{ column: ${cell.column}, money: major }`);
    if (cell?.time !== undefined && !isTimePattern(cell.time))
      add([...path, 'time'], 'iso, epoch-s, epoch-ms or a pattern with %', 'iso');
    if (cell?.split !== undefined && cell.part === undefined) add(path, 'which part of the list', 'part: 1');
    const key = typeof spec === 'string' ? '' : (Object.keys(spec)[0] ?? '');
    if (key !== 'json' && column.kind !== 'json')
      for (const [i, part] of partsOf(spec).entries())
        if (!(key === 'spread' && i === 2))
          walk(part, key === 'spread' ? [...path, i === 0 ? 'spread' : 'by'] : [...path, key, i], column);
  };
  for (const table of TABLES)
    for (const [i, source] of (mapping.tables[table.name] ?? []).entries()) {
      const path = ['tables', table.name, i];
      const given = ['file', 'files', 'rows'].filter((key) => source[key as 'file'] !== undefined);
      if (given.length !== 1) add(path, 'exactly one of file, files and rows', 'file: NAME');
      if (source.columns === 'same') continue;
      if (source.rows !== undefined) add([...path, 'columns'], 'same, beside rows', 'same');
      const columns = source.columns;
      for (const column of table.columns) {
        const spec = columns[column.name];
        if (spec !== undefined) walk(spec, [...path, 'columns', column.name], column);
        else if (column.required && !GIVEN.has(column.name))
          add([...path, 'columns'], `a spec for ${column.name}`, `${column.name}: NAME OF THE COLUMN`);
      }
    }
  return faults;
}

/** Required columns that import fills where the mapping is silent. */
export const GIVEN: ReadonlySet<string> = new Set([
  ...['line', 'status', 'currency', 'redemption_id', 'review_id', 'message_id'],
]);

export const isTimePattern = (text: string): boolean =>
  ['iso', 'epoch-s', 'epoch-ms'].includes(text) || text.includes('%');

function isZone(name: string): boolean {
  if (/^[+-]|^(etc\/)?gmt[+-]/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const words = keysAt(path);
      const write = nearest(key, words) ?? 'nothing';
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
    return [{ path, isKey: false, expected: issue.expected, write: EXAMPLES[last] ?? `a ${issue.expected}` }];
  }
  return [{ path, isKey: false, expected: issue.message, write: EXAMPLES[String(path.at(-1))] ?? 'a value that fits' }];
}

const EXAMPLES: Readonly<Record<string, string>> = {
  shop: 'shop: { name: My shop, currency: USD, timeZone: UTC }',
  name: 'name: My shop',
  currency: 'currency: USD',
  timeZone: 'timeZone: Asia/Shanghai',
  marginShare: 'marginShare: 0.3',
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
function lineOf(root: Node | null, lines: LineCounter, fault: Fault): number {
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

const keyText = ({ path, isKey }: Fault): string => {
  const text = path
    .map((step, i) => (typeof step === 'number' ? `[${step + 1}]` : `${i > 0 ? '.' : ''}${String(step)}`))
    .join('');
  return isKey ? `the key ${text}` : text === '' ? 'the file' : text;
};

function cameText(data: unknown, { path, isKey }: Fault): string {
  if (isKey) return 'not known';
  let at: unknown = data;
  for (const step of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined;
  if (at === undefined) return 'missing';
  const text = JSON.stringify(at) ?? String(at);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
