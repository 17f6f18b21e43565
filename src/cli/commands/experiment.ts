/** Analyses a randomised test in an analyst's own file. */
import { known } from '#errors.ts';
import { type AnalyseOptions, analyseFile, CORRECTIONS, type ExperimentReport } from '#experiments/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command, Values } from '../command.ts';
import { experimentLines } from '../experiment-lines.ts';
import { given, numbersOf, peakRssMb, text, withCompute } from '../values.ts';

export const experiment: Command = {
  name: 'experiment',
  about: 'analyse a randomised test: effects with intervals, and whether the draw was sound',
  options: {
    data: { type: 'text', value: 'FILE', about: 'one row a member, or several with --unit', required: true },
    arm: { type: 'text', value: 'COL', about: 'column of the arm', required: true },
    control: { type: 'text', value: 'VALUE', about: 'the arm that the others are compared with', required: true },
    metric: { type: 'text', value: 'COL', about: 'column of the outcome', required: true },
    denominator: { type: 'text', value: 'COL', about: 'the metric is the sum of --metric over the sum of this' },
    covariate: {
      type: 'text',
      value: 'COL',
      about: 'known before the test, e.g. earlier spend: takes noise off (CUPED)',
    },
    unit: { type: 'text', value: 'COL', about: 'who was assigned: rows of one are added up' },
    by: { type: 'text', value: 'COL', about: 'tell the result by its values too, e.g. the tier' },
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
    const options = optionsOf(values);
    return withCompute(values, context, async (compute) => {
      const from = performance.now();
      const report = await withAnalystFiles([file], ([path = file]) =>
        analyseFile(
          compute,
          {
            ...{ file: path, arm: text(values, 'arm'), metric: text(values, 'metric') },
            ...given(values, 'denominator'),
            ...given(values, 'covariate'),
            ...given(values, 'unit'),
            ...given(values, 'by'),
          },
          options,
        ),
      );
      return { ...report, seconds: Math.round(performance.now() - from) / 1000, peakRssMb: peakRssMb() };
    });
  },
  show: (report: ExperimentReport) => experimentLines(report),
};

function optionsOf(values: Values): AnalyseOptions {
  const correction = CORRECTIONS.find((name) => name === (values.correction ?? 'holm'));
  if (correction === undefined)
    throw known('USAGE', { what: `--correction is "${values.correction}"`, expected: CORRECTIONS.join(', ') });
  return {
    control: text(values, 'control'),
    correction,
    sequential: values.sequential === true,
    bayesian: values.bayesian === true,
    inverse: values.inverse === true,
    ...(values.shares === undefined ? {} : { shares: numbersOf(values, 'shares', '{"control":0.5,"coupon":0.5}') }),
    ...(values.winsorize === undefined ? {} : { winsorize: Number(values.winsorize) }),
    ...(values.alpha === undefined ? {} : { alpha: Number(values.alpha) }),
  };
}
