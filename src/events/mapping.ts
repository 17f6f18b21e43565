/** The mapping file of a shop, and reading it with errors that name the line. */
import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { known } from '#errors.ts';
import { cameText, faultsOf, keyText, lineOf } from './mapping-faults.ts';
import { meaning, type Parsed } from './mapping-meaning.ts';
import { FILE } from './mapping-schema.ts';
import type { RuleAction } from './rules.ts';
import type { Shop } from './shop.ts';
import type { Spec } from './spec.ts';

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
  readonly lifecycle?: unknown;
  readonly recommend?: unknown;
  readonly campaign?: unknown;
}

/** Folder of the mappings that come with the product. */
export const SHIPPED_DIR = fileURLToPath(new URL('../../mappings/', import.meta.url));

/** Names of the shipped mappings. */
export const shippedMappings = (home: string = SHIPPED_DIR): readonly string[] =>
  readdirSync(home)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();

/**
 * Reads and checks a mapping file.
 *
 * @param home folder of the shipped mappings, for `extends`
 * @throws FILE_MISSING, FILE_UNREADABLE, MAPPING_INVALID with file, line, key, what came, what was expected and what to write
 */
export function readMapping(file: string, home: string = SHIPPED_DIR): Mapping {
  const bytes = bytesOf(file);
  if (!isUtf8(bytes))
    throw known('MAPPING_INVALID', {
      ...{ file, line: firstLineNotUtf8(bytes), key: 'the text', came: 'in another encoding' },
      ...{ expected: 'UTF-8', write: 'the file anew as UTF-8', more: 0 },
    });
  return parseMapping(bytes.toString('utf8'), file, home);
}

function bytesOf(file: string): Buffer {
  const dir = dirname(resolve(file));
  if (!existsSync(file))
    throw known('FILE_MISSING', {
      ...{ file: basename(file), dir },
      has: existsSync(dir) ? readdirSync(dir).sort().slice(0, 20) : [],
    });
  try {
    return readFileSync(file);
  } catch (cause) {
    throw known('FILE_UNREADABLE', { file, reason: (cause as Error).message }, cause);
  }
}

function firstLineNotUtf8(bytes: Buffer): number {
  let line = 1;
  for (let from = 0; from <= bytes.length; line++) {
    const end = bytes.indexOf(10, from);
    if (!isUtf8(bytes.subarray(from, end < 0 ? bytes.length : end)) || end < 0) return line;
    from = end + 1;
  }
  return line;
}

/**
 * Where a mapping says something, for the parts that are left to others: `FILE:LINE`.
 *
 * @param path keys from the top, e.g. ['tiers', 'cuts', 'shares']; where one is not there, the line of the one above it
 */
export function placeIn(file: string, path: readonly PropertyKey[]): string {
  const lines = new LineCounter();
  const doc = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines, prettyErrors: false, merge: true });
  return `${file}:${lineOf(doc.contents, lines, { path, isKey: true, expected: '', write: '' })}`;
}

/** `readMapping` of text at hand; `file` is for messages. */
export function parseMapping(text: string, file: string, home: string = SHIPPED_DIR): Mapping {
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
  const faults = parsed.success
    ? meaning(parsed.data as Parsed, shippedMappings(home))
    : parsed.error.issues.flatMap(faultsOf);
  if (faults.length > 0 || !parsed.success) {
    const placed = faults.map((fault) => ({ fault, line: lineOf(doc.contents, lines, fault) }));
    placed.sort((a, b) => a.line - b.line);
    const { fault, line } = placed[0]!;
    throw known('MAPPING_INVALID', {
      ...{ file, line, key: keyText(fault), came: cameText(data, fault), expected: fault.expected, write: fault.write },
      more: placed.length - 1,
    });
  }
  const { shop, limits, rules, about, simulated, tables, tiers, recommend, campaign, ...rest } = parsed.data as Parsed;
  const base = rest.extends;
  const below = base === undefined ? undefined : readMapping(join(home, `${base}.yaml`), home);
  const currencyDigits = new Intl.NumberFormat('en', { style: 'currency', currency: shop.currency }).resolvedOptions()
    .maximumFractionDigits!;
  return {
    file,
    ...(about === undefined ? {} : { about }),
    simulated,
    shop: { ...shop, currencyDigits },
    tables: Object.fromEntries(
      Object.entries({ ...below?.tables, ...tables }).filter(([, sources]) => sources !== undefined),
    ),
    limits: { ...limits, earliest: Date.parse(`${limits.earliest}T00:00:00Z`) },
    rules,
    ...(tiers === undefined ? {} : { tiers }),
    ...(recommend === undefined ? {} : { recommend }),
    ...(campaign === undefined ? {} : { campaign }),
  };
}
