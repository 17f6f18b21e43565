/** The result of an experiment for a terminal. */
import type { ArmResult, ExperimentReport } from '#experiments/index.ts';

const WHY: Readonly<Record<NonNullable<ArmResult['why']>, string>> = {
  'too-few': 'fewer than two members: nothing can be said',
  'no-variance': 'everybody is alike: nothing can be said',
  'control-at-zero': 'control is at 0: no relative difference',
  'control-below-zero': 'control is below 0: no relative difference',
};

export function experimentLines(report: ExperimentReport): string {
  const lines = [headOf(report), ''];
  if (!report.srm.ok)
    lines.push(
      `DON'T READ THE RESULT: arms of ${Object.values(report.srm.members).join(', ')} members are not what the draw should have made (p ${short(report.srm.pValue)}).`,
      'Find out why members are missing from one arm before anything else.',
      '',
    );
  if (!report.missing.ok)
    lines.push(
      `Careful: outcomes are missing more often in one arm than in another (p ${short(report.missing.pValue)}).`,
      '',
    );
  if (report.contaminated > 0)
    lines.push(`${report.contaminated} members were in more than one arm and are left out.`, '');
  lines.push(...metricsOf(report), ...guardrailsOf(report), ...slicesOf(report), ...daysOf(report));
  lines.push('', ...verdictOf(report));
  return lines.join('\n');
}

const metricsOf = ({ metrics, arms }: ExperimentReport): string[] =>
  metrics.length === 1
    ? tableOf(arms)
    : metrics.flatMap(({ name, arms: own, covariate }, k) => [
        ...(k === 0 ? [] : ['']),
        `${name}${covariate === null || k === 0 ? '' : ` (covariates take off ${percent(covariate.varianceReduction)})`}`,
        ...tableOf(own),
      ]);

const GUARDED = { harmed: 'HARMED', safe: 'safe', unsure: 'not excluded yet' } as const;

const guardrailsOf = ({ guardrails }: ExperimentReport): string[] =>
  guardrails.flatMap(({ name, harm, threshold, arms }) => [
    '',
    `guardrail ${name}: must not ${harm === 'down' ? 'fall' : 'rise'} by more than ${percent(threshold)}`,
    ...arms.map(
      ({ arm, lift, state, worst }) =>
        `${arm}  ${lift === null ? 'nothing can be said' : `${percent(lift)}, ${percent(worst ?? 0)} at worst`}: ${GUARDED[state]}`,
    ),
  ]);

const slicesOf = ({ sliced = [] }: ExperimentReport): string[] =>
  sliced.flatMap(({ column, slices, interaction }) => [
    '',
    `by ${column}; effects differ between its values: ${interaction.map(({ arm, pValue }) => `${arm} p ${pValue === null ? '-' : short(pValue)}`).join(', ')}`,
    ...slices.flatMap(({ value, members, arms }) => ['', `${value} (${members} members)`, ...tableOf(arms)]),
  ]);

/** The last days alone; `--json` has all. */
function daysOf({ overTime }: ExperimentReport): string[] {
  if (overTime === undefined) return [];
  const rows = overTime.days.slice(-7).flatMap(({ day, arms }) =>
    arms
      .filter(({ difference }) => difference !== null)
      .map(({ arm, difference, differenceInterval, pValue }) => {
        const [low, high] = differenceInterval!;
        const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
        return `${date}  ${arm}  ${short(difference!)} [${short(low)}, ${short(high)}]  p ${short(pValue!)}`;
      }),
  );
  const novelty = (overTime.novelty ?? []).map(
    ({ arm, early, late, pValue }) =>
      `${arm}: ${short(early)} a day at first, ${short(late)} later (p ${short(pValue)})`,
  );
  return ['', 'up to each of the last days, at every look', ...rows, ...novelty];
}

const verdictOf = ({ verdict: { verdict, arm, reasons } }: ExperimentReport): string[] => [
  `verdict: ${verdict}${arm === null ? '' : ` ${arm}`}`,
  ...reasons.map(({ en }) => `  ${en}`),
];

function headOf({ metric, members, test, alpha, covariate, winsorized }: ExperimentReport): string {
  const parts = [
    `${members} members, ${metric}`,
    `${test === 'sequential' ? 'intervals that hold at every look' : 'read once, at the planned end'}, ${Math.round(1000 * (1 - alpha)) / 10} %`,
    ...(covariate === null ? [] : [`covariate takes off ${percent(covariate.varianceReduction)} of the variance`]),
    ...(winsorized === null ? [] : [`${winsorized.values} values cut to ${short(winsorized.at)}`]),
  ];
  return parts.join('; ');
}

function tableOf(arms: readonly ArmResult[]): string[] {
  const rows = arms.map((arm) => [
    arm.arm,
    `n ${arm.n}${arm.missing > 0 ? ` (${arm.missing} without outcome)` : ''}`,
    `mean ${short(arm.mean)}`,
    ...(arm.difference === null ? [arm.why === undefined ? 'control' : WHY[arm.why]] : effectWords(arm)),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell)).join('  '));
}

function effectWords({ lift, interval, difference, differenceInterval, pValue, chanceToWin }: ArmResult): string[] {
  const [low, high] = differenceInterval ?? [0, 0];
  return [
    ...(lift === null || interval === null
      ? []
      : [`lift ${percent(lift)} [${percent(interval[0])}, ${percent(interval[1])}]`]),
    `difference ${short(difference!)} [${short(low)}, ${short(high)}]`,
    `p ${short(pValue!)}`,
    ...(chanceToWin === null ? [] : [`chance to win ${percent(chanceToWin)}`]),
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
