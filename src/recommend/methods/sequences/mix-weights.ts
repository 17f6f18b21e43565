/** How much each of several rankers counts in their product: weights that make what came next likeliest. */
import { cholesky, solveLower, solveUpper } from '#kernels/linear.ts';
import { emptyTop, topOf } from '#kernels/top-k.ts';

/** For one history: candidates, with what each ranker says of them. */
export interface Choice {
  /** [candidates x rankers] logarithms of chances */
  readonly logs: Float64Array;
  /** Which candidate came next. */
  readonly right: number;
}

/** Best items of each ranker that are candidates. */
const DEPTH = 100;

/**
 * Candidates of one history: the best of each ranker, and the right one.
 *
 * @param logs of each ranker [items]
 */
export function choiceOf(logs: readonly Float64Array[], wanted: number): Choice {
  const top = emptyTop(DEPTH);
  const among = new Set([wanted]);
  for (const own of logs) {
    topOf(top, own, 0, own.length);
    for (let r = 0; r < top.size; r++) among.add(top.indices[r]!);
  }
  const values = new Float64Array(among.size * logs.length);
  let at = 0;
  for (const item of among) for (const own of logs) values[at++] = own[item]!;
  return { logs: values, right: 0 };
}

const STEPS = 25;
/** Pull of each weight to 1 / rankers, in histories. */
const PRIOR = 1;

/**
 * Weights w of the model chance(i) ~ exp(sum_r w_r log_ri) over the candidates, by Newton's method with a weak pull to
 * equal shares; a ranker that does harm gets 0.
 *
 * @see McFadden (1974), Conditional logit analysis of qualitative choice behavior
 * @returns [rankers] at least 0
 */
export function learnWeights(choices: readonly Choice[], rankers: number): Float64Array {
  let active = Array.from({ length: rankers }, (_, r) => r);
  for (;;) {
    const found = newton(choices, rankers, active);
    const worst = active.reduce((a, b) => (found[b]! < found[a]! ? b : a));
    if (!(found[worst]! < 0) || active.length === 1) return found.map((weight) => Math.max(0, weight));
    active = active.filter((r) => r !== worst);
  }
}

function newton(choices: readonly Choice[], rankers: number, active: readonly number[]): Float64Array {
  const n = active.length;
  const weights = new Float64Array(rankers);
  for (const r of active) weights[r] = 1 / n;
  let before = Number.POSITIVE_INFINITY;
  let step = new Float64Array(n);
  for (let t = 0; t < STEPS; t++) {
    const { loss, slope, curve } = derivatives(choices, weights, active);
    if (loss > before + 1e-9) {
      // too far: half the way back, until it falls
      for (const [i, r] of active.entries()) weights[r]! -= step[i]! / 2;
      step = step.map((value) => value / 2);
      continue;
    }
    before = loss;
    step = solved(curve, slope);
    for (const [i, r] of active.entries()) weights[r]! += step[i]!;
    if (step.every((value) => Math.abs(value) < 1e-7)) break;
  }
  return weights;
}

/** Negative log likelihood with its pull, what lessens it, and its curvature. */
function derivatives(choices: readonly Choice[], weights: Float64Array, active: readonly number[]) {
  const n = active.length;
  const rankers = weights.length;
  let loss = 0;
  const slope = new Float64Array(n);
  const curve = new Float64Array(n * n);
  for (const [i, r] of active.entries()) {
    const gap = weights[r]! - 1 / n;
    loss += (PRIOR * gap * gap) / 2;
    slope[i]! -= PRIOR * gap;
    curve[i * n + i]! += PRIOR;
  }
  const mean = new Float64Array(n);
  for (const { logs, right } of choices) {
    const count = logs.length / rankers;
    const z = new Float64Array(count);
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < count; c++) {
      for (const r of active) z[c]! += weights[r]! * logs[c * rankers + r]!;
      if (z[c]! > most) most = z[c]!;
    }
    let sum = 0;
    for (let c = 0; c < count; c++) sum += Math.exp(z[c]! - most);
    loss += Math.log(sum) + most - z[right]!;
    mean.fill(0);
    for (let c = 0; c < count; c++) {
      const p = Math.exp(z[c]! - most) / sum;
      for (let i = 0; i < n; i++) {
        const x = logs[c * rankers + active[i]!]!;
        mean[i]! += p * x;
        for (let j = 0; j <= i; j++) curve[i * n + j]! += p * x * logs[c * rankers + active[j]!]!;
      }
    }
    for (let i = 0; i < n; i++) {
      slope[i]! += logs[right * rankers + active[i]!]! - mean[i]!;
      for (let j = 0; j <= i; j++) curve[i * n + j]! -= mean[i]! * mean[j]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) curve[j * n + i] = curve[i * n + j]!;
  return { loss, slope, curve };
}

/** x of a x = b for a small positive definite a; all of b halved where it is not. */
function solved(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const n = b.length;
  const factor = cholesky(a, n);
  return factor === null
    ? b.map((value) => value / 2)
    : Float64Array.from(solveUpper(factor, solveLower(factor, b, 1), 1));
}
