/** What the last layer of a network means: its loss against a label, and the answer it stands for. */
import type { Task } from '../learner.ts';

export const LOSSES = ['l2', 'poisson', 'tweedie', 'zero-inflated-lognormal'] as const;
/** How a number is learned: by squared error, or as the mean of a law on zero and above. */
export type Loss = (typeof LOSSES)[number];

export interface Head {
  /**
   * softmax: one output a class. corn: output k is the logit of P(class > k | class >= k). l2: the standardised label.
   * poisson, tweedie: the log of the mean, in units of the mean label. zero-inflated-lognormal: logit of above zero, mean
   * of the standardised log and the inverse softplus of its deviation.
   */
  readonly kind: 'softmax' | 'corn' | Loss;
  readonly outputs: number;
  /** Numbers that the loss is told of a row. */
  readonly told: number;
  /** l2: label = center + scale x output. Log laws: scale is the unit of the label, or center and scale of its log. */
  readonly center: number;
  readonly scale: number;
  /** tweedie: power of the variance, between 1 and 2. */
  readonly power: number;
  /** Largest label seen: no amount is foretold above it. */
  readonly ceiling: number;
  /** [outputs] where the last layer's constants start: the answer for all rows alike. */
  readonly start: readonly number[];
}

/** Logs of amounts are held within this, against overflow. */
export const LOG_BOUND = 20;
/** Least deviation of the log of an amount, on the standardised scale. */
export const SIGMA_MIN = 1e-2;

export interface HeadOptions {
  readonly task: Task;
  readonly classCount: number;
  readonly loss: Loss;
  readonly power: number;
}

/** The head that fits a task, its scale and its start, from labels and weights [rows]. */
export function headOf(label: Float64Array, weights: Float64Array, options: HeadOptions): Head {
  const common = { center: 0, scale: 1, power: options.power, ceiling: label.reduce((a, b) => Math.max(a, b), 0) };
  if (options.task === 'classify' || options.task === 'ordinal') {
    const sums = new Float64Array(options.classCount);
    for (const [i, k] of label.entries()) sums[k]! += weights[i]!;
    return options.task === 'classify'
      ? { ...common, kind: 'softmax', outputs: sums.length, told: sums.length, start: softmaxStart(sums) }
      : { ...common, kind: 'corn', outputs: sums.length - 1, told: 2 * (sums.length - 1), start: cornStart(sums) };
  }
  if (options.loss === 'l2')
    return { ...common, ...moments(label, weights), kind: 'l2', outputs: 1, told: 1, start: [0] };
  if (options.loss !== 'zero-inflated-lognormal') {
    const scale = moments(label, weights).center || 1;
    return { ...common, scale, kind: options.loss, outputs: 1, told: 1, start: [0] };
  }
  const above = label.map((y, i) => (y > 0 ? weights[i]! : 0));
  const logs = label.map((y) => (y > 0 ? Math.log(y) : 0));
  const share = sum(above) / sum(weights);
  const start = [logit(Math.min(1 - 1e-3, Math.max(1e-3, share))), 0, Math.log(Math.E - 1)];
  return { ...common, ...moments(logs, above), kind: 'zero-inflated-lognormal', outputs: 3, told: 2, start };
}

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
const logit = (p: number): number => Math.log(p / (1 - p));

/** Weighted mean and deviation; a deviation of nothing counts as 1. */
function moments(values: Float64Array, weights: Float64Array): { center: number; scale: number } {
  const whole = sum(weights);
  if (whole === 0) return { center: 0, scale: 1 };
  const unit = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  const center = values.reduce((total, x, i) => total + (x / unit) * (weights[i]! / whole), 0);
  const variance = values.reduce((total, x, i) => total + (x / unit - center) ** 2 * (weights[i]! / whole), 0);
  const scale = Math.sqrt(variance);
  return { center: center * unit, scale: scale > 1e-12 ? scale * unit : 1 };
}

const softmaxStart = (sums: Float64Array): number[] => {
  const whole = sum(sums);
  return Array.from(sums, (s) => Math.log((s + 1e-3 * whole) / whole));
};

function cornStart(sums: Float64Array): number[] {
  const whole = sum(sums);
  return Array.from({ length: sums.length - 1 }, (_, k) => {
    const above = sum(sums.subarray(k + 1)) + 1e-3 * whole;
    return Math.log(above / (sums[k]! + 1e-3 * whole));
  });
}

/**
 * What the loss is told of each row: softmax, the share that each class should get; corn, for each cut whether the class is
 * above it, then whether it reaches it; l2, the standardised label; poisson and tweedie, the label in its unit;
 * zero-inflated-lognormal, whether it is above zero and its standardised log.
 *
 * @param smoothing share of each row's class that is spread over all classes (softmax)
 * @returns [rows x told], row-major
 */
