// Aim: no design of experiment claims effects that are not there more often than promised; p-values are uniform; lost members
// are found. Reduced counts; bench/experiments.bench.ts runs 2,000 of each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random, split } from '#kernels/random.ts';
import { aaRun, blindToClusters, type Design, uniformChance } from './aa-runs.ts';
import { ratioMismatch } from './ratio-check.ts';

const SEED = 91;

/** Four standard deviations of Binomial(runs, share) above it. */
const most = (runs: number, share: number): number => runs * share + 4 * Math.sqrt(runs * share * (1 - share));

const CASES: readonly { design: Design; runs: number; members: number }[] = [
  { design: 'ratio', runs: 250, members: 600 },
  { design: 'clusters', runs: 250, members: 600 },
  { design: 'regression', runs: 25, members: 300 },
  { design: 'quantile', runs: 150, members: 600 },
  { design: 'cupac', runs: 8, members: 400 },
];

for (const { design, runs, members } of CASES)
  test(`${runs} experiments without an effect, ${design}`, async () => {
    const seen = [];
    for (let run = 0; run < runs; run++) seen.push(await aaRun(design, run, { members, seed: SEED }));
    const fixed = seen.filter((own) => own.fixed < 0.05).length;
    const peeked = seen.filter((own) => own.peeked < 0.05).length;
    assert.ok(fixed <= most(runs, 0.05), `${fixed} of ${runs} at the end`);
    assert.ok(peeked <= most(runs, 0.05), `${peeked} of ${runs} at any look`);
    // an upper quantile of few hundred is told with too wide an interval: fewer claims than promised, not uniform
    if (design === 'quantile') return;
    const uniform = uniformChance(seen.map((own) => own.fixed));
    assert.ok(uniform > 1e-4, `p-values are not uniform (${uniform})`);
  });

test('the broken control: members of a place read one by one claim effects at will', () => {
  const runs = 200;
  let claimed = 0;
  for (let run = 0; run < runs; run++) if (blindToClusters(run, { members: 600, seed: SEED }) < 0.05) claimed++;
  assert.ok(claimed > most(runs, 0.05), `${claimed} of ${runs}`);
});

test('p-values that are not uniform are found', () => {
  const draw = random(split(SEED, 'uniform'));
  const flat = Array.from({ length: 500 }, () => draw.uniform());
  assert.ok(uniformChance(flat) > 1e-3);
  assert.ok(uniformChance(flat.map((p) => p ** 1.4)) < 1e-4);
});

test('sample ratio: 5 % loss in one arm of 100,000 is found, sound draws are let be', () => {
  const runs = 2000;
  let [found, alarms] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const draw = random(split(SEED, 'loss', run));
    // Binomial(100,000, 0.5) by its normal law; the loss likewise
    const first = Math.round(50_000 + Math.sqrt(25_000) * draw.normal());
    const second = 100_000 - first;
    const left = Math.round(0.95 * second + Math.sqrt(second * 0.95 * 0.05) * draw.normal());
    if (!ratioMismatch([first, left], [1, 1]).ok) found++;
    if (!ratioMismatch([first, second], [1, 1]).ok) alarms++;
  }
  assert.ok(found >= 0.999 * runs, `${found} of ${runs} found`);
  // an alarm in a thousand: seven and more of 2,000 have a chance of 0.5 %
  assert.ok(alarms <= 6, `${alarms} false alarms`);
});
