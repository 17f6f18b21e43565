/** What a mapping file may say, as zod schemas; what zod cannot say is in mapping-meaning.ts. */
import { z } from 'zod';
import type { CanonicalColumn } from '#catalog/index.ts';
import { RULES } from './rules.ts';
import { SPEC } from './spec.ts';
import { TABLES } from './tables.ts';

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
export const sourceShape = (columns: readonly CanonicalColumn[]) => ({
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
export const SHOP = {
  name: z.string().min(1),
  currency: z.string(),
  timeZone: z.string(),
  marginShare: z.number().gt(0).lte(1).default(0.3),
  orderCostMinor: z.int().min(0).default(0),
  returnCostMinor: z.int().min(0).default(0),
  discountRate: z.number().min(0).lte(2).default(0),
  language: z.enum(['zh', 'en']).default('en'),
};
export const LIMITS = {
  quarantineShare: z.number().min(0).max(1).default(0.2),
  earliest: z.iso.date().default('1990-01-01'),
  quantityMax: z.number().gt(0).default(1_000_000),
  outlierDistance: z.number().gte(3).default(5),
};
export const FILE = {
  about: z.string().optional(),
  extends: z.string().optional(),
  simulated: z.boolean().default(false),
  shop: z.strictObject(SHOP),
  tables: z
    .strictObject(
      Object.fromEntries(
        TABLES.map((t) => [
          t.name,
          z
            .array(z.strictObject(sourceShape(t.columns)))
            .min(1)
            .optional(),
        ]),
      ),
    )
    .optional(),
  limits: z.strictObject(LIMITS).prefault({}),
  rules: z
    .strictObject(
      Object.fromEntries(Object.entries(RULES).map(([key, rule]) => [key, z.enum(rule.actions).optional()])),
    )
    .default({}),
  tiers: z.unknown().optional(),
  lifecycle: z.unknown().optional(),
  recommend: z.unknown().optional(),
  campaign: z.unknown().optional(),
};
