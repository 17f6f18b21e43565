/** A tree ensemble as an ONNX graph: TreeEnsembleRegressor for the raw scores, plain operators for the link. */
import { floor32 } from '#kernels/float32.ts';
import type { Link, Tree, TreeEnsemble } from '../../trees/ensemble.ts';
import type { GraphBuilder } from './graph.ts';
import { type Attribute, attribute } from './proto.ts';

/** The place of each split's feature among the columns that the trees read. */
interface Columns {
  /** Name of the tensor [rows, columns]. */
  readonly tensor: string;
  /** Of an input that is a number. */
  readonly numberAt: ReadonlyMap<number, number>;
  /** Of a split by category, by its key: a column that is 1 where the row goes left. */
  readonly sideAt: ReadonlyMap<string, number>;
}

/**
 * Adds the ensemble to the graph.
 *
 * @returns name of the tensor of predictions, [rows, classes] or [rows, 1], float32
 */
export function addTrees(graph: GraphBuilder, model: TreeEnsemble): string {
  const columns = addColumns(graph, model);
  const scores = graph.mlNode('TreeEnsembleRegressor', [columns.tensor], treeAttributes(model, columns));
  return LINKS_OUT[model.link](graph, scores, model);
}

function addColumns(graph: GraphBuilder, model: TreeEnsemble): Columns {
  const parts: string[] = [];
  const numberAt = new Map<number, number>();
  const sideAt = new Map<string, number>();
  let at = 0;
  for (const [f, { feature, categories }] of model.inputs.entries()) {
    if (categories === undefined) {
      parts.push(graph.column(feature, 'float'));
      numberAt.set(f, at++);
      continue;
    }
    const input = graph.column(feature, 'string');
    const sides = sidesOf(model, f);
    if (sides.size === 0) continue;
    parts.push(addSides(graph, input, categories, [...sides.values()]));
    for (const key of sides.keys()) sideAt.set(key, at++);
  }
  if (parts.length === 0) parts.push(noColumn(graph, model));
  return { tensor: graph.concat(parts), numberAt, sideAt };
}

/** Of trees that never split: a column of zeros, for the number of rows. */
function noColumn(graph: GraphBuilder, { inputs }: TreeEnsemble): string {
  return graph.mlNode(
    'LabelEncoder',
    [inputs[0]!.feature],
    [
      attribute('keys_strings', { strings: [''] }),
      attribute('values_floats', { floats: [0] }),
      attribute('default_float', { f: 0 }),
    ],
  );
}

interface Side {
  readonly left: readonly number[];
  readonly missingLeft: boolean;
}

const sideKey = (feature: number, { left, missingLeft }: Side): string => `${feature} ${missingLeft} ${left.join()}`;

function sideOf(tree: Tree, split: number): Side | undefined {
  const left = tree.leftSets?.[split];
  return left === undefined || left === null ? undefined : { left, missingLeft: tree.missingLeft[split] === 1 };
}

/** The different ways in which splits part the categories of an input. */
function sidesOf({ trees }: TreeEnsemble, feature: number): Map<string, Side> {
  const sides = new Map<string, Side>();
  for (const tree of trees)
    for (const [split, own] of tree.feature.entries()) {
      const side = own === feature ? sideOf(tree, split) : undefined;
      if (side !== undefined) sides.set(sideKey(feature, side), side);
    }
  return sides;
}

/** Category to its number (one more for all others), and the number to a row of ones and zeros, one a side. */
function addSides(graph: GraphBuilder, input: string, categories: readonly string[], sides: readonly Side[]): string {
  const codes = graph.mlNode(
    'LabelEncoder',
    [input],
    [
      attribute('keys_strings', { strings: categories }),
      attribute('values_int64s', { ints: categories.map((_, c) => c) }),
      attribute('default_int64', { i: categories.length }),
    ],
  );
  const rows = graph.node('Reshape', [codes, graph.constant([-1], [1], 'int64')]);
  const table = new Float64Array((categories.length + 1) * sides.length);
  for (const [s, { left, missingLeft }] of sides.entries()) {
    for (const c of left) table[c * sides.length + s] = 1;
    if (missingLeft) table[categories.length * sides.length + s] = 1;
  }
  const sidesTable = graph.constant(table, [categories.length + 1, sides.length], 'float');
  return graph.node('Gather', [sidesTable, rows], [attribute('axis', { i: 0 })]);
}

