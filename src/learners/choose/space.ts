/** What random search may draw: parameters as data, and for each learner its own. */
import type { Random } from '#kernels/random.ts';

/** One parameter: a number between two ends, evenly or evenly in its logarithm, or one of a list. */
export type Choice =
  | { readonly from: number; readonly to: number; readonly scale?: 'even' | 'log'; readonly whole?: boolean }
  | { readonly of: readonly unknown[] };

export type Space = Readonly<Record<string, Choice>>;

/** Parameters drawn from a space, in the order of its names. */
export function drawn(space: Space, draw: Random): Record<string, unknown> {
  return Object.fromEntries(Object.entries(space).map(([name, choice]) => [name, drawnOf(choice, draw)]));
}

function drawnOf(choice: Choice, draw: Random): unknown {
  const at = draw.uniform();
  if ('of' in choice) return choice.of[Math.floor(at * choice.of.length)];
  const { from, to, scale = 'even', whole = false } = choice;
  const value = scale === 'log' ? Math.exp(Math.log(from) + at * Math.log(to / from)) : from + at * (to - from);
  // Four digits are more than a search can tell apart, and read well on a card.
  return whole ? Math.round(value) : Number(value.toPrecision(4));
}

/**
 * The spaces of the learners. A name that a learner lacks is a mistake that a test finds. Ends are those within
 * which published tuning studies find their best.
 *
 * @see Probst, Boulesteix and Bischl (2019), JMLR 20(53), tables 1 and 2; Gorishniy et al. (2021), NeurIPS, appendix
 */
export const SPACES: Readonly<Record<string, Space>> = {
  logistic: {
    l2: { from: 0.01, to: 1000, scale: 'log' },
    l1: { of: [0, 0, 1, 10] },
    signedLog: { of: [false, true] },
  },
  linear: {
    l2: { from: 0.01, to: 1000, scale: 'log' },
    l1: { of: [0, 0, 1, 10] },
    signedLog: { of: [false, true] },
  },
  svm: {
    kernel: { of: ['rbf', 'linear'] },
    l2: { from: 0.03, to: 30, scale: 'log' },
    signedLog: { of: [false, true] },
  },
  boosting: {
    trees: { from: 50, to: 500, scale: 'log', whole: true },
    learningRate: { from: 0.02, to: 0.2, scale: 'log' },
    leaves: { from: 4, to: 96, scale: 'log', whole: true },
    minRows: { from: 5, to: 100, scale: 'log', whole: true },
    rowShare: { from: 0.5, to: 1 },
    featureShare: { from: 0.4, to: 1 },
    l2: { from: 0.01, to: 30, scale: 'log' },
    lookAhead: { of: [0, 4] },
  },
  forest: {
    trees: { of: [300] },
    featureShare: { from: 0.1, to: 0.8 },
    minRows: { from: 1, to: 40, scale: 'log', whole: true },
    rowShare: { from: 0.5, to: 1 },
  },
  'extra-trees': {
    trees: { of: [300] },
    featureShare: { from: 0.1, to: 1 },
    minRows: { from: 1, to: 40, scale: 'log', whole: true },
  },
  network: {
    layers: { of: [[64, 32], [128, 64], [96], [192, 96]] },
    dropout: { from: 0, to: 0.4 },
    l2: { from: 0.0001, to: 0.1, scale: 'log' },
    learningRate: { from: 0.0005, to: 0.006, scale: 'log' },
    bins: { of: [0, 16, 32] },
  },
};

/** Learners that are searched only where they are named: one fit may take as long as all of the others. */
export const SLOW: readonly string[] = ['network'];
