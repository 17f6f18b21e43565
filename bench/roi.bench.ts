/**
 * How often the ROI report's intervals hold the true profit of past campaigns, and what attribution claims, over made-up shops.
 *
 * `npm run bench -- roi --customers 3000 --seeds 60`
 */
import { parseArgs } from 'node:util';
import { coverageOf } from '../src/roi/made-up-shop.ts';

const { values } = parseArgs({
  options: { customers: { type: 'string', default: '3000' }, seeds: { type: 'string', default: '60' } },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, k) => 2000 + k);
const began = process.cpuUsage();
const found = await coverageOf(seeds, Number(values.customers));
const { user, system } = process.cpuUsage(began);
console.log(
  JSON.stringify({
    ...{ customers: Number(values.customers), seeds: seeds.length, ...found },
    coverage: found.held / found.asked,
    cpuSeconds: (user + system) / 1e6,
  }),
);
