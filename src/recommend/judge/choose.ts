/**
 * `--method best`: methods and settings from the families' lists are tried on a part cut off the training data, never on
 * the test data. First each on few users, to learn
 * how fast it is; then many on a share of the users, the best third of them and the best of each method on more (successive
 * halving), each look at more users within its own part of the time; a fit that by the measured speed would not end within
 * it, or would leave no time to fit the chosen one, is not begun. At the end the best few are
 * mixed, and the mixture is taken where it is better on users that did not choose its weights.
 *
 * @see Jamieson and Talwalkar (2016), AISTATS 51, for successive halving
 */

import { KnownError } from '#errors.ts';
import { type Cut, countsOf, type Interactions, lastRowCut, validationCut } from '../data/interactions.ts';
import { sampled } from '../data/sample.ts';
import type { AnyMethod, FittedMethod, Numbers } from '../methods/method.ts';
import type { Spaces } from '../methods/spaces.ts';
import { evaluate } from './evaluate.ts';
import { learnMix, type MixJudgement } from './mix-weights.ts';

export interface Candidate {
  readonly method: string;
  readonly params: Numbers;
  /** Share of the users at the last look; what was looked at on fewer compares only among its like. */
  readonly share: number;
  /** At k on the cut. */
  readonly ndcg: number;
  readonly recall: number;
  /** Fit and judgement at the last look. */
  readonly seconds: number;
}

export interface Skipped {
  readonly method: string;
  readonly params: Numbers;
  /** Share of the users at which it was not begun. */
  readonly share: number;
  readonly why: string;
}

export interface Chosen {
  readonly method: string;
  readonly params: Numbers;
  /** Its weight in the mixture; 1 of a method alone. */
  readonly weight: number;
}

export interface Choice {
  /** One method, or the parts of a mixture, heaviest first. */
  readonly chosen: readonly Chosen[];
  /** Best first; those looked at on all users before the others. */
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly Skipped[];
  /** How the cut was made: the newest tenth of the time, a fifth of each user's pairs, or the last row of each user. */
  readonly cut: 'time' | 'pairs' | 'last row';
  readonly mix?: MixJudgement & { readonly of: readonly string[] };
  /** Why there is no mixture, where none was judged. */
  readonly noMix?: string;
}

export interface ChooseOptions {
  readonly k: number;
  readonly keepSeen: boolean;
  readonly seed: number;
  readonly threads: number;
  readonly methods: readonly AnyMethod[];
  readonly spaces: Spaces;
  /** How what is judged in the end was cut off. */
  readonly split: 'given' | 'time' | 'leave-one-out';
  /** Seconds from now for all of it and for fitting the chosen on all training data; Infinity: no limit. */
  readonly seconds: number;
  /** Milliseconds from any start. */
  nowMs(): number;
}

/** Rows of the smallest share of users that tells how fast a method is, by its first setting alone. */
const ROWS_SPEED = 2_000;
/** Rows of the smallest share that tells how good one is: with few users most items have too few to tell. */
const ROWS_WORTH = 100_000;
/** Users of the cut that are judged at a look. */
const USERS_MAX = 5000;
const MIX_PARTS = 4;
/** How time grows with rows until it is measured. */
const EXPONENT = 1.5;
/** Part of the time that is over when a look but the last must end, by how many looks follow. */
const TIME_PARTS = [1, 0.6, 0.35, 0.2];

/** Chooses. The first method of the list is looked at whatever the time. */
export function chooseMethod(data: Interactions, options: ChooseOptions): Choice {
  const { split, seed } = options;
  const hasTime = data.ageDays !== undefined;
  const cut =
    split === 'leave-one-out' ? lastRowCut(data, seed) : validationCut(data, { share: hasTime ? 0.1 : 0.2, seed });
  const search = new Search(cut, data.users.length, options);
  search.run();
  return { ...search.result(), cut: split === 'leave-one-out' ? 'last row' : hasTime ? 'time' : 'pairs' };
}

