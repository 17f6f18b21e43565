/** How many members an experiment needs and how long it takes. */
import { type PlanAnswer, type PlannedSize, planned } from '#experiments/index.ts';
import type { Command, Values } from '../command.ts';

export const experimentPlan: Command = {
  name: 'experiment plan',
  about: 'how many members a test needs, and how many days',
  options: {
    baseline: {
      type: 'number',
      value: 'X',
      about: 'mean without treatment; a share unless --sd is given',
      required: true,
    },
    effect: {
      type: 'number',
      value: 'D',
      about: 'difference to be seen: absolute, or a share of the baseline with --relative',
    },
    relative: { type: 'flag', about: '--effect is a share of the baseline: 0.05 is five per cent more' },
    members: { type: 'number', value: 'N', about: 'members that there are: tells the least effect that they can see' },
    sd: {
      type: 'number',
      value: 'S',
      about: "standard deviation of one member's outcome (of a ratio: by the delta method)",
    },
    power: { type: 'number', value: 'P', about: 'chance to see the effect (default 0.8)' },
    alpha: { type: 'number', value: 'A', about: 'chance to be wrong where there is none (default 0.05)' },
    ratio: { type: 'number', value: 'R', about: 'treated members of an arm a member of control (default 1)' },
    arms: { type: 'number', value: 'N', about: 'treated arms, each compared with control (default 1)' },
    daily: { type: 'number', value: 'N', about: 'new members a day over all arms: tells the days' },
    cuped: { type: 'number', value: 'R2', about: 'share of the variance that a covariate takes off' },
    'cluster-size': { type: 'number', value: 'N', about: 'members of a cluster that is drawn together' },
    icc: { type: 'number', value: 'C', about: 'correlation of members of one cluster' },
  },
  run: async (values) => planned(questionOf(values)),
  show: (answer: PlanAnswer) => linesOf(answer),
};

const NUMBERS = ['effect', 'members', 'sd', 'power', 'alpha', 'ratio', 'arms', 'daily', 'cuped', 'icc'] as const;

function questionOf(values: Values): Parameters<typeof planned>[0] {
  const given = NUMBERS.filter((name) => values[name] !== undefined).map(
    (name) => [name, Number(values[name])] as const,
  );
  return {
    baseline: Number(values.baseline),
    ...Object.fromEntries(given),
    ...(values['cluster-size'] === undefined ? {} : { clusterSize: Number(values['cluster-size']) }),
    ...(values.relative === true ? { relative: true } : {}),
  };
}

function linesOf({ effect, relativeEffect, alpha, power, designEffect, fixed, sequential }: PlanAnswer): string {
  const short = (value: number): string => String(Number(value.toPrecision(4)));
  const size = ({ control, treated, members, days }: PlannedSize): string =>
    `${members} members: ${control} in control, ${treated} in each treated arm${days === null ? '' : `; ${days} days`}`;
  return [
    `effect ${short(effect)}${relativeEffect === null ? '' : ` (${short(100 * relativeEffect)} %)`}, power ${power}, alpha ${alpha}`,
    ...(designEffect === 1 ? [] : [`clusters make it ${short(designEffect)} times as large`]),
    `read once at the planned end: ${size(fixed)}`,
    `may be read at any time:      ${size(sequential)}`,
  ].join('\n');
}
