/** The judgement of a policy for a terminal. */
import type { PolicyReport, Refusal } from '#policies/index.ts';

const WHY: Readonly<Record<Refusal, string>> = {
  'not-better': 'its lower bound does not beat the current policy',
  'too-few-effective-rows': 'the log is worth too few rows for it',
  'weights-off': 'weights do not average to 1: the propensities are wrong, or it chooses what was never drawn',
  'arms-never-logged': 'it chooses arms that the log never shows',
};

export function policyLines({ log, arms, support, estimates, logged, verdict }: PolicyReport): string {
  const { difference, promote, why, rowsNeeded } = verdict;
  const left = Object.entries(log.faults).map(([fault, rows]) => `${rows} left out: ${fault}`);
  const rows = estimates.map(({ estimator, value, low, high, bound }) => [
    `  ${estimator}`,
    short(value),
    `[${short(low)}, ${short(high)}]`,
    bound === null ? '' : `weights bound at ${short(bound)}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const needed = promote
    ? []
    : [
        rowsNeeded === null
          ? 'No amount of such data would do.'
          : `About ${rowsNeeded} further rows of such a log would do.`,
      ];
  return [
    `${log.kept} decisions${left.length === 0 ? '' : ` (${left.join('; ')})`}, worth ${Math.round(support.effectiveRows)} for this policy; mean weight ${short(support.meanWeight)}, largest ${short(support.largestWeight)}`,
    ...arms.map(({ arm, rows: seen, candidate }) => `  ${arm}: ${seen} rows, candidate ${short(100 * candidate)} %`),
    `the log brought ${short(logged.value)} [${short(logged.low)}, ${short(logged.high)}]; the candidate by`,
    ...rows.map((row) =>
      row
        .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell))
        .join('  ')
        .trimEnd(),
    ),
    `candidate less current: ${short(difference.value)} [${short(difference.low)}, ${short(difference.high)}]`,
    promote
      ? 'PROMOTE: its lower bound beats the current policy.'
      : `KEEP THE CURRENT: ${why.map((own) => WHY[own]).join('; ')}.`,
    ...needed,
  ].join('\n');
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
