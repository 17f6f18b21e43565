/** Logs of a world whose truth is known, for tests and benches: what a policy brings there is a sum over all contexts. */
import { random, split } from '#kernels/random.ts';
import { numbers, table } from '#table/index.ts';
import type { DecisionLog } from './log.ts';

/** [arms] chances in a context. */
export type Chances = (context: readonly number[]) => number[];

export interface World {
  readonly arms: readonly string[];
  readonly dimension: number;
  /** [arms] chance of a reward */
  readonly chances: Chances;
  /** Size of a reward; 1 of clicks. */
  readonly amount: (draw: ReturnType<typeof random>) => number;
  readonly amountMean: number;
}

/** The chances of a world are a logistic curve of the context that bends: no linear model is right about it. */
export function bentWorld(seed: number, { arms = 4, money = false } = {}): World {
  const draw = random(split(seed, 'world'));
  const dimension = 3;
  const slopes = Array.from({ length: arms }, () => Array.from({ length: dimension }, () => draw.normal()));
  return {
    arms: slopes.map((_, a) => `arm ${a}`),
    dimension,
    chances: (context) =>
      slopes.map((slope, a) => {
        const line = slope.reduce((sum, b, j) => sum + b * context[j]!, 0);
        return 1 / (1 + Math.exp(1.2 - line - 0.4 * Math.sin(2 * context[a % dimension]!)));
      }),
    amount: money ? (own) => 30 * Math.exp(0.8 * own.normal()) : () => 1,
    amountMean: money ? 30 * Math.exp(0.32) : 1,
  };
}

/** Chances that rise with what a world's arm brings: `sharpness` 0 draws evenly. `off` blurs what it knows. */
export function softPolicy(world: World, { sharpness, off = 0 }: { sharpness: number; off?: number }): Chances {
  return (context) => {
    const scores = world
      .chances(context)
      .map((chance, a) => Math.exp(sharpness * (chance + off * Math.sin(3 * a + context[0]!))));
    const sum = scores.reduce((all, score) => all + score, 0);
    return scores.map((score) => score / sum);
  };
}

const contextOf = (world: World, draw: ReturnType<typeof random>): number[] =>
  Array.from({ length: world.dimension }, () => draw.normal());

/** The log that `policy` makes. */
export function logOf(
  world: World,
  policy: Chances,
  rows: number,
  seed: number,
): { log: DecisionLog; contexts: number[][] } {
  const draw = random(split(seed, 'log'));
  const contexts = Array.from({ length: rows }, () => contextOf(world, draw));
  const arm = new Int32Array(rows);
  const propensity = new Float64Array(rows);
  const reward = new Float64Array(rows);
  for (const [i, context] of contexts.entries()) {
    const chances = policy(context);
    let left = draw.uniform();
    let a = 0;
    while (a < chances.length - 1 && left >= chances[a]!) left -= chances[a++]!;
    arm[i] = a;
    propensity[i] = chances[a]!;
    reward[i] = draw.uniform() < world.chances(context)[a]! ? world.amount(draw) : 0;
  }
  const columns = Object.fromEntries(
    Array.from({ length: world.dimension }, (_, j) => [`x${j}`, numbers(contexts.map((context) => context[j]!))]),
  );
  return { log: { arms: world.arms, arm, propensity, reward, context: table(columns) }, contexts };
}

/** [rows x arms] */
export const chancesIn = (contexts: readonly number[][], policy: Chances): Float64Array =>
  Float64Array.from(contexts.flatMap((context) => policy(context)));

/** What a policy brings, over so many contexts that it is known to a thousandth of its size. */
export function truthOf(world: World, policy: Chances, contexts = 200_000): number {
  const draw = random(1);
  let sum = 0;
  for (let i = 0; i < contexts; i++) {
    const context = contextOf(world, draw);
    const brought = world.chances(context);
    sum += policy(context).reduce((all, chance, a) => all + chance * brought[a]!, 0);
  }
  return (world.amountMean * sum) / contexts;
}
