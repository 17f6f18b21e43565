/** The ROI report of a made-up shop whose truth is known; for tests and timings. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb } from '#engines/index.ts';
import { importShop, openLake, readMapping } from '#events/index.ts';
import { readCampaignTruth, writeShop } from '#simulate/index.ts';
import { type RoiReport, roiReport } from './report.ts';

const END_AT = Date.UTC(2026, 5, 30, 16);

/** Makes, imports and measures the shop of `seed`; leaves no file. */
export async function roiOfMadeUpShop(seed: number, customers: number): Promise<RoiReport> {
  const home = mkdtempSync(join(tmpdir(), 'tierwise-roi-'));
  const compute = await openDuckdb({ memoryMb: 500 });
  try {
    const shop = join(home, 'shop');
    await writeShop({ seed, customers, products: 96, endAt: END_AT, out: shop }, compute);
    await importShop(compute, await readMapping(join(shop, 'tierwise.yaml')), shop, {
      ...{ now: END_AT, lakeDir: join(home, 'lake'), quarantineDir: join(home, 'quarantine'), scratchDir: home },
    });
    await openLake(compute, join(home, 'lake'));
    await compute.run(
      `create table profiles as select customer_id, null::integer as recency_days, true as consent_marketing from customers;
       create table customer_tiers as select customer_id, 'base' as tier from customers`,
    );
    const truth = await readCampaignTruth(compute, shop);
    return await roiReport(compute, { asOf: END_AT - 1, marginShare: 0.45, truth: truth! });
  } finally {
    await compute.close();
    rmSync(home, { recursive: true, force: true });
  }
}

export interface Coverage {
  /** Offers whose true profit lies within the interval, and all. */
  readonly held: number;
  readonly asked: number;
  /** Sums over campaigns: attributed, true and measured profit in minor units. */
  readonly attributedMinor: number;
  readonly trueMinor: number;
  readonly measuredMinor: number;
  /** Campaigns to which attribution gives more than the truth, and all. */
  readonly overstated: number;
  readonly campaigns: number;
}

/** How often intervals hold the truth over shops of several seeds. */
export async function coverageOf(seeds: readonly number[], customers: number): Promise<Coverage> {
  let [held, asked, attributedMinor, trueMinor, measuredMinor, overstated, campaigns] = [0, 0, 0, 0, 0, 0, 0];
  for (const seed of seeds) {
    const report = await roiOfMadeUpShop(seed, customers);
    for (const { profit, trueProfitMinor } of report.byOffer) {
      asked++;
      if (profit!.low <= trueProfitMinor! && trueProfitMinor! <= profit!.high) held++;
    }
    for (const { attributed, trueProfitMinor } of report.campaigns) {
      campaigns++;
      if (attributed.profitMinor > trueProfitMinor!) overstated++;
    }
    attributedMinor += report.total.attributed.profitMinor;
    trueMinor += report.total.trueProfitMinor!;
    measuredMinor += report.total.profit!.total;
  }
  return { held, asked, attributedMinor, trueMinor, measuredMinor, overstated, campaigns };
}
