/** TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml as our own ensemble of trees. */
import { neighbour32, roundsTo32 } from '#kernels/float32.ts';
import type { Link, Tree, TreeEnsemble } from '../../trees/ensemble.ts';
import { attributesOf, type GraphNode } from './proto.ts';

type Attributes = ReturnType<typeof attributesOf>;

/**
 * The ensemble of a node, or why it cannot be held. Covers, which the format lacks, are the numbers of leaves.
 *
 * @param isFloat the node reads float32: a number that is not one is rounded there, and thresholds are moved so that it
 *   falls on the same side here
 */
export function ensembleOf(
  node: GraphNode,
  features: readonly string[],
  isFloat: boolean,
): { model: TreeEnsemble } | { reason: string } {
  const read = attributesOf(node);
  const isClassifier = node.opType === 'TreeEnsembleClassifier';
  const classes = isClassifier
    ? [...read.texts('classlabels_strings'), ...read.numbers('classlabels_int64s').map(String)]
    : [];
  const scores = scoresOf(read, isClassifier ? 'class' : 'target');
  const told = isClassifier ? classScores(read, classes, scores) : targetScores(read, scores);
  if ('reason' in told) return told;
  const trees = treesOf(read, scores, { leaf: told.leaf, isFloat });
  if ('reason' in trees) return trees;
  const outside = trees.trees.some(({ feature }) => feature.some((f) => f >= features.length));
  if (outside) return { reason: `its trees read more than ${features.length} columns` };
  return {
    model: {
      ...{ kind: told.average ? 'forest' : 'boosting', task: isClassifier ? 'classify' : 'regress', classes, features },
      inputs: features.map((feature) => ({ feature })),
      ...{ link: told.link, width: told.width, base: told.base, trees: trees.trees, average: told.average },
    },
  };
}

/** What leaves add: by tree and node, pairs of score and weight. */
type Scores = ReadonlyMap<string, readonly (readonly [score: number, weight: number])[]>;

function scoresOf({ numbers }: Attributes, of: 'class' | 'target'): Scores {
  const found = new Map<string, [number, number][]>();
  const [trees, nodes, ids, weights] = [`${of}_treeids`, `${of}_nodeids`, `${of}_ids`, `${of}_weights`].map(
    numbers,
  ) as [readonly number[], readonly number[], readonly number[], readonly number[]];
  for (const [i, tree] of trees.entries()) {
    const key = `${tree} ${nodes[i]}`;
    const list = found.get(key) ?? [];
    list.push([ids[i]!, weights[i]!]);
    found.set(key, list);
  }
  return found;
}

interface Told {
  readonly link: Link;
  readonly width: number;
  readonly base: readonly number[];
  readonly average: boolean;
  /** [width] what a leaf adds, of the pairs of score and weight that it has in the file. */
  readonly leaf: (pairs: readonly (readonly [score: number, weight: number])[]) => number[];
}

function classScores(read: Attributes, classes: readonly string[], scores: Scores): Told | { reason: string } {
  const used = new Set([...scores.values()].flatMap((list) => list.map(([score]) => score)));
  const transform = read.text('post_transform', 'NONE');
  const base = read.numbers('base_values');
  // Means over the trees stand for sums.
  const factor = new Set(read.numbers('nodes_treeids')).size;
  const count = classes.length;
  const isOne = count === 2 && used.size <= 1;
  const only = [...used][0] ?? 1;
  const first = base.length === 2 ? base[only]! : (base[0] ?? 0);
  if (isOne && transform === 'LOGISTIC')
    return { link: 'logit', width: 1, base: [first], average: false, leaf: (pairs) => [sumOf(pairs)] };
  if (isOne && transform === 'NONE')
    return {
      ...{ link: 'shares', width: 2, base: [1 - first, first], average: true },
      leaf: (pairs) => [-factor * sumOf(pairs), factor * sumOf(pairs)],
    };
  const link = transform === 'SOFTMAX' ? 'softmax' : transform === 'NONE' ? 'shares' : undefined;
  if (link === undefined) return { reason: `its scores are told by ${transform}` };
  return {
    ...{ link, width: count, base: classes.map((_, k) => base[k] ?? 0), average: true },
    leaf: (pairs) => classes.map((_, k) => factor * sumOf(pairs.filter(([score]) => score === k))),
  };
}

const sumOf = (pairs: readonly (readonly [score: number, weight: number])[]): number =>
  pairs.reduce((sum, [, weight]) => sum + weight, 0);

function targetScores(read: Attributes, scores: Scores): Told | { reason: string } {
  const aggregate = read.text('aggregate_function', 'SUM');
  const transform = read.text('post_transform', 'NONE');
  if (read.number('n_targets', 1) !== 1) return { reason: 'it foretells several numbers' };
  if (transform !== 'NONE' || !['SUM', 'AVERAGE'].includes(aggregate))
    return { reason: `its scores are told by ${aggregate} and ${transform}` };
  if (scores.size === 0) return { reason: 'its trees have no leaves' };
  const base = [read.numbers('base_values')[0] ?? 0];
  return { link: 'identity', width: 1, base, average: aggregate === 'AVERAGE', leaf: (pairs) => [sumOf(pairs)] };
}

