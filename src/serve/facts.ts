/** What a workspace says about itself: the shop, its reports and its stored campaigns, as the files have it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { known } from '#errors.ts';

const Facts = z.object({
  shop: z.object({
    name: z.string(),
    currency: z.string(),
    currencyDigits: z.int().min(0).max(4),
    timeZone: z.string(),
    marginShare: z.number(),
    language: z.enum(['zh', 'en']),
  }),
  asOf: z.int(),
  dataDir: z.string().nullish(),
  isDemo: z.boolean().default(false),
  horizonDays: z.number(),
});

/** tierwise.json of a workspace: written at the end of each run. */
export type Facts = z.infer<typeof Facts>;

/**
 * Reads `tierwise.json`.
 *
 * @throws WORKSPACE_MISSING when it is not there or not complete
 */
export function readFacts(dir: string): Facts {
  const parsed = Facts.safeParse(readJson(join(dir, 'tierwise.json')));
  if (!parsed.success) throw known('WORKSPACE_MISSING', { dir, lacks: 'tierwise.json of a finished run' });
  return parsed.data;
}

/** The JSON document in `file`; null when there is no such file, or not JSON. */
export function readJson(file: string): unknown {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** The report `name`, or null. */
export const readReport = (dir: string, name: string): unknown => readJson(join(dir, 'reports', `${name}.json`));

/** Looks into an unknown document: `at(doc, 'policy', 'tiers')`; undefined where the path ends. */
export function at(document: unknown, ...path: readonly string[]): unknown {
  let here = document;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here;
}

/** The whole number at a path of a document, or null. */
export function wholeAt(document: unknown, ...path: readonly string[]): number | null {
  const value = at(document, ...path);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** The text at a path of a document, or null. */
export function textAt(document: unknown, ...path: readonly string[]): string | null {
  const value = at(document, ...path);
  return typeof value === 'string' ? value : null;
}
