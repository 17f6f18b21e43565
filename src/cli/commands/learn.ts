/** Fits any learner of the registry on an analyst's own table, and judges it on another. */
import { known } from '#errors.ts';
import { type AnyLearner, registry, TASKS } from '#learners/index.ts';
import type { Command, Values } from '../command.ts';
import { allLearners } from '../learning/all-learners.ts';
import { applyModel } from '../learning/apply-model.ts';
import { learnFiles } from '../learning/learn-files.ts';
import { openParams } from '../learning/params.ts';

export const learn: Command = {
  name: 'learn',
  about: 'fit a learner on a table and judge it on another; `--list` shows the learners',
  options: {
    learner: { type: 'text', value: 'NAME', about: `${allLearners.map(({ name }) => name).join(', ')} (needed)` },
    train: { type: 'text', value: 'FILE', about: 'the rows to learn from (needed)' },
    test: { type: 'text', value: 'FILE', about: 'the rows to predict; judged where they have the label (needed)' },
    label: { type: 'text', value: 'COL', about: 'column to foretell (needed)' },
    id: { type: 'text', value: 'COL', about: 'column that names a row: kept in the predictions, not learned from' },
    weight: { type: 'text', value: 'COL', about: 'column with the weight of a row, 0 or more' },
    ignore: { type: 'text', value: 'A,B', about: 'columns not to learn from' },
    task: {
      type: 'text',
      value: 'TASK',
      about: `${TASKS.join(', ')} (default: classify for text and at most 20 whole numbers, else regress)`,
    },
    group: { type: 'text', value: 'COL', about: 'column that tells the groups of a ranking apart' },
    params: { type: 'text', value: 'JSON', about: 'parameters of the learner, such as {"l2":1}; `--list` shows them' },
    minutes: { type: 'number', value: 'N', about: 'time that --learner best may take' },
    predictions: { type: 'text', value: 'FILE', about: 'write a prediction a row (.parquet, .csv, .jsonl)' },
    model: { type: 'text', value: 'FILE', about: 'write the model with its card (.json), or as ONNX (.onnx)' },
    window: { type: 'text', value: 'TEXT', about: 'time that the training rows tell of, for the card of the model' },
    use: {
      type: 'text',
      value: 'MODEL',
      about: 'predict --test by a model of --model, or by any ONNX file, instead of fitting one',
    },
    list: { type: 'flag', about: 'show the learners, their tasks and parameters' },
  },
  run: async (values, _words, context) => {
    if (values.list === true) return list();
    if (values.use !== undefined) return applyModel(values, context);
    for (const name of ['learner', 'train', 'test', 'label'])
      if (values[name] === undefined)
        throw known('USAGE', {
          what: `\`learn\` needs --${name}`,
          expected: '--learner NAME --train FILE --test FILE --label COL; --use MODEL --test FILE; or --list',
        });
    return learnFiles(values, context, learnerOf(values));
  },
};

const list = () =>
  allLearners.map(({ name, tasks, defaults, optional, source }) => ({
    ...{ name, task: tasks[0], tasks },
    ...{ defaults: openParams(defaults), ...(optional === undefined ? {} : { optional }), source },
  }));

function learnerOf({ learner, minutes }: Values): AnyLearner {
  if (minutes !== undefined && learner !== 'best')
    throw known('USAGE', {
      what: `--minutes with --learner ${learner}`,
      expected: '--minutes with --learner best only',
    });
  return registry(allLearners).get(String(learner));
}
