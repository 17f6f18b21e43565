/**
 * Effects of groups from randomised history, drawn toward the overall effect where a group says little.
 *
 * In a group the campaigns are compared each within itself and their differences weighted by n1 n0 / (n1 + n0), so a
 * campaign's season or audience can't pass for an effect. Over groups a normal model with mean mu and variance tau^2:
 * the group's posterior mean is b d + (1 - b) mu with b = tau^2 / (tau^2 + se^2).
 *
 * @see DerSimonian and Laird (1986), Controlled Clinical Trials 7, for tau^2 by moments
 */

/** Sums of an outcome over the people of one group, campaign and side. */
export interface Cell {
  readonly group: string;
  readonly campaign: string;
  readonly treated: boolean;
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

export interface GroupEffect {
  readonly group: string;
  readonly treated: number;
  readonly held: number;
  /** Difference of means, treated minus held, and its standard error. */
  readonly raw: number;
  readonly rawSe: number;
  /** After shrinkage. */
  readonly effect: number;
  readonly se: number;
  /** Weight of the group's own difference, 0 to 1. */
  readonly own: number;
}

export interface Effects {
  readonly groups: readonly GroupEffect[];
  readonly overall: number;
  readonly overallSe: number;
  /** Standard deviation of true effects between groups. */
  readonly between: number;
}

/** Fewer people than this on a side, and a group has no difference of its own. */
const SIDE_MIN = 20;

/** Estimates the effect of every group that has people on both sides. */
export function shrunkEffects(cells: readonly Cell[]): Effects {
  const groups = [...new Set(cells.map((cell) => cell.group))].sort();
  const raw = groups.flatMap(
    (group) =>
      difference(
        group,
        cells.filter((cell) => cell.group === group),
      ) ?? [],
  );
  if (raw.length === 0) return { groups: [], overall: 0, overallSe: Number.POSITIVE_INFINITY, between: 0 };
  const weighted = (tau2: number) => {
    const weights = raw.map(({ rawSe }) => 1 / (rawSe ** 2 + tau2));
    const total = weights.reduce((a, b) => a + b, 0);
    return { mean: raw.reduce((sum, { raw: d }, i) => sum + weights[i]! * d, 0) / total, total, weights };
  };
  const fixed = weighted(0);
  const q = raw.reduce((sum, { raw: d }, i) => sum + fixed.weights[i]! * (d - fixed.mean) ** 2, 0);
  const spread = fixed.total - fixed.weights.reduce((sum, w) => sum + w * w, 0) / fixed.total;
  const tau2 = spread > 0 ? Math.max(0, (q - (raw.length - 1)) / spread) : 0;
  const { mean: overall, total } = weighted(tau2);
  const overallSe = Math.sqrt(1 / total);
  return {
    groups: raw.map((group) => {
      const own = tau2 / (tau2 + group.rawSe ** 2);
      const effect = own * group.raw + (1 - own) * overall;
      return { ...group, effect, se: Math.sqrt(own * group.rawSe ** 2 + ((1 - own) * overallSe) ** 2), own };
    }),
    overall,
    overallSe,
    between: Math.sqrt(tau2),
  };
}

function difference(group: string, cells: readonly Cell[]): Omit<GroupEffect, 'effect' | 'se' | 'own'> | undefined {
  let [weights, sum, treated, held, within, freedom] = [0, 0, 0, 0, 0, 0];
  for (const campaign of new Set(cells.map((cell) => cell.campaign))) {
    const side = (is: boolean) => cells.find((cell) => cell.campaign === campaign && cell.treated === is);
    const [one, other] = [side(true), side(false)];
    if (one === undefined || other === undefined || one.n === 0 || other.n === 0) continue;
    const weight = (one.n * other.n) / (one.n + other.n);
    weights += weight;
    sum += weight * (one.sum / one.n - other.sum / other.n);
    treated += one.n;
    held += other.n;
    for (const { n, sum: total, squares } of [one, other]) {
      within += Math.max(0, squares - total ** 2 / n);
      freedom += n - 1;
    }
  }
  if (treated < SIDE_MIN || held < SIDE_MIN || within <= 0) return undefined;
  return { group, treated, held, raw: sum / weights, rawSe: Math.sqrt(within / freedom / weights) };
}
