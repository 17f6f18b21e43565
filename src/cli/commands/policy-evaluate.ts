/** Judges a policy by a log that another one made. */
import { known } from '#errors.ts';
import { evaluateFile, INTERVALS, type PolicyReport, REWARD_MODELS } from '#policies/index.ts';
import { withAnalystFiles } from '../analyst-file.ts';
import type { Command, Values } from '../command.ts';
import { policyLines } from '../policy-lines.ts';
import { given, peakRssMb, seedOf, text, withCompute } from '../values.ts';

export const policyEvaluate: Command = {
  name: 'policy evaluate',
  about: 'what a policy of offers would bring, from the log of another, and whether it may take over',
  options: {
    log: { type: 'text', value: 'FILE', about: 'one row a decision', required: true },
    arm: { type: 'text', value: 'COL', about: 'column of the arm that was chosen', required: true },
    propensity: {
      type: 'text',
      value: 'COL',
      about: 'column of the chance that the arm had when it was drawn, above 0 to 1',
      required: true,
    },
    reward: { type: 'text', value: 'COL', about: 'column of what came of it', required: true },
    context: { type: 'text', value: 'A,B', about: 'columns known when the arm was chosen' },
    unit: { type: 'text', value: 'COL', about: 'column of whose decision it was: rows of one hang together' },
    candidate: {
      type: 'text',
      value: 'JSON|COL',
      about:
        'column of the arm it would choose, {"coupon":0.5,"nothing":0.5}, {"chances":{"coupon":"COL"}}, or a saved policy (file.json) that learned from other rows than these',
      required: true,
    },
    current: { type: 'text', value: 'JSON|COL', about: 'the policy in force (default: the one that made the log)' },
    model: { type: 'text', value: 'NAME', about: `foretells rewards: ${REWARD_MODELS.join(', ')} (default linear)` },
    folds: { type: 'number', about: 'parts of the log, each foretold from the others (default 3)' },
    interval: { type: 'text', value: 'NAME', about: `kind: ${INTERVALS.join(', ')} (default skew)` },
    alpha: { type: 'number', value: 'A', about: 'chance to be wrong, half on each side (default 0.05)' },
    'min-effective-rows': { type: 'number', about: 'rows that the weights must be worth (default 300)' },
    'every-look': { type: 'flag', about: 'the verdict holds at every look as the log grows' },
    'max-faults': { type: 'number', value: 'SHARE', about: 'share of broken rows that may be left out (default 0.01)' },
  },
  run: (values, _words, context) => {
    const file = text(values, 'log');
    const policies = { candidate: text(values, 'candidate'), ...given(values, 'current') };
    const options = optionsOf(values);
    return withCompute(values, context, async (compute) => {
      const from = performance.now();
      const report = await withAnalystFiles([file], ([path = file]) =>
        evaluateFile(
          compute,
          {
            ...{ file: path, arm: text(values, 'arm'), propensity: text(values, 'propensity') },
            ...{ reward: text(values, 'reward'), ...given(values, 'unit') },
            context: values.context === undefined ? [] : text(values, 'context').split(','),
          },
          policies,
          options,
        ),
      );
      return { ...report, seconds: Math.round(performance.now() - from) / 1000, peakRssMb: peakRssMb() };
    });
  },
  show: (report: PolicyReport) => policyLines(report),
};

function optionsOf(values: Values) {
  const oneOf = <Name extends string>(option: string, names: readonly Name[]): Name => {
    const found = names.find((name) => name === (values[option] ?? names[0]));
    if (found === undefined)
      throw known('USAGE', { what: `--${option} is "${values[option]}"`, expected: names.join(', ') });
    return found;
  };
  const between = (option: string, fallback: number, low: number, high: number): number => {
    const value = values[option] === undefined ? fallback : Number(values[option]);
    if (!(value >= low && value <= high))
      throw known('USAGE', { what: `--${option} is "${values[option]}"`, expected: `a number from ${low} to ${high}` });
    return value;
  };
  return {
    model: oneOf('model', REWARD_MODELS),
    interval: oneOf('interval', INTERVALS),
    folds: Math.round(between('folds', 3, 2, 100)),
    alpha: between('alpha', 0.05, 1e-6, 0.5),
    effectiveRowsMin: between('min-effective-rows', 300, 1, 1e12),
    faultShareMax: between('max-faults', 0.01, 0, 0.5),
    everyLook: values['every-look'] === true,
    seed: seedOf(values),
  };
}
