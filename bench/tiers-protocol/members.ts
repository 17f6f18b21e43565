/**
 * The five members of the method, each a learner of the registry that foretells a score of spend. A member learns from
 * training households alone, at several cut-offs, and scores the others by their features of days 0..181.
 */
import { deviation, mean } from '#kernels/metrics.ts';
import { boosting, extraTrees, forest, linear, logistic, network } from '#learners/index.ts';
import { numberColumn, numbers, type Table } from '#table/index.ts';
import { cutsOf, judgedMoment, tierOf, type World } from './world.ts';

export interface Lesson {
  readonly world: World;
  /** Households to learn from, and to score. */
  readonly train: Int32Array;
  readonly test: Int32Array;
  readonly seed: number;
}

/** [test] a score that rises with spend; in roots of money but for `ordinal`, which adds up chances. */
export type Member = (lesson: Lesson) => Float64Array | Promise<Float64Array>;

/** Rows of later cut-offs weigh less: their futures are shorter. */
const WEIGHTS: Readonly<Record<number, number>> = {
  182: 1,
  196: 0.5,
  210: 0.5,
  224: 0.45,
  238: 0.4,
  252: 0.35,
  266: 0.3,
};
const FOUR = [182, 210, 238, 266] as const;
const SEVEN = [182, 196, 210, 224, 238, 252, 266] as const;
const THREE = [182, 224, 266] as const;

type Transform = (values: Float64Array) => Float64Array;

/** sign(x) sqrt|x| in deviations of the training rows of the judged cut-off, held within `bound`. */
function rootScales({ world, train }: Lesson, bound: number): Map<string, Transform> {
  const { features } = judgedMoment(world);
  const root = (x: number) => Math.sign(x) * Math.sqrt(Math.abs(x));
  return new Map(
    Object.keys(features.columns).map((name) => {
      const { values } = numberColumn(features, name);
      const own = Array.from(train, (i) => root(values[i]!));
      const [center, scale] = [mean(own), deviation(own) || 1];
      return [name, (raw) => raw.map((x) => Math.max(-bound, Math.min(bound, (root(x) - center) / scale)))];
    }),
  );
}

const AS_IS: Transform = (values) => values;

/** Columns of the rows of `cuts` one under the other, with `target` made of their futures, and `weight`. */
function taught(
  { world, train }: Lesson,
  cuts: readonly number[],
  target: (future: number) => number,
  scales?: ReadonlyMap<string, Transform>,
): Table {
  const moments = cuts.map((cut) => world.moments.get(cut)!);
  const stacked = (of: (k: number) => ArrayLike<number>) =>
    Float64Array.from(cuts.flatMap((_, k) => Array.from(train, (i) => of(k)[i]!)));
  const names = Object.keys(moments[0]!.features.columns);
  const columns = names.map((name) => {
    const raw = stacked((k) => numberColumn(moments[k]!.features, name).values);
    return [name, numbers((scales?.get(name) ?? AS_IS)(raw))] as const;
  });
  return {
    length: train.length * cuts.length,
    columns: {
      ...Object.fromEntries(columns),
      target: numbers(stacked((k) => moments[k]!.future).map(target)),
      weight: numbers(cuts.flatMap((cut) => new Array<number>(train.length).fill(WEIGHTS[cut]!))),
    },
  };
}

function asked({ world, test }: Lesson, scales?: ReadonlyMap<string, Transform>): Table {
  const { features } = judgedMoment(world);
  const columns = Object.keys(features.columns).map((name) => {
    const { values } = numberColumn(features, name);
    return [name, numbers((scales?.get(name) ?? AS_IS)(Float64Array.from(test, (i) => values[i]!)))] as const;
  });
  return { length: test.length, columns: Object.fromEntries(columns) };
}

const COMMON = { label: 'target', weight: 'weight', threads: 1 } as const;
const notBelowZero = (scores: Float64Array): Float64Array => scores.map((score) => Math.max(0, score));

const ridge: Member = (lesson) => {
  const scales = rootScales(lesson, 6);
  const params = { ...linear.defaults, ...COMMON, standardise: false, l2: 300 };
  const model = linear.fit(taught(lesson, FOUR, Math.sqrt, scales), params, lesson.seed);
  return notBelowZero(linear.predict(model as never, asked(lesson, scales)));
};

