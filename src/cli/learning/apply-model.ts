/** `learn --use`: a saved model on the rows of a file. */
import type { CellKind } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { ModelCard } from '#learners/index.ts';
import type { Context, Values } from '../command.ts';
import { given, peakRssMb, text } from '../values.ts';
import { formatOf } from '../write.ts';
import { openModel } from './model-files.ts';
import { apply, withTables } from './predict-file.ts';
import { has, missing, openTable, planApplying, type TableFile } from './table-files.ts';

/** Options that a saved model answers by itself. */
const FIXED = ['learner', 'train', 'params', 'task', 'model', 'minutes', 'ignore'] as const;

/** Predicts the rows of `--test`, and judges where they have the label of the model (or `--label`). */
export async function applyModel(values: Values, context: Context) {
  for (const name of FIXED)
    if (values[name] !== undefined)
      throw known('USAGE', { what: `--${name} beside --use`, expected: '--use MODEL --test FILE' });
  if (values.test === undefined)
    throw known('USAGE', { what: '--use without --test', expected: '--use MODEL --test FILE' });
  const predictions = values.predictions === undefined ? undefined : text(values, 'predictions');
  if (predictions !== undefined) formatOf(predictions, 'predictions');
  const { card, model, learner } = openModel(text(values, 'use'));
  const test = text(values, 'test');
  const roles = {
    label: values.label === undefined ? card.label : text(values, 'label'),
    ...given(values, 'id'),
    ...given(values, 'weight'),
    ...given(values, 'group'),
  };
  const plan = await withTables(values, context, [test], async (compute, [path]) => {
    const file = await openTable(compute, test, path!);
    needNamed(file, values);
    return planApplying(compute, file, roles, featuresOf(card));
  });
  const { rows, predictSeconds, metrics, warnings } = await apply(values, context, {
    ...{ learner, model, plan, roles, test, predictions },
  });
  return {
    ...{ learner: card.learner, task: card.task, rows, features: card.features.length, predictSeconds },
    ...{ peakRssMb: peakRssMb(), metrics, warnings },
  };
}

const featuresOf = ({ features }: ModelCard) => features.map(({ name, kind }) => ({ name, kind: kind as CellKind }));

function needNamed(file: TableFile, values: Values): void {
  for (const name of ['label', 'id', 'weight', 'group'])
    if (values[name] !== undefined && !has(file.columns, text(values, name))) throw missing(file, text(values, name));
}
