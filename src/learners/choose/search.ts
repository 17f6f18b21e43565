/**
 * Search over learners and parameters: first each learner as it comes, then random draws, judged by cross-validation; many
 * on a share of the rows, the best third of them on more (successive halving), until the budget is spent.
 */
import { random, split } from '#kernels/random.ts';
import type { Supervised } from '../learner.ts';
import type { Budget } from './budget.ts';
import { type Candidate, type CrossValidated, crossValidate, type Lesson } from './cross-validate.ts';
import type { Fold } from './folds.ts';
import { drawn, type Space } from './space.ts';

/** What was tried and how it did. */
export interface Trial {
  readonly candidate: Candidate;
  /** Share of the training rows at the last look. */
  readonly share: number;
  /** Of the folds at the last look, more is better; absent where it failed. */
  readonly validated?: CrossValidated;
  /** Of the last look, all folds. */
  readonly seconds: number;
  /** Why it could not learn these rows. */
  readonly failed?: string;
}

export interface SearchOptions {
  readonly folds: readonly Fold[];
  readonly metric: string;
  readonly seed: number;
  readonly budget: Budget;
  /** Share of the time that the search may use. */
  readonly timeShare: number;
  /** Shares of the training rows, rising to 1. */
  readonly rungs: readonly number[];
  /** Candidates of one round; all of them are tried on the first rung. */
  readonly candidates: number;
  readonly spaces: Readonly<Record<string, Space>>;
}

export type Stop = 'candidates' | 'settled' | 'time' | 'evaluations';

export interface Searched {
  /** In the order in which they were first tried. */
  readonly trials: readonly Trial[];
  /** Why it ended: the one round without limits is over, two rounds on end found nothing better, or a limit was met. */
  readonly stopped: Stop;
}

/** Rungs for a table: from a ninth of the rows if these are 2,000 or more, by threes. */
export function rungsOf(rows: number): number[] {
  return [1 / 27, 1 / 9, 1 / 3].filter((share) => rows * share >= 2000).concat(1);
}

/**
 * Searches. With a limit of time or fits rounds of new draws follow one another; without, there is one. At least one
 * candidate is judged on all rows, whatever the limits. Without a limit of time, or where it is not met, the same table,
 * seed and options give the same trials.
 *
 * @throws what the first candidate threw, where none could learn
 * @see Jamieson and Talwalkar (2016), AISTATS 51; Li et al. (2018), Hyperband, JMLR 18(185)
 */
export async function search(
  learners: readonly Supervised[],
  lesson: Lesson,
  options: SearchOptions,
): Promise<Searched> {
  const { budget, seed, spaces } = options;
  const isLimited = Number.isFinite(budget.secondsLeft()) || Number.isFinite(budget.evaluationsLeft());
  const hasDraws = learners.some(({ name }) => spaces[name] !== undefined);
  const run = new Run(lesson, options);
  let stopped: Stop | undefined;
  let idle = 0;
  for (let round = 0; stopped === undefined; round++) {
    const before = run.best();
    stopped = await run.round(candidatesOf(learners, options, split(seed, 'round', round), round === 0));
    idle = run.best() > before ? 0 : idle + 1;
    if (!isLimited || !hasDraws) stopped ??= 'candidates';
    else if (idle >= 2) stopped ??= 'settled';
  }
  return { trials: run.trials(), stopped };
}

function candidatesOf(
  learners: readonly Supervised[],
  { spaces, candidates }: SearchOptions,
  seed: number,
  isFirst: boolean,
): Candidate[] {
  const out: Candidate[] = isFirst ? learners.map((learner) => ({ learner, params: {} })) : [];
  const open = learners.filter(({ name }) => spaces[name] !== undefined);
  for (let i = 0; out.length < candidates && open.length > 0; i++) {
    const learner = open[i % open.length]!;
    out.push({ learner, params: drawn(spaces[learner.name]!, random(split(seed, learner.name, i))) });
  }
  return out;
}

interface RungLimits {
  readonly isLast: boolean;
  readonly untilSeconds: number;
  readonly untilEvaluations: number;
}

/** One search: its trials so far. */
class Run {
  readonly #lesson: Lesson;
  readonly #options: SearchOptions;
  readonly #trials = new Map<Candidate, Trial>();
  #firstFailure: unknown;

  constructor(lesson: Lesson, options: SearchOptions) {
    this.#lesson = lesson;
    this.#options = options;
  }

