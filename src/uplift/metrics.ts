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

/** Areas under the curves of a ranking, all per person of weight 1 squared: see the functions below for what they are of. */
interface Areas {
  /** Of Q(k) = Y_t(k) - Y_c(k) N_t(k) / N_c(k), by trapezoids. */
  readonly qini: number;
  /** Of U(k) = (Y_t(k) / N_t(k) - Y_c(k) / N_c(k)) k. */
  readonly uplift: number;
  /** Ends of both curves. */
  readonly qiniEnd: number;
  readonly upliftEnd: number;
  /** Sum of weights. */
  readonly people: number;
}

function areasOf({ order, ends }: Ranking, { treated, outcome, weights }: Judged): Areas {
  let [yt, yc, nt, nc] = [0, 0, 0, 0];
  let [qini, uplift, q, u, k] = [0, 0, 0, 0, 0];
  let at = 0;
  for (const end of ends) {
    for (; at < end; at++) {
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
    const people = nt + nc;
    const nextQ = yt - (nc > 0 ? (yc * nt) / nc : 0);
    const nextU = ((nt > 0 ? yt / nt : 0) - (nc > 0 ? yc / nc : 0)) * people;
    qini += ((q + nextQ) / 2) * (people - k);
    uplift += ((u + nextU) / 2) * (people - k);
    [q, u, k] = [nextQ, nextU, people];
  }
  return { qini, uplift, qiniEnd: q, upliftEnd: u, people: k };
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

/**
 * Qini coefficient over the perfect one's, as scikit-uplift's `qini_auc_score` (with `negative_effect=True`): area between
 * the curve Y_t(k) - Y_c(k) N_t(k) / N_c(k) and the straight line to its end, over the same area of the perfect order.
 * 1 is perfect, 0 is chance. NaN where the perfect area is zero.
 *
 * @see Radcliffe (2007); https://www.uplift-modeling.com/en/latest/api/metrics/qini_auc_score.html
 */
export function qini(ranking: Ranking, judged: Judged, perfect: Ranking): number {
  const own = areasOf(ranking, judged);
  const best = areasOf(perfect, judged);
  const line = (own.qiniEnd * own.people) / 2;
  return (own.qini - line) / (best.qini - line);
}

/**
 * Unnormalised Qini coefficient, in units of the outcome per person: mean over k of the Qini curve less the straight line,
 * over the number of people; as the mean over places of causalml's `qini_score` of one model, with ties taken at once.
 */
export function qiniPerPerson(ranking: Ranking, judged: Judged): number {
  const { qini: area, qiniEnd, people } = areasOf(ranking, judged);
  return (area - (qiniEnd * people) / 2) / people / people;
}

/**
 * Area under the uplift curve, in units of the outcome per person: mean over k of (Y_t / N_t - Y_c / N_c)(k) k / n, as
 * causalml's `auuc_score` without its normaliser. A random order gets about half the average effect.
 */
export function auuc(ranking: Ranking, judged: Judged): number {
  const { uplift, upliftEnd, people } = areasOf(ranking, judged);
  // The sum over people counts the end of the curve whole, the area by trapezoids half.
  return (uplift + upliftEnd / 2) / people / people;
}

/**
 * Mean outcome of treated less that of controls among the top `share` by score of all people, as scikit-uplift's
 * `uplift_at_k(strategy='overall')`; of people of one score that the cut goes through, all count in part.
 */
export function upliftAt({ order, ends }: Ranking, { treated, outcome, weights }: Judged, share: number): number {
  const weightOf = (i: number): number => (weights === undefined ? 1 : weights[i]!);
  let people = 0;
  for (const i of order) people += weightOf(i);
  let left = weights === undefined ? Math.floor(people * share) : people * share;
  let [yt, yc, nt, nc, at] = [0, 0, 0, 0, 0];
  for (const end of ends) {
    let group = 0;
    for (let j = at; j < end; j++) group += weightOf(order[j]!);
    const part = group > left ? left / group : 1;
    for (; at < end; at++) {
      const i = order[at]!;
      const w = part * weightOf(i);
      if (treated[i] === 1) {
        yt += w * outcome[i]!;
        nt += w;
      } else {
        yc += w * outcome[i]!;
        nc += w;
      }
    }
    left -= group;
    if (left <= 0) break;
  }
  return yt / nt - yc / nc;
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
  const gains = liftsOf(ranking, judged);
  const costs = liftsOf(ranking, { ...judged, outcome: cost });
  const [gainAll, costAll] = [gains.at(-1)!, costs.at(-1)!];
  let [area, x, y] = [0, 0, 0];
  for (let j = 0; j < gains.length; j++) {
    const [nextX, nextY] = [costs[j]! / costAll, gains[j]! / gainAll];
    area += ((y + nextY) / 2) * (nextX - x);
    [x, y] = [nextX, nextY];
  }
  return area;
}

/** U(k) at each end of a group of one score. */
function liftsOf({ order, ends }: Ranking, { treated, outcome, weights }: Judged): Float64Array {
  let [yt, yc, nt, nc, at] = [0, 0, 0, 0, 0];
  return Float64Array.from(ends, (end) => {
    for (; at < end; at++) {
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
    return ((nt > 0 ? yt / nt : 0) - (nc > 0 ? yc / nc : 0)) * (nt + nc);
  });
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
  const gains = liftsOf(ranking, judged);
  const costs = cost === undefined ? undefined : liftsOf(ranking, { ...judged, outcome: cost });
  const { places, qinis } = qiniAtEnds(ranking, judged);
  const people = places.at(-1) ?? 0;
  const points: CurvePoint[] = [{ share: 0, gain: 0, qini: 0, ...(costs === undefined ? {} : { cost: 0 }) }];
  let j = 0;
  for (let step = 1; step <= count; step++) {
    const wanted = (people * step) / count;
    while (j < places.length - 1 && places[j]! < wanted) j++;
    const [before, here] = [places[j - 1] ?? 0, places[j]!];
    const part = here > before ? Math.min(1, (wanted - before) / (here - before)) : 1;
    const at = (values: Float64Array): number => {
      const from = j === 0 ? 0 : values[j - 1]!;
      return from + part * (values[j]! - from);
    };
    points.push({
      share: step / count,
      gain: at(gains) / people,
      qini: at(qinis),
      ...(costs === undefined ? {} : { cost: at(costs) / people }),
    });
  }
  return points;
}

function qiniAtEnds({ order, ends }: Ranking, { treated, outcome, weights }: Judged) {
  let [yt, yc, nt, nc, at] = [0, 0, 0, 0, 0];
  const places = new Float64Array(ends.length);
  const qinis = Float64Array.from(ends, (end, j) => {
    for (; at < end; at++) {
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
    places[j] = nt + nc;
    return yt - (nc > 0 ? (yc * nt) / nc : 0);
  });
  return { places, qinis: qinis.map((value) => (nt > 0 ? value / nt : 0)) };
}