const boosted: Member = async (lesson) => {
  const params = {
    ...{ ...boosting.defaults, ...COMMON, task: 'regress' as const, trees: 300, learningRate: 0.02, leaves: 8 },
    ...{ minRows: 80, rowShare: 0.4, featureShare: 0.15, l2: 5, lookAhead: 0 },
  };
  const model = await boosting.fit(taught(lesson, SEVEN, Math.sqrt), params, lesson.seed);
  return notBelowZero(boosting.predict(model, asked(lesson)));
};

const forested =
  (learner: typeof extraTrees): Member =>
  async (lesson) => {
    const own = { task: 'regress' as const, trees: 150, minRows: 10, featureShare: 0.25 };
    const table = taught(lesson, THREE, (future) => future);
    const model = await learner.fit(table, { ...learner.defaults, ...COMMON, ...own }, lesson.seed);
    return notBelowZero(learner.predict(model, asked(lesson))).map(Math.sqrt);
  };

/** Chances of lying above each of the four cuts, added up. */
const ordinal: Member = async (lesson) => {
  const scales = rootScales(lesson, 6);
  const cuts = cutsOf(lesson.world.y, lesson.train);
  const rows = taught(lesson, FOUR, (future) => future, scales);
  const tier = numberColumn(rows, 'target').values.map((future) => tierOf(future, cuts));
  const sum = new Float64Array(lesson.test.length);
  // Half of the penalty on the difference of two classes falls on each: 2000 is 1000 on it.
  const params = { ...logistic.defaults, ...COMMON, standardise: false, l2: 2000 };
  for (const k of cuts.keys()) {
    const columns = { ...rows.columns, target: numbers(tier.map((own) => (own > k ? 1 : 0))) };
    const model = await logistic.fit({ length: rows.length, columns }, params, lesson.seed);
    const chances = logistic.predict(model, asked(lesson, scales));
    for (let i = 0; i < sum.length; i++) sum[i]! += chances[2 * i + 1]!;
  }
  return sum;
};

/** One model of the cumulative chances instead of four. */
const proportional =
  (l2: number): Member =>
  async (lesson) => {
    const scales = rootScales(lesson, 6);
    const cuts = cutsOf(lesson.world.y, lesson.train);
    const rows = taught(lesson, FOUR, (future) => tierOf(future, cuts), scales);
    const params = { ...logistic.defaults, ...COMMON, task: 'ordinal' as const, standardise: false, l2 };
    const model = await logistic.fit(rows, params, lesson.seed);
    return expectedTier(logistic.predict(model, asked(lesson, scales)), model.classes.length);
  };

const expectedTier = (chances: Float64Array, classes: number): Float64Array =>
  Float64Array.from({ length: chances.length / classes }, (_, i) => {
    let sum = 0;
    for (let k = 1; k < classes; k++) sum += k * chances[i * classes + k]!;
    return sum;
  });

/** One layer, its weights drawn hard to zero; the mean of three seeds. */
const networked =
  (l2: number): Member =>
  async (lesson) => {
    const scales = rootScales(lesson, 5);
    const rows = taught(lesson, FOUR, Math.sqrt, scales);
    const own = {
      task: 'regress' as const,
      layers: [16],
      members: 1,
      dropout: 0,
      batch: 64,
      epochs: 15,
      validation: 0,
    };
    const params = { ...network.defaults, ...COMMON, ...own, signedLog: false, l2 };
    const sum = new Float64Array(lesson.test.length);
    for (const s of [0, 1, 2]) {
      const model = await network.fit(rows, params, lesson.seed + s);
      for (const [i, score] of network.predict(model, asked(lesson, scales)).entries()) sum[i]! += score / 3;
    }
    return notBelowZero(sum);
  };

export const members = {
  ridge,
  boosting: boosted,
  'extra-trees': forested(extraTrees),
  ordinal,
  network: networked(30),
} satisfies Record<string, Member>;

/** What was weighed against a member. */
export const candidates = {
  forest: forested(forest),
  'ordinal, one slope': proportional(1000),
  'network, less decay': networked(10),
} satisfies Record<string, Member>;
