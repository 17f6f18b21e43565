/** Gradient boosting of trees on histograms. */
import { known } from '#errors.ts';
import { Machine } from '#kernels/machine.ts';
import { random, split } from '#kernels/random.ts';
import { numberColumn, type Table } from '#table/index.ts';
import type { Aim, Supervised } from '../learner.ts';
import { type Target, targetOf } from '../target.ts';
import { type Bins, binningOf, writeBins } from './bins.ts';
import { checkParams } from './check.ts';
import type { Tree, TreeEnsemble } from './ensemble.ts';
import { Grower, type Grown } from './grow.ts';
import { LookAhead } from './look-ahead.ts';
import { LOSSES, type Loss, type Objective, objectiveOf, type Rows } from './objectives.ts';
import { predictEnsemble } from './predict.ts';
import { RANK_LOSSES, type RankLoss } from './ranking.ts';

export interface BoostingParams extends Aim {
  /** Rounds: trees, or trees a class or score where a row has several. */
  readonly trees: number;
  readonly leaves: number;
  /** Splits above any leaf at most; 0 for no limit. */
  readonly depth: number;
  readonly learningRate: number;
  /** Bins of a number, 2 to 255. */
  readonly bins: number;
  /** Fewest rows of a leaf (about: from the sum of hessians until the leaf is made). */
  readonly minRows: number;
  readonly minHessian: number;
  readonly minGain: number;
  readonly l1: number;
  readonly l2: number;
  /** Share of rows and of features that each tree may use. */
  readonly rowShare: number;
  readonly featureShare: number;
  /**
   * Each how manyth tree the root is sought two levels deep, which finds interactions without main effects; 0 never. Not
   * with more than 64 features or with monotone constraints.
   */
  readonly lookAhead: number;
  /** Features that the score must rise (1) or fall (-1) with; of several classes it is not known. */
  readonly monotone: Readonly<Record<string, 1 | -1>>;
  /** Of regress. */
  readonly loss: Loss;
  readonly tweediePower: number;
  readonly quantile: number;
  /** Of rank: pairs weighed by the NDCG@rankAt, or a softmax over the group. */
  readonly rankLoss: RankLoss;
  readonly rankAt: number;
  /** Rounds without a lower loss on the rows held back after which it stops; 0: all rounds, nothing held back. */
  readonly patience: number;
  readonly validationShare: number;
  /** Number column whose latest rows are held back; else a seeded share is. It is not learned from. */
  readonly time?: string;
}

export interface BoostingModel extends TreeEnsemble {
  readonly kind: 'boosting';
  readonly rows: number;
  /** Mean loss of the rows learned from at the end; of the rows held back after each round. */
  readonly loss: number;
  readonly validation?: readonly number[];
}

export const boosting: Supervised<BoostingParams, BoostingModel> = {
  name: 'boosting',
  tasks: ['classify', 'ordinal', 'regress', 'rank'],
  source: 'Friedman (2001), Annals of Statistics 29(5); Ke et al. (2017), LightGBM, NeurIPS 30',
  defaults: {
    task: 'classify',
    label: 'label',
    trees: 100,
    leaves: 31,
    depth: 0,
    learningRate: 0.1,
    bins: 255,
    minRows: 20,
    minHessian: 1e-3,
    minGain: 0,
    l1: 0,
    l2: 0,
    rowShare: 1,
    featureShare: 1,
    lookAhead: 4,
    monotone: {},
    loss: 'auto',
    tweediePower: 1.5,
    quantile: 0.5,
    rankLoss: 'ndcg',
    rankAt: 30,
    patience: 0,
    validationShare: 0.2,
  },
  optional: { time: 'day' },
  fit: fitBoosting,
  predict: predictEnsemble,
};

/** Rows times features below which one thread is quicker than several. */
const SMALL = 200_000;

/**
 * Fits the model.
 *
 * @throws LEARNER_PARAMS; what `targetOf` throws; LABEL_OUT_OF_RANGE, TARGET_NO_GROUP
 */
export function fitBoosting(data: Table, params: BoostingParams, seed: number): BoostingModel {
  checkParams('boosting', params, { task: boosting.tasks, loss: LOSSES, rankLoss: RANK_LOSSES });
  for (const [name, way] of Object.entries(params.monotone)) {
    const value = JSON.stringify({ [name]: way });
    if (way !== 1 && way !== -1)
      throw known('LEARNER_PARAMS', {
        learner: 'boosting',
        name: 'monotone',
        value,
        expected: '1 or -1 of each feature',
      });
  }
  const target = withoutTime(targetOf(data, params), params.time);
  const objective = objectiveOf(target, params);
  const { features } = target;
  const threads = data.length * features.length < SMALL ? 1 : params.threads;
  const machine = new Machine(threads === undefined ? {} : { threads });
  try {
    return new Boosting(machine, data, target, objective, params, seed).fit();
  } finally {
    machine.close();
  }
}

const withoutTime = (target: Target, time: string | undefined): Target => ({
  ...target,
  features: target.features.filter((name) => name !== time),
});

