/** Analyses a randomised test in an analyst's own file. */
import { known } from '#errors.ts';
import {
  analyseFile,
  CORRECTIONS,
  type ExperimentReport,
  type MetricSpec,
  parseGuardrail,
  parseMetric,
  type Question,
} from '#experiments/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command, Values } from '../command.ts';
import { experimentLines } from '../experiment-lines.ts';
import { given, numbersOf, peakRssMb, seedOf, text, withCompute } from '../values.ts';

export const experiment: Command = {
  name: 'experiment',
  about: 'analyse a randomised test: effects with intervals, and whether the draw was sound',
  options: {
    data: { type: 'text', value: 'FILE', about: 'one row a member, or several with --unit', required: true },
    arm: { type: 'text', value: 'COL', about: 'column of the arm', required: true },
    control: { type: 'text', value: 'VALUE', about: 'the arm that the others are compared with', required: true },
    metric: {
      type: 'text',
      value: 'COL',
      about:
        'the outcome that decides: a column, COL/COL (a ratio), median:COL, p90:COL, nps:COL, csat:COL; or --metrics',
    },
    metrics: {
      type: 'text',
      value: 'A,B',
      about: 'several outcomes, the first decides; p-values hold for all together',
    },
    denominator: { type: 'text', value: 'COL', about: 'the metric is the sum of --metric over the sum of this' },
    covariate: {
      type: 'text',
      value: 'COL',
      about: 'known before the test, e.g. earlier spend: takes noise off (CUPED)',
    },
    covariates: {
      type: 'text',
      value: 'A,B',
      about: 'several, numbers or text: a forecast from them takes noise off (CUPAC)',
    },
    learner: {
      type: 'text',
      value: 'NAME',
      about: 'what forecasts from the covariates, e.g. boosting (default linear)',
    },
    guardrail: {
      type: 'text',
      value: 'COL:down:0.02',
      about: 'must not fall (or rise: up) by more than the share; several parted by commas',
    },
    cluster: { type: 'text', value: 'COL', about: 'who was drawn together, e.g. the city or the slot of a switchback' },
    time: { type: 'text', value: 'COL', about: 'when it happened: tells the effect day by day' },
    'slot-minutes': {
      type: 'number',
      value: 'N',
      about: 'a switchback: --cluster is the place, --time the moment, and the place has one arm in each slot',
    },
    'burn-in-minutes': { type: 'number', value: 'N', about: 'left out after a switch of arms (default 0)' },
    planned: {
      type: 'number',
      value: 'N',
      about: 'members planned for: before them a test for the planned end ships nothing',
    },
    unit: { type: 'text', value: 'COL', about: 'who was assigned: rows of one are added up' },
    by: {
      type: 'text',
      value: 'COL',
      about: 'tell the result by its values too, e.g. the tier; several parted by commas',
    },
    shares: { type: 'text', value: 'JSON', about: 'planned shares, e.g. {"control":0.1,"coupon":0.9} (default equal)' },
    sequential: { type: 'flag', about: 'intervals that hold at every look' },
    bayesian: { type: 'flag', about: 'also the chance to win and the risk, from a flat prior' },
    winsorize: { type: 'number', value: 'Q', about: 'cut values above this quantile, e.g. 0.99' },
    alpha: { type: 'number', value: 'A', about: 'chance to be wrong (default 0.05)' },
    correction: { type: 'text', value: 'NAME', about: `over several arms: ${CORRECTIONS.join(', ')} (default holm)` },
    inverse: { type: 'flag', about: 'less is better: turns the chance to win around' },
  },
  run: (values, _words, context) => {
    const file = text(values, 'data');
    const question = questionOf(values);
    return withCompute(values, context, async (compute) => {
      const from = performance.now();
      const report = await withAnalystFiles([file], ([path = file]) =>
        analyseFile(
          compute,
          {
            ...{ file: path, arm: text(values, 'arm') },
            ...given(values, 'unit'),
            ...given(values, 'cluster'),
            ...given(values, 'time'),
            ...switchbackOf(values),
          },
          question,
        ),
      );
      return { ...report, seconds: Math.round(performance.now() - from) / 1000, peakRssMb: peakRssMb() };
    });
  },
  show: (report: ExperimentReport) => experimentLines(report),
};

/** Parts of a list of names; a name that has a comma itself cannot be given. */
const listed = (values: Values, name: string): string[] =>
  values[name] === undefined
    ? []
    : text(values, name)
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');

const switchbackOf = (values: Values) =>
  values['slot-minutes'] === undefined
    ? {}
    : {
        switchback: {
          slotMinutes: Number(values['slot-minutes']),
          burnInMinutes: Number(values['burn-in-minutes'] ?? 0),
        },
      };

/** @throws USAGE */
function metricsOf(values: Values): Question['metrics'] {
  const single = values.metric === undefined ? [] : [parseMetric(text(values, 'metric'))];
  const [first, ...rest] = [...single, ...listed(values, 'metrics').map(parseMetric)];
  if (first === undefined)
    throw known('USAGE', { what: '`experiment` needs --metric', expected: '--metric COL, or --metrics A,B' });
  const denominator = values.denominator === undefined ? undefined : text(values, 'denominator');
  const primary: MetricSpec =
    denominator === undefined ? first : { ...first, name: `${first.name}/${denominator}`, denominator };
  const names = new Set([primary.name]);
  return [primary, ...rest.filter(({ name }) => !names.has(name) && names.add(name))];
}

function questionOf(values: Values): Question {
  const correction = CORRECTIONS.find((name) => name === (values.correction ?? 'holm'));
  if (correction === undefined)
    throw known('USAGE', { what: `--correction is "${values.correction}"`, expected: CORRECTIONS.join(', ') });
  const covariates = [
    ...new Set([
      ...listed(values, 'covariates'),
      ...(values.covariate === undefined ? [] : [text(values, 'covariate')]),
    ]),
  ];
  return {
    metrics: metricsOf(values),
    guardrails: listed(values, 'guardrail').map(parseGuardrail),
    ...(covariates.length === 0 ? {} : { covariates }),
    ...given(values, 'learner'),
    ...(values.by === undefined ? {} : { by: listed(values, 'by') }),
    ...{ control: text(values, 'control'), correction, seed: seedOf(values) },
    ...(typeof values.threads === 'number' ? { threads: values.threads } : {}),
    sequential: values.sequential === true,
    bayesian: values.bayesian === true,
    inverse: values.inverse === true,
    ...(values.shares === undefined ? {} : { shares: numbersOf(values, 'shares', '{"control":0.5,"coupon":0.5}') }),
    ...(values.winsorize === undefined ? {} : { winsorize: Number(values.winsorize) }),
    ...(values.alpha === undefined ? {} : { alpha: Number(values.alpha) }),
    ...(values.planned === undefined ? {} : { plannedMembers: Number(values.planned) }),
  };
}
