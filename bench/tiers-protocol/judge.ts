/** Figures of a method on the judged folds, and how sure its lead is. */
import { confusion, gini, mean, quantile, spearman, tierMetrics } from '#kernels/metrics.ts';
import { random, split } from '#kernels/random.ts';
import { spreads } from '#learners/index.ts';
import { actualTiers, type Foretold, judgedRows } from './method.ts';
import { FOLDS, TIERS, type World } from './world.ts';

/** @param sample rows, perhaps with repeats */
export function figuresOf(y: Float64Array, actual: ArrayLike<number>, { tier, score }: Foretold, sample: Int32Array) {
  const of = (values: ArrayLike<number>) => Float64Array.from(sample, (row) => values[row]!);
  const { macroF1, kappa, accuracy } = tierMetrics(confusion(of(actual), of(tier), TIERS), TIERS);
  return { macroF1, kappa, gini: gini(of(y), of(score)), accuracy };
}

const rowsOfFolds = (world: World): Int32Array[] => Array.from({ length: FOLDS }, (_, own) => judgedRows(world, own));

/** Mean and deviation over the folds, as a line to print. */
export function printed(world: World, result: Foretold): Record<string, string> {
  const actual = actualTiers(world);
  const folds = rowsOfFolds(world).map((rows) => {
    const of = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
    return { ...figuresOf(world.y, actual, result, rows), spearman: spearman(of(world.y), of(result.score)) };
  });
  return Object.fromEntries(
    Object.entries(spreads(folds)).map(([name, { mean: m, sd }]) => [name, `${m.toFixed(4)} ±${sd.toFixed(4)}`]),
  );
}

/**
 * How far `method` leads each of `others`: mean and 95 % interval of the difference of the means over folds, households drawn
 * with replacement within each fold, the same for all.
 */
export function leads(
  world: World,
  method: Foretold,
  others: Readonly<Record<string, Foretold>>,
  { draws, seed }: { draws: number; seed: number },
): Record<string, string>[] {
  const actual = actualTiers(world);
  const folds = rowsOfFolds(world);
  const all = Object.entries({ method, ...others });
  const drawn = all.map(() => [] as { macroF1: number; kappa: number; gini: number }[]);
  for (let d = 0; d < draws; d++) {
    const draw = random(split(seed, 'bootstrap', d));
    const samples = folds.map((rows) => rows.map(() => rows[draw.integer(rows.length)]!));
    for (const [k, [, result]] of all.entries()) {
      const own = samples.map((sample) => figuresOf(world.y, actual, result, sample));
      const of = (name: 'macroF1' | 'kappa' | 'gini') => mean(own.map((figures) => figures[name]));
      drawn[k]!.push({ macroF1: of('macroF1'), kappa: of('kappa'), gini: of('gini') });
    }
  }
  return all.slice(1).map(([name], k) => {
    const line = (figure: 'macroF1' | 'kappa' | 'gini') => {
      const gaps = Float64Array.from(drawn[0]!, (own, d) => own[figure] - drawn[k + 1]![d]![figure]).sort();
      const signed = (x: number) => `${x < 0 ? '' : '+'}${x.toFixed(4)}`;
      return `${signed(mean(gaps))} [${signed(quantile(gaps, 0.025))}, ${signed(quantile(gaps, 0.975))}]`;
    };
    return { against: name, macroF1: line('macroF1'), kappa: line('kappa'), gini: line('gini') };
  });
}