export function toldOf(head: Head, label: Float64Array, smoothing: number): Float32Array {
  const { kind, told, outputs, center, scale } = head;
  const out = new Float32Array(label.length * told);
  for (const [i, y] of label.entries()) {
    const at = i * told;
    if (kind === 'softmax') {
      out.fill(smoothing / outputs, at, at + told);
      out[at + y]! += 1 - smoothing;
    } else if (kind === 'corn')
      for (let k = 0; k < outputs; k++) {
        out[at + k] = y > k ? 1 : 0;
        out[at + outputs + k] = y >= k ? 1 : 0;
      }
    else if (kind === 'zero-inflated-lognormal') {
      out[at] = y > 0 ? 1 : 0;
      out[at + 1] = y > 0 ? (Math.log(y) - center) / scale : 0;
    } else out[at] = kind === 'l2' ? (y - center) / scale : y / scale;
  }
  return out;
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const held = (x: number): number => Math.min(LOG_BOUND, Math.max(-LOG_BOUND, x));

/**
 * Loss of one row: minus the log of its likelihood, up to a constant (l2: half the squared error).
 *
 * @param z [outputs], read at `zAt`
 * @param told [told], read at `toldAt`
 * @see Wang, Liu, Miao (2019), A Deep Probabilistic Model for Customer Lifetime Value Prediction, equation 3; Shi, Cao,
 *   Raschka (2023), Deep neural networks for rank-consistent ordinal regression (CORN), equation 7
 */
export function lossOf(head: Head, z: Float64Array, zAt: number, told: Float32Array, toldAt: number): number {
  const { kind, outputs, power } = head;
  if (kind === 'softmax') {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < outputs; k++) most = Math.max(most, z[zAt + k]!);
    let sum = 0;
    for (let k = 0; k < outputs; k++) sum += Math.exp(z[zAt + k]! - most);
    let loss = 0;
    for (let k = 0; k < outputs; k++) loss -= told[toldAt + k]! * (z[zAt + k]! - most - Math.log(sum));
    return loss;
  }
  if (kind === 'corn') {
    let loss = 0;
    for (let k = 0; k < outputs; k++)
      loss += told[toldAt + outputs + k]! * (softplus(z[zAt + k]!) - told[toldAt + k]! * z[zAt + k]!);
    return loss;
  }
  const y = told[toldAt]!;
  const first = z[zAt]!;
  if (kind === 'l2') return 0.5 * (first - y) ** 2;
  if (kind === 'poisson') return Math.exp(held(first)) - y * held(first);
  if (kind === 'tweedie')
    return Math.exp((2 - power) * held(first)) / (2 - power) - (y * Math.exp((1 - power) * held(first))) / (1 - power);
  const sigma = softplus(z[zAt + 2]!) + SIGMA_MIN;
  const distance = (told[toldAt + 1]! - z[zAt + 1]!) / sigma;
  return softplus(first) - y * first + y * (Math.log(sigma) + 0.5 * distance ** 2);
}

/** Numbers of an answer: chances of the classes, or one amount. */
export const answerWidth = ({ kind, outputs }: Head): number =>
  kind === 'softmax' ? outputs : kind === 'corn' ? outputs + 1 : 1;

/** Adds `share` of the answer that outputs z stand for to `into` at `at`; see `answerWidth`. */
export function addAnswer(
  head: Head,
  z: Float64Array,
  zAt: number,
  into: Float64Array,
  at: number,
  share: number,
): void {
  const { kind, outputs, center, scale, ceiling } = head;
  if (kind === 'softmax') {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < outputs; k++) most = Math.max(most, z[zAt + k]!);
    let sum = 0;
    for (let k = 0; k < outputs; k++) sum += Math.exp(z[zAt + k]! - most);
    for (let k = 0; k < outputs; k++) into[at + k]! += (share * Math.exp(z[zAt + k]! - most)) / sum;
  } else if (kind === 'corn') {
    let reach = 1;
    for (let k = 0; k < outputs; k++) {
      const above = sigmoid(z[zAt + k]!);
      into[at + k]! += share * reach * (1 - above);
      reach *= above;
    }
    into[at + outputs]! += share * reach;
  } else if (kind === 'l2') into[at]! += share * (center + scale * z[zAt]!);
  else if (kind === 'zero-inflated-lognormal') {
    const sigma = (softplus(z[zAt + 2]!) + SIGMA_MIN) * scale;
    const mean = Math.exp(Math.min(700, center + scale * z[zAt + 1]! + sigma ** 2 / 2));
    into[at]! += share * Math.min(ceiling, sigmoid(z[zAt]!) * mean);
  } else into[at]! += share * Math.min(ceiling, scale * Math.exp(held(z[zAt]!)));
}
