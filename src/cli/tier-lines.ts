/** How the tiers of the next period were chosen and judged, as lines for a terminal. */
import { shareOf, type TierReport } from '#tiers/index.ts';

type Evaluation = TierReport['evaluation'];

const FIGURES = ['macroF1', 'kappa', 'gini'] as const;
const fixed = (value: number): string => value.toFixed(3);

/**
 * Candidates, figures of each method with their intervals, what the learned tiers gain over each rule, and how many kept
 * their tier.
 */
export function tierLines(
  { fallback, choice, curve, judged }: Evaluation,
  stability: TierReport['stability'] = [],
): string {
  const learned =
    fallback === undefined
      ? [...choiceLines(choice), ...curveLines(curve), ...judgedLines(judged)]
      : [fallback.en, fallback.zh];
  return [...learned, ...stabilityLines(stability)].join('\n');
}

function stabilityLines(stability: TierReport['stability']): string[] {
  if (stability.length === 0) return [];
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const percent = (share: number): string => (100 * share).toFixed(1);
  return [
    'Kept their tier from one moment to the next (95 % interval):',
    ...stability.map(({ from, to, kept, customers }) => {
      const found = shareOf(kept, customers);
      const share = found === null ? '-' : `${percent(kept)} % [${percent(found.low!)}, ${percent(found.high!)}]`;
      return `  ${day(from)} to ${day(to)}  ${share.padEnd(22)} of ${customers} customers`;
    }),
  ];
}

function choiceLines(choice: Evaluation['choice']): string[] {
  if (choice === undefined) return [];
  const { candidates, chosen, rows, folds, tolerance } = choice;
  return [
    `Candidates on ${rows} customers of period 1 in ${folds} folds (mean and deviation); of those within ${fixed(tolerance)} of the best kappa the best Gini:`,
    ...candidates.map(({ name, kappa, gini, of }) => {
      const members = of.length > 1 ? `  ${of.join(' + ')}` : '';
      return `  ${name === chosen ? '>' : ' '} ${name.padEnd(15)} kappa ${fixed(kappa.mean)} ±${fixed(kappa.sd)}  Gini ${fixed(gini.mean)} ±${fixed(gini.sd)}${members}`;
    }),
  ];
}

function curveLines(curve: Evaluation['curve']): string[] {
  if (curve === undefined || curve.points.length === 0) return [];
  const points = curve.points.map(
    ({ rows, train, validation }) => `${rows} customers ${fixed(train.mean)} / ${fixed(validation.mean)}`,
  );
  const warned =
    curve.warning === undefined
      ? []
      : [`  overfit: ${Math.round(100 * curve.warning.lost)} % of the gain in training is lost on others`];
  return [`Kappa on those learned from / on others: ${points.join(', ')}`, ...warned];
}

function judgedLines(judged: Evaluation['judged']): string[] {
  if (judged === undefined) return [];
  const { methods, differences, customers, calibrationGap } = judged;
  const cell = (metric: number, { low, high }: { low: number; high: number }) =>
    `${fixed(metric)} [${fixed(low)}, ${fixed(high)}]`.padEnd(25);
  const head = `${''.padEnd(14)}${FIGURES.map((name) => name.padEnd(25)).join('')}`;
  return [
    `Judged on ${customers} customers in period 2 (mean of folds, 95 % interval); mean gap of chances ${fixed(calibrationGap)}:`,
    `  ${head}`,
    ...methods.map(
      ({ method, metrics, intervals }) =>
        `  ${method.padEnd(14)}${FIGURES.map((name) => cell(metrics[name].mean, intervals[name])).join('')}`,
    ),
    'Learned less each rule, on the same customers (95 % of paired bootstrap samples):',
    ...differences.map(
      ({ against, metrics }) =>
        `  ${against.padEnd(14)}${FIGURES.map((name) => cell(metrics[name].difference, metrics[name])).join('')}`,
    ),
  ];
}
