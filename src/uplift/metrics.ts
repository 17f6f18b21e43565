/**
 * How well a score puts those first whom an arm changes, judged on a randomised trial. Everything is computed along the
 * ranking by falling score; people of one score are taken at once, so the order of rows does not matter. Each person may
 * carry a weight (of a bootstrap, or the inverse of the chance of what they were given).
 */

/** What is judged: outcomes on both sides. */
export interface Judged {
  /** [rows] 1: had the arm. */
  readonly treated: ArrayLike<number>;
  readonly outcome: ArrayLike<number>;
  /** [rows] >= 0; default 1 each. */
  readonly weights?: ArrayLike<number>;
}

/** Rows by falling score; `ends` are the places after which the score changes (the last is the count of rows). */
export interface Ranking {
  readonly order: Int32Array;
  readonly ends: Int32Array;
}

/** @param rows which rows; default all */
export function rankingOf(scores: ArrayLike<number>, rows?: Int32Array): Ranking {
  const order = (rows ?? Int32Array.from({ length: scores.length }, (_, i) => i)).slice();
  const keys = Float64Array.from(order, (i) => scores[i]!);
  const places = Int32Array.from(order, (_, at) => at).sort((a, b) => keys[b]! - keys[a]! || a - b);
  const sorted = Int32Array.from(places, (at) => order[at]!);
  const ends: number[] = [];
  for (let at = 1; at <= sorted.length; at++)
    if (at === sorted.length || scores[sorted[at]!] !== scores[sorted[at - 1]!]) ends.push(at);
  return { order: sorted, ends: Int32Array.from(ends) };
}

/** Running sums at each end of a group of one score: outcomes and people, of treated and of controls. */
interface Sums {
  readonly treated: Float64Array;
  readonly control: Float64Array;
  readonly treatedPeople: Float64Array;
  readonly controlPeople: Float64Array;
}

function sumsOf({ order, ends }: Ranking, { treated, outcome, weights }: Judged): Sums {
  const empty = () => new Float64Array(ends.length);
  const sums = { treated: empty(), control: empty(), treatedPeople: empty(), controlPeople: empty() };
  let [yt, yc, nt, nc, at] = [0, 0, 0, 0, 0];
  for (let j = 0; j < ends.length; j++) {
    for (const end = ends[j]!; at < end; at++) {
      const i = order[at]!;
      const w = weights === undefined ? 1 : weights[i]!;
      if (treated[i] === 1) {
        yt += w * outcome[i]!;
        nt += w;
      } else {
        yc += w * outcome[i]!;
        nc += w;
      }
    }
    sums.treated[j] = yt;
    sums.control[j] = yc;
    sums.treatedPeople[j] = nt;
    sums.controlPeople[j] = nc;
  }
  return sums;
}

const over = (sum: number, people: number): number => (people > 0 ? sum / people : 0);
const peopleAt = ({ treatedPeople, controlPeople }: Sums, j: number): number => treatedPeople[j]! + controlPeople[j]!;

/** Q(k) = Y_t(k) - Y_c(k) N_t(k) / N_c(k) at an end. */
const qiniAt = (sums: Sums, j: number): number =>
  sums.treated[j]! - over(sums.control[j]! * sums.treatedPeople[j]!, sums.controlPeople[j]!);

/** U(k) = (Y_t(k) / N_t(k) - Y_c(k) / N_c(k)) k at an end. */
const gainAt = (sums: Sums, j: number): number =>
  (over(sums.treated[j]!, sums.treatedPeople[j]!) - over(sums.control[j]!, sums.controlPeople[j]!)) * peopleAt(sums, j);

/** Area under a curve by trapezoids, its end, and the people there. */
function areaOf(sums: Sums, valueAt: (sums: Sums, j: number) => number) {
  let [area, value, people] = [0, 0, 0];
  for (let j = 0; j < sums.treated.length; j++) {
    const [next, here] = [valueAt(sums, j), peopleAt(sums, j)];
    area += ((value + next) / 2) * (here - people);
    value = next;
    people = here;
  }
  return { area, end: value, people };
}

/**
 * The order that no score can beat in hindsight: treated people by falling outcome, then those who cost nothing either
 * way, then controls by rising outcome.
 */
export function perfectRanking({ treated, outcome }: Judged, rows?: Int32Array): Ranking {
  const hindsight = Float64Array.from({ length: outcome.length }, (_, i) =>
    treated[i] === 1 ? outcome[i]! : -outcome[i]!,
  );
  return rankingOf(hindsight, rows);
}

/** Area between the Qini curve and the straight line to its end, in people times units of the outcome. */
export function aboveChance(ranking: Ranking, judged: Judged): number {
  const { area, end, people } = areaOf(sumsOf(ranking, judged), qiniAt);
  return area - (end * people) / 2;
}

/**
 * Qini coefficient over the perfect one's, as scikit-uplift's `qini_auc_score` (with `negative_effect=True`): area between
 * the curve Y_t(k) - Y_c(k) N_t(k) / N_c(k) and the straight line to its end, over the same area of the perfect order.
 * 1 is perfect, 0 is chance. NaN where the perfect area is zero.
 *
 * @see Radcliffe (2007); https://www.uplift-modeling.com/en/latest/api/metrics/qini_auc_score.html
 */