  trials(): Trial[] {
    const out = [...this.#trials.values()];
    if (out.every(({ validated }) => validated === undefined)) throw this.#firstFailure;
    return out;
  }

  /** The best score on all rows so far. */
  best(): number {
    const full = [...this.#trials.values()].filter(({ share }) => share === 1);
    return full.reduce((top, { validated }) => Math.max(top, validated?.score.mean ?? top), Number.NEGATIVE_INFINITY);
  }

  /** Takes candidates up the rungs; the limit that cut the last one short, if any. */
  async round(candidates: readonly Candidate[]): Promise<Stop | undefined> {
    const { rungs, budget, timeShare } = this.#options;
    let left: readonly Candidate[] = candidates;
    let stopped: Stop | undefined;
    for (const [at, share] of rungs.entries()) {
      const isLast = at + 1 === rungs.length;
      // Rungs share alike in what is left, so that some candidates come to the end.
      const part = 1 / (rungs.length - at);
      const found = await this.#rung(left, share, {
        isLast,
        untilSeconds: budget.seconds() + part * budget.secondsLeft(timeShare),
        untilEvaluations: budget.spent + part * budget.evaluationsLeft(),
      });
      stopped = found.stopped;
      left = survivors(found.tried.map((candidate) => this.#trials.get(candidate)!));
    }
    return stopped;
  }

  async #rung(candidates: readonly Candidate[], share: number, limits: RungLimits) {
    const { budget } = this.#options;
    const cost = share * this.#foldsAt(share).length;
    const tried: Candidate[] = [];
    let stopped: Stop | undefined;
    for (const candidate of candidates) {
      const isNeeded = limits.isLast ? !this.#hasFull() : tried.length === 0;
      if (!isNeeded && budget.spent + cost > limits.untilEvaluations) {
        stopped = 'evaluations';
        break;
      }
      // Another one may be quicker, so the rest is not given up.
      if (!isNeeded && budget.seconds() + this.#expected(candidate, share) > limits.untilSeconds) {
        stopped = 'time';
        continue;
      }
      await this.#look(candidate, share);
      tried.push(candidate);
    }
    return { tried, stopped };
  }

  /** A look at a share of the rows is at the last two folds only: it has but to tell the hopeless from the others. */
  #foldsAt(share: number): readonly Fold[] {
    return share < 1 ? this.#options.folds.slice(-2) : this.#options.folds;
  }

  #hasFull(): boolean {
    return [...this.#trials.values()].some(({ share, validated }) => share === 1 && validated !== undefined);
  }

  /** Seconds that a look will take, by the last one of the same candidate or else the slowest of its learner. */
  #expected({ learner, params }: Candidate, share: number): number {
    let own: number | undefined;
    let slowest = 0;
    for (const { candidate, seconds, share: seen, failed } of this.#trials.values()) {
      if (candidate.learner !== learner || failed !== undefined) continue;
      const here = (seconds * share * this.#foldsAt(share).length) / (seen * this.#foldsAt(seen).length);
      if (candidate.params === params) own = here;
      slowest = Math.max(slowest, here);
    }
    return own ?? slowest;
  }

  async #look(candidate: Candidate, share: number): Promise<void> {
    const { budget, metric, seed } = this.#options;
    const folds = this.#foldsAt(share);
    const from = budget.seconds();
    budget.spend(share * folds.length);
    try {
      const validated = await crossValidate(candidate, this.#lesson, { folds, metric, seed, share });
      this.#trials.set(candidate, { candidate, share, validated, seconds: budget.seconds() - from });
    } catch (error) {
      // What the table or the parameters do not allow is a result; a mistake of the program is not.
      if (!(error instanceof RangeError) && !(error instanceof Error && 'code' in error)) throw error;
      this.#firstFailure ??= error;
      this.#trials.set(candidate, { candidate, share, seconds: budget.seconds() - from, failed: error.message });
    }
  }
}

/** A blend of fewer has little to choose from. */
const LEAST_SURVIVORS = 4;

/** The best third, at least four, and the best of each learner: a blend lives on members that err apart. Best first. */
function survivors(trials: readonly Trial[]): Candidate[] {
  const able = trials
    .filter(({ validated }) => validated !== undefined)
    .sort((a, b) => b.validated!.score.mean - a.validated!.score.mean);
  const seen = new Set<string>();
  return able
    .filter(({ candidate: { learner } }, place) => {
      const isFirst = !seen.has(learner.name);
      seen.add(learner.name);
      return isFirst || place < Math.max(LEAST_SURVIVORS, Math.ceil(trials.length / 3));
    })
    .map(({ candidate }) => candidate);
}