interface TreeOptions extends Pick<Told, 'leaf'> {
  readonly isFloat: boolean;
}

/** Where each node's entries are, by tree and then by number. */
type Places = ReadonlyMap<number, ReadonlyMap<number, number>>;

function treesOf(read: Attributes, scores: Scores, options: TreeOptions): { trees: Tree[] } | { reason: string } {
  const { numbers, texts } = read;
  const modes = texts('nodes_modes');
  const odd = modes.find((mode) => mode !== 'LEAF' && LIMITS[mode] === undefined);
  if (odd !== undefined) return { reason: `its trees split by ${odd}` };
  const places = new Map<number, Map<number, number>>();
  const ids = numbers('nodes_nodeids');
  for (const [i, tree] of numbers('nodes_treeids').entries()) {
    const own = places.get(tree) ?? new Map<number, number>();
    own.set(ids[i]!, i);
    places.set(tree, own);
  }
  const nodes: NodeArrays = {
    modes,
    feature: numbers('nodes_featureids'),
    value: numbers('nodes_values'),
    yes: numbers('nodes_truenodeids'),
    no: numbers('nodes_falsenodeids'),
    missing: numbers('nodes_missing_value_tracks_true'),
  };
  return { trees: [...places.keys()].map((tree) => treeOf(tree, places, nodes, scores, options)) };
}

interface NodeArrays {
  readonly modes: readonly string[];
  readonly feature: readonly number[];
  readonly value: readonly number[];
  readonly yes: readonly number[];
  readonly no: readonly number[];
  readonly missing: readonly number[];
}

/** How a comparison becomes x <= limit, and whether the branch that is taken then is the one of "no". */
const LIMITS: Readonly<Record<string, { readonly isStrict: boolean; readonly isTurned: boolean } | undefined>> = {
  BRANCH_LEQ: { isStrict: false, isTurned: false },
  BRANCH_LT: { isStrict: true, isTurned: false },
  BRANCH_GT: { isStrict: false, isTurned: true },
  BRANCH_GTE: { isStrict: true, isTurned: true },
};

function limitOf(value: number, isStrict: boolean, isFloat: boolean): number {
  if (isFloat) return roundsTo32(isStrict ? neighbour32(Math.fround(value), 'down') : Math.fround(value));
  if (!isStrict) return value;
  const step = Math.max(Math.abs(value) * Number.EPSILON * 0.5, Number.MIN_VALUE);
  return value - step < value ? value - step : value - 2 * step;
}

function treeOf(tree: number, places: Places, nodes: NodeArrays, scores: Scores, options: TreeOptions): Tree {
  const own = places.get(tree)!;
  const made = {
    feature: [] as number[],
    threshold: [] as number[],
    missingLeft: [] as number[],
    left: [] as number[],
    right: [] as number[],
    value: [] as number[],
    splitCover: [] as number[],
    leafCover: [] as number[],
    gain: [] as number[],
  };
  /** Adds the node and all below it; its number, and its leaves. */
  const add = (id: number): { child: number; leaves: number } => {
    const at = own.get(id)!;
    const limit = LIMITS[nodes.modes[at]!];
    if (limit === undefined) {
      made.value.push(...options.leaf(scores.get(`${tree} ${id}`) ?? []));
      made.leafCover.push(1);
      return { child: -made.leafCover.length, leaves: 1 };
    }
    const split = made.feature.push(nodes.feature[at]!) - 1;
    made.threshold.push(limitOf(nodes.value[at]!, limit.isStrict, options.isFloat));
    made.missingLeft.push((nodes.missing[at] ?? 0) === (limit.isTurned ? 0 : 1) ? 1 : 0);
    made.gain.push(0);
    const left = add(limit.isTurned ? nodes.no[at]! : nodes.yes[at]!);
    const right = add(limit.isTurned ? nodes.yes[at]! : nodes.no[at]!);
    made.left[split] = left.child;
    made.right[split] = right.child;
    made.splitCover[split] = left.leaves + right.leaves;
    return { child: split, leaves: left.leaves + right.leaves };
  };
  add(rootOf(own, nodes));
  return made;
}

/** The node that is nobody's child. */
function rootOf(own: ReadonlyMap<number, number>, { modes, yes, no }: NodeArrays): number {
  const children = new Set<number>();
  for (const at of own.values())
    if (modes[at] !== 'LEAF') {
      children.add(yes[at]!);
      children.add(no[at]!);
    }
  return [...own.keys()].find((id) => !children.has(id)) ?? 0;
}
