/**
 * Policies that learn as they go, and estimates of policies from logs.
 *
 * `bandit`: 8 arms, contexts of 5 normal numbers, 20,000 rounds; a click of arm a has the chance sigmoid(-1.5 + theta_a . x).
 * Vowpal Wabbit 9.11 on the world of numpy's PCG64(42): uniform .2741, best arm in hindsight .3118, oracle .6782; epsilon 0.1
 * .5754; squarecb (gamma_scale 100) .6205, in the last quarter .6564, regret 1178, 3,948 rounds a CPU second. That very world is
 * read from a file of float64: theta [8 x 5], contexts [rounds x 5], uniforms [rounds x 8], in this order of draws:
 *   python -c "import numpy as np; g=np.random.Generator(np.random.PCG64(42)); n=20000; [open('world.f64','ab').write(a.tobytes())
 *     for a in (g.standard_normal((8,5)), g.standard_normal((n,5)), g.random((n,8)))]"
 * `choose`: microseconds of a choice among 20 arms in contexts of 50 numbers.
 * `logs`: bias, error and how often intervals hold, of each estimate over logs whose truth is known.
 *
 * node bench/policies.bench.ts bandit [WORLD.f64] [SEEDS=5] | choose | logs [LOGS=200] [ROWS=2000] [INTERVAL]
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { random, split } from '#kernels/random.ts';
import {
  type AnyPolicy,
  epsilonGreedyLinear,
  evaluate,
  fitReward,
  INTERVALS,
  linUcb,
  neuralLinear,
  type Outcome,
  policies,
  squareCb,
  squareCbLinear,
  thompsonBeta,
  thompsonLinear,
  thompsonLogistic,
} from '#policies/index.ts';
import { bentWorld, chancesIn, logOf, softPolicy, truthOf } from '../src/policies/judge/tiny-logs.ts';

const [subject = 'bandit', first, second, third] = process.argv.slice(2);
console.log(JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version, subject }));

const cpuSince = (from: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
};
const round = (value: number, digits = 4): number => Number(value.toFixed(digits));
const spread = (values: readonly number[], digits = 4) => {
  const mean = values.reduce((sum, x) => sum + x / values.length, 0);
  const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, values.length - 1));
  return { mean: round(mean, digits), sd: round(sd, digits) };
};

interface World {
  readonly contexts: Float64Array;
  /** [rounds x arms] */
  readonly chances: Float64Array;
  readonly clicks: Uint8Array;
}
const [ROUNDS, ARMS, WIDTH] = [20_000, 8, 5];
const names = Array.from({ length: ARMS }, (_, a) => `a${a}`);

function worldOf(numbers: Float64Array): World {
  const [theta, contexts, uniforms] = [
    numbers.subarray(0, ARMS * WIDTH),
    numbers.subarray(ARMS * WIDTH, ARMS * WIDTH + ROUNDS * WIDTH),
    numbers.subarray(ARMS * WIDTH + ROUNDS * WIDTH),
  ];
  const chances = Float64Array.from({ length: ROUNDS * ARMS }, (_, at) => {
    const [i, a] = [Math.floor(at / ARMS), at % ARMS];
    let line = -1.5;
    for (let j = 0; j < WIDTH; j++) line += theta[a * WIDTH + j]! * contexts[i * WIDTH + j]!;
    return 1 / (1 + Math.exp(-line));
  });
  return { contexts, chances, clicks: Uint8Array.from(chances, (chance, at) => (uniforms[at]! < chance ? 1 : 0)) };
}

function drawnWorld(seed: number): World {
  const draw = random(split(seed, 'world'));
  const normals = (ARMS + ROUNDS) * WIDTH;
  return worldOf(
    Float64Array.from({ length: normals + ROUNDS * ARMS }, (_, i) => (i < normals ? draw.normal() : draw.uniform())),
  );
}

function play(policy: AnyPolicy, params: object, { contexts, chances, clicks }: World, seed: number) {
  let state = policy.start(names, WIDTH, params);
  let [reward, last, regret] = [0, 0, 0];
  const from = process.cpuUsage();
  for (let i = 0; i < ROUNDS; i++) {
    const context = contexts.subarray(i * WIDTH, (i + 1) * WIDTH);
    const { arm, index } = policy.choose(state, context, split(seed, 'decision', i));
    const clicked = clicks[i * ARMS + index]!;
    reward += clicked;
    if (i >= 0.75 * ROUNDS) last += clicked;
    let most = 0;
    for (let a = 0; a < ARMS; a++) most = Math.max(most, chances[i * ARMS + a]!);
    regret += most - chances[i * ARMS + index]!;
    state = policy.learn(state, [{ context, arm, reward: clicked }]);
  }
  return { reward: reward / ROUNDS, last: last / (ROUNDS / 4), regret, speed: ROUNDS / cpuSince(from) };
}

