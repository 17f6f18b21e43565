/**
 * Forests: trees grown apart from one another, each on rows drawn by chance and each split the best of a few features drawn
 * by chance, or with cuts drawn by chance (extra-trees); their leaves are averaged.
 */
import { Machine } from '#kernels/machine.ts';
import type { Table } from '#table/index.ts';
import { type Aim, likeliest, type Supervised } from '../learner.ts';
import { type Target, targetOf } from '../target.ts';
import { binningOf } from './bins.ts';
import type { TreeEnsemble } from './ensemble.ts';
import { growForest } from './forest-grow.ts';
import { predictEnsemble } from './predict.ts';

export interface ForestParams extends Aim {
  readonly trees: number;
  /**
   * Share of the features that each split chooses among, at least one feature; features that are constant in the node
   * are passed over while nothing else was tried. 0: to tell classes apart the square root of their number; for numbers
   * a third of them in a forest, all in extra-trees.
   */
  readonly featureShare: number;
  /** Share of the rows that each tree draws. */
  readonly rowShare: number;
  /** Rows are drawn with replacement. */
  readonly bootstrap: boolean;
  /** Fewest distinct rows of a leaf. */
  readonly minRows: number;
  /** Splits above any leaf at most; 0: no limit. */
  readonly depth: number;
  /** Leaves of a tree at most, the split of the largest gain first; 0: no limit. */
  readonly leaves: number;
  /** Bins of a number, 2 to 255. */
  readonly bins: number;
}

/** How well rows are foretold by the trees that did not draw them; weighted by the weights of the rows. */
export interface OutOfBag {
  /** Rows that some tree did not draw. */
  readonly rows: number;
  /** Of classes: share of the rows whose likeliest class is right, and mean of -log of the chance of the right one. */
  readonly accuracy?: number;
  readonly logLoss?: number;
  /** Of numbers: root of the mean squared error. */
  readonly rmse?: number;
}

export interface ForestModel extends TreeEnsemble {
  readonly kind: 'forest' | 'extra-trees';
  readonly rows: number;
  /** Absent where every tree drew every row. */
  readonly outOfBag?: OutOfBag;
}

const defaults: ForestParams = {
  task: 'classify',
  label: 'label',
  trees: 300,
  featureShare: 0,
  rowShare: 1,
  bootstrap: true,
  minRows: 5,
  depth: 0,
  leaves: 0,
  bins: 255,
};

/**
 * Random forest. The model does not depend on the order of the rows (up to 200,000 of them; beyond, bins come from a sample
 * by position) nor on the number of threads.
 */
export const forest: Supervised<ForestParams, ForestModel> = {
  name: 'forest',
  tasks: ['classify', 'ordinal', 'regress'],
  source: 'Breiman (2001), Machine Learning 45(1)',
  defaults,
  fit: (data, params, seed) => fitForest('forest', data, params, seed).model,
  predict: predictEnsemble,
};

/**
 * Extremely randomised trees: a feature is cut anywhere between the lowest and the highest bin of the node with equal
 * chances, categories go to either side by coin; of the features tried the best is taken. Cuts are even over bins, so over
 * ranks, where the paper's are even over values.
 */
export const extraTrees: Supervised<ForestParams, ForestModel> = {
  name: 'extra-trees',
  tasks: ['classify', 'ordinal', 'regress'],
  source: 'Geurts, Ernst and Wehenkel (2006), Machine Learning 63(1)',
  defaults: { ...defaults, bootstrap: false },
  fit: (data, params, seed) => fitForest('extra-trees', data, params, seed).model,
  predict: predictEnsemble,
};

/** Rows times features times trees below which one thread is quicker than several. */
const SMALL = 1_000_000;

export interface FittedForest {
  readonly model: ForestModel;
  /** [rows x classes], or [rows]: what the trees that did not draw a row foretell of it; NaN where each drew it. */
  readonly outOfBag: Float64Array;
}

/**
 * Fits a forest; out-of-bag predictions come with it, for stacking and calibration.
 *
 * @throws what `targetOf` throws
 */
export function fitForest(kind: ForestModel['kind'], data: Table, params: ForestParams, seed: number): FittedForest {
  const target = targetOf(data, params);
  const { features, classes } = target;
  const binning = binningOf(data, features, { bins: params.bins, seed });
  const trees = atLeastOne(params.trees);
  const threads = data.length * features.length * trees < SMALL ? 1 : params.threads;
  const machine = new Machine(threads === undefined ? {} : { threads });
  try {
    const grown = growForest(machine, {
      ...{ data, target, binning, seed },
      settings: {
        trees,
        tried: triedOf(kind, params, features.length),
        rowShare: params.rowShare,
        bootstrap: params.bootstrap,
        randomCuts: kind === 'extra-trees',
        minRows: atLeastOne(params.minRows),
        depth: Math.max(0, Math.floor(params.depth)),
        leaves: Math.max(0, Math.floor(params.leaves)),
      },
    });
    const width = Math.max(1, classes.length);
    const judged = judge(target, grown.outOfBag, grown.order);
    const model: ForestModel = {
      ...{ kind, task: params.task, classes, features, inputs: binning.inputs },
      ...{ link: classes.length > 0 ? 'shares' : 'identity', width, base: new Array<number>(width).fill(0) },
      ...{ trees: grown.trees, average: true, rows: data.length },
      ...(judged.rows > 0 ? { outOfBag: judged } : {}),
    };
    return { model, outOfBag: grown.outOfBag };
  } finally {
    machine.close();
  }
}

const atLeastOne = (value: number): number => Math.max(1, Math.floor(value));

function triedOf(kind: ForestModel['kind'], { task, featureShare }: ForestParams, features: number): number {
  const usual = task !== 'regress' ? Math.sqrt(features) / features : kind === 'forest' ? 1 / 3 : 1;
  const share = featureShare > 0 ? featureShare : usual;
  return Math.max(1, Math.min(features, Math.round(share * features)));
}

/** Figures of out-of-bag predictions, summed in an order that does not depend on that of the rows. */
function judge({ classes, label, weights }: Target, foretold: Float64Array, order: Int32Array): OutOfBag {
  const width = Math.max(1, classes.length);
  const likely = classes.length > 0 ? likeliest(foretold, width) : foretold;
  // Errors are divided by the largest before they are squared: labels may be near the largest number.
  let widest = 0;
  if (classes.length === 0)
    for (const i of order) if (Math.abs(foretold[i]! - label[i]!) > widest) widest = Math.abs(foretold[i]! - label[i]!);
  let rows = 0;
  let weight = 0;
  let first = 0;
  let loss = 0;
  for (const i of order) {
    if (Number.isNaN(foretold[i * width]!)) continue;
    rows++;
    weight += weights[i]!;
    if (classes.length > 0) {
      first += likely[i] === label[i] ? weights[i]! : 0;
      loss -= weights[i]! * Math.log(Math.max(foretold[i * width + label[i]!]!, 1e-15));
    } else if (widest > 0) first += weights[i]! * ((foretold[i]! - label[i]!) / widest) ** 2;
  }
  if (rows === 0) return { rows };
  return classes.length > 0
    ? { rows, accuracy: first / weight, logLoss: loss / weight }
    : { rows, rmse: widest * Math.sqrt(first / weight) };
}