/** Numbers of nodes as the operator wants them: splits and leaves in one count, the root first. */
function treeAttributes(model: TreeEnsemble, { numberAt, sideAt }: Columns): Attribute[] {
  const nodes = { tree: [], id: [], feature: [], value: [], yes: [], no: [], missing: [] } as Record<
    NodeList,
    number[]
  >;
  const targets = { tree: [], id: [], target: [], weight: [] } as Record<'tree' | 'id' | 'target' | 'weight', number[]>;
  const modes: string[] = [];
  for (const [t, tree] of model.trees.entries()) {
    const splits = tree.feature.length;
    const idOf = (child: number): number => (child >= 0 ? child : splits - 1 - child);
    for (let s = 0; s < splits; s++) {
      const side = sideOf(tree, s);
      modes.push(side === undefined ? 'BRANCH_LEQ' : 'BRANCH_GT');
      const at = side === undefined ? numberAt.get(tree.feature[s]!) : sideAt.get(sideKey(tree.feature[s]!, side));
      addNode(nodes, {
        ...{ tree: t, id: s, feature: at!, yes: idOf(tree.left[s]!), no: idOf(tree.right[s]!) },
        value: side === undefined ? floor32(tree.threshold[s]!) : 0.5,
        missing: side === undefined ? tree.missingLeft[s]! : 0,
      });
    }
    const leaves = tree.leafCover.length;
    const width = tree.value.length / leaves;
    for (let l = 0; l < leaves; l++) {
      modes.push('LEAF');
      addNode(nodes, { tree: t, id: splits + l, feature: 0, value: 0, yes: 0, no: 0, missing: 0 });
      for (let k = 0; k < width; k++) {
        targets.tree.push(t);
        targets.id.push(splits + l);
        targets.target.push(width === 1 ? t % model.width : k);
        targets.weight.push(tree.value[l * width + k]!);
      }
    }
  }
  return [
    attribute('n_targets', { i: model.width }),
    attribute('aggregate_function', { s: model.average ? 'AVERAGE' : 'SUM' }),
    attribute('post_transform', { s: 'NONE' }),
    attribute('base_values', { floats: model.base }),
    attribute('nodes_treeids', { ints: nodes.tree }),
    attribute('nodes_nodeids', { ints: nodes.id }),
    attribute('nodes_featureids', { ints: nodes.feature }),
    attribute('nodes_values', { floats: nodes.value }),
    attribute('nodes_modes', { strings: modes }),
    attribute('nodes_truenodeids', { ints: nodes.yes }),
    attribute('nodes_falsenodeids', { ints: nodes.no }),
    attribute('nodes_missing_value_tracks_true', { ints: nodes.missing }),
    attribute('target_treeids', { ints: targets.tree }),
    attribute('target_nodeids', { ints: targets.id }),
    attribute('target_ids', { ints: targets.target }),
    attribute('target_weights', { floats: targets.weight }),
  ];
}

type NodeList = 'tree' | 'id' | 'feature' | 'value' | 'yes' | 'no' | 'missing';

function addNode(nodes: Record<NodeList, number[]>, node: Readonly<Record<NodeList, number>>): void {
  for (const name of Object.keys(nodes) as NodeList[]) nodes[name].push(node[name]);
}

type LinkOut = (graph: GraphBuilder, scores: string, model: TreeEnsemble) => string;

const one = (graph: GraphBuilder): string => graph.constant([1], [1, 1], 'float');

const LINKS_OUT: Readonly<Record<Link, LinkOut>> = {
  identity: (_graph, scores) => scores,
  shares: (_graph, scores) => scores,
  log: (graph, scores) => graph.node('Exp', [scores]),
  softmax: (graph, scores) => graph.node('Softmax', [scores], [attribute('axis', { i: 1 })]),
  logit: (graph, scores) =>
    graph.concat([graph.node('Sigmoid', [graph.node('Neg', [scores])]), graph.node('Sigmoid', [scores])]),
  ordinal: (graph, scores, { cuts = [] }) => {
    const below = graph.node('Sigmoid', [graph.node('Sub', [graph.constant(cuts, [1, cuts.length], 'float'), scores])]);
    const nothing = graph.node('Sub', [scores, scores]);
    const all = graph.node('Add', [nothing, one(graph)]);
    return graph.node('Sub', [graph.concat([below, all]), graph.concat([nothing, below])]);
  },
  lognormal: (graph, scores) => {
    const [above, center, spread] = [0, 1, 2].map((k) =>
      graph.node('Gather', [scores, graph.constant([k], [1], 'int64')], [attribute('axis', { i: 1 })]),
    ) as [string, string, string];
    const [least, most] = [graph.constant([-5], [], 'float'), graph.constant([2], [], 'float')];
    const deviation = graph.node('Exp', [graph.node('Clip', [spread, least, most])]);
    const half = graph.node('Mul', [graph.node('Mul', [deviation, deviation]), graph.constant([0.5], [1, 1], 'float')]);
    return graph.node('Mul', [graph.node('Sigmoid', [above]), graph.node('Exp', [graph.node('Add', [center, half])])]);
  },
};
