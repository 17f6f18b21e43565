/** tierwise.json: what a workspace says about itself after a run. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { known } from '#errors.ts';
import type { Shop } from '#events/index.ts';

export interface Facts {
  readonly shop: Shop;
  readonly asOf: number;
  /** Folder of the shop's files, absolute or below the workspace: pictures are served from it. */
  readonly dataDir: string | null;
  /** The shop is simulated. */
  readonly isDemo: boolean;
  readonly horizonDays: number;
  /** What the run was made from; equal fingerprints need no new run. */
  readonly fingerprint: string;
}

const FACTS = z.object({
  shop: z.object({
    name: z.string(),
    currency: z.string(),
    currencyDigits: z.int().min(0).max(4),
    timeZone: z.string(),
    marginShare: z.number(),
    orderCostMinor: z.int().default(0),
    returnCostMinor: z.int().default(0),
    discountRate: z.number().default(0),
    language: z.enum(['zh', 'en']),
  }),
  asOf: z.int(),
  dataDir: z.string().nullable().default(null),
  isDemo: z.boolean().default(false),
  horizonDays: z.number(),
  fingerprint: z.string().default(''),
});

/**
 * Reads what the last run wrote.
 *
 * @throws WORKSPACE_MISSING when it is not there or not complete
 */
export function readFacts(dir: string): Facts {
  const file = join(dir, 'tierwise.json');
  if (!existsSync(file)) throw known('WORKSPACE_MISSING', { dir, lacks: 'tierwise.json' });
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw known('WORKSPACE_MISSING', { dir, lacks: 'a tierwise.json that is JSON' }, cause);
  }
  const read = FACTS.safeParse(document);
  if (!read.success)
    throw known('WORKSPACE_MISSING', {
      dir,
      lacks: `tierwise.json of a finished run (${read.error.issues[0]!.path.join('.')})`,
    });
  return read.data;
}
