/**
 * Gamma-Gamma: what each customer spends on an order. Orders of one customer are Gamma(p, nu) with a nu of the
 * customer's own; nu is Gamma(q, v) over customers (v is gamma in the paper). Says nothing on how often they buy.
 *
 * @see Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, brucehardie.com/notes/025
 */
import { laplaceDraws } from '#kernels/laplace.ts';
import { lbfgs } from '#kernels/optimise.ts';
import { digamma, lgamma } from '#kernels/special.ts';

export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  /** In the unit of money of the means. */
  readonly v: number;
  readonly logLikelihood: number;
  /** Customers that the fit rests on. */
  readonly customers: number;
  /** Mean over them of their mean order. */
  readonly meanOrder: number;
  readonly converged: boolean;
}

/** Normal priors on log p, log q and log(v / mean order): [mean, standard deviation]. */
export type GammaGammaPrior = Readonly<Record<'p' | 'q' | 'v', readonly [number, number]>>;

/** Wide, and centred near published fits; keeps the expected order finite (q above 1) where data are few. */
export const POOLED_GAMMA_GAMMA: GammaGammaPrior = {
  p: [Math.log(4), 1.2],
  q: [Math.log(4), 0.8],
  v: [Math.log(0.6), 1.5],
};

/**
 * Fits by maximum likelihood (or posterior) on the customers with at least one order and a mean above zero.
 *
 * @param orders [customers] orders behind each mean
 * @param means [customers] mean spend an order, >= 0
 */
export function fitGammaGamma(orders: Float64Array, means: Float64Array, prior?: GammaGammaPrior): GammaGamma {
  const { x, m, scale, meanOrder } = usedOf(orders, means);
  const likelihood = logLikelihoodOf(x, m);
  const objective = againstPrior(likelihood, prior);
  const found = lbfgs(objective, [2, 3, 1].map(Math.log), { tolerance: 1e-9, iterationsMax: 500 });
  const [p = 1, q = 1, v = 1] = found.at.map(Math.exp);
  const gradient = new Float64Array(3);
  objective(found.at, gradient);
  const flat = gradient.every((g) => Math.abs(g) <= 1e-4 * Math.max(1, Math.sqrt(x.length)));
  // Means were divided by `scale`: v scales back, and each density by 1 / scale.
  const logLikelihood = likelihood(Float64Array.of(p, q, v), gradient) - x.length * Math.log(scale);
  return { p, q, v: v * scale, logLikelihood, customers: x.length, meanOrder, converged: found.converged || flat };
}

/** The customers that count, their means in units of the mean order. */
function usedOf(orders: Float64Array, means: Float64Array) {
  const used: number[] = [];
  let total = 0;
  for (let i = 0; i < orders.length; i++)
    if (orders[i]! > 0 && means[i]! > 0) {
      used.push(i);
      total += means[i]!;
    }
  const meanOrder = used.length === 0 ? 0 : total / used.length;
  const scale = meanOrder || 1;
  const x = Float64Array.from(used, (i) => orders[i]!);
  return { x, m: Float64Array.from(used, (i) => means[i]! / scale), scale, meanOrder };
}

/** Minus log-likelihood and log-prior, with its gradient, by the logarithms of p, q and v over the mean order. */
function againstPrior(likelihood: ReturnType<typeof logLikelihoodOf>, prior: GammaGammaPrior | undefined) {
  return (logs: Float64Array, gradient: Float64Array): number => {
    if (logs.some((l) => Math.abs(l) > 14)) return Number.POSITIVE_INFINITY;
    let value = -likelihood(logs.map(Math.exp), gradient);
    for (let j = 0; j < 3; j++) gradient[j] = -gradient[j]! * Math.exp(logs[j]!);
    if (prior !== undefined)
      for (const [j, name] of (['p', 'q', 'v'] as const).entries()) {
        const [mean, sd] = prior[name];
        value += 0.5 * ((logs[j]! - mean) / sd) ** 2;
        gradient[j]! += (logs[j]! - mean) / sd ** 2;
      }
    return value;
  };
}

/** As `bgNbdDraws`; a draw whose q is so small that means have no bound keeps the fitted q. */
export function gammaGammaDraws(
  model: GammaGamma,
  orders: Float64Array,
  means: Float64Array,
  { prior, count, seed }: { readonly prior: GammaGammaPrior; readonly count: number; readonly seed: number },
): GammaGamma[] {
  const { x, m, scale } = usedOf(orders, means);
  const objective = againstPrior(logLikelihoodOf(x, m), prior);
  const at = Float64Array.of(Math.log(model.p), Math.log(model.q), Math.log(model.v / scale));
  return laplaceDraws(objective, at, { count, seed }).map((logs) => {
    const [p = 1, q = 1, v = 1] = logs.map(Math.exp);
    return { ...model, p, q: q > 0.2 ? q : model.q, v: v * scale };
  });
}

/** Equation 1a of the note summed over customers, with its gradient by p, q, v. */
function logLikelihoodOf(x: Float64Array, m: Float64Array) {
  const distinct = [...new Set(x)].sort((a, b) => a - b);
  const index = new Map(distinct.map((count, i) => [count, i]));
  const which = Int32Array.from(x, (count) => index.get(count)!);
  const logM = m.map(Math.log);
  const sizes = new Float64Array(distinct.length);
  for (const i of which) sizes[i]! += 1;
  return (at: Float64Array, gradient: Float64Array): number => {
    const [p = 0, q = 0, v = 0] = at;
    gradient.fill(0);
    let sum = 0;
    for (const [i, count] of distinct.entries()) {
      const slope = digamma(p * count + q);
      sum += sizes[i]! * (lgamma(p * count + q) - lgamma(p * count) - lgamma(q) + p * count * Math.log(count));
      gradient[0]! += sizes[i]! * count * (slope - digamma(p * count) + Math.log(count));
      gradient[1]! += sizes[i]! * (slope - digamma(q));
    }
    const logV = Math.log(v);
    for (let i = 0; i < x.length; i++) {
      const count = x[i]!;
      const weight = v + count * m[i]!;
      const logWeight = Math.log(weight);
      sum += q * logV + (p * count - 1) * logM[i]! - (p * count + q) * logWeight;
      gradient[0]! += count * (logM[i]! - logWeight);
      gradient[1]! += logV - logWeight;
      gradient[2]! += q / v - (p * count + q) / weight;
    }
    return sum;
  };
}

/**
 * Expected spend an order of each customer: between the customer's own mean and everybody's, nearer to the own one the
 * more orders are behind it.
 *
 * Where q <= 1 the model has no finite mean for a customer without orders; the mean order stands in.
 *
 * @returns [customers] in the unit of money of the means
 * @see Fader and Hardie (2013), equation 5
 */
export function expectedOrder(
  { p, q, v, meanOrder, customers }: GammaGamma,
  orders: Float64Array,
  means: Float64Array,
): Float64Array {
  const out = new Float64Array(orders.length);
  for (let i = 0; i < out.length; i++) {
    const weight = p * orders[i]! + q - 1;
    out[i] = customers === 0 || weight <= 0.05 ? meanOrder : (p * (v + orders[i]! * means[i]!)) / weight;
  }
  return out;
}
