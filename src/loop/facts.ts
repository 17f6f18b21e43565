/** tierwise.json: what a workspace says about itself after a run. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { known } from '#errors.ts';
import type { Shop } from '#events/index.ts';

export interface Facts {
  readonly shop: Shop;
  readonly asOf: number;
  /** Absolute folder of the shop's files: pictures are served from it. */
  readonly dataDir: string;
  /** The shop is simulated. */
  readonly isDemo: boolean;
  readonly horizonDays: number;
  /** What the run was made from; equal fingerprints need no new run. */
  readonly fingerprint: string;
}

/**
 * Reads what the last run wrote.
 *
 * @throws WORKSPACE_MISSING
 */
export function readFacts(dir: string): Facts {
  const file = join(dir, 'tierwise.json');
  if (!existsSync(file)) throw known('WORKSPACE_MISSING', { dir, lacks: 'tierwise.json' });
  return JSON.parse(readFileSync(file, 'utf8')) as Facts;
}