function bandit(): void {
  const file = first?.endsWith('.f64') ? readFileSync(first) : undefined;
  const seeds = Number((file === undefined ? first : second) ?? 5);
  const fixed =
    file && worldOf(new Float64Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)));
  for (const [policy, params] of [
    [thompsonLogistic, {}],
    [thompsonLogistic, { explore: 0.5 }],
    [thompsonLogistic, { floor: 0.005 }],
    [thompsonLinear, {}],
    [linUcb, {}],
    [squareCb, {}],
    [squareCbLinear, {}],
    [epsilonGreedyLinear, {}],
    [thompsonBeta, {}],
  ] as unknown as [AnyPolicy, object][]) {
    const runs = Array.from({ length: seeds }, (_, s) => play(policy, params, fixed ?? drawnWorld(s), s));
    console.log(
      JSON.stringify({
        ...{ policy: policy.name, params, world: fixed ? first : `${seeds} drawn`, seeds },
        meanReward: spread(runs.map(({ reward }) => reward)),
        lastQuarter: spread(runs.map(({ last }) => last)),
        regret: spread(
          runs.map(({ regret }) => regret),
          1,
        ),
        roundsPerCpuSecond: Math.round(spread(runs.map(({ speed }) => speed)).mean),
      }),
    );
  }
}

async function choose(): Promise<void> {
  const arms = Array.from({ length: 20 }, (_, a) => `a${a}`);
  const draw = random(1);
  const context = (): Float64Array => Float64Array.from({ length: 50 }, () => draw.normal());
  const rows = Array.from(
    { length: 4000 },
    (_, i): Outcome => ({ context: context(), arm: arms[i % 20]!, reward: draw.uniform() < 0.3 ? 1 : 0 }),
  );
  for (const policy of policies) {
    const params: object =
      policy.name === neuralLinear.name ? { network: await fitReward(rows, 1, { epochs: 3 }) } : {};
    const state = policy.learn(policy.start(arms, 50, params), rows);
    const took: number[] = [];
    let learned = state;
    const learning: number[] = [];
    for (let i = 0; i < 12_000; i++) {
      const x = context();
      const from = performance.now();
      const { arm } = policy.choose(state, x, i);
      took.push(performance.now() - from);
      const then = performance.now();
      learned = policy.learn(learned, [{ context: x, arm, reward: i % 3 === 0 ? 1 : 0 }]);
      learning.push(performance.now() - then);
    }
    const at = (all: number[], share: number): number => {
      const sorted = all.slice(4000).sort((a, b) => a - b);
      return round(1000 * sorted[Math.floor(share * sorted.length)]!, 1);
    };
    console.log(
      JSON.stringify({
        ...{ policy: policy.name, arms: 20, numbers: 50 },
        chooseMicroseconds: { p50: at(took, 0.5), p99: at(took, 0.99) },
        learnMicroseconds: { p50: at(learning, 0.5), p99: at(learning, 0.99) },
      }),
    );
  }
}

function logs(): void {
  const [count, rows] = [Number(first ?? 200), Number(second ?? 2000)];
  for (const [name, money, sharpness] of [
    ['clicks, even log', false, 0],
    ['clicks, log of the worst', false, -2],
    ['money, even log', true, 0],
  ] as const) {
    const world = bentWorld(3, { money });
    const logging = softPolicy(world, { sharpness });
    const candidate = softPolicy(world, { sharpness: 8 });
    const truth = truthOf(world, candidate);
    for (const interval of INTERVALS.filter((kind) => third === undefined || kind === third)) {
      const told = new Map<string, { errors: number[]; held: number; widths: number }>();
      let effective = 0;
      for (let seed = 0; seed < count; seed++) {
        const { log, contexts } = logOf(world, logging, rows, seed);
        const { estimates, support } = evaluate(log, chancesIn(contexts, candidate), { interval });
        effective += support.effectiveRows / count;
        for (const { estimator, value, low, high } of estimates) {
          const own = told.get(estimator) ?? { errors: [], held: 0, widths: 0 };
          own.errors.push(value - truth);
          if (low <= truth && truth <= high) own.held++;
          own.widths += (high - low) / count;
          told.set(estimator, own);
        }
      }
      for (const [estimator, { errors, held, widths }] of told)
        console.log(
          JSON.stringify({
            ...{ world: name, interval, estimator, logs: count, rows, effectiveRows: Math.round(effective) },
            truth: round(truth),
            bias: round(errors.reduce((sum, e) => sum + e / count, 0)),
            rmse: round(Math.sqrt(errors.reduce((sum, e) => sum + e ** 2 / count, 0))),
            coverage: round(held / count, 3),
            width: round(widths),
          }),
        );
    }
  }
}

if (subject === 'bandit') bandit();
else if (subject === 'choose') await choose();
else if (subject === 'logs') logs();
else throw new Error(`no subject ${subject}; bandit, choose or logs`);
