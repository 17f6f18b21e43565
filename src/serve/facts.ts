/** The reports and stored campaigns of a workspace, as the files have them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** The finite number at a path of a document, or null. */
export function numberAt(document: unknown, ...path: readonly string[]): number | null {
  const value = at(document, ...path);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
