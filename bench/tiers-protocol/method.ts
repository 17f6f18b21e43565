/** The method: five members, their out-of-fold scores inside the training households, and two heads. */
import { deviation, mean } from '#kernels/metrics.ts';
import { random, shuffled, split } from '#kernels/random.ts';
import { type Lesson, type Member, members } from './members.ts';
import { cutsOf, FOLDS, TIERS, tierOf, type World } from './world.ts';

export type MemberName = keyof typeof members;
/** [households] of one method: what it says of each, told by models that have not seen the household's future. */
export interface Foretold {
  readonly tier: Int32Array;
  /** By which households are ranked: expected spend where the method has one. */
  readonly score: Float64Array;
}

/** Spend: the mean of these on the scale of roots, squared. Tier: the mean of those in deviations of their training scores. */
const SPEND: readonly MemberName[] = ['ridge', 'boosting', 'extra-trees'];
const TIER: readonly MemberName[] = ['ridge', 'ordinal', 'network'];

export type Scores = Readonly<Partial<Record<string, Float64Array>>>;

/** [households] of each member of `named`: scores of `rows`, NaN elsewhere. */
export interface OutOfFold {
  readonly rows: Int32Array;
  /** [rows] part that was left out when the row was scored. */
  readonly part: Int32Array;
  readonly scores: Scores;
}

/** Scores of households by members that learned from the other four fifths of `rows`. */
export async function outOfFold(
  world: World,
  rows: Int32Array,
  named: Readonly<Record<string, Member>>,
  seed: number,
): Promise<OutOfFold> {
  const order = shuffled(rows.length, random(split(seed, 'parts')));
  const part = new Int32Array(rows.length);
  for (const [place, at] of order.entries()) part[at] = place % FOLDS;
  const scores = Object.fromEntries(
    Object.keys(named).map((name) => [name, new Float64Array(world.y.length).fill(Number.NaN)]),
  );
  for (let left = 0; left < FOLDS; left++) {
    const train = rows.filter((_, at) => part[at] !== left);
    const test = rows.filter((_, at) => part[at] === left);
    await scoreInto(scores, named, { world, train, test, seed: split(seed, 'part', left) });
  }
  return { rows, part, scores };
}

async function scoreInto(scores: Scores, named: Readonly<Record<string, Member>>, lesson: Lesson): Promise<void> {
  for (const [name, member] of Object.entries(named)) {
    const own = await member(lesson);
    for (const [at, row] of lesson.test.entries()) scores[name]![row] = own[at]!;
  }
}

/** Rows of all folds but one. */
export const trainingRows = ({ fold }: World, left: number): Int32Array =>
  Int32Array.from(fold.keys()).filter((row) => fold[row] !== left);

/** Rows of one fold. */
export const judgedRows = ({ fold }: World, own: number): Int32Array =>
  Int32Array.from(fold.keys()).filter((row) => fold[row] === own);

/** What the method says of each household from the other four folds, and its out-of-fold scores there. */
export async function foretold(world: World, seed: number): Promise<{ result: Foretold; inside: OutOfFold[] }> {
  const result = { tier: new Int32Array(world.y.length), score: new Float64Array(world.y.length) };
  const inside: OutOfFold[] = [];
  for (let left = 0; left < FOLDS; left++) {
    const train = trainingRows(world, left);
    const test = judgedRows(world, left);
    const own = await outOfFold(world, train, members, split(seed, 'fold', left));
    const scores = Object.fromEntries(Object.keys(members).map((name) => [name, new Float64Array(world.y.length)]));
    await scoreInto(scores, members, { world, train, test, seed: split(seed, 'whole', left) });
    const heads = headsOf(own.scores, train);
    const cuts = cutsOf(heads.tier(own.scores), train);
    const tierScore = heads.tier(scores);
    const spend = heads.spend(scores);
    for (const row of test) {
      result.tier[row] = tierOf(tierScore[row]!, cuts);
      result.score[row] = spend[row]!;
    }
    inside.push(own);
  }
  return { result, inside };
}

/** The two heads, with the means and deviations of the training rows' out-of-fold scores. */
export function headsOf(reference: Scores, rows: Int32Array) {
  const scales = TIER.map((name) => {
    const own = Array.from(rows, (row) => reference[name]![row]!);
    return { name, center: mean(own), scale: deviation(own) || 1 };
  });
  const combined = (scores: Scores, value: (row: number) => number) =>
    Float64Array.from({ length: Object.values(scores)[0]!.length }, (_, row) => value(row));
  return {
    tier: (scores: Scores) =>
      combined(scores, (row) => mean(scales.map(({ name, center, scale }) => (scores[name]![row]! - center) / scale))),
    spend: (scores: Scores) => combined(scores, (row) => mean(SPEND.map((name) => scores[name]![row]!)) ** 2),
  };
}

/** A score told of each household cut by its own quantiles among the training households: rules, and expected spend. */
export function ruled(world: World, score: Float64Array): Foretold {
  const tier = new Int32Array(score.length);
  for (let left = 0; left < FOLDS; left++) {
    const cuts = cutsOf(score, trainingRows(world, left));
    for (const row of judgedRows(world, left)) tier[row] = tierOf(score[row]!, cuts);
  }
  return { tier, score };
}

/** The household's tier in truth: by quantiles of the future of the households it is not judged with. */
export function actualTiers(world: World): Int32Array {
  return ruled(world, world.y).tier;
}

export const tierMeans = (world: World, rows: Int32Array, cuts: readonly number[]): number[] =>
  Array.from({ length: TIERS }, (_, tier) =>
    mean(
      Array.from(
        rows.filter((row) => tierOf(world.y[row]!, cuts) === tier),
        (row) => world.y[row]!,
      ),
    ),
  );