interface Trial {
  readonly method: AnyMethod;
  readonly setting: Numbers;
  params: Numbers;
  /** Rung of the last look, -1: none yet. */
  rung: number;
  ndcg: number;
  recall: number;
  /** Of the looks so far, by rung: fit and judgement, and the fit alone. */
  readonly seconds: number[];
  readonly fitSeconds: number[];
}

/** One search over one cut. */
class Search {
  readonly #cut: Cut;
  readonly #options: ChooseOptions;
  readonly #start: number;
  readonly #rowsOfAll: number;
  readonly #shares: readonly number[];
  readonly #rows: number[] = [];
  readonly #trials: Trial[];
  readonly #skipped: Skipped[] = [];
  /** Methods whose first setting was too slow for a share of the users, and why. */
  readonly #slow = new Map<AnyMethod, string>();
  /** The best fit of each method on the last rung. */
  readonly #fits = new Map<string, { trial: Trial; fit: FittedMethod }>();

  constructor(cut: Cut, rowsOfAll: number, options: ChooseOptions) {
    this.#cut = cut;
    this.#options = options;
    this.#start = options.nowMs();
    this.#rowsOfAll = rowsOfAll;
    const rows = cut.train.users.length;
    this.#shares = [1 / 27, 1 / 9, 1 / 3].filter((share) => rows * share >= ROWS_SPEED).concat(1);
    this.#trials = trialsOf(options, cut.train);
  }

  run(): void {
    let alive: readonly Trial[] = this.#trials;
    for (const [rung, share] of this.#shares.entries()) {
      const world = sampled(this.#cut, share, this.#options.seed);
      this.#rows[rung] = world.train.users.length;
      const seen = countsOf(world.train);
      const tellsWorth = share === 1 || this.#rows[rung]! >= ROWS_WORTH;
      for (const trial of tellsWorth ? alive : firstOfEach(alive)) this.#look(trial, rung, { ...world, seen });
      if (tellsWorth) alive = promoted(alive.filter((trial) => trial.rung === rung));
    }
  }

  #secondsLeft(): number {
    return this.#options.seconds - (this.#options.nowMs() - this.#start) / 1000;
  }

