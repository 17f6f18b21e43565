/** A small simulated shop, run through the whole loop: what tests of the whole product stand on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb, openWorkspace } from '#engines/index.ts';
import { findMapping } from '#events/index.ts';
import { type RunReport, runLoop } from '#loop/index.ts';
import { writeShop } from '#simulate/index.ts';

export interface Demo {
  readonly workspace: string;
  readonly data: string;
  readonly report: RunReport;
  remove(): void;
}

const QUIET = { stage: () => {}, step: () => {} };
/** Long after every simulated order. */
export const NOW = Date.UTC(2026, 10, 1);

export async function makeDemo(customers: number, { seed = 5, threads = 2 } = {}): Promise<Demo> {
  const root = mkdtempSync(join(tmpdir(), 'tierwise-demo-'));
  const [data, dir] = [join(root, 'data'), join(root, 'workspace')];
  const compute = await openDuckdb({ threads });
  const workspace = openWorkspace(dir);
  try {
    await writeShop({ customers, seed, out: data }, compute);
    const report = await runLoop({
      compute,
      workspace,
      ...findMapping(data),
      seed,
      now: NOW,
      watch: QUIET,
      fingerprint: 'demo',
      peakRssMb: () => 0,
    });
    return { workspace: dir, data, report, remove: () => rmSync(root, { recursive: true, force: true }) };
  } finally {
    workspace.close();
    await compute.close();
  }
}
