/** Reads back what a made-up shop's past campaigns truly brought. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Compute } from '#engines/index.ts';

/** True profit in minor units by `campaign/offer`; undefined where the folder holds no made-up shop. */
export async function readCampaignTruth(
  compute: Compute,
  dir: string,
): Promise<ReadonlyMap<string, number> | undefined> {
  const file = join(dir, 'truth/campaign_truth.parquet');
  if (!existsSync(file)) return undefined;
  const rows = await compute.rows<{ arm: string; profit: number }>(
    `select campaign_id || '/' || arm as arm, true_profit_minor as profit from read_parquet($file) where arm <> 'holdout'`,
    { file },
  );
  return new Map(rows.map(({ arm, profit }) => [arm, profit]));
}
