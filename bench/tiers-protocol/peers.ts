/** Methods to compare with: rules, our logistic regression on the peers' 35 features, and LightGBM where a Python has it. */
import { spawnSync } from 'node:child_process';
import { likeliest, logistic } from '#learners/index.ts';
import { numberColumn, numbers, type Table } from '#table/index.ts';
import { type Foretold, judgedRows, ruled, tierMeans, trainingRows } from './method.ts';
import { cutsOf, FOLDS, judgedFeature, TIERS, tierOf, type World } from './world.ts';

const peerNames = (world: World): string[] =>
  Object.keys(world.peers.columns).filter((name) => name !== 'id' && name !== 'y');

/** Spend of the 26 weeks; spend that halves its weight every 56 days. */
export const pastSpend = (world: World): Foretold => ruled(world, numberColumn(world.peers, 'monetary').values);
export const decayedSpend = (world: World): Foretold => ruled(world, judgedFeature(world, 'dec56'));

/** Quintiles of recency, frequency and spend added up, cut by the quantiles of the sum. */
export function recencyFrequencySpend(world: World): Foretold {
  const column = (name: string) => numberColumn(world.peers, name).values;
  const parts = [column('recency').map((days) => -days), column('frequency'), column('monetary')];
  const tier = new Int32Array(world.y.length);
  const score = new Float64Array(world.y.length);
  for (let left = 0; left < FOLDS; left++) {
    const train = trainingRows(world, left);
    const cuts = parts.map((values) => cutsOf(values, train));
    const sums = score.map((_, row) => parts.reduce((sum, values, k) => sum + tierOf(values[row]!, cuts[k]!), 0));
    const sumCuts = cutsOf(sums, train);
    for (const row of judgedRows(world, left)) {
      tier[row] = tierOf(sums[row]!, sumCuts);
      score[row] = sums[row]!;
    }
  }
  return { tier, score };
}

/** Logistic regression on the 35 features; its score is the spend expected by the chances of the tiers. */
export async function ownLogistic(world: World): Promise<Foretold> {
  const tier = new Int32Array(world.y.length);
  const score = new Float64Array(world.y.length);
  const names = peerNames(world);
  for (let left = 0; left < FOLDS; left++) {
    const train = trainingRows(world, left);
    const test = judgedRows(world, left);
    const cuts = cutsOf(world.y, train);
    const means = tierMeans(world, train, cuts);
    const at = (rows: Int32Array): Table => ({
      length: rows.length,
      columns: {
        ...Object.fromEntries(
          names.map((name) => [name, numbers(Array.from(rows, (row) => numberColumn(world.peers, name).values[row]!))]),
        ),
        label: numbers(Array.from(rows, (row) => tierOf(world.y[row]!, cuts))),
      },
    });
    const model = await logistic.fit(at(train), { ...logistic.defaults, signedLog: true, features: names }, 0);
    const chances = logistic.predict(model, at(test));
    const guess = likeliest(chances, TIERS);
    for (const [i, row] of test.entries()) {
      tier[row] = guess[i]!;
      score[row] = means.reduce((sum, spend, k) => sum + spend * chances[i * TIERS + k]!, 0);
    }
  }
  return { tier, score };
}

/** LightGBM's two settings of the peers' protocol, by `python`. */
export function lightgbm(world: World, python: string): Record<string, Foretold> {
  const columns = peerNames(world).map((name) => numberColumn(world.peers, name).values);
  // The last bits of sums, which depend on their order, move its macro F1 by some thousandths.
  const features = Array.from(world.y, (_, row) => columns.map((values) => Number(values[row]!.toFixed(6))));
  const input = JSON.stringify({ features, y: Array.from(world.y), fold: Array.from(world.fold) });
  const script = new URL('lightgbm-peer.py', import.meta.url).pathname;
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  const done = spawnSync(python, [script], { input, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${python}: ${done.stderr}`);
  const told = JSON.parse(done.stdout) as Record<string, { tier: number[]; score: number[] }>;
  return Object.fromEntries(
    Object.entries(told).map(([name, { tier, score }]) => [
      name,
      { tier: Int32Array.from(tier), score: Float64Array.from(score) },
    ]),
  );
}
