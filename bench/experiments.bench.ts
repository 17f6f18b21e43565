/**
 * Experiments without an effect, 2,000 of each design: how often an effect is claimed at the planned end and at any look, and
 * whether p-values are uniform; how often a sample ratio alarm is false, and how often a loss of 5 % in one arm of 100,000 is
 * found. `npm run bench -- experiments`; EXPERIMENT_RUNS sets the count, DESIGNS (a,b) which.
 */
import { random, split } from '#kernels/random.ts';
import { aaRun, DESIGNS, uniformChance } from '../src/experiments/aa-runs.ts';
import { ratioMismatch } from '../src/experiments/ratio-check.ts';

const RUNS = Number(process.env.EXPERIMENT_RUNS ?? 2000);
const chosen = process.env.DESIGNS?.split(',');
const SEED = 2026;
/** Learners take time: a tenth of the runs. */
const SHARE: Readonly<Record<string, number>> = { cupac: 0.1 };
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

console.log('design      runs  at the end  at any look  p uniform   CPU s');
for (const design of DESIGNS.filter((own) => chosen === undefined || chosen.includes(own))) {
  const runs = Math.round(RUNS * (SHARE[design] ?? 1));
  const from = process.cpuUsage();
  let [fixed, peeked] = [0, 0];
  const pValues: number[] = [];
  for (let run = 0; run < runs; run++) {
    const own = await aaRun(design, run, { members: 1000, seed: SEED });
    fixed += Number(own.fixed < 0.05);
    peeked += Number(own.peeked < 0.05);
    pValues.push(own.fixed);
  }
  const { user, system } = process.cpuUsage(from);
  console.log(
    `${design.padEnd(10)} ${String(runs).padStart(5)} ${percent(fixed / runs).padStart(11)} ${percent(peeked / runs).padStart(12)} ${uniformChance(pValues).toFixed(3).padStart(10)} ${((user + system) / 1e6).toFixed(1).padStart(7)}`,
  );
}

const draws = 20_000;
let [alarms, found] = [0, 0];
for (let run = 0; run < draws; run++) {
  const draw = random(split(SEED, 'ratio', run));
  // Binomial(100,000, 0.5) and the loss by their normal laws
  const first = Math.round(50_000 + Math.sqrt(25_000) * draw.normal());
  const second = 100_000 - first;
  const left = Math.round(0.95 * second + Math.sqrt(second * 0.95 * 0.05) * draw.normal());
  alarms += Number(!ratioMismatch([first, second], [1, 1]).ok);
  found += Number(!ratioMismatch([first, left], [1, 1]).ok);
}
console.log(
  `sample ratio, ${draws} draws of 100,000: ${percent(alarms / draws)} false alarms; 5 % loss found in ${percent(found / draws)}`,
);
