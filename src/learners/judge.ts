/** How good predictions of a task are: the figures that fit it. */
import {
  auc,
  confusion,
  gini,
  logLoss,
  meanAbsoluteError,
  ndcg,
  rootMeanSquareError,
  spearman,
  tierMetrics,
} from '#kernels/metrics.ts';
import { likeliest, type Task } from './learner.ts';

export interface Judged {
  readonly task: Task;
  /** Names of the classes in the order of the chances; empty for regress and rank. */
  readonly classes: readonly string[];
  /** [rows x classes] chances, row-major; [rows] numbers or scores. */
  readonly predicted: Float64Array;
  /** [rows] index of the class, or the number. */
  readonly target: ArrayLike<number>;
  /** [rows] >= 0; counts in all figures but gini of numbers, spearman and ndcg. Default: 1 each. */
  readonly weights?: ArrayLike<number> | undefined;
  /** [rows] index of the class that is decided for; default: the likeliest. */
  readonly decided?: ArrayLike<number> | undefined;
  /** rank: [rows] index of the group; default: all rows are one. */
  readonly groups?: ArrayLike<number> | undefined;
}

/** The figure that a choice between learners goes by, and whether more of it is better. */
export const MAIN_METRIC: Readonly<Record<Task, { readonly name: string; readonly isHigherBetter: boolean }>> = {
  classify: { name: 'logLoss', isHigherBetter: false },
  ordinal: { name: 'qwk', isHigherBetter: true },
  regress: { name: 'rmse', isHigherBetter: false },
  rank: { name: 'ndcg', isHigherBetter: true },
};

/**
 * Figures by name; one that the rows do not allow (auc where all are of one class) is left out.
 *
 * - classify: accuracy, macroF1, macroRecall, auc, logLoss, gini; also qwk where the classes are numbers
 * - ordinal: the same with qwk; the expected class index is the score of gini
 * - regress: rmse, mae, gini, spearman
 * - rank: ndcg, the mean over the groups with a gain; gains are the labels, those below zero count as zero
 *
 * Of several classes auc is the mean of each class against the rest. Of two, gini is 2 auc - 1; of several that are
 * numbers or ordered it is that of the class index by its expectation, of others again 2 auc - 1.
 */
export function judge(judged: Judged): Record<string, number> {
  const figures =
    judged.task === 'regress' ? ofNumbers(judged) : judged.task === 'rank' ? ofRanking(judged) : ofClasses(judged);
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => Number.isFinite(figure)));
}

function ofClasses({ task, classes, predicted, target, weights, decided }: Judged): Record<string, number> {
  const count = classes.length;
  const counts = confusion(target, decided ?? likeliest(predicted, count), count, weights);
  const { accuracy, macroF1, macroRecall, kappa } = tierMetrics(counts, count);
  const isOrdered = task === 'ordinal' || classes.every((name) => name !== '' && Number.isFinite(Number(name)));
  const area = areaOf(judgedClasses(predicted, target, count), weights);
  const expected = Float64Array.from(target, (_, i) => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += k * predicted[i * count + k]!;
    return sum;
  });
  return {
    accuracy,
    macroF1,
    macroRecall,
    ...(isOrdered ? { qwk: kappa } : {}),
    auc: area,
    logLoss: logLoss(target, predicted, count, weights),
    gini: count > 2 && isOrdered ? gini(target, expected) : 2 * area - 1,
  };
}

/** Of each class: whether a row is of it, and its chance. Of two classes only the second: the first mirrors it. */
function judgedClasses(predicted: Float64Array, target: ArrayLike<number>, count: number) {
  const asked = count === 2 ? [1] : Array.from({ length: count }, (_, k) => k);
  return asked.map((k) => ({
    hit: Uint8Array.from(target, (label) => (label === k ? 1 : 0)),
    chance: Float64Array.from(target, (_, i) => predicted[i * count + k]!),
  }));
}

/** Mean over the classes that some rows have and others have not. */
function areaOf(sides: ReturnType<typeof judgedClasses>, weights: Judged['weights']): number {
  const areas = sides.map(({ hit, chance }) => auc(hit, chance, weights)).filter(Number.isFinite);
  return areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

function ofNumbers({ predicted, target, weights }: Judged): Record<string, number> {
  return {
    rmse: rootMeanSquareError(target, predicted, weights),
    mae: meanAbsoluteError(target, predicted, weights),
    gini: gini(target, predicted),
    spearman: spearman(target, predicted),
  };
}

function ofRanking({ predicted, target, groups }: Judged): Record<string, number> {
  const members = new Map<number, number[]>();
  for (let i = 0; i < target.length; i++) {
    const group = groups?.[i] ?? 0;
    const rows = members.get(group);
    if (rows === undefined) members.set(group, [i]);
    else rows.push(i);
  }
  let sum = 0;
  let judged = 0;
  for (const rows of members.values()) {
    const gained = ndcg(
      rows.map((i) => Math.max(target[i]!, 0)),
      rows.map((i) => predicted[i]!),
    );
    if (!Number.isFinite(gained)) continue;
    sum += gained;
    judged++;
  }
  return { ndcg: sum / judged };
}
