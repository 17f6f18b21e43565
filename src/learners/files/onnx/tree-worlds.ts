/** Small random ensembles and tables for tests. */
import { random } from '#kernels/random.ts';
import { numbers, type Table, table, texts } from '#table/index.ts';
import type { Link, Tree, TreeEnsemble } from '../../trees/ensemble.ts';

const CATEGORIES = ['red', 'green', 'blue', '黑', ''] as const;

/** Rows of float32 numbers with gaps, and of text with gaps and categories that no tree knows. */
export function randomTable(rows: number, seed: number): Table {
  const draw = random(seed);
  const number = () => (draw.uniform() < 0.1 ? null : Math.fround(draw.normal() * 2));
  const text = () => (draw.uniform() < 0.1 ? null : draw.uniform() < 0.1 ? 'pink' : CATEGORIES[draw.integer(4)]!);
  return table({
    age: numbers(Array.from({ length: rows }, number)),
    'spend 90d': numbers(Array.from({ length: rows }, number)),
    color: texts(Array.from({ length: rows }, text)),
  });
}

export interface WorldOptions {
  readonly link: Link;
  readonly width: number;
  readonly average?: boolean;
  readonly classes?: readonly string[];
  readonly cuts?: readonly number[];
  readonly trees?: number;
}

/** An ensemble with splits by number and by category. */
export function randomEnsemble(options: WorldOptions, seed: number): TreeEnsemble {
  const { link, width, average = false, classes = [], cuts, trees = 24 } = options;
  const draw = random(seed);
  const task = link === 'ordinal' ? 'ordinal' : classes.length > 0 ? 'classify' : 'regress';
  const leafWidth = average ? width : 1;
  return {
    ...{ kind: average ? 'forest' : 'boosting', task, classes, link, width, average },
    features: ['age', 'spend 90d', 'color'],
    inputs: [{ feature: 'age' }, { feature: 'spend 90d' }, { feature: 'color', categories: CATEGORIES.slice(0, 4) }],
    base: Array.from({ length: width }, () => (average ? 0 : draw.normal() / 4)),
    trees: Array.from({ length: trees }, (_, t) => randomTree(draw, t % 7, leafWidth, link === 'shares')),
    ...(cuts === undefined ? {} : { cuts }),
  };
}

function randomTree(draw: ReturnType<typeof random>, splits: number, width: number, areShares: boolean): Tree {
  const nodes = Array.from({ length: splits }, (_, s) => s);
  const feature = nodes.map(() => draw.integer(3));
  const value = Array.from({ length: splits + 1 }, () => {
    const leaf = Array.from({ length: width }, () => (areShares ? draw.uniform() : draw.normal() / 3));
    const sum = leaf.reduce((a, b) => a + b, 0);
    return areShares ? leaf.map((x) => x / sum) : leaf;
  });
  // Split s hangs under split floor((s - 1) / 2), as in a heap; what is left over are leaves.
  let leaves = 0;
  const child = (at: number): number => (at < splits ? at : -1 - leaves++);
  const children = nodes.map((s) => [child(2 * s + 1), child(2 * s + 2)] as const);
  return {
    feature,
    threshold: feature.map((f) => (f === 2 ? 0 : draw.normal())),
    missingLeft: nodes.map(() => draw.integer(2)),
    leftSets: feature.map((f) => (f === 2 ? [0, 1, 2, 3].filter(() => draw.uniform() < 0.5) : null)),
    left: children.map(([left]) => left),
    right: children.map(([, right]) => right),
    value: value.flat(),
    ...{ splitCover: nodes.map(() => 1), leafCover: value.map(() => 1), gain: nodes.map(() => 1) },
  };
}
