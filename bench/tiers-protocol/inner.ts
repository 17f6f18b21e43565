/**
 * Which learners deserve a place in the method, by households of the training folds alone: the out-of-fold scores inside each
 * training set are cut and judged part by part (25 parts), each candidate beside the decayed spend on the same parts.
 */
import { deviation, mean } from '#kernels/metrics.ts';
import { split } from '#kernels/random.ts';
import { figuresOf } from './judge.ts';
import { candidates, type Member, members } from './members.ts';
import { headsOf, type OutOfFold, outOfFold, type Scores, trainingRows } from './method.ts';
import { cutsOf, FOLDS, judgedFeature, tierOf, type World } from './world.ts';

type Figures = ReturnType<typeof figuresOf>;

/** Figures of each part, cut by the quantiles of the other parts' scores. */
function partFigures(world: World, { rows, part }: OutOfFold, tierScore: Float64Array, spend: Float64Array): Figures[] {
  return Array.from({ length: FOLDS }, (_, left) => {
    const train = rows.filter((_, at) => part[at] !== left);
    const test = rows.filter((_, at) => part[at] === left);
    const [truth, own] = [cutsOf(world.y, train), cutsOf(tierScore, train)];
    const actual = world.y.map((y) => tierOf(y, truth));
    const tier = Int32Array.from(tierScore, (score) => tierOf(score, own));
    return figuresOf(world.y, actual, { tier, score: spend }, test);
  });
}

/** The method's own heads on the scores that it was made from. */
export const innerFigures = (world: World, inside: readonly OutOfFold[]): Figures[] =>
  inside.flatMap((own) => {
    const heads = headsOf(own.scores, own.rows);
    return partFigures(world, own, heads.tier(own.scores), heads.spend(own.scores));
  });

/** A line for each member, candidate and head. */
export async function innerTable(world: World, seed: number): Promise<Record<string, string>[]> {
  const decayed: Member = ({ world: own, test }) => {
    const values = judgedFeature(own, 'dec56');
    return Float64Array.from(test, (row) => values[row]!);
  };
  const named = { 'decayed spend': decayed, ...members, ...candidates };
  const inside: OutOfFold[] = [];
  for (let left = 0; left < FOLDS; left++)
    inside.push(await outOfFold(world, trainingRows(world, left), named, split(seed, 'fold', left)));
  const single = (name: string) =>
    inside.flatMap((own) => partFigures(world, own, own.scores[name]!, own.scores[name]!));
  const reference = single('decayed spend');
  const rows: Record<string, string>[] = Object.keys(named).map((name) => ({
    of: name,
    ...line(single(name), reference),
  }));
  for (const [name, stand] of Object.entries(placeOf)) {
    const replaced = inside.map((own) => ({ ...own, scores: { ...own.scores, [stand]: own.scores[name]! } as Scores }));
    rows.push({ of: `heads, ${name} for ${stand}`, ...line(innerFigures(world, replaced), reference) });
  }
  return [...rows, { of: 'heads', ...line(innerFigures(world, inside), reference) }];
}

/** The member that each candidate would stand for. */
const placeOf: Readonly<Record<keyof typeof candidates, keyof typeof members>> = {
  forest: 'extra-trees',
  'ordinal, one slope': 'ordinal',
  'network, less decay': 'network',
};

function line(figures: readonly Figures[], reference: readonly Figures[]): Record<string, string> {
  const names = ['macroF1', 'kappa', 'gini', 'accuracy'] as const;
  return Object.fromEntries(
    names.map((name) => {
      const gaps = figures.map((own, at) => own[name] - reference[at]![name]);
      const error = deviation(gaps) / Math.sqrt(gaps.length);
      const lead = mean(gaps);
      return [
        name,
        `${mean(figures.map((own) => own[name])).toFixed(4)} (${lead < 0 ? '' : '+'}${lead.toFixed(4)} ±${error.toFixed(4)})`,
      ];
    }),
  );
}
