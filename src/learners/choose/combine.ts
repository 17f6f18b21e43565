/** Which blend of the members found holds best on folds that it was not made from. */
import type { Task } from '../learner.ts';
import type { Spread } from '../validation.ts';
import { type Blend, blended, greedySelection } from './blend.ts';
import { judgedAt, type Lesson, spreadOfScores, spreadOver } from './cross-validate.ts';
import { scoreOf } from './score.ts';
import { logPoolChances, poolChances, stackNumbers } from './stack.ts';

export const BLENDS = ['single', 'greedy', 'stack', 'product'] as const;
/**
 * single: the best member; greedy: selection by the figure; stack: non-negative weights of numbers, or of chances by log
 * loss; product: weighted product of chances, by log loss.
 */
export type BlendKind = (typeof BLENDS)[number];

/** Out-of-fold predictions of some members on the same rows. */
export interface Pool {
  readonly lesson: Lesson;
  /** Row numbers of the lesson. */
  readonly rows: Int32Array;
  /** [rows] */
  readonly foldOfRow: Int32Array;
  /** [members] of [rows x width] */
  readonly members: readonly Float64Array[];
  /** [members] score on all folds, more is better. */
  readonly scores: readonly number[];
  readonly metric: string;
}

export interface Combined {
  readonly kind: BlendKind;
  readonly blend: Blend;
  /** Score by fold of each kind, made from the other folds. */
  readonly tried: Readonly<Partial<Record<BlendKind, Spread>>>;
}

/** Kinds of blend that suit a task. */
export function blendsOf(task: Task): readonly BlendKind[] {
  if (task === 'rank') return ['single', 'greedy'];
  return task === 'regress' ? ['single', 'greedy', 'stack'] : BLENDS;
}

/** A slight pull to equal weights: members that say the same share their weight. */
const RIDGE = 0.001;

/**
 * Makes each kind of blend from all folds but one, judges it on that one, and makes the kind that was best on the mean from
 * all rows; of equals the simpler.
 */
export function combine(pool: Pool, kinds: readonly BlendKind[]): Combined {
  const asked = pool.members.length === 1 ? (['single'] as const) : kinds;
  const folds = Math.max(...pool.foldOfRow) + 1;
  const places = Int32Array.from(pool.rows, (_, at) => at);
  const tried: Partial<Record<BlendKind, Spread>> = {};
  let best: BlendKind = asked[0]!;
  for (const kind of asked) {
    const scores = Array.from({ length: folds }, (_, fold) => {
      const inside = partOf(pool, folds > 1 ? places.filter((at) => pool.foldOfRow[at] !== fold) : places);
      const outside = partOf(pool, folds > 1 ? places.filter((at) => pool.foldOfRow[at] === fold) : places);
      const made = blended(blendOf(kind, inside), outside.members, pool.lesson.width);
      return scoreOf(pool.metric, judgedAt(pool.lesson, outside.rows, made));
    });
    tried[kind] = spreadOfScores(scores, pool.metric, folds);
    if (tried[kind].mean > tried[best]!.mean) best = kind;
  }
  return { kind: best, blend: blendOf(best, pool), tried };
}

/** Rows that weights are learned from, at most: for a dozen numbers more of them only take time. */
const LEARNED_FROM = 20_000;

function blendOf(kind: BlendKind, whole: Pool): Blend {
  const every = Int32Array.from(whole.rows, (_, at) => at);
  const pool = every.length <= LEARNED_FROM ? whole : partOf(whole, spreadOver(every, LEARNED_FROM / every.length));
  const { lesson, rows, members, scores, metric } = pool;
  const judged = judgedAt(lesson, rows, members[0]!);
  if (kind === 'single') {
    const top = scores.indexOf(Math.max(...scores));
    return { kind: 'linear', weights: members.map((_, m) => (m === top ? 1 : 0)) };
  }
  if (kind === 'greedy')
    return {
      kind: 'linear',
      weights: greedySelection(members, (predicted) => scoreOf(metric, { ...judged, predicted })).weights,
    };
  const given = { target: judged.target, weights: judged.weights, classCount: lesson.classes.length, ridge: RIDGE };
  const solve = lesson.classes.length === 0 ? stackNumbers : kind === 'stack' ? poolChances : logPoolChances;
  return { kind: kind === 'product' ? 'log' : 'linear', weights: solvedTwice(members, (own) => solve(own, given)) };
}

/** A member of less than a fiftieth of the whole weight is not worth a fit: the others are weighed again without it. */
const LEAST = 0.02;

function solvedTwice(
  members: readonly Float64Array[],
  solve: (members: readonly Float64Array[]) => number[],
): number[] {
  const first = solve(members);
  const whole = first.reduce((sum, weight) => sum + weight, 0);
  const kept = first.flatMap((weight, m) => (weight >= LEAST * whole ? [m] : []));
  if (kept.length === members.length || kept.length === 0) return first;
  const second = solve(kept.map((m) => members[m]!));
  return members.map((_, m) => (kept.includes(m) ? second[kept.indexOf(m)]! : 0));
}

function partOf(pool: Pool, places: Int32Array): Pool {
  const { width } = pool.lesson;
  return {
    ...pool,
    rows: Int32Array.from(places, (at) => pool.rows[at]!),
    members: pool.members.map((predicted) => {
      const out = new Float64Array(places.length * width);
      for (const [to, at] of places.entries()) out.set(predicted.subarray(at * width, (at + 1) * width), to * width);
      return out;
    }),
  };
}