  #look(trial: Trial, rung: number, world: Cut & { readonly seen: ReturnType<typeof countsOf> }): void {
    const { k, keepSeen, seed, threads, nowMs } = this.#options;
    const isFirst = this.#trials.every((other) => other.rung < 0);
    const why = isFirst ? undefined : this.#tooLate(trial, rung);
    if (why !== undefined) {
      this.#skip(trial, rung, why);
      if (firstOfEach(this.#trials).includes(trial)) this.#slow.set(trial.method, why);
      return;
    }
    const from = nowMs();
    try {
      const fit = trial.method.fitted(world.train, trial.setting, { seed, threads });
      trial.fitSeconds[rung] = (nowMs() - from) / 1000;
      const options = { k, keepSeen, seed, resamples: 0, usersMax: USERS_MAX };
      const { metrics } = evaluate((users) => fit.score(users), world.seen, world.held, options);
      Object.assign(trial, { params: fit.params, rung, ndcg: metrics.ndcg, recall: metrics.recall });
      if (rung === this.#shares.length - 1) this.#keep(trial, fit);
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      this.#skip(trial, rung, error.message);
    }
    trial.seconds[rung] = (nowMs() - from) / 1000;
  }

  /** Why there is no time for a look; undefined: there is. */
  #tooLate(trial: Trial, rung: number): string | undefined {
    const slow = this.#slow.get(trial.method);
    if (slow !== undefined) return slow;
    const { seconds } = this.#options;
    const expected = this.#expected(trial, rung, 'seconds');
    const isLast = rung === this.#shares.length - 1;
    const best = this.#best();
    const reserve = isLast ? Math.max(this.#refit(trial, rung), best === undefined ? 0 : this.#refit(best)) : 0;
    const part = TIME_PARTS[this.#shares.length - 1 - rung] ?? 0;
    const left = this.#secondsLeft() - (isLast ? 0 : (1 - part) * seconds);
    if (!Number.isFinite(seconds) || (expected ?? 0) + reserve <= left) return undefined;
    const needs =
      expected === undefined ? 'its speed is not known' : `about ${expected.toFixed(1)} s by the speed so far`;
    const after = isLast ? `, and ${reserve.toFixed(1)} s to fit the chosen` : '';
    return `time: ${needs}${after}; ${Math.max(0, left).toFixed(1)} s left for this`;
  }

  #skip({ method, setting }: Trial, rung: number, why: string): void {
    this.#skipped.push({ method: method.name, params: setting, share: this.#shares[rung]!, why });
  }

  /** Only the fits that a mixture could be made of. */
  #keep(trial: Trial, fit: FittedMethod): void {
    const had = this.#fits.get(trial.method.name);
    if (had === undefined || trial.ndcg > had.trial.ndcg) this.#fits.set(trial.method.name, { trial, fit });
    const order = this.#finalists();
    for (const { trial: last } of order.slice(MIX_PARTS)) this.#fits.delete(last.method.name);
  }

  #finalists(): { trial: Trial; fit: FittedMethod }[] {
    return [...this.#fits.values()].sort((a, b) => b.trial.ndcg - a.trial.ndcg);
  }

  /** How fast the method's time grows with rows: the least of its own looks, since a busy machine makes it seem more. */
  #exponent(method: AnyMethod): number {
    const growths = this.#trials.flatMap(({ method: own, fitSeconds }) => {
      const last = fitSeconds.length - 1;
      const [before, after] = [fitSeconds[last - 1], fitSeconds[last]];
      if (own !== method || before === undefined || after === undefined || before < 0.05) return [];
      return [Math.log(after / before) / Math.log(this.#rows[last]! / this.#rows[last - 1]!)];
    });
    return growths.length === 0 ? EXPONENT : Math.min(3, Math.max(1, Math.min(...growths)));
  }

