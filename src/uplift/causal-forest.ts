/**
 * A causal forest: trees split where residual effects differ, and leaves filled by people whom the splits did not see
 * (honesty). A person's effect is the ratio of the leaves' mean products and mean squares of residuals; its standard error
 * comes from little bags: trees of one bag see the same half of the people, so the spread between bags, less what trees
 * within a bag differ by, is what another draw of people would change.
 *
 * @see Athey, Tibshirani, Wager (2019), Annals of Statistics 47(2), sections 3 and 4 (half-sampling and little bags)
 */
import { random, shuffled, split } from '#kernels/random.ts';
import { fitForest, forest, leafOf, rawScores, readerOf, type Tree, type TreeEnsemble } from '#learners/index.ts';
import { type Table, take } from '#table/index.ts';
import { type FitOptions, type Nuisance, residuals } from './nuisance.ts';
import type { Trial } from './trial.ts';

/** Plain data. */
export interface ForestEffects {
  /** [bags x 2] halves of a bag: forests of two outputs, mean products and mean squares of residuals. */
  readonly halves: readonly TreeEnsemble[];
  /** Effect of everyone: what is said where no tree knows more. */
  readonly average: number;
  /** Weight of the average in each leaf, in squares of residuals. */
  readonly people: number;
}

export interface ForestSettings {
  readonly bags: number;
  /** Trees of each of a bag's two halves. */
  readonly trees: number;
  readonly minRows: number;
}

const settingsOf = (rows: number): ForestSettings => ({
  bags: 50,
  trees: 2,
  minRows: Math.round(Math.min(400, Math.max(10, rows / 250))),
});

/** Names that no analyst's column has. */
const LABEL = '\u0000residual';
const WEIGHT = '\u0000square';

/** Fits the forest on the residuals of a trial. */
export function fitCausalForest(
  trial: Trial,
  nuisance: Nuisance,
  { seed, threads }: FitOptions,
  settings: ForestSettings = settingsOf(trial.treated.length),
): ForestEffects {
  const { label, weights } = residuals(trial, nuisance);
  const rows = label.length;
  let [products, squares] = [0, 0];
  for (let i = 0; i < rows; i++) {
    products += weights[i]! * label[i]!;
    squares += weights[i]!;
  }
  const columns = {
    ...trial.data.columns,
    [LABEL]: { kind: 'number', values: label } as const,
    [WEIGHT]: { kind: 'number', values: weights } as const,
  };
  const data: Table = { length: rows, columns };
  const halves: TreeEnsemble[] = [];
  for (let bag = 0; bag < settings.bags; bag++) {
    const half = shuffled(rows, random(split(seed, 'bag', bag))).subarray(0, Math.ceil(rows / 2));
    for (const side of [0, 1]) {
      const own = split(seed, 'half', bag, side);
      const order = shuffled(half.length, random(own));
      const cut = Math.ceil(half.length / 2);
      const grow = order
        .subarray(0, cut)
        .map((at) => half[at]!)
        .sort();
      const fill = order
        .subarray(cut)
        .map((at) => half[at]!)
        .sort();
      const params = {
        ...({ ...forest.defaults, task: 'regress', label: LABEL, weight: WEIGHT, features: trial.features } as const),
        ...{ trees: settings.trees, bootstrap: false, featureShare: shareOf(trial.features.length) },
        minRows: Math.max(1, Math.min(settings.minRows, Math.floor(grow.length / 4))),
        ...(threads === undefined ? {} : { threads }),
      };
      const { model } = fitForest('forest', take(data, grow), params, own);
      halves.push(filled(model, take(data, fill)));
    }
  }
  return { halves, average: products / squares, people: squares / rows };
}

/** Features that each split chooses among: a third, and a few more where there are few. */
const shareOf = (features: number): number => Math.min(1, (features / 3 + 3) / features);

/** The same trees with leaves of those who did not grow them: mean product and mean square of residuals. */
function filled(model: TreeEnsemble, data: Table): TreeEnsemble {
  const label = data.columns[LABEL] as { values: Float64Array };
  const weight = data.columns[WEIGHT] as { values: Float64Array };
  const readers = model.inputs.map(({ feature, categories }) => readerOf(data.columns[feature]!, categories));
  const cells = Float64Array.from({ length: data.length * readers.length }, (_, at) =>
    readers[at % readers.length]!(Math.floor(at / readers.length)),
  );
  const trees = model.trees.map((tree): Tree => {
    const sets = tree.leftSets?.map((set) => set && new Set(set));
    const leaves = tree.value.length;
    const sums = new Float64Array(3 * leaves);
    for (let i = 0; i < data.length; i++) {
      const leaf = leafOf(tree, cells.subarray(i * readers.length, (i + 1) * readers.length), sets);
      sums[3 * leaf]! += weight.values[i]! * label.values[i]!;
      sums[3 * leaf + 1]! += weight.values[i]!;
      sums[3 * leaf + 2]! += 1;
    }
    // A leaf that nobody fills says nothing: no products and no squares.
    const value = Array.from({ length: 2 * leaves }, (_, at) => {
      const leaf = at >> 1;
      const count = sums[3 * leaf + 2]!;
      return count === 0 ? 0 : sums[3 * leaf + (at & 1)]! / count;
    });
    return { ...tree, value };
  });
  return { ...model, task: 'regress', width: 2, base: [0, 0], link: 'identity', average: true, trees };
}

export interface ForestPrediction {
  readonly effect: Float64Array;
  readonly standardError: Float64Array;
}

/** Effect of each person and its standard error. */
export function predictCausalForest(model: ForestEffects, data: Table, threads?: number): ForestPrediction {
  const { halves, average } = model;
  const rows = data.length;
  const scores = halves.map((half) => rawScores(half, data, threads));
  const [products, squares] = [new Float64Array(rows), new Float64Array(rows)];
  for (const own of scores)
    for (let i = 0; i < rows; i++) {
      products[i]! += own[2 * i]! / halves.length;
      squares[i]! += own[2 * i + 1]! / halves.length;
    }
  const effect = products.map((product, i) => (squares[i]! > 0 ? product / squares[i]! : average));
  const standardError = new Float64Array(rows);
  const bags = halves.length / 2;
  for (let i = 0; i < rows; i++) {
    // Deviation of each half from the estimating equation at the effect: products - effect x squares.
    let [between, within] = [0, 0];
    for (let bag = 0; bag < bags; bag++) {
      const off = [0, 1].map((side) => {
        const own = scores[2 * bag + side]!;
        return own[2 * i]! - effect[i]! * own[2 * i + 1]!;
      }) as [number, number];
      const middle = (off[0] + off[1]) / 2;
      between += middle * middle;
      within += (off[0] - off[1]) ** 2 / 2;
    }
    const variance = between / Math.max(1, bags - 1) - within / bags / 2;
    const floor = between / Math.max(1, bags - 1) / 10;
    standardError[i] = squares[i]! > 0 ? Math.sqrt(Math.max(variance, floor)) / squares[i]! : Number.POSITIVE_INFINITY;
  }
  return { effect, standardError };
}
