/** What an uplift report says on a terminal. */
import type { ArmReport, Estimate, UpliftReport } from '#uplift/index.ts';

export type UpliftResult = UpliftReport & { readonly seconds: number; readonly peakRssMb: number };

/** The report as text. */
export function upliftLines(report: UpliftResult): string {
  const { people, method, folds, repeats } = report;
  const lost = people.withoutArm + people.withoutOutcome;
  return [
    `${people.read} people${lost > 0 ? `, ${people.withoutArm} without an arm and ${people.withoutOutcome} without an outcome left out` : ''}; method ${method}, ${folds} folds, ${repeats} ${repeats === 1 ? 'repeat' : 'repeats'}`,
    ...report.arms.flatMap((arm) => ['', ...armLines(arm, report)]),
  ].join('\n');
}

function armLines(arm: ArmReport, { control, outcome }: UpliftResult): string[] {
  const { randomised, against, policy, calibration } = arm;
  const mixed = Object.entries(arm.blend).map(([name, weight]) => `${name} ${Math.round(100 * weight)} %`);
  return [
    `${arm.arm} against ${control}: ${arm.people.treated} and ${arm.people.control} people`,
    ...(randomised.ok
      ? []
      : [
          `  NOT RANDOMISED, as far as the columns tell: ${randomised.why}.`,
          `  Figures are adjusted for the columns and hold only if nothing else chose the arms. Needed: ${randomised.needed}.`,
        ]),
    `  average effect on ${outcome} ${short(arm.ate)} ${range(arm.ateInterval)}; adjusted for the columns ${told(arm.covariateAdjusted)}`,
    `  Qini ${short(arm.qini)} ${range(arm.qiniInterval)} (1 is perfect, 0 is chance); a response model ${short(against.response.qini)}, difference ${short(against.response.difference)} ${range(against.response.differenceInterval)}`,
    `  effect among the 30 % of highest score ${short(arm.upliftAt30)} ${range(arm.upliftAt30Interval)}${arm.aucc === undefined ? '' : `; area under the cost curve ${short(arm.aucc)}`}`,
    `  measured over predicted differences ${short(calibration.slope)} ${range(calibration.slopeInterval)} (1 is right, 0 is nothing found)`,
    `  treat those with a positive predicted effect (${Math.round(100 * policy.share)} %): ${short(arm.policyValue)} ${range(arm.policyValueInterval)} a person; over treating nobody ${told(policy.overNobody)}, over everybody ${told(policy.overEverybody)}`,
    ...(mixed.length > 1 ? [`  blend: ${mixed.join(', ')}`] : []),
    ...arm.drivers.map(({ words }) => `  ${words.en}`),
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
const range = ([low, high]: readonly [number, number]): string => `[${short(low)}, ${short(high)}]`;
const told = ({ estimate, interval }: Estimate): string => `${short(estimate)} ${range(interval)}`;
