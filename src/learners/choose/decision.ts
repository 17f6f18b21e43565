/** From chances to a class, as data: the likeliest, or a rule tuned to the figure that counts. */
import { classesByCuts, cutPoints, expectedClass } from '../calibrate/cut-points.ts';
import { likeliest } from '../learner.ts';

export type Decision =
  | { readonly kind: 'likeliest' }
  /** For an order: (1 - mode) x expected class index + mode x index of the likeliest class, cut at rising points. */
  | { readonly kind: 'cuts'; readonly mode: number; readonly cuts: readonly number[] }
  /** For names: the class with the greatest chance times its factor. */
  | { readonly kind: 'factors'; readonly factors: readonly number[] };

/** [rows] index of the class that a decision takes for chances [rows x classCount]. */
export function decided(decision: Decision, chances: Float64Array, classCount: number): Float64Array {
  if (decision.kind === 'likeliest') return likeliest(chances, classCount);
  if (decision.kind === 'cuts') return classesByCuts(orderScore(chances, classCount, decision.mode), decision.cuts);
  return likeliest(
    chances.map((p, at) => p * decision.factors[at % classCount]!),
    classCount,
  );
}

/** The score that cut points part: between the expected class and the likeliest one. */
function orderScore(chances: Float64Array, classCount: number, mode: number): Float64Array {
  const expected = expectedClass(chances, classCount);
  if (mode === 0) return expected;
  const top = likeliest(chances, classCount);
  return expected.map((own, i) => (1 - mode) * own + mode * top[i]!);
}

/** Decision by cuts for an order, tuned to a figure on rows that the chances' model did not learn from. */
export function cutDecision(
  chances: Float64Array,
  labels: ArrayLike<number>,
  given: {
    readonly classCount: number;
    readonly mode: number;
    readonly goal: Parameters<typeof cutPoints>[2]['goal'];
    readonly weights?: ArrayLike<number> | undefined;
  },
): Decision {
  const { classCount, mode, goal, weights } = given;
  const cuts = cutPoints(orderScore(chances, classCount, mode), labels, { classCount, goal, weights });
  return { kind: 'cuts', mode, cuts: Array.from(cuts) };
}

const STEPS = [-0.8, -0.4, -0.2, -0.1, 0.1, 0.2, 0.4, 0.8];

/**
 * Decision by factors: one class after another is favoured or held back by steps of its factor's logarithm as long as the
 * score rises by more than `least`, twice around.
 *
 * @param scoreOf of decided classes, more is better
 */
export function factorDecision(
  chances: Float64Array,
  classCount: number,
  { scoreOf, least = 1e-4 }: { scoreOf: (classes: Float64Array) => number; least?: number },
): Decision {
  const logs = Array<number>(classCount).fill(0);
  const told = (at: readonly number[]): Decision => ({ kind: 'factors', factors: at.map(Math.exp) });
  let best = scoreOf(likeliest(chances, classCount));
  for (let round = 0; round < 2; round++)
    for (let k = 0; k < classCount; k++) {
      const from = logs[k]!;
      for (const step of STEPS) {
        const tried = logs.with(k, from + step);
        const score = scoreOf(decided(told(tried), chances, classCount));
        if (score > best + least) [best, logs[k]] = [score, from + step];
      }
    }
  return told(logs);
}
