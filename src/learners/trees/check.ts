/** Parameters of learners made of trees, checked: names of what came, and what is expected instead. */
import { known } from '#errors.ts';

/** The lowest and highest value, and whether it must be whole. */
type Range = readonly [low: number, high: number, whole?: 'whole'];

/** Ranges by parameter, for those that have one. */
const RANGES: Readonly<Record<string, Range>> = {
  trees: [1, 100_000, 'whole'],
  leaves: [2, 65_536, 'whole'],
  depth: [0, 1000, 'whole'],
  learningRate: [1e-6, 1],
  bins: [2, 255, 'whole'],
  minRows: [1, Number.MAX_SAFE_INTEGER, 'whole'],
  minHessian: [0, Number.MAX_VALUE],
  minGain: [0, Number.MAX_VALUE],
  l1: [0, Number.MAX_VALUE],
  l2: [0, Number.MAX_VALUE],
  rowShare: [1e-9, 1],
  featureShare: [1e-9, 1],
  lookAhead: [0, Number.MAX_SAFE_INTEGER, 'whole'],
  tweediePower: [1.000_001, 1.999_999],
  quantile: [1e-6, 1 - 1e-6],
  rankAt: [1, Number.MAX_SAFE_INTEGER, 'whole'],
  patience: [0, Number.MAX_SAFE_INTEGER, 'whole'],
  validationShare: [1e-6, 1 - 1e-6],
};

/**
 * Checks parameters by their ranges and, of some, by the values that they may have.
 *
 * @throws LEARNER_PARAMS
 */
export function checkParams(
  learner: string,
  params: object,
  choices: Readonly<Record<string, readonly unknown[]>>,
): void {
  for (const [name, value] of Object.entries(params)) {
    const wrong = (expected: string) =>
      known('LEARNER_PARAMS', { learner, name, value: JSON.stringify(value) ?? String(value), expected });
    const among = choices[name];
    if (among !== undefined && !among.includes(value)) throw wrong(among.join(', '));
    const [low, high, whole] = RANGES[name] ?? [];
    if (low === undefined || high === undefined) continue;
    const holds = typeof value === 'number' && value >= low && value <= high;
    if (!holds || (whole !== undefined && !Number.isInteger(value)))
      throw wrong(`a ${whole ?? ''} number from ${low}${high < 1e15 ? ` to ${high}` : ''}`.replace('  ', ' '));
  }
}