  #grown(seconds: number, method: AnyMethod, from: number, to: number): number {
    return seconds * Math.max(1, to / Math.max(from, 1)) ** this.#exponent(method);
  }

  /** Seconds of a look, from the trial's own last one, else from what others of its method took; undefined: no idea. */
  #expected(trial: Trial, rung: number, of: 'seconds' | 'fitSeconds'): number | undefined {
    const own = trial[of][rung] ?? this.#fromBefore(trial, rung, of);
    if (own !== undefined) return own;
    const likes = this.#trials.filter(({ method }) => method === trial.method);
    const others = likes.map((other) => other[of][rung] ?? this.#fromBefore(other, rung, of));
    const known = others.filter((seconds) => seconds !== undefined).sort((a, b) => a - b);
    return known[Math.floor(known.length / 2)];
  }

  #fromBefore(trial: Trial, rung: number, of: 'seconds' | 'fitSeconds'): number | undefined {
    const before = trial[of][rung - 1];
    return before === undefined
      ? undefined
      : this.#grown(before, trial.method, this.#rows[rung - 1]!, this.#rows[rung]!);
  }

  /** Seconds to fit on all training data; 0 where nothing is known. */
  #refit(trial: Trial, rung = trial.rung): number {
    const fit = this.#expected(trial, rung, 'fitSeconds') ?? 0;
    return this.#grown(fit, trial.method, this.#rows[rung]!, this.#rowsOfAll);
  }

  /** The best of the most users that could still be fitted on all data in time; where none could, the quickest. */
  #best(): Trial | undefined {
    const looked = this.#trials.filter((trial) => trial.rung >= 0);
    const fitting = looked.filter((trial) => this.#refit(trial) <= this.#secondsLeft());
    if (fitting.length > 0) return fitting.sort(byWorth)[0];
    return looked.sort((a, b) => this.#refit(a) - this.#refit(b))[0];
  }

  result(): Omit<Choice, 'cut'> {
    const best = this.#best();
    if (best === undefined) throw new Error('no method could be fitted');
    const mixture = this.#mixture(best);
    const candidates = this.#trials
      .filter((trial) => trial.rung >= 0)
      .sort(byWorth)
      .map(({ method, params, rung, ndcg, recall, seconds }) => ({
        method: method.name,
        params,
        share: this.#shares[rung]!,
        ndcg,
        recall,
        seconds: Math.round(1000 * seconds[rung]!) / 1000,
      }));
    return { candidates, skipped: this.#skipped, ...mixture };
  }

  #mixture(best: Trial): Pick<Choice, 'chosen' | 'mix' | 'noMix'> {
    const alone = [{ method: best.method.name, params: best.params, weight: 1 }];
    const finalists = this.#finalists();
    const of = finalists.map(({ trial }) => trial.method.name);
    if (finalists.length < 2 || finalists[0]!.trial !== best)
      return { chosen: alone, noMix: 'fewer than two methods were looked at on all users' };
    const needs = finalists.reduce((sum, { trial }) => sum + this.#refit(trial) + trial.seconds[trial.rung]!, 0);
    if (needs > this.#secondsLeft())
      return {
        chosen: alone,
        noMix: `time: about ${needs.toFixed(1)} s, ${Math.max(0, this.#secondsLeft()).toFixed(1)} s left`,
      };
    const { k, keepSeen, seed } = this.#options;
    const judgement = learnMix(
      finalists.map(({ fit }) => fit),
      countsOf(this.#cut.train),
      this.#cut.held,
      { k, keepSeen, seed },
    );
    const mix = { ...judgement, of };
    if (!judgement.isBetter) return { chosen: alone, mix };
    const chosen = finalists.map(({ trial }, p) => ({
      method: trial.method.name,
      params: trial.params,
      weight: judgement.weights[p]!,
    }));
    return { chosen: chosen.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight), mix };
  }
}

const byWorth = (a: Trial, b: Trial): number => b.rung - a.rung || b.ndcg - a.ndcg;

/** Each method's first setting in the order of the methods, which puts cheap ones first, then the second ones; methods that can have no answer here are left out. */
function trialsOf({ methods, spaces, keepSeen }: ChooseOptions, data: Interactions): Trial[] {
  const open = methods.filter(({ name, promises }) => {
    if (promises?.onlyRepeats === true && !keepSeen) return false;
    if (promises?.repeatsAreSteps === true && data.ageDays === undefined && data.places === undefined) return false;
    return name !== 'popular-in-tier' || data.groups !== undefined;
  });
  const lists = open.map((method) => ({ method, settings: spaces[method.name] ?? [{}] }));
  const most = Math.max(...lists.map(({ settings }) => settings.length));
  const out: Trial[] = [];
  for (let i = 0; i < most; i++)
    for (const { method, settings } of lists) {
      const setting = settings[i];
      if (setting !== undefined)
        out.push({ method, setting, params: setting, rung: -1, ndcg: 0, recall: 0, seconds: [], fitSeconds: [] });
    }
  return out;
}

function firstOfEach(trials: readonly Trial[]): Trial[] {
  const methods = new Set<AnyMethod>();
  return trials.filter(({ method }) => !methods.has(method) && methods.add(method));
}

/** The best third, and the best of each method that is not far behind; best first. */
function promoted(trials: readonly Trial[]): Trial[] {
  const order = [...trials].sort(byWorth);
  const third = Math.ceil(order.length / 3);
  const methods = new Set<AnyMethod>();
  return order.filter((trial, place) => {
    const isFirst = !methods.has(trial.method);
    methods.add(trial.method);
    return place < third || (isFirst && trial.ndcg >= 0.7 * order[0]!.ndcg);
  });
}