export const qini = (ranking: Ranking, judged: Judged, perfect: Ranking): number =>
  aboveChance(ranking, judged) / aboveChance(perfect, judged);

/**
 * Unnormalised Qini coefficient, in units of the outcome per person: mean over k of the Qini curve less the straight line,
 * over the number of people; as the mean over places of causalml's `qini_score` of one model, with ties taken at once.
 */
export const qiniPerPerson = (ranking: Ranking, judged: Judged): number =>
  aboveChance(ranking, judged) / peopleOf(ranking, judged) ** 2;

const peopleOf = ({ order }: Ranking, { weights }: Judged): number =>
  weights === undefined ? order.length : order.reduce((sum, i) => sum + weights[i]!, 0);

/**
 * Area under the uplift curve, in units of the outcome per person: mean over k of (Y_t / N_t - Y_c / N_c)(k) k / n, as
 * causalml's `auuc_score` without its normaliser. A random order gets about half the average effect.
 */
export function auuc(ranking: Ranking, judged: Judged): number {
  const { area, end, people } = areaOf(sumsOf(ranking, judged), gainAt);
  // The sum over people counts the end of the curve whole, the area by trapezoids half.
  return (area + end / 2) / people / people;
}

/**
 * Mean outcome of treated less that of controls among the top `share` by score of all people, as scikit-uplift's
 * `uplift_at_k(strategy='overall')`; of people of one score that the cut goes through, all count in part.
 */
export function upliftAt(ranking: Ranking, judged: Judged, share: number): number {
  const sums = sumsOf(ranking, judged);
  const last = sums.treated.length - 1;
  const wanted = share * peopleAt(sums, last);
  const left = judged.weights === undefined ? Math.floor(wanted) : wanted;
  let j = 0;
  while (j < last && peopleAt(sums, j) < left) j++;
  const from = j === 0 ? 0 : peopleAt(sums, j - 1);
  const part = Math.min(1, (left - from) / (peopleAt(sums, j) - from));
  const at = (values: Float64Array): number => {
    const before = j === 0 ? 0 : values[j - 1]!;
    return before + part * (values[j]! - before);
  };
  return at(sums.treated) / at(sums.treatedPeople) - at(sums.control) / at(sums.controlPeople);
}

/**
 * Area under the cost curve: what is gained against what is spent as ever more people are treated by falling score, both
 * as shares of treating everyone. Half is chance, 1 the most where both only rise. NaN where treating everyone costs or
 * gains nothing.
 *
 * @param cost [rows] what each person cost; of controls what they cost without the arm
 * @see Du, Lee, Ghaffarizadeh (2019), Improve User Retention with Causal Learning, PMLR 104
 */
export function aucc(ranking: Ranking, judged: Judged, cost: ArrayLike<number>): number {
  const gains = sumsOf(ranking, judged);
  const costs = sumsOf(ranking, { ...judged, outcome: cost });
  const last = gains.treated.length - 1;
  const [gainAll, costAll] = [gainAt(gains, last), gainAt(costs, last)];
  let [area, x, y] = [0, 0, 0];
  for (let j = 0; j <= last; j++) {
    const [nextX, nextY] = [gainAt(costs, j) / costAll, gainAt(gains, j) / gainAll];
    area += ((y + nextY) / 2) * (nextX - x);
    x = nextX;
    y = nextY;
  }
  return area;
}

export interface CurvePoint {
  /** Share of people treated, by falling score. */
  readonly share: number;
  /** Outcomes gained by treating them, per person of all: the uplift curve U(k) / n. */
  readonly gain: number;
  /** The Qini curve over the number of treated people: its end is the average effect. */
  readonly qini: number;
  /** Cost of treating them, per person of all; where costs are known. */
  readonly cost?: number;
}

/** Points of the curves at even shares of people, from 0 to 1. */
export function curvePoints(ranking: Ranking, judged: Judged, count: number, cost?: ArrayLike<number>): CurvePoint[] {
  const sums = sumsOf(ranking, judged);
  const costs = cost === undefined ? undefined : sumsOf(ranking, { ...judged, outcome: cost });
  const last = sums.treated.length - 1;
  const people = peopleAt(sums, last);
  const points: CurvePoint[] = [{ share: 0, gain: 0, qini: 0, ...(costs === undefined ? {} : { cost: 0 }) }];
  let j = 0;
  for (let step = 1; step <= count; step++) {
    const wanted = (people * step) / count;
    while (j < last && peopleAt(sums, j) < wanted) j++;
    const before = j === 0 ? 0 : peopleAt(sums, j - 1);
    const part = Math.min(1, (wanted - before) / (peopleAt(sums, j) - before));
    const at = (own: Sums, valueAt: typeof gainAt): number => {
      const from = j === 0 ? 0 : valueAt(own, j - 1);
      return from + part * (valueAt(own, j) - from);
    };
    points.push({
      ...{ share: step / count, gain: at(sums, gainAt) / people },
      qini: over(at(sums, qiniAt), sums.treatedPeople[last]!),
      ...(costs === undefined ? {} : { cost: at(costs, gainAt) / people }),
    });
  }
  return points;
}