/** One fit: the memory of a model in the making. */
class Boosting {
  readonly #machine: Machine;
  readonly #params: BoostingParams;
  readonly #seed: number;
  readonly #target: Target;
  readonly #objective: Objective;
  readonly #binning: ReturnType<typeof binningOf>;
  readonly #bins: Bins;
  readonly #grower: Grower;
  readonly #lookAhead: LookAhead | undefined;
  /** Addresses of the scores, one block an output. */
  readonly #scoresAt: number[];
  readonly #labelsAt: number;
  readonly #weightsAt: number;
  readonly #learned: Uint32Array;
  readonly #held: Uint32Array;
  readonly #base: number[];

  constructor(
    machine: Machine,
    data: Table,
    target: Target,
    objective: Objective,
    params: BoostingParams,
    seed: number,
  ) {
    this.#machine = machine;
    this.#params = params;
    this.#seed = seed;
    this.#target = target;
    this.#objective = objective;
    const { learned, held } = heldBack(data, target, params, seed);
    this.#learned = learned;
    this.#held = held;
    this.#binning = binningOf(data, target.features, { bins: params.bins, seed });
    this.#bins = writeBins(machine, data, this.#binning, 'rows');
    const room = (data.length + 2) * 8;
    this.#scoresAt = Array.from({ length: objective.width }, () => machine.allocate(room));
    this.#labelsAt = machine.allocate(room / 2);
    const plain = target.weights.every((w) => w === 1);
    this.#weightsAt = plain ? 0 : machine.allocate(room / 2);
    const monotone = Int32Array.from(target.features, (name) => params.monotone[name] ?? 0);
    this.#grower = new Grower(machine, this.#bins, this.#binning, { ...params, monotone });
    const ahead = params.lookAhead > 0 && LookAhead.suits(this.#binning, monotone);
    this.#lookAhead = ahead ? new LookAhead(machine, this.#bins, this.#binning, { ...params, seed }) : undefined;
    machine.f32(this.#labelsAt, data.length).set(target.label);
    if (!plain) machine.f32(this.#weightsAt, data.length).set(target.weights);
    this.#base = objective.base(target, learned);
    for (const [k, at] of this.#scoresAt.entries()) machine.f64(at, data.length + 2).fill(this.#base[k]!);
  }

  fit(): BoostingModel {
    const { width } = this.#objective;
    const { trees: rounds, patience } = this.#params;
    const trees: Tree[] = [];
    const validation: number[] = [];
    let best = 0;
    for (let round = 0; round < rounds; round++) {
      this.#objective.begin?.(this.#rows(this.#learned));
      for (let k = 0; k < width; k++) trees.push(this.#addTree(round, k));
      if (patience === 0) {
        if (trees.slice(-width).every((tree) => tree.feature.length === 0)) break;
        continue;
      }
      validation.push(this.#objective.loss(this.#rows(this.#held)));
      if (validation[round]! < validation[best]!) best = round;
      if (round - best >= patience) break;
    }
    const kept = patience === 0 ? trees : trees.slice(0, (best + 1) * width);
    const { task } = this.#params;
    return {
      kind: 'boosting',
      task,
      classes: this.#target.classes,
      features: this.#target.features,
      inputs: this.#binning.inputs,
      link: this.#objective.link,
      width,
      base: this.#base,
      trees: kept,
      average: false,
      ...(this.#objective.cuts === undefined ? {} : { cuts: this.#objective.cuts() }),
      rows: this.#learned.length,
      loss: this.#objective.loss(this.#rows(this.#learned)),
      ...(patience === 0 ? {} : { validation }),
    };
  }

  /** Views are made anew: the memory may have grown. */
  #rows(rows: Uint32Array): Rows {
    return { target: this.#target, rows, scores: this.#scoresAt.map((at) => this.#machine.f64(at, this.#bins.rows)) };
  }

  #addTree(round: number, k: number): Tree {
    const machine = this.#machine;
    const { width, kernel, leafValue } = this.#objective;
    if (kernel === undefined)
      this.#objective.gradients(k, this.#rows(this.#learned), machine.f32(this.#grower.gh, 2 * this.#bins.rows));
    else
      machine.each(
        kernel,
        this.#chunks((from, to) => [this.#scoresAt[k]!, this.#labelsAt, this.#weightsAt, this.#grower.gh, from, to]),
      );
    const count = this.#sampleRows(round);
    const used = this.#sampleFeatures(round * width + k);
    const due = this.#lookAhead !== undefined && round % this.#params.lookAhead === 0;
    const root = due ? this.#lookAhead!.find(this.#grower.gh, this.#learned, used, round) : undefined;
    const grown = this.#grower.grow(count, used, root);
    const tree = leafValue === undefined ? grown : this.#renewed(grown, k);
    this.#addScores(tree, k, count);
    return tree.tree;
  }

  #chunks(argumentsOf: (from: number, to: number) => number[]): number[][] {
    const { rows } = this.#bins;
    const size = 2 * Math.ceil(rows / 2 / Math.min(16, Math.ceil(rows / 8192)));
    const out: number[][] = [];
    for (let from = 0; from < rows; from += size) out.push(argumentsOf(from, Math.min(rows, from + size)));
    return out;
  }

  #sampleRows(round: number): number {
    const { rowShare } = this.#params;
    const rows = this.#machine.u32(this.#grower.rows, this.#learned.length);
    rows.set(this.#learned);
    if (rowShare >= 1) return rows.length;
    const draw = random(split(this.#seed, 'rows', round));
    let count = 0;
    for (const row of this.#learned) if (draw.uniform() < rowShare) rows[count++] = row;
    return Math.max(1, count);
  }

  #sampleFeatures(tree: number): boolean[] {
    const { features } = this.#target;
    const wanted = Math.max(1, Math.round(this.#params.featureShare * features.length));
    if (wanted >= features.length) return features.map(() => true);
    const draw = random(split(this.#seed, 'features', tree));
    const order = features.map((_, f) => ({ f, at: draw.uniform() })).sort((a, b) => a.at - b.at);
    const taken = new Set(order.slice(0, wanted).map(({ f }) => f));
    return features.map((_, f) => taken.has(f));
  }

  #addScores({ tree, leaves }: Grown, k: number, count: number): void {
    const machine = this.#machine;
    const scores = this.#scoresAt[k]!;
    if (count === this.#bins.rows) {
      const add = ({ from, count: rows, value }: Grown['leaves'][number]) => [
        this.#grower.rows + 4 * from,
        rows,
        value,
        scores,
      ];
      machine.each('addToRows', leaves.map(add));
      return;
    }
    const mark = machine.mark();
    const { nodes, tables, values } = this.#treeOfBins(tree);
    if (tree.feature.length === 0) {
      const all = machine.f64(scores, this.#bins.rows);
      for (let i = 0; i < all.length; i++) all[i]! += tree.value[0]!;
    } else {
      const { at, rowStride } = this.#bins;
      machine.each(
        'addTree',
        this.#chunks((from, to) => [at, rowStride, from, to, nodes, tables, values, scores]),
      );
    }
    machine.release(mark);
  }

  #treeOfBins(tree: Tree): { nodes: number; tables: number; values: number } {
    const machine = this.#machine;
    const count = tree.feature.length;
    const [nodes, tables, values] = [12 * count, 256 * count, 8 * tree.value.length].map((n) => machine.allocate(n));
    const words = machine.i32(nodes!, 3 * count);
    const table = machine.u8(tables!, 256 * count);
    for (let s = 0; s < count; s++) {
      const f = tree.feature[s]!;
      words.set([f, tree.left[s]!, tree.right[s]!], 3 * s);
      const own = table.subarray(256 * s, 256 * s + 256).fill(0);
      const set = tree.leftSets?.[s];
      if (set) for (const bin of set) own[bin] = 1;
      else {
        const bounds = this.#binning.bounds[f]!;
        for (let bin = 0; bin < 255; bin++) own[bin] = (bounds[bin] ?? Number.MAX_VALUE) <= tree.threshold[s]! ? 1 : 0;
        own[255] = tree.missingLeft[s]!;
      }
    }
    machine.f64(values!, tree.value.length).set(tree.value);
    return { nodes: nodes!, tables: tables!, values: values! };
  }

  /** The tree with the leaf values that the objective wants. */
  #renewed({ tree, leaves }: Grown, k: number): Grown {
    const scores = this.#machine.f64(this.#scoresAt[k]!, this.#bins.rows);
    const values = leaves.map(({ from, count }) => {
      const rows = this.#machine.u32(this.#grower.rows + 4 * from, count);
      const residuals = Float64Array.from(rows, (i) => this.#target.label[i]! - scores[i]!);
      return this.#params.learningRate * this.#objective.leafValue!(residuals);
    });
    return { tree: { ...tree, value: values }, leaves: leaves.map((leaf, i) => ({ ...leaf, value: values[i]! })) };
  }
}

/** Rows to learn from and rows held back to know when to stop. */
function heldBack(data: Table, { groups }: Target, params: BoostingParams, seed: number) {
  const all = Uint32Array.from({ length: data.length }, (_, i) => i);
  if (params.patience === 0 || data.length < 10) return { learned: all, held: all.subarray(0, 0) };
  const at =
    params.time === undefined ? seededOrder(data.length, groups, seed) : numberColumn(data, params.time).values;
  const order = all.slice().sort((a, b) => at[a]! - at[b]! || a - b);
  const cut = Math.floor(data.length * (1 - params.validationShare));
  // rows of one moment (or group) are not parted
  let first = Math.max(1, cut);
  while (first < order.length && at[order[first]!] === at[order[first - 1]!]) first++;
  if (first === order.length) first = cut;
  return { learned: order.slice(0, first).sort(), held: order.slice(first).sort() };
}

function seededOrder(rows: number, groups: Int32Array | undefined, seed: number): Float64Array {
  const draw = random(split(seed, 'held'));
  if (groups === undefined) return Float64Array.from({ length: rows }, () => draw.uniform());
  const byGroup: number[] = [];
  return Float64Array.from(groups, (group) => {
    while (byGroup.length <= group) byGroup.push(draw.uniform());
    return byGroup[group]!;
  });
}
